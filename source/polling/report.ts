import { alongTheKey, type Read } from '../database/bounds.ts';
import type { Connection } from '../database/connection.ts';
import { decodeBatchSums, decodeSpan, decodeTableChanges } from '../database/decode.ts';
import { query } from '../database/query.ts';
import { kept, ofKind, readTagged, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { BatchSums } from '../domain/batch-tally.ts';
import { mergedSums } from '../domain/batch-throughput.ts';
import type { HistorySpan, Snapshot, TableChanges } from '../domain/snapshot.ts';
import { sum } from '../domain/sum.ts';
import type { Acceptances } from './acceptances.ts';
import { createFailures } from './failures.ts';
import { lowestId } from './id-range.ts';
import { type RangeSizes, readRangeEnd, usualSizes } from './range-counter.ts';
import { historySeconds, historySpanSeconds } from './recent-history.ts';
import { createUnfollowed } from './unfollowed.ts';
import { createWatch } from './watch.ts';
import type { Watch } from './watch-interface.ts';
import { isTimeout, snapshotRead, wholeSnapshot } from './whole-count.ts';

/** The data of a report, as read. */
interface ReportRead {
  /** With the history of the last hour. */
  readonly snapshot: Snapshot;
  readonly sums: readonly BatchSums[];
}

/** The answers of the statements of `analysis`. */
type Analysis = Pick<ReportRead, 'sums'> & Required<Pick<Snapshot, 'history' | 'tableChanges'>>;

/** Maximum seconds for each of the three statements that read the whole table in one snapshot. */
const snapshotSeconds = 3;

/** How many rows are analysed at a time at first, and the maximum seconds for each statement of that. */
const rangeRows = 200_000;
const rangeSeconds = 4;

/** The limits of a report, for tests. */
interface ReportLimits {
  /** Maximum seconds for each of the three statements of one snapshot. */
  readonly snapshotSeconds?: number;
  /** Maximum seconds for a statement that counts a whole table that cannot be followed. */
  readonly wholeSeconds?: number;
  readonly sizes?: RangeSizes;
}

/**
 * Counts and analyses the whole table: in one snapshot if that takes a few seconds, else in id ranges as the monitor does, with
 * polls that follow the changes if the table can be followed. So no snapshot lives longer than 10 s, even if this program is
 * killed. If not even a small range can be counted in that time, the totals are not known (`coverage.isTooSlow`).
 *
 * @param watched ids of operations to read whether they are live or not
 * @throws {DatabaseError}
 */
export async function readReport(
  connection: Connection,
  target: Target,
  watched: readonly number[],
  limits: ReportLimits = {},
  acceptances?: Acceptances,
): Promise<ReportRead> {
  const seconds = limits.snapshotSeconds ?? snapshotSeconds;
  try {
    const [all = [], ...rest] = await readTagged(connection, target, [
      snapshotRead(target, { before: null, watched, seconds }),
      ...analysis(target, null, null, seconds),
    ]);
    const { sums, ...history } = analysed(rest);
    return {
      snapshot: await triaged(connection, target, acceptances, { ...wholeSnapshot(all, target.zone), ...history }),
      sums,
    };
  } catch (error) {
    if (!isTimeout(error)) throw error;
  }
  if (target.isFollowable && target.hasVersions) {
    const watch = createWatch(connection, () => target, { acceptances, fewIds: 0 });
    if (await watch.count(() => {})) return readCounted(watch, watched);
  }
  const read = await countUnfollowed(connection, target, limits);
  const isTooSlow = (await read(watched)).coverage.isTooSlow === true;
  const { sums, ...history } = isTooSlow
    ? noAnalysis
    : await analyseInRanges(connection, target, limits.sizes ?? usualSizes);
  const snapshot = await triaged(connection, target, acceptances, { ...(await read(watched)), ...history });
  return { snapshot, sums: mergedSums(sums) };
}

/** The report of a table that `Watch.count` has counted. */
export async function readCounted(watch: Watch, watched: readonly number[]): Promise<ReportRead> {
  const snapshot = await watch.poll(watched);
  const { sums, history } = watch.analysis();
  return { snapshot: { ...snapshot, history }, sums };
}

/** The snapshot with the triage of all its failures. */
async function triaged(
  connection: Connection,
  target: Target,
  acceptances: Acceptances | undefined,
  snapshot: Snapshot,
): Promise<Snapshot> {
  const failures = createFailures(connection, () => target, acceptances);
  await failures.take(snapshot);
  while ((await failures.work()) !== null);
  return failures.take(snapshot);
}

type ReadSnapshot = (watched: readonly number[]) => Promise<Snapshot>;

/** Each range is of a different moment: nothing follows the changes. */
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

/** Empty if not even the smallest range can be analysed in time. */
async function analyseInRanges(connection: Connection, target: Target, { min }: RangeSizes): Promise<Analysis> {
  const sums: BatchSums[] = [];
  const history: HistorySpan[] = [];
  let tableChanges: TableChanges = noAnalysis.tableChanges;
  let rows = rangeRows;
  for (let above = lowestId; ; ) {
    try {
      const end = await readRangeEnd(connection, target, { above, rows });
      if (end === null) return { sums, history, tableChanges };
      const read = await analyseRange(connection, target, above, end.last);
      sums.push(...read.sums);
      for (const span of read.history) history.push(span);
      tableChanges = addedUp([tableChanges, read.tableChanges]);
      above = end.last;
    } catch (error) {
      if (!isTimeout(error)) throw error;
      if (rows === min) return noAnalysis;
      rows = Math.max(min, Math.floor(rows / 8));
    }
  }
}

/** Analyses the ids above `above`, up to `last`. */
async function analyseRange(connection: Connection, target: Target, above: bigint, last: bigint): Promise<Analysis> {
  const [first, second] = analysis(target, String(above), String(last), rangeSeconds);
  return analysed(await readTagged(connection, target, [{ ...first, after: alongTheKey }, second]));
}

function analysis(target: Target, above: string | null, last: string | null, seconds: number): [Read, Read] {
  const history = { seconds: historySeconds, spanSeconds: historySpanSeconds, above, last };
  return [
    { ...query('throughput', target, { above, last }), seconds },
    { ...query('history', target, history), seconds },
  ];
}

function analysed([batches = [], ended = []]: readonly (readonly Tagged[])[]): Analysis {
  return {
    sums: kept(batches.map(({ body }) => decodeBatchSums(body))),
    history: kept(ofKind(ended, 'span').map(decodeSpan)),
    tableChanges: addedUp(kept(ofKind(ended, 'changes of table').map(decodeTableChanges))),
  };
}

function addedUp(changes: readonly TableChanges[]): TableChanges {
  return { after: sum(changes.map(({ after }) => after)), during: sum(changes.map(({ during }) => during)) };
}

const noAnalysis: Analysis = { sums: [], history: [], tableChanges: { after: 0, during: 0 } };
