import { judgedLists, listLimit } from '../domain/ledger-limits.ts';
import type { CountedRow } from '../domain/range-count.ts';
import { totalWithRows, usualSample } from '../domain/samples.ts';
import type { Snapshot, Total } from '../domain/snapshot.ts';
import { addTally, type Count, emptyTally, type Tally, tallyOfCount } from '../domain/tally.ts';
import { type Read, readTogether } from './bounds.ts';
import type { Connection } from './connection.ts';
import { DatabaseError, sqlState, sqlStateOf } from './database-error.ts';
import { type Decoded, decodeClock, decodeOperation, decodeSession } from './decode.ts';
import { decodeCount, decodeRow } from './decode-counts.ts';
import { sqlFor } from './sql.ts';
import type { Target } from './target.ts';

/** The shape in which the queries bring everything: what a row is, and the row as JSON. */
export interface Tagged {
  readonly kind: string;
  readonly body: unknown;
}

/** A stamp is older than the commit that brings its row: so far back one looks beyond the snapshot before. */
const lookBackSeconds = 5;

/**
 * How many seconds a statement may take that counts the whole table: its snapshot must be gone in 10 s, also where this program
 * is stopped. A larger table, of which no part can be counted by itself, takes longer: then, as long as nothing stops us.
 */
const wholeSeconds = 9;
export const longestSeconds = 60;

/** The statement that reads all of the table at once (sql/queries/snapshot.sql), for `snapshotOf`. */
export function snapshotRead(
  target: Target,
  before: Snapshot | null,
  watched: readonly number[],
  seconds: number,
): Read {
  const live = (before?.operations ?? []).filter(({ status }) => status === 'running' || status === 'paused');
  return {
    text: sqlFor('snapshot', target.table, target),
    values: [
      [...live.map(({ id }) => id), ...watched],
      before === null ? null : before.takenAt - lookBackSeconds,
      listLimit,
      judgedLists * listLimit,
    ],
    seconds,
  };
}

/**
 * Reads all of the table at once.
 *
 * @param before the snapshot before this one: what was live in it is read again, and what began since
 * @param watched ids to read whether they are live or not
 */
export type ReadSnapshot = (before: Snapshot | null, watched: readonly number[]) => Promise<Snapshot>;

/** Remembers that a table takes long: a statement that is cancelled each time would be in vain. */
export function createSnapshotReader(
  connection: Connection,
  target: () => Target,
  firstSeconds: number = wholeSeconds,
): ReadSnapshot {
  let seconds = firstSeconds;
  return async function readSnapshot(before, watched) {
    try {
      const [rows = []] = await readTogether(connection, target(), [snapshotRead(target(), before, watched, seconds)]);
      return snapshotOf(rows as unknown as Tagged[]);
    } catch (error) {
      if (!isTimeout(error) || seconds === longestSeconds) throw error;
      seconds = longestSeconds;
      return readSnapshot(before, watched);
    }
  };
}

/** Whether the server cancelled a statement because it took too long. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DatabaseError && sqlStateOf(error.cause) === sqlState.queryCanceled;
}

export function snapshotOf(rows: readonly Tagged[]): Snapshot {
  const takenAt = clockOf(rows);
  const counts = ofKind(rows, 'count').map(decodeCount);
  const operations = ofKind(rows, 'live')
    .filter(hasId)
    .map((body) => decodeOperation(body));
  const failures = ofKind(rows, 'failure')
    .filter(hasId)
    .map((body) => decodeOperation(body));
  const withoutId = Number(ofKind(rows, 'without_id')[0] ?? 0);
  return {
    takenAt,
    totals: totalsOf(kept(counts), kept(ofKind(rows, 'evidence').map(decodeRow))),
    coverage: { share: 1, countedAt: takenAt, isStale: false },
    counts: {},
    operations: kept(operations),
    failures: kept(failures),
    gained: null,
    history: [],
    sessions: ofKind(rows, 'session').flatMap(decodeSession),
    // The totals count every row: a row that cannot be read is in a total that cannot, or is named by its id.
    unreadable: [
      ...(withoutId === 0 ? [] : [{ id: null, operations: withoutId, problem: 'id is NULL' }]),
      ...[...counts, ...operations, ...failures].flatMap((decoded) =>
        decoded.kind === 'unreadable' ? [decoded.unreadable] : [],
      ),
    ],
  };
}

/** Rows without an id are counted apart. */
function hasId(body: unknown): boolean {
  return typeof body !== 'object' || body === null || !('id' in body) || body.id !== null;
}

export function ofKind(rows: readonly Tagged[], kind: string): unknown[] {
  return rows.filter((row) => row.kind === kind).map((row) => row.body);
}

export function kept<T>(decoded: readonly Decoded<T>[]): T[] {
  return decoded.flatMap((one) => (one.kind === 'ok' ? [one.value] : []));
}

/** @throws {DatabaseError} where the database did not say */
export function clockOf(rows: readonly Tagged[]): number {
  const clock = decodeClock(ofKind(rows, 'clock')[0]);
  if (clock.kind === 'ok') return clock.value;
  throw new DatabaseError('failed', `The database did not say what time it is: ${clock.unreadable.problem}`);
}

function totalsOf(counts: readonly Count[], rows: readonly CountedRow[]): Total[] {
  const keyOf = ({ phase, tableName }: Pick<Count, 'phase' | 'tableName'>): string => `${phase} ${tableName}`;
  const rowsOf = Map.groupBy(rows, keyOf);
  const tallies = new Map<string, { first: Count; tally: Tally }>();
  for (const count of counts) {
    const known = tallies.get(keyOf(count)) ?? { first: count, tally: emptyTally() };
    addTally(known.tally, tallyOfCount(count), 1);
    tallies.set(keyOf(count), known);
  }
  return [...tallies].map(([key, { first, tally }]) =>
    totalWithRows(first, tally, () => (rowsOf.get(key) ?? []).map(({ row }) => row), usualSample),
  );
}
