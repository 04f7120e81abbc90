import { alongTheKey, type Read, readTogether } from '../database/bounds.ts';
import type { Connection } from '../database/connection.ts';
import { decodeBatchSums, decodeSpan } from '../database/decode.ts';
import { type QueryName, sqlFor } from '../database/sql.ts';
import { kept, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import { type BatchSums, mergedSums } from '../domain/batch-throughput.ts';
import type { HistorySpan, Snapshot } from '../domain/snapshot.ts';
import { lowestId } from './id-range.ts';
import { type RangeSizes, readReach, usualSizes } from './range-counter.ts';
import { createUnfollowed } from './unfollowed.ts';
import { createWatch, historySeconds, historySliceSeconds } from './watch.ts';
import { isTimeout, snapshotOf, snapshotRead } from './whole-count.ts';

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

/** How many rows are analysed at a time at first, and how many seconds each statement of that may take. */
const rangeRows = 200_000;
const rangeSeconds = 4;

/** The bounds of a report, for tests. */
interface ReportLimits {
  /** How long each of the three statements may take that read one moment. */
  readonly momentSeconds?: number;
  /** How long one statement may take that counts all of a table that cannot be followed. */
  readonly wholeSeconds?: number;
  readonly sizes?: RangeSizes;
}

/**
 * Counts and analyses the whole table: in one moment, where that takes a few seconds. Else in id ranges, as the monitor
 * counts; what changes meanwhile is followed by polls, where the table can be followed. So no snapshot of ours is older than
 * 10 s, whatever becomes of this program. Where not even a small range can be counted in that time, the totals are not known
 * (`coverage.isTooSlow`).
 *
 * @param watched ids of operations to read whether they are live or not
 * @throws {DatabaseError}
 */
export async function readReport(
  connection: Connection,
  target: Target,
  watched: readonly number[],
  limits: ReportLimits = {},
): Promise<ReportRead> {
  const seconds = limits.momentSeconds ?? momentSeconds;
  try {
    const [all = [], ...rest] = (await readTogether(connection, target, [
      snapshotRead(target, { before: null, watched, seconds }),
      ...analysis(target, null, null, seconds),
    ])) as unknown as Tagged[][];
    const [sums, history] = analysed(rest);
    return { snapshot: { ...snapshotOf(all), history }, sums };
  } catch (error) {
    if (!isTimeout(error)) throw error;
  }
  const isFollowed = target.isFollowable && target.hasVersions;
  const read = isFollowed ? await countFollowed(connection, target) : await countUnfollowed(connection, target, limits);
  const isTooSlow = (await read(watched)).coverage.isTooSlow === true;
  const [sums, history] = isTooSlow ? [[], []] : await analyseInRanges(connection, target, limits.sizes ?? usualSizes);
  return { snapshot: { ...(await read(watched)), history }, sums: mergedSums(sums) };
}

type ReadSnapshot = (watched: readonly number[]) => Promise<Snapshot>;

async function countFollowed(connection: Connection, target: Target): Promise<ReadSnapshot> {
  const watch = createWatch(connection, () => target);
  await watch.poll([]);
  for (let done = await watch.work(); done !== null && !done.isWhole; ) done = await watch.work();
  return (watched) => watch.poll(watched);
}

/** Each range is of another moment, and nothing follows what changes meanwhile. */
async function countUnfollowed(
  connection: Connection,
  target: Target,
  { wholeSeconds, sizes }: ReportLimits,
): Promise<ReadSnapshot> {
  const unfollowed = createUnfollowed(connection, () => target, wholeSeconds, sizes);
  await unfollowed.poll(null, []);
  for (let done = await unfollowed.work(); done !== null && !done.isWhole && !done.isTooSlow; )
    done = await unfollowed.work();
  return (watched) => unfollowed.poll(null, watched);
}

/** Nothing, where not even the smallest range can be analysed in time. */
async function analyseInRanges(connection: Connection, target: Target, { least }: RangeSizes): Promise<Analysis> {
  const sums: BatchSums[] = [];
  const history: HistorySpan[] = [];
  let rows = rangeRows;
  for (let above = lowestId; ; ) {
    try {
      const reach = await readReach(connection, target, { above, rows });
      if (reach === null) return [sums, history];
      const [read = [], spans = []] = await analyseRange(connection, target, above, reach.last);
      sums.push(...read);
      history.push(...spans);
      above = reach.last;
    } catch (error) {
      if (!isTimeout(error)) throw error;
      if (rows === least) return [[], []];
      rows = Math.max(least, Math.floor(rows / 8));
    }
  }
}

/** The analysis of the ids above the first and up to the last. */
async function analyseRange(connection: Connection, target: Target, above: bigint, last: bigint): Promise<Analysis> {
  const [first, second] = analysis(target, String(above), String(last), rangeSeconds) as [Read, Read];
  return analysed(
    (await readTogether(connection, target, [{ ...first, after: alongTheKey }, second])) as unknown as Tagged[][],
  );
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
