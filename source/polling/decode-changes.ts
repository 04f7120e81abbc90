import { DatabaseError } from '../database/database-error.ts';
import {
  attempt,
  bigIdentifier,
  type Decoded,
  decodeOperation,
  decodeSession,
  decodeStatusCount,
  finite,
  integer,
  line,
  named,
  optional,
  type TextShape,
} from '../database/decode.ts';
import { fieldsOf } from '../database/fields.ts';
import { kept, ofKind, type Tagged } from '../database/tagged-rows.ts';
import type { Operation } from '../domain/operation.ts';
import { keyOfQuery } from '../domain/work-key.ts';
import type { Changes, ChangesRequest } from './changes.ts';

/** The columns of a row in the order in which sql/queries/changes.sql and fragments/attempt-fields.sql send them. */
export const changedColumns = [
  'id',
  'phase',
  'table_name',
  'operation',
  'status',
  'records_processed',
  'total_records',
  'started_at',
  'completed_at',
  'batch_size',
  'worker_id',
  'version',
  'identity',
  'error_message',
  'source_query',
  'validation_query',
  'query_digest',
] as const;

/**
 * Decodes one row of sql/queries/changes.sql, which sends values without column names to save bytes, or of
 * fragments/attempt-fields.sql: its queries keep their line ends with `full`, because a comment ends there.
 */
export function decodeChanged(body: unknown, shape: TextShape = 'line'): Decoded<Operation> {
  const row = fieldsOf(named(body, changedColumns));
  const operation = decodeOperation(row, shape);
  if (operation.kind !== 'ok') return operation;
  return attempt(row, (fields) => {
    const queryDigest = optional(fields, 'query_digest', integer);
    const { source_query: query } = fields;
    return {
      ...operation.value,
      ...(queryDigest === null ? {} : { queryDigest }),
      ...(shape === 'full' && typeof query === 'string' ? { queryKey: keyOfQuery(query) } : {}),
    };
  });
}

/** Decodes the data about a poll: the clock, the transactions, the server and the ends of the table. */
export function decodeNow(body: unknown): Decoded<Omit<Changes, 'counts' | 'operations' | 'unreadable' | 'sessions'>> {
  return attempt(body, (row) => ({
    takenAt: finite(row, 'now'),
    xmin: finite(row, 'xmin'),
    xmax: finite(row, 'xmax'),
    takesWrites: row.takes_writes === true,
    // 0 if this role may not read when the server started.
    server: optional(row, 'server', finite) ?? 0,
    storage: optional(row, 'storage', line) ?? '',
    inserted: optional(row, 'inserted', integer) ?? 0,
    updated: optional(row, 'updated', integer) ?? 0,
    deleted: optional(row, 'deleted', integer) ?? 0,
    resets: optional(row, 'resets', line) ?? '',
    highestId: optional(row, 'highest_id', bigIdentifier),
    lowestId: optional(row, 'lowest_id', bigIdentifier),
    newestStart: optional(row, 'newest_start', finite),
  }));
}

/** Decodes how many rows a probe found in one id range (sql/queries/probe.sql). */
export function decodeProbe(body: unknown): readonly [number, number] {
  const [range, count] = Array.isArray(body) ? body : [];
  return [Number(range), Number(count)];
}

/** Decodes the answer to a poll. @throws {DatabaseError} if the database returned no time */
export function decodeChanges(rows: readonly Tagged[], { counted }: ChangesRequest): Changes {
  const now = decodeNow(ofKind(rows, 'now')[0]);
  if (now.kind !== 'ok') {
    throw new DatabaseError('failed', `The database returned an unreadable time: ${now.unreadable.problem}`);
  }
  const operations = ofKind(rows, 'row').map((body) => decodeChanged(body));
  return {
    ...now.value,
    counts: Object.fromEntries([
      ...counted.map((status) => [status, 0] as const),
      ...ofKind(rows, 'status').flatMap((body) => decodeStatusCount(body)),
    ]),
    operations: kept(operations),
    unreadable: operations.flatMap((one) => (one.kind === 'unreadable' ? [one.unreadable] : [])),
    sessions: ofKind(rows, 'session').flatMap(decodeSession),
  };
}
