import type { AuditEntry } from '../domain/audit.ts';
import type { BatchSums } from '../domain/batch-tally.ts';
import { cleanLine, cleanText } from '../domain/clean-text.ts';
import type { LastActor } from '../domain/last-actors.ts';
import { isPhase, isStatus, type Operation, type Status, type Unreadable } from '../domain/operation.ts';
import { comparedColumns } from '../domain/same-version.ts';
import { parseSessionName } from '../domain/session-name.ts';
import type { HistorySpan, TableChanges, WorkerConnection } from '../domain/snapshot.ts';
import { visibleName } from '../domain/visible-name.ts';
import { keyOfQuery } from '../domain/work-key.ts';
import { isCount } from './counter-value.ts';
import { isFields, type JsonFields } from './fields.ts';

/** A value that does not fit its column. Thrown only inside this file; callers get an `Unreadable`. */
class Unfit extends Error {}

export type Decoded<T> = { kind: 'ok'; value: T } | { kind: 'unreadable'; unreadable: Unreadable };

/** How much of a text a decoder keeps: `line` for lists (one line), `full` for the detail view (all, with line breaks). */
export type TextShape = 'line' | 'full';

const textOf = { line, full } as const;

/**
 * Decodes one row of a query (`json_build_object` with the table's column names) to an operation. With `line`, the source query is one of
 * sql/queries/fragments/compared-query.sql: its beginning and its key are kept.
 */
export function decodeOperation(body: unknown, shape: TextShape = 'line'): Decoded<Operation> {
  const text = textOf[shape];
  return attempt(body, (row) => ({
    id: identifier(row, 'id'),
    phase: known(row, 'phase', isPhase),
    tableName: visible(row, 'table_name'),
    operation: visible(row, 'operation'),
    status: known(row, 'status', isStatus),
    recordsProcessed: optional(row, 'records_processed', counter),
    totalRecords: optional(row, 'total_records', counter),
    startedAt: optional(row, 'started_at', timestamp),
    completedAt: optional(row, 'completed_at', timestamp),
    errorMessage: optional(row, 'error_message', text),
    batchSize: optional(row, 'batch_size', counter),
    workerId: optional(row, 'worker_id', counter),
    ...queryOf(row, shape),
    validationQuery: optional(row, 'validation_query', text),
    version: optional(row, 'version', line),
    identity: line(row, 'identity'),
  }));
}

function queryOf(row: JsonFields, shape: TextShape): Pick<Operation, 'sourceQuery' | 'queryKey'> {
  const { source_query: compared } = row;
  if (shape === 'full' || typeof compared !== 'string')
    return { sourceQuery: optional(row, 'source_query', textOf[shape]) };
  return { sourceQuery: cleanLine(beginningOf(compared)), queryKey: keyOfQuery(compared) };
}

/** The beginning of a query, for a list: the rest is compared only. */
const beginningOf = (query: string): string => query.slice(0, 400).replace(/[\uD800-\uDBFF]$/, '');

/** Decodes the number of rows of one status; none if the specification does not have the status. */
export function decodeStatusCount(body: unknown): (readonly [Status, number])[] {
  const [status, count] = Array.isArray(body) ? body : [];
  return isStatus(status) && typeof count === 'number' ? [[status, count]] : [];
}

/** Decodes one time span of the throughput history. */
export function decodeSpan(body: unknown): Decoded<HistorySpan> {
  return attempt(Array.isArray(body) ? named(body, ['table_name', 'from', 'to', 'records']) : body, (row) => ({
    tableName: visible(row, 'table_name'),
    from: finite(row, 'from'),
    to: finite(row, 'to'),
    records: integer(row, 'records'),
  }));
}

/** Decodes how often workers changed tables (sql/queries/history.sql). */
export function decodeTableChanges(body: unknown): Decoded<TableChanges> {
  return attempt(body, (row) => ({ after: integer(row, 'after'), during: integer(row, 'during') }));
}

/** Decodes the sums of the batches of one table and batch size (sql/queries/throughput.sql). */
export function decodeBatchSums(body: unknown): Decoded<BatchSums> {
  return attempt(body, (row) => ({
    tableName: visible(row, 'table_name'),
    batchSize: optional(row, 'batch_size', counter),
    batchCount: integer(row, 'batch_count'),
    timedCount: integer(row, 'timed_count'),
    timedSeconds: optional(row, 'timed_seconds', finite) ?? 0,
    seconds: optional(row, 'seconds', finite),
    records: optional(row, 'records', finite) ?? 0,
    lowest: optional(row, 'lowest', counter),
    highest: optional(row, 'highest', counter),
  }));
}

/** Decodes one row of the audit. */
export function decodeAuditEntry(body: unknown): Decoded<AuditEntry> {
  return attempt(body, (row) => {
    const orNothing = (name: string): string => optional(row, name, visible) ?? '';
    return {
      // Version 1 of the audit table does not have this column.
      key: row.action_key === undefined ? null : optional(row, 'action_key', line),
      at: optional(row, 'at', timestamp),
      databaseRole: orNothing('database_role'),
      osUser: orNothing('os_user'),
      host: orNothing('host'),
      client: orNothing('client'),
      action: visible(row, 'action'),
      operationId: identifier(row, 'operation_id'),
      // Versions 1 and 2 do not have this column.
      ...(row.operation_identity == null ? {} : { identity: line(row, 'operation_identity') }),
      fromStatus: orNothing('from_status'),
      toStatus: orNothing('to_status'),
      reason: optional(row, 'reason', line),
      // Version 1 of the audit table writes `moved` for `applied`.
      outcome: visible(row, 'outcome').replace(/^moved$/, 'applied'),
    };
  });
}

/** Decodes an operator with the ids of the operations on which this operator acted last. */
export function decodeLastActor(body: unknown): Decoded<LastActor> {
  return attempt(body, (row) => {
    const orNothing = (name: string): string => optional(row, name, visible) ?? '';
    const ids: unknown = row.ids;
    return {
      osUser: orNothing('os_user'),
      host: orNothing('host'),
      databaseRole: orNothing('database_role'),
      fromStatus: orNothing('from_status'),
      toStatus: orNothing('to_status'),
      isOfAll: row.of_all === true,
      ...(typeof row.own === 'boolean' && { isOwn: row.own }),
      ids: Array.isArray(ids) ? ids.filter((id) => typeof id === 'number') : [],
    };
  });
}

/** Decodes a connection of `pg_stat_activity`; none if its name is not that of a worker. */
export function decodeSession(body: unknown): WorkerConnection[] {
  const decoded = attempt(body, (row) => {
    const session = parseSessionName(line(row, 'application_name'));
    const blockers: unknown = row.blocked_by;
    const blockedBy = Array.isArray(blockers) ? blockers.filter((pid) => typeof pid === 'number') : [];
    return session === null ? null : { ...session, pid: integer(row, 'pid'), blockedBy };
  });
  return decoded.kind === 'ok' && decoded.value !== null ? [decoded.value] : [];
}

/** Decodes the database's clock. */
export function decodeClock(body: unknown): Decoded<number> {
  return attempt(body, (row) => finite(row, 'now'));
}

/** The id of an operation's row, whose values are in the order of their names, also if its other values cannot be read. */
export function idIn(body: unknown): number | null {
  const [id]: readonly unknown[] = Array.isArray(body) ? body : [];
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : null;
}

/** A row's values by their names. Other values are returned unchanged: the decoder reports them. */
export function named(body: unknown, names: readonly string[]): unknown {
  if (!Array.isArray(body)) return body;
  const row: Record<string, unknown> = {};
  for (let index = 0; index < names.length; index++) row[names[index] as string] = body[index] ?? null;
  return row;
}

/** Decodes a row with `read`; a row that cannot be read becomes a named failure, not an error. */
export function attempt<T>(body: unknown, read: (row: JsonFields) => T): Decoded<T> {
  if (!isFields(body)) {
    return {
      kind: 'unreadable',
      unreadable: { kind: 'rows', operations: 0, problem: 'the database returned no row' },
    };
  }
  try {
    return { kind: 'ok', value: read(body) };
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    return {
      kind: 'unreadable',
      unreadable:
        typeof body.id === 'number'
          ? { kind: 'row', id: body.id, ...versionIn(body), problem: error.message }
          : {
              kind: 'rows',
              operations: typeof body.operations === 'number' ? body.operations : 1,
              problem: error.message,
            },
    };
  }
}

function versionIn(row: JsonFields): { readonly version?: string } {
  const { version } = row;
  if (version === null) return { version: JSON.stringify(comparedColumns.map((name) => row[name])) };
  return typeof version === 'string' ? { version } : {};
}

/** Reads a value that may be NULL. @throws {Unfit} if the row has no such column */
export function optional<T>(row: JsonFields, name: string, read: (row: JsonFields, name: string) => T): T | null {
  const value = row[name];
  if (value === undefined) throw new Unfit(`${name} is missing`);
  return value === null ? null : read(row, name);
}

/**
 * A counter of one row; null for an invalid one: NaN, infinity, a fraction, or a number outside the range of bigint. (Some tables
 * use numeric or float8. In JSON, PostgreSQL quotes NaN and infinity.)
 */
export function counter(row: JsonFields, name: string): number | null {
  const value = row[name];
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return null;
  if (typeof value !== 'number') throw new Unfit(`${name} is not a number`);
  return isCount(value) ? value : null;
}

/** Counters are int4, in some tables int8 or numeric: JSON has a number for each of these types. */
export function integer(row: JsonFields, name: string): number {
  const value = row[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Unfit(`${name} is not a number`);
  return Math.trunc(value);
}

/** JSON numbers are exact up to 2^53: above that, two ids could look the same, and an action could change the wrong row. */
export function identifier(row: JsonFields, name: string): number {
  if (row[name] === null) throw new Unfit(`${name} is NULL`);
  const value = finite(row, name);
  if (!Number.isInteger(value)) throw new Unfit(`${name} is not a whole number`);
  if (!Number.isSafeInteger(value)) throw new Unfit(`${name} is greater than 2^53`);
  return value;
}

/** Returns a finite number. @throws {Unfit} for any other value */
export function finite(row: JsonFields, name: string): number {
  const value = row[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Unfit(`${name} is not a finite number`);
  return value;
}

/** JSON has no infinity, so PostgreSQL sends it as a string. */
export function timestamp(row: JsonFields, name: string): number {
  const value = row[name];
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  return finite(row, name);
}

/** An id of any size, which PostgreSQL sends as a string. */
export function bigIdentifier(row: JsonFields, name: string): bigint {
  const value = row[name];
  if (typeof value !== 'string' || !/^-?\d+$/.test(value)) throw new Unfit(`${name} is not a whole number`);
  return BigInt(value);
}

/** A text as it is stored: for comparisons, not for the screen. @throws {Unfit} if the field is none */
export function exact(row: JsonFields, name: string): string {
  const value = row[name];
  if (typeof value !== 'string') throw new Unfit(`${name} is not a text`);
  return value;
}

function full(row: JsonFields, name: string): string {
  return cleanText(exact(row, name));
}

/** Returns a text on one line, cleaned. @throws {Unfit} if the field has no text */
export function line(row: JsonFields, name: string): string {
  return cleanLine(exact(row, name));
}

/** Returns a name with invisible characters made visible. @throws {Unfit} if the field has no text */
export function visible(row: JsonFields, name: string): string {
  return visibleName(exact(row, name));
}

/** Returns one of the words that `is` accepts. @throws {Unfit} for any other value */
export function known<T extends string>(row: JsonFields, name: string, is: (value: unknown) => value is T): T {
  const value = row[name];
  if (is(value)) return value;
  throw new Unfit(
    `${name} is ${typeof value === 'string' ? `"${visibleName(value)}"` : 'empty'}, which migtop does not know`,
  );
}
