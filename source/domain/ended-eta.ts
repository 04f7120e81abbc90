import { type Eta, etaOf, etaOfEach } from './eta.ts';
import { rateWindowSeconds, recordsPerSecond, sliceSeconds, type Throughput } from './throughput.ts';

/** The batches of one table that completed before migtop saw any progress. */
export interface EndedBatches {
  /** Their records; `progressAt` is the last end. */
  readonly throughput: Throughput;
  /** How long one of them took, in seconds. */
  readonly batchSeconds: number;
  /** How many operations of the table are running and not stalled. */
  readonly running: number;
  /** How many records are left by the table's rows. */
  readonly remaining: number;
}

/** Not all batches take the same time: before this many usual batches, all batches have ended. */
const endedBatches = 1.2;

/** After this many usual batches without an end, the work may have stopped. */
const overdueBatches = 1.6;

/** The batches have to cover at least this many seconds and this many batches. */
const leastSeconds = 60;
const leastBatches = 2;

/**
 * The ETA by batches that completed before migtop saw any progress: for `status`, which polls for a second, and for the first
 * minute of the monitor. Null if the last end is not recent. The rate is not known from them: they do not show who works now.
 */
export function etaOfEnded(
  { throughput, batchSeconds, running, remaining }: EndedBatches,
  takenAt: number,
): Eta | null {
  const { progressAt, since } = throughput;
  if (running === 0 || progressAt === null || takenAt - progressAt > overdueBatches * batchSeconds + sliceSeconds)
    return null;
  // The batches that run now are not in it.
  const until = Math.floor((takenAt - endedBatches * batchSeconds) / sliceSeconds) * sliceSeconds;
  if (until - since < Math.max(leastSeconds, leastBatches * batchSeconds)) return null;
  const gap = batchSeconds / running;
  const ended = { ...throughput, progressAt: until, gaps: [gap] };
  const now = recordsPerSecond(ended, until, Math.max(rateWindowSeconds, 4 * gap));
  if (now === null) return null;
  // On average, the running batches are half done.
  const left = Math.max(1, remaining - (now * batchSeconds) / 2);
  return etaOf({ throughput: ended, takenAt: until, remaining: left, now, isDue: true });
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
