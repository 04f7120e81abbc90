import type { HistorySpan } from './snapshot.ts';

/** The length of the intervals of a history, in seconds. */
const intervalSeconds = 10;

/** Maximum number of batches into which one interval is divided. */
const mostBatches = 30;

/**
 * The records that the batches of a cumulative table processed in each interval. The history adds up the counters of the batches
 * that ended in an interval, and each counter includes all batches before it. How many they are follows from the next interval: its
 * counters are a few batches higher.
 *
 * @param spans the history of one table
 * @param progress the largest counter
 */
export function cumulativeHistory(
  spans: readonly HistorySpan[],
  progress: number,
  batchSize: number | null,
): readonly HistorySpan[] {
  const batch = batchSize ?? 0;
  const means: { at: number; records: number }[] = [];
  let next = progress;
  for (const { to, records } of addedUp(spans)) {
    const count = batchesIn(records, next, batch);
    const mean = count === null ? null : records / count;
    if (mean === null || mean > next) break;
    next = mean;
    // If two batches ended in one interval, the later one counts.
    if (means.at(-1)?.at !== to - intervalSeconds / 2) means.push({ at: to - intervalSeconds / 2, records: mean });
  }
  return means.flatMap((later, index) => {
    const earlier = means[index + 1];
    const [span] = spans;
    if (earlier === undefined || span === undefined) return [];
    return [{ tableName: span.tableName, from: earlier.at, to: later.at, records: later.records - earlier.records }];
  });
}

/** One span for each interval of start and of end, the newest first. */
function addedUp(spans: readonly HistorySpan[]): readonly HistorySpan[] {
  const sums = new Map<string, HistorySpan>();
  for (const span of spans) {
    const key = `${span.from} ${span.to}`;
    sums.set(key, { ...span, records: span.records + (sums.get(key)?.records ?? 0) });
  }
  return [...sums.values()].sort((a, b) => b.to - a.to || b.from - a.from);
}

/** How many counters up to `next`, one batch apart, have this sum; null if several numbers fit. */
function batchesIn(sum: number, next: number, batch: number): number | null {
  let found: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (let count = 1; count <= mostBatches; count++) {
    const expected = count * Math.max(0, next - (batch * (count + 1)) / 2);
    const off = Math.abs(sum - expected);
    if (off >= least) break;
    [found, least] = [count, off];
  }
  return found !== null && least <= next / 4 ? found : null;
}
