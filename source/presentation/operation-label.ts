import type { Operation } from '../domain/operation.ts';

/** The name of an operation in toasts and dialogs: `operation 31 · cases`; without the table if that is unknown (`''`). */
export function operationLabel({ id, tableName }: Pick<Operation, 'id' | 'tableName'>): string {
  return tableName === '' ? `operation ${id}` : `operation ${id} · ${tableName}`;
}

/** A message in which the names of operations have no table: where the room is short, their ids say enough. */
export function withoutTables(message: string): string {
  return message.replace(/(operation \d+) · \S+?(?=[:,;)]*(?:\s|$))/g, '$1');
}
