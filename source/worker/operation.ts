import { type Mark, readMark } from '../domain/mark.ts';
import { isPhase, isStatus, type Phase, type Status } from '../domain/operation.ts';
import { ControlTableError } from './errors.ts';

/**
 * A row of `migration_control`, exported as `Operation`. Texts are exactly as stored: a worker may run `sourceQuery`. It is
 * separate from the monitor's `Operation`, so that the public API does not change with the screens.
 *
 * Timestamps are seconds since 1970-01-01 00:00 in the table's own time (the columns have no zone), with fractions;
 * `Infinity` or `-Infinity` where the table has an infinite timestamp.
 */
export interface WorkerOperation {
  readonly id: number;
  readonly phase: Phase;
  readonly tableName: string;
  /** The name of the work, such as `batch_migration`. */
  readonly operation: string;
  readonly status: Status;
  /** How many records this operation has processed. */
  readonly recordsProcessed: number | null;
  /** How many records there are: usually in the whole table. */
  readonly totalRecords: number | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly errorMessage: string | null;
  /** Records per batch. */
  readonly batchSize: number | null;
  readonly workerId: number | null;
  readonly sourceQuery: string | null;
  /** Without the mark that this library appends to it in the table (docs/worker.md, "How many records are done"). */
  readonly validationQuery: string | null;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Decodes `to_jsonb` of a row of the table, as the statements in sql/queries/worker return it. @throws {ControlTableError} */
export function operationOf(body: unknown): WorkerOperation {
  const row = rowFields(body);
  return {
    id: required(row, 'id', isId),
    phase: required(row, 'phase', isPhase),
    tableName: required(row, 'table_name', isText),
    operation: required(row, 'operation', isText),
    status: required(row, 'status', isStatus),
    recordsProcessed: optional(row, 'records_processed', isCount),
    totalRecords: optional(row, 'total_records', isNumber),
    startedAt: timestamp(row, 'started_at'),
    completedAt: timestamp(row, 'completed_at'),
    errorMessage: optional(row, 'error_message', isText),
    batchSize: optional(row, 'batch_size', isNumber),
    workerId: optional(row, 'worker_id', isNumber),
    sourceQuery: optional(row, 'source_query', isText),
    validationQuery: readMark(validationQueryOf(row)).text,
  };
}

/** The library's mark on a row; null if it has none. @throws {ControlTableError} */
export function markOf(body: unknown): Mark | null {
  return readMark(validationQueryOf(rowFields(body))).mark;
}

/** The validation query as stored, with its mark. @throws {ControlTableError} */
export function validationQueryOf(row: Fields): string | null {
  return optional(row, 'validation_query', isText);
}

/** A status, or null if the row is gone. @throws {ControlTableError} */
export function statusOf(value: unknown): Status | null {
  return optional({ status: value }, 'status', isStatus);
}

/** A row as an object. @throws {ControlTableError} kind `unreadable` if there is no row */
export function rowFields(row: unknown): Fields {
  if (typeof row === 'object' && row !== null) return row as Fields;
  throw new ControlTableError('unreadable', 'The database returned no row where one was expected.');
}

function required<T>(row: Fields, name: string, is: (value: unknown) => value is T): T {
  const value = row[name];
  if (is(value)) return value;
  const shown = typeof value === 'string' ? `"${value.slice(0, 200)}"` : String(value);
  const operation = isId(row.id) ? `Operation ${row.id}` : 'An operation';
  throw new ControlTableError('unreadable', `${operation} cannot be read: its ${name} is ${shown}. Correct that row.`);
}

function optional<T>(row: Fields, name: string, is: (value: unknown) => value is T): T | null {
  return row[name] === null ? null : required(row, name, is);
}

/** JSON has no infinity: PostgreSQL sends it as a string. */
function timestamp(row: Fields, name: string): number | null {
  const value = row[name];
  if (value === 'Infinity' || value === '-Infinity') return Number(value);
  return optional(row, name, isNumber);
}

/** Where a row is in the order of start if it began in an hour that exists twice; null for other rows. @throws {ControlTableError} */
export function placeOf(row: Fields): number | null {
  return optional(row, 'place', isNumber);
}

/** JSON numbers are exact up to 2^53: above that, two ids could become the same number. */
function isId(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** 0.5 or 1e308 is not a number of records: a checkpoint computed from it would be a guess. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
