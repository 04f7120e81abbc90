import { type Eta, etaOf, etaOfEach } from './eta.ts';
import type { Left } from './left.ts';
import { addSpans, rateWindowSeconds, recordsPerSecond, sliceSeconds, type Throughput } from './throughput.ts';

/** The batches of one table that completed before migtop saw any progress. */
export interface EndedBatches {
  /** Their records; `progressAt` is the last end. */
  readonly throughput: Throughput;
  /** How long one of them took, in seconds, and how many records it had. */
  readonly batchSeconds: number;
  readonly batchRecords: number;
  /** The largest batch size of the table; null if it names none. One of them may be several batches. */
  readonly batchSize: number | null;
  /** The operations of the table that are running and not stalled: for how many seconds, and how many records they have. */
  readonly running: readonly { readonly seconds: number; readonly records: number }[];
  readonly left: Left;
}

/** Not all batches take the same time: before this many usual batches, all batches have ended. */
const endedBatches = 1.2;

/** After this many usual batches without an end, the work may have stopped. */
const overdueBatches = 1.6;

/** An operation with several batches may have stopped if this share of its time, and 1.6 batches, are not explained by its records. */
const unexplainedShare = 0.25;

/** The batches have to cover at least this many seconds and this many batches. */
const leastSeconds = 60;
const leastBatches = 2;

/**
 * The ETA by batches that completed before migtop saw any progress: for `status`, which polls for a second, and for the first
 * minute of the monitor. Null if the last end is not recent. The rate is not known from them: they do not show who works now.
 */
export function etaOfEnded(ended: EndedBatches, takenAt: number): Eta | null {
  const { throughput, running, left } = ended;
  const batchSeconds = recentBatchSeconds(ended, takenAt);
  const { progressAt, since } = throughput;
  if (running.length === 0 || progressAt === null) return null;
  if (takenAt - progressAt > overdueBatches * batchSeconds + sliceSeconds) return null;
  if (!running.some((one) => isExplained(one, ended))) return null;
  if (takenAt - since < Math.max(leastSeconds, (leastBatches + 1) * batchSeconds)) return null;
  // What the running batches have done, but not reported. Operations that have reported have done little since.
  const spans = running.map(({ seconds, records }) => ({
    from: takenAt - seconds,
    to: takenAt,
    records: records > 0 ? 0 : Math.min(1, seconds / batchSeconds) * ended.batchRecords,
  }));
  const whole = addSpans({ ...throughput, progressAt: takenAt }, spans, takenAt);
  const unreported = spans.reduce((sum, { records }) => sum + records, 0);
  const reporting = { batchSeconds, gapSeconds: batchSeconds / running.length };
  return etaOf({
    throughput: whole,
    takenAt,
    remaining: Math.max(1, left.records - unreported),
    fewest: Math.max(0, left.fewest - unreported),
    done: left.done + unreported,
    unevenness: left.unevenness,
    reporting,
    now: recordsPerSecond(whole, takenAt, Math.max(rateWindowSeconds, 4 * reporting.gapSeconds)),
    isDue: true,
  });
}

/** Whether the records of an operation explain its time, if it has reported. */
function isExplained(
  { seconds, records }: EndedBatches['running'][number],
  { batchSeconds, batchRecords, batchSize }: EndedBatches,
): boolean {
  if (records <= 0) return true;
  const step = batchSeconds * Math.min(1, (batchSize ?? batchRecords) / batchRecords);
  return seconds - (batchSeconds * records) / batchRecords <= overdueBatches * step + unexplainedShare * seconds;
}

/** The time of a batch by the batches that ended last: it may grow. */
function recentBatchSeconds({ throughput, batchSeconds, batchRecords, running }: EndedBatches, takenAt: number) {
  const until = Math.floor((takenAt - endedBatches * batchSeconds) / sliceSeconds) * sliceSeconds;
  const rate = recordsPerSecond(throughput, until, Math.max(rateWindowSeconds, 4 * batchSeconds));
  if (rate === null || rate <= 0) return batchSeconds;
  return Math.max(batchSeconds, Math.min(3 * batchSeconds, (running.length * batchRecords) / rate));
}

/** The ETA of several tables, each with its remaining records. `eta` is null for a table that nobody works on. */
export function etaOfTables(tables: readonly { readonly eta: Eta | null; readonly remaining: number }[]): Eta | null {
  const known = tables.flatMap(({ eta, remaining }) => (eta === null ? [] : [{ ...eta, remaining }]));
  if (known.length === 0) return null;
  const left = tables.reduce((sum, { remaining }) => sum + remaining, 0);
  const whole = (secondsOf: (eta: Eta) => number): number =>
    left / known.reduce((rate, one) => rate + one.remaining / secondsOf(one), 0);
  return etaOfEach(
    { lowSeconds: whole(({ lowSeconds }) => lowSeconds), highSeconds: whole(({ highSeconds }) => highSeconds) },
    known,
    known.length === tables.length,
  );
}
