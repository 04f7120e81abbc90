import { decodeOperation } from '../database/decode.ts';
import { type Operation as CleanedOperation, isStatus, type Status } from '../domain/operation.ts';
import { ControlTableError } from './errors.ts';

/**
 * A row of `migration_control`, its texts as they stand in the table: a worker may run its `sourceQuery`. Stamps are
 * seconds since 1970-01-01 00:00 on the clock of the database, `Infinity` where the table says so.
 */
export type Operation = Omit<CleanedOperation, 'version'>;

export type Fields = Readonly<Record<string, unknown>>;

/** Reads a row as the statements of this room bring it: `to_jsonb` of the table's row. @throws {ControlTableError} */
export function operationOf(body: unknown): Operation {
  const decoded = decodeOperation(body, 'full');
  if (decoded.kind === 'unreadable') {
    const { id, problem } = decoded.unreadable;
    throw new ControlTableError('unreadable', `Operation ${id ?? ''} cannot be read: ${problem}`);
  }
  const row = fieldsOf(body);
  const { version: _, ...operation } = decoded.value;
  return {
    ...operation,
    tableName: String(row.table_name),
    operation: String(row.operation),
    errorMessage: textOf(row.error_message),
    sourceQuery: textOf(row.source_query),
    validationQuery: textOf(row.validation_query),
  };
}

/** Reads a status that may be missing, because the row is. @throws {ControlTableError} */
export function statusOf(value: unknown): Status | null {
  if (value === null || isStatus(value)) return value;
  throw new ControlTableError('unreadable', `The table has a status that migtop does not know: ${String(value)}`);
}

export function fieldsOf(row: unknown): Fields {
  if (typeof row === 'object' && row !== null) return row as Fields;
  throw new ControlTableError('unreadable', 'The database sent no row where one was due.');
}

function textOf(value: unknown): string | null {
  return value === null ? null : String(value);
}
