import { type BatchSums, mergedSums } from '../domain/batch-throughput.ts';
import type { HistorySpan, Snapshot } from '../domain/snapshot.ts';
import { type Read, readTogether } from './bounds.ts';
import { type Connection, readSeconds } from './connection.ts';
import { decodeBatchSums, decodeSpan } from './decode.ts';
import {
  createSnapshotReader,
  isTimeout,
  kept,
  longestSeconds,
  snapshotOf,
  snapshotRead,
  type Tagged,
} from './snapshot.ts';
import { type QueryName, sqlFor } from './sql.ts';
import type { Target } from './target.ts';
import { alongTheKey, createWatch, historySeconds, historySliceSeconds } from './watch.ts';

/** All that a report is made of. */
interface ReportRead {
  /** With the history of the last hour. */
  readonly snapshot: Snapshot;
  readonly sums: readonly BatchSums[];
}

/** The rows of each statement of `analysis`. */
type Analysis = readonly [sums: readonly BatchSums[], history: readonly HistorySpan[]];

/** How many seconds each of the three statements may take that read the whole table in one moment. */
const momentSeconds = 3;

/** How many rows are analysed at a time, and how many seconds that may take. */
const rangeRows = 200_000;
const rangeSeconds = 4;

/**
 * Counts and analyses the whole table: in one moment, where that takes a few seconds. Else in id ranges, as the monitor
 * counts, and what changes meanwhile is followed by polls. So no snapshot of ours is older than 10 s, whatever becomes of
 * this program. A table without unique ids, or without versions, is
 * read by statements that see all of it, which may take longer.
 *
 * @param watched ids of operations to read whether they are live or not
 * @param seconds how long each of the three statements may take that read one moment
 * @throws {DatabaseError}
 */
export async function readReport(
  connection: Connection,
  target: Target,
  watched: readonly number[],
  seconds: number = momentSeconds,
): Promise<ReportRead> {
  try {
    const [all = [], ...rest] = (await readTogether(connection, target, [
      snapshotRead(target, null, watched, seconds),
      ...analysis(target, null, null, seconds),
    ])) as unknown as Tagged[][];
    const [sums, history] = analysed(rest);
    return { snapshot: { ...snapshotOf(all), history }, sums };
  } catch (error) {
    if (!isTimeout(error)) throw error;
  }
  if (target.isFollowable && target.hasVersions) return readInRanges(connection, target, watched);
  return readOneByOne(connection, target, watched);
}

async function readInRanges(connection: Connection, target: Target, watched: readonly number[]): Promise<ReportRead> {
  const watch = createWatch(connection, () => target);
  await watch.poll(watched);
  for (let done = await watch.work(); done !== null && !done.isWhole; ) done = await watch.work();
  const sums: BatchSums[] = [];
  const history: HistorySpan[] = [];
  for (let above = -(2n ** 63n); ; ) {
    const next = {
      text: sqlFor('reach', target.table, target),
      values: [String(above), rangeRows],
      seconds: readSeconds,
    };
    const [[row] = []] = await readTogether(connection, target, [{ ...next, after: { text: alongTheKey } }]);
    if (typeof row?.last !== 'string') break;
    const last = BigInt(row.last);
    const [read = [], spans = []] = await rangeOf(connection, target, above, last);
    sums.push(...read);
    history.push(...spans);
    above = last;
  }
  return { snapshot: { ...(await watch.poll(watched)), history }, sums: mergedSums(sums) };
}

/** The analysis of the ids above the first and up to the last. */
async function rangeOf(connection: Connection, target: Target, above: bigint, last: bigint): Promise<Analysis> {
  const [first, second] = analysis(target, String(above), String(last), rangeSeconds) as [Read, Read];
  return analysed(
    (await readTogether(connection, target, [
      { ...first, after: { text: alongTheKey } },
      second,
    ])) as unknown as Tagged[][],
  );
}

/** Each statement in a transaction of its own: together they would hold a snapshot for longer. */
async function readOneByOne(connection: Connection, target: Target, watched: readonly number[]): Promise<ReportRead> {
  const snapshot = await createSnapshotReader(connection, () => target)(null, watched);
  const rows: Tagged[][] = [];
  for (const read of analysis(target, null, null, longestSeconds))
    rows.push(...((await readTogether(connection, target, [read])) as unknown as Tagged[][]));
  const [sums, history] = analysed(rows);
  return { snapshot: { ...snapshot, history }, sums };
}

function analysis(target: Target, above: string | null, last: string | null, seconds: number): Read[] {
  const read = (name: QueryName, values: readonly unknown[]): Read => ({
    text: sqlFor(name, target.table, target),
    values: [...values, above, last],
    seconds,
  });
  return [read('throughput', []), read('history', [historySeconds, historySliceSeconds])];
}

function analysed([batches = [], spans = []]: readonly (readonly Tagged[])[]): Analysis {
  return [kept(batches.map(({ body }) => decodeBatchSums(body))), kept(spans.map(({ body }) => decodeSpan(body)))];
}
