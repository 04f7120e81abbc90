import { rateWindowSeconds, sliceSeconds, type Throughput } from './throughput.ts';

/** Records processed from one slice to another, both included. */
function recordsIn({ first, slices }: Throughput, from: number, to: number): number {
  let records = 0;
  for (let slice = Math.max(from, first); slice <= to; slice++) records += slices[slice - first] ?? 0;
  return records;
}

/** The rates of `count` equal time spans of the last `seconds`, oldest first; null for those that were not observed. */
export function rateHistory(
  throughput: Throughput,
  takenAt: number,
  seconds: number,
  count: number,
): (number | null)[] {
  const width = Math.max(1, Math.round(seconds / count / sliceSeconds));
  const current = Math.floor(takenAt / sliceSeconds);
  return Array.from({ length: count }, (_, index) => {
    // The current slice is not over, so its rate would be too low. The history ends with the last whole slice.
    const last = current - 1 - (count - 1 - index) * width;
    const first = last - width + 1;
    if ((last + 1) * sliceSeconds <= throughput.since) return null;
    return recordsIn(throughput, first, last) / (width * sliceSeconds);
  });
}

/** The highest rate of a minute, in records a second, that ended within the last `seconds`; null if none was observed. */
export function peakRate({ first, slices, since }: Throughput, takenAt: number, seconds: number): number | null {
  const width = rateWindowSeconds / sliceSeconds;
  const newest = Math.floor(takenAt / sliceSeconds) - 1;
  const oldest = Math.max(Math.floor((takenAt - seconds) / sliceSeconds), Math.floor(since / sliceSeconds)) + width - 1;
  let peak: number | null = null;
  let records = 0;
  for (let slice = oldest - width + 1; slice <= newest; slice++) {
    records += slices[slice - first] ?? 0;
    if (slice < oldest) continue;
    peak = Math.max(peak ?? 0, records / rateWindowSeconds);
    records -= slices[slice - width + 1 - first] ?? 0;
  }
  return peak;
}
