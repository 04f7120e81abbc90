import type { Read } from '../database/bounds.ts';
import { DatabaseError, sqlState, sqlStateOf } from '../database/database-error.ts';
import { decodeOperation, decodeSession } from '../database/decode.ts';
import { query } from '../database/query.ts';
import { clockOf, kept, ofKind, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import { isLive, type Status, unreadableRows } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Zone } from '../domain/zone.ts';
import { decodeCount, decodeKeys, decodeRow } from './decode-counts.ts';
import { judgedLists, listLimit } from './ledger-limits.ts';
import { createRangeTotals } from './range-totals.ts';
import { sortedFailures } from './sorted-failures.ts';

/** How many seconds before the previous snapshot starts are read again: a row is committed later than its timestamp. */
const overlapSeconds = 5;

/** The statement that reads the whole table (sql/queries/snapshot.sql), for `wholeSnapshot`. */
export function snapshotRead(
  target: Target,
  {
    before,
    watched,
    seconds,
    isCounted = true,
  }: {
    /** Operations that were live in this snapshot are read again, and those that started since. */
    readonly before: Snapshot | null;
    /** Ids to read whether they are live or not. */
    readonly watched: readonly number[];
    readonly seconds: number;
    /** Whether to count the totals; else only the lists are read. */
    readonly isCounted?: boolean;
  },
): Read {
  const live = (before?.operations ?? []).filter(({ status }) => isLive(status));
  return {
    ...query('snapshot', target, {
      ids: [...live.map(({ id }) => id), ...watched],
      startedAfter: before === null ? null : before.takenAt - overlapSeconds,
      failures: listLimit,
      live: judgedLists * listLimit,
      isCounted,
      table: target.table,
    }),
    seconds,
  };
}

/** Whether the server cancelled a statement because it took too long. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DatabaseError && sqlStateOf(error.cause) === sqlState.queryCanceled;
}

/** Decodes the rows of sql/queries/snapshot.sql to a snapshot with the counts of the whole table. @param zone of its writers */
export function wholeSnapshot(rows: readonly Tagged[], zone: Zone | undefined): Snapshot {
  const takenAt = clockOf(rows);
  const counts = ofKind(rows, 'count').map(decodeCount);
  const operations = ofKind(rows, 'live')
    .filter(hasId)
    .map((body) => decodeOperation(body));
  const failures = ofKind(rows, 'failure')
    .filter(hasId)
    .map((body) => decodeOperation(body));
  const unreadable = unreadableRows(counts.flatMap((one) => (one.kind === 'unreadable' ? [one.unreadable] : [])));
  const sum = createRangeTotals(zone);
  sum.add({
    counts: kept(counts),
    rows: kept(ofKind(rows, 'evidence').map(decodeRow)),
    attempts: kept(ofKind(rows, 'attempt').map(decodeRow)),
    keys: kept(ofKind(rows, 'keys').map(decodeKeys)),
    unreadable: unreadable.map((one) => ({ ...one, status: null })),
  });
  const withoutId = Number(ofKind(rows, 'without_id')[0] ?? 0);
  const clock = clockRow(rows);
  return {
    takenAt,
    takesWrites: clock.takes_writes === true,
    ...(typeof clock.table === 'string' && { files: `${clock.table} ` }),
    totals: sum.totals(),
    coverage: { share: 1, countedAt: takenAt, isStale: false },
    counts: {},
    operations: kept(operations),
    failures: sortedFailures(kept(failures)),
    gained: null,
    history: [],
    sessions: ofKind(rows, 'session').flatMap(decodeSession),
    // A row that cannot be read is in an unreadable total, or is named by its id.
    unreadable: [
      ...(withoutId === 0 ? [] : [{ kind: 'rows' as const, operations: withoutId, problem: 'id is NULL' }]),
      ...unreadable.map(({ table: _, ...one }) => one),
      ...[...operations, ...failures].flatMap((decoded) => (decoded.kind === 'unreadable' ? [decoded.unreadable] : [])),
    ],
  };
}

/** How many rows each status has, of the statuses whose rows are all listed. */
export function listedCounts(rows: readonly Tagged[]): Snapshot['counts'] {
  const live = ofKind(rows, 'live');
  const failed = ofKind(rows, 'failure').length;
  const of = (status: Status): number =>
    live.filter((body) => typeof body === 'object' && body !== null && 'status' in body && body.status === status)
      .length;
  return {
    ...(live.length < judgedLists * listLimit ? { running: of('running'), paused: of('paused') } : {}),
    ...(failed < listLimit ? { failed } : {}),
  };
}

/** The other fields of the row of the clock. */
function clockRow(rows: readonly Tagged[]): { readonly takes_writes?: unknown; readonly table?: unknown } {
  const [clock] = ofKind(rows, 'clock');
  return typeof clock === 'object' && clock !== null ? clock : {};
}

/** Rows without an id are counted separately. */
function hasId(body: unknown): boolean {
  return typeof body !== 'object' || body === null || !('id' in body) || body.id !== null;
}
