import { type Mark, readMark } from '../domain/mark.ts';
import { isPhase, isStatus, type Phase, type Status } from '../domain/operation.ts';
import { ControlTableError } from './errors.ts';

/**
 * A row of `migration_control` as a worker sees it: its texts as they stand in the table, uncleaned, for a worker may run
 * its `sourceQuery`. Not the monitor's own operation, so that what workers build upon does not change with the screens.
 *
 * Stamps are seconds since 1970-01-01 00:00 on the clock of the database, `Infinity` where the table says so.
 */
export interface Operation {
  readonly id: number;
  readonly phase: Phase;
  readonly tableName: string;
  readonly operation: string;
  readonly status: Status;
  readonly recordsProcessed: number | null;
  readonly totalRecords: number | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly errorMessage: string | null;
  readonly batchSize: number | null;
  readonly workerId: number | null;
  readonly sourceQuery: string | null;
  /** Without the mark that this library adds to it in the table (docs/worker.md). */
  readonly validationQuery: string | null;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Reads a row as the statements of this room bring it: `to_jsonb` of the table's row. @throws {ControlTableError} */
export function operationOf(body: unknown): Operation {
  const row = fieldsOf(body);
  return {
    id: required(row, 'id', isId),
    phase: required(row, 'phase', isPhase),
    tableName: required(row, 'table_name', isText),
    operation: required(row, 'operation', isText),
    status: required(row, 'status', isStatus),
    recordsProcessed: optional(row, 'records_processed', isCount),
    totalRecords: optional(row, 'total_records', isNumber),
    startedAt: stamp(row, 'started_at'),
    completedAt: stamp(row, 'completed_at'),
    errorMessage: optional(row, 'error_message', isText),
    batchSize: optional(row, 'batch_size', isNumber),
    workerId: optional(row, 'worker_id', isNumber),
    sourceQuery: optional(row, 'source_query', isText),
    validationQuery: readMark(validationQueryOf(row)).text,
  };
}

/** What the library wrote about a row on it; null where it wrote nothing. @throws {ControlTableError} */
export function markOf(body: unknown): Mark | null {
  return readMark(validationQueryOf(fieldsOf(body))).mark;
}

/** The validation query as it is in the table, with its mark. @throws {ControlTableError} */
export function validationQueryOf(row: Fields): string | null {
  return optional(row, 'validation_query', isText);
}

/** Reads a status that may be missing, because the row is. @throws {ControlTableError} */
export function statusOf(value: unknown): Status | null {
  return optional({ status: value }, 'status', isStatus);
}

export function fieldsOf(row: unknown): Fields {
  if (typeof row === 'object' && row !== null) return row as Fields;
  throw new ControlTableError('unreadable', 'The database sent no row where one was due.');
}

function required<T>(row: Fields, name: string, is: (value: unknown) => value is T): T {
  const value = row[name];
  if (is(value)) return value;
  const said = typeof value === 'string' ? `"${value.slice(0, 200)}"` : String(value);
  const operation = isId(row.id) ? `Operation ${row.id}` : 'An operation';
  throw new ControlTableError('unreadable', `${operation} cannot be read: its ${name} is ${said}.`);
}

function optional<T>(row: Fields, name: string, is: (value: unknown) => value is T): T | null {
  return row[name] === null ? null : required(row, name, is);
}

/** JSON has no infinity, so PostgreSQL sends it quoted. */
function stamp(row: Fields, name: string): number | null {
  const value = row[name];
  if (value === 'Infinity' || value === '-Infinity') return Number(value);
  return optional(row, name, isNumber);
}

/** JSON numbers are exact up to 2^53: past that, two ids could look the same. */
function isId(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Of 0.5 or 1e308 nobody knows how many records they are: a checkpoint would be a guess. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
