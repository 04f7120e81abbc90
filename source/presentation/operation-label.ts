import type { Operation } from '../domain/operation.ts';

/** How a toast or a dialog names an operation: `operation 31 · cases`; without its table where that is not known (`''`). */
export function operationLabel({ id, tableName }: Pick<Operation, 'id' | 'tableName'>): string {
  return tableName === '' ? `operation ${id}` : `operation ${id} · ${tableName}`;
}
