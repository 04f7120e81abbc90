import type { Pause } from './resumes.ts';
import { addSpans, rateWindowSeconds, sliceSeconds, type Throughput } from './throughput.ts';

/** For how many seconds before a pause and after it the records of batches that it interrupted count. */
const besideSeconds = rateWindowSeconds;

/**
 * The completed batches of a table without the time in which all operations were paused: the work of a batch that a pause interrupted
 * was before it and after it. The last end is as long ago as it is without the pauses.
 */
export function endedWithoutPauses(ended: Throughput, pauses: readonly Pause[], takenAt: number): Throughput {
  const known = pauses.filter(({ from, to }) => to > ended.since && from < to && to <= takenAt);
  if (known.length === 0) return ended;
  const { progressAt } = ended;
  const paused = progressAt === null ? 0 : pausedSeconds(known, progressAt, takenAt);
  return {
    ...besidePauses({ ...ended, pauses: known }, takenAt),
    progressAt: progressAt === null ? null : progressAt + paused,
  };
}

/** Moves the records that are within pauses to the time beside them. */
export function besidePauses(throughput: Throughput, takenAt: number): Throughput {
  const slices = [...throughput.slices];
  const spans = throughput.pauses.flatMap(({ from, to }, index, pauses) => {
    let records = 0;
    // A slice that is only partly within a pause has its own time.
    for (let slice = Math.ceil(from / sliceSeconds); (slice + 1) * sliceSeconds <= to; slice++) {
      const place = slice - throughput.first;
      records += slices[place] ?? 0;
      if (slices[place] !== undefined) slices[place] = 0;
    }
    if (records === 0) return [];
    const first = Math.max(throughput.since, pauses[index - 1]?.to ?? 0, from - besideSeconds);
    const last = Math.min(takenAt, pauses[index + 1]?.from ?? takenAt, to + besideSeconds);
    const [before, after] = [Math.max(0, from - first), last - to];
    const share = before + after > 0 ? before / (before + after) : 1;
    return [
      { from: from - before, to: from, records: records * share },
      { from: to, to: last, records: records * (1 - share) },
    ];
  });
  return spans.length === 0 ? throughput : addSpans({ ...throughput, slices }, spans, takenAt);
}

/** The moment some seconds of running time before another, and the pauses before it. */
export function runningBefore(
  pauses: readonly Pause[],
  takenAt: number,
  seconds: number,
): { readonly at: number; readonly pauses: readonly Pause[] } {
  let at = takenAt - seconds;
  for (const pause of pauses.toReversed()) if (pause.to > at) at -= pause.to - pause.from;
  return { at, pauses: pauses.filter(({ to }) => to <= at) };
}

function pausedSeconds(pauses: readonly Pause[], from: number, to: number): number {
  return pauses.reduce((sum, one) => sum + Math.max(0, Math.min(to, one.to) - Math.max(from, one.from)), 0);
}
