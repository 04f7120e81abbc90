import type { Operation } from '../domain/operation.ts';

/** The name of an operation in toasts and dialogs: `operation 31 · cases`; without the table if that is unknown (`''`). */
export function operationLabel({ id, tableName }: Pick<Operation, 'id' | 'tableName'>): string {
  return tableName === '' ? `operation ${id}` : `operation ${id} · ${tableName}`;
}
