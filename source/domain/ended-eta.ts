import { besidePauses, runningBefore } from './ended-pauses.ts';
import { type Eta, etaOf, gapOf, lastBatchSeconds, type Reporting } from './eta.ts';
import { smallest } from './extremes.ts';
import { type Left, unreportedLeft } from './left.ts';
import type { TableLeftover } from './planned-speeds.ts';
import { recordsPerSecond, windowOf } from './rates.ts';
import { arePlanned } from './schedule.ts';
import { etaOfAll, tableEta } from './several-etas.ts';
import { addSpans, emptyThroughput, secondsRunning, sliceSeconds, type Throughput } from './throughput.ts';
import { inSeconds, leftInWorkerSeconds, sincePlausible } from './worker-seconds.ts';

/** The batches of one table that completed before migtop saw any progress. */
export interface EndedBatches {
  /** Their records; `progressAt` is the last end. */
  readonly throughput: Throughput;
  /** How long one of them took, in seconds, and how many records it had. */
  readonly batchSeconds: number;
  readonly batchRecords: number;
  /** The largest batch size of the table; null if it names none. One of them may be several batches. */
  readonly batchSize: number | null;
  /**
   * The operations of the table that are running and not stalled: for how many seconds, how many records they have, and whether the
   * session of the worker shows that it is at work (domain/at-work.ts).
   */
  readonly running: readonly BegunOperation[];
  /** Whether only the running operations show how long a batch takes: each has the mean of its time. */
  readonly isByRunning?: boolean;
}

export interface BegunOperation {
  readonly seconds: number;
  readonly records: number;
  readonly isAtWork: boolean;
}

/**
 * The batches of a table in which no operation has ended in the last hour, by the records of those that run; null if none shows a
 * speed.
 */
export function begunBatches(
  running: readonly BegunOperation[],
  batchSize: number | null,
  takenAt: number,
): EndedBatches | null {
  const begun = running.filter(({ records, seconds }) => records > 0 && seconds > 0);
  const records = begun.reduce((sum, one) => sum + one.records, 0);
  const seconds = begun.reduce((sum, one) => sum + one.seconds, 0);
  if (!begun.some((one) => one.isAtWork)) return null;
  const batchRecords = Math.min(batchSize ?? records / seconds, records / begun.length);
  const spans = begun.map((one) => ({ from: takenAt - one.seconds, to: takenAt, records: one.records }));
  const empty = emptyThroughput(smallest(spans.map(({ from }) => from)));
  const throughput = { ...addSpans(empty, spans, takenAt), progressAt: takenAt };
  const batchSeconds = (seconds * batchRecords) / records;
  return { throughput, batchSeconds, batchRecords, batchSize, running, isByRunning: true };
}

/** Not all batches take the same time: before this many usual batches, all batches have ended. */
const endedBatches = 1.2;

/** After this many usual batches without an end, the work may have stopped. */
const overdueBatches = 1.6;

/**
 * An operation with several batches may have stopped if this share of its time, at most this many seconds, and 1.6 batches are
 * not explained by its records.
 */
const unexplainedShare = 0.25;
const unexplainedSeconds = 60;

/** The work that is seen has to cover at least this many seconds and this many batches. */
const leastSeconds = 60;
const leastBatches = 2;

/**
 * The ETA by batches that completed before migtop saw any progress: for `status`, which polls for a second, and for the first
 * minute of the monitor. Null if the last end is not recent. The rate is not known from them: they do not show who works now.
 *
 * @param tables those that share their workers
 * @param left how many records they have left together
 * @param evidenceOf which part of their records shows how fast the work is
 */
export function etaOfEnded(
  tables: readonly EndedBatches[],
  left: Left,
  takenAt: number,
  evidenceOf: (throughput: Throughput) => Throughput = (throughput) => throughput,
): Eta | null {
  const isKnown = arePlanned(left.plans ?? []);
  if (!tables.some((table) => goesOn(table, isKnown, takenAt))) return null;
  const throughput = evidenceOf(addedThroughput(tables.map((one) => one.throughput)));
  const slower = slowdown(tables, throughput, takenAt);
  // The records that running batches have processed, but not reported. Operations that have reported have done little since.
  const spans = tables.flatMap(({ running, batchSeconds, batchRecords }) =>
    running.map(({ seconds, records }) => ({
      from: runningBefore(throughput.pauses, takenAt, seconds).at,
      to: takenAt,
      records: records > 0 ? 0 : Math.min(1, seconds / (slower * batchSeconds)) * batchRecords,
    })),
  );
  const whole = besidePauses(addSpans({ ...throughput, progressAt: takenAt }, spans, takenAt), takenAt);
  const unreported = spans.reduce((sum, { records }) => sum + records, 0);
  const reporting = reportingOf(tables, slower);
  return etaOf({
    throughput: whole,
    takenAt,
    ...unreportedLeft(left, unreported),
    reporting,
    now: recordsPerSecond(whole, takenAt, windowOf(reporting.gapSeconds)),
    isDue: true,
    isMixed: tables.length > 1,
    // Means say nothing about how the time of a record changes.
    isMean: tables.some(({ isByRunning }) => isByRunning === true),
  });
}

/** Whether a table shows that work goes on: its last end is recent, and the records of an operation explain its time. */
function goesOn(ended: EndedBatches, isKnown: boolean, takenAt: number): boolean {
  const { throughput, running } = ended;
  const { progressAt, since } = throughput;
  if (running.length === 0 || progressAt === null) return false;
  // As slow as the batches before the last end: that none has ended since does not show that they have become slower.
  const lastBatch = Math.min(takenAt, progressAt + endedBatches * ended.batchSeconds);
  const batchSeconds = ended.batchSeconds * slowdown([ended], throughput, lastBatch);
  const isExpected = isStillRecent(progressAt, batchSeconds, takenAt) && running.some((one) => isExplained(one, ended));
  if (!isExpected && !running.some(({ isAtWork }) => isAtWork)) return false;
  if (isKnown || ended.isByRunning === true) return true;
  return takenAt - since >= Math.max(leastSeconds, (leastBatches + 1) * batchSeconds * batchShare(ended));
}

/** Which share of an operation is a batch: one of several batches reports, so its records show what it has done until now. */
function batchShare({ batchRecords, batchSize }: EndedBatches): number {
  return Math.min(1, (batchSize ?? batchRecords) / batchRecords);
}

/** Whether the last end of a batch was so recent that the next one is not overdue. */
export function isStillRecent(endedAt: number, batchSeconds: number, takenAt: number): boolean {
  return takenAt - endedAt <= overdueBatches * batchSeconds + sliceSeconds;
}

/** Whether the records of an operation explain its time, if it has reported. */
function isExplained({ seconds, records }: EndedBatches['running'][number], ended: EndedBatches): boolean {
  if (records <= 0) return true;
  const { batchSeconds, batchRecords } = ended;
  const step = batchSeconds * batchShare(ended);
  return (
    seconds - (batchSeconds * records) / batchRecords <=
    overdueBatches * step + Math.min(unexplainedSeconds, unexplainedShare * seconds)
  );
}

/** By which factor the batches that ended last took longer than the mean: the time of a batch may grow. */
function slowdown(tables: readonly EndedBatches[], throughput: Throughput, takenAt: number): number {
  const worked = tables.filter(({ running }) => running.length > 0);
  const longest = worked.reduce((most, { batchSeconds }) => Math.max(most, batchSeconds), 0);
  const before = runningBefore(throughput.pauses, takenAt, endedBatches * longest);
  const until = Math.floor(before.at / sliceSeconds) * sliceSeconds;
  const pauses = before.pauses.filter(({ to }) => to < until);
  const rate = recordsPerSecond({ ...throughput, pauses }, until, windowOf(longest));
  if (rate === null || rate <= 0) return 1;
  const usual = worked.reduce(
    (sum, { running, batchRecords, batchSeconds }) => sum + (running.length * batchRecords) / batchSeconds,
    0,
  );
  return Math.max(1, Math.min(mostSlowdown, usual / rate));
}

const mostSlowdown = 3;

function reportingOf(tables: readonly EndedBatches[], slower: number): Reporting {
  const seconds = tables.flatMap(({ running, batchSeconds }) => running.map(() => slower * batchSeconds));
  return { gapSeconds: gapOf(seconds), lastSeconds: lastBatchSeconds(seconds) };
}

/** The records of several tables. */
function addedThroughput(throughputs: readonly Throughput[]): Throughput {
  const since = smallest(throughputs.map((one) => one.since));
  const first = smallest(throughputs.map((one) => one.first));
  const slices: number[] = [];
  for (const one of throughputs)
    for (const [index, records] of one.slices.entries()) {
      const slice = one.first - first + index;
      while (slices.length <= slice) slices.push(0);
      slices[slice] = (slices[slice] ?? 0) + records;
    }
  // The pauses of all operations: each table has the same ones.
  const pauses = throughputs.find((one) => one.pauses.length > 0)?.pauses ?? [];
  return { ...emptyThroughput(since), first, slices, pauses };
}

/** The ETA of tables whose records take different times, by the time of the workers; null if they do not, or if it is unknown. */
function endedBySeconds(
  ended: readonly EndedBatches[],
  tables: readonly TableLeftover[],
  left: Left,
  takenAt: number,
  workers: number,
): Eta | null {
  const timed = arePlanned(left.plans ?? []) ? null : leftInWorkerSeconds(tables);
  if (timed === null) return null;
  // More workers than now have made more records only if some have stopped since: their records are no evidence either.
  const plausible = (seconds: Throughput): Throughput => {
    const known = sincePlausible(seconds, takenAt, (from, to) => workers * secondsRunning(seconds, from, to));
    // The first reports of some workers alone show too little.
    return takenAt - known.since < leastSeconds ? seconds : known;
  };
  return etaOfEnded(ended.map(endedInSeconds), inSeconds(left, timed), takenAt, plausible);
}

/** How many records a worker does in a second. */
const speedOf = ({ batchRecords, batchSeconds }: EndedBatches): number => batchRecords / batchSeconds;

function endedInSeconds(ended: EndedBatches): EndedBatches {
  const { throughput, batchSeconds, batchSize, running } = ended;
  const speed = speedOf(ended);
  return {
    ...ended,
    throughput: { ...throughput, slices: throughput.slices.map((records) => records / speed) },
    batchRecords: batchSeconds,
    batchSize: batchSize && batchSize / speed,
    running: running.map((one) => ({ ...one, records: one.records / speed })),
  };
}

/** The batches of a table, and how many records it has left. */
export interface TableEnds {
  readonly tableName: string;
  readonly ended: EndedBatches | null;
  /** How many records a batch usually has; null if unknown. */
  readonly batch: number | null;
  readonly left: Left;
}

/**
 * The ETA of several tables, each with the ETA of its workers.
 *
 * @param done tables in which nothing is left: the workers did their batches in the last hour too
 * @param left how many records the others have left together
 * @param isRoaming whether the workers go on with the other tables; else they may or may not
 * @param workers how many operations of all tables are running and not stalled
 */
export function etaOfTables(
  tables: readonly TableEnds[],
  done: readonly TableEnds[],
  left: Left,
  takenAt: number,
  { isRoaming, workers }: { readonly isRoaming: boolean; readonly workers: number },
): Eta | null {
  const all = [...tables, ...done];
  const known = all.flatMap(({ ended }) => (ended === null ? [] : [ended]));
  const timed = all.map(({ left, ended, batch }) => ({ left, batch, speed: ended && speedOf(ended) }));
  const whole = endedBySeconds(known, timed, left, takenAt, workers) ?? etaOfEnded(known, left, takenAt);
  const single = tables.flatMap(({ tableName, ended, left: own }) =>
    tableEta(tableName, ended === null ? null : etaOfEnded([ended], own, takenAt)),
  );
  const isEachWorkedOn = single.length === tables.length;
  return etaOfAll(whole, single, { isWhole: all.length === 1 || isRoaming, open: tables.length, isEachWorkedOn });
}
