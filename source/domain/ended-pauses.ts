import type { Pause, TablePause } from './resumes.ts';
import { sum } from './sum.ts';
import { addSpans, rateWindowSeconds, secondsRunning, sliceSeconds, type Throughput } from './throughput.ts';

/** For how many seconds before a pause and after it the records of batches that it interrupted count. */
const besideSeconds = rateWindowSeconds;

/** While a table is paused, it has at most this many times the records of the batches that the pause interrupted. */
const mostInterrupted = 1.25;

/** The completed batches of a table. */
export interface EndedOfTable {
  readonly tableName: string;
  readonly ended: Throughput;
  /** How long one of them took, in seconds. */
  readonly batchSeconds: number;
}

/**
 * The completed batches of a table without the time in which all of its operations were paused: the work of a batch that a pause
 * interrupted was before it and after it. The last end is as long ago as it is without the pauses.
 */
export function endedWithoutPauses(table: EndedOfTable, pauses: readonly TablePause[], takenAt: number): Throughput {
  const { ended } = table;
  const known = pausesOf(table, pauses, takenAt);
  if (known.length === 0) return ended;
  const { progressAt } = ended;
  const paused = progressAt === null ? 0 : pausedSeconds(known, progressAt, takenAt);
  return {
    ...besidePauses({ ...ended, pauses: known }, takenAt),
    progressAt: progressAt === null ? null : progressAt + paused,
  };
}

/** When all operations of a table were paused, oldest first: by a pause of all, or by others that evidently stopped all of it. */
function pausesOf({ tableName, ended, batchSeconds }: EndedOfTable, all: readonly TablePause[], takenAt: number) {
  const known = all.filter(({ from, to }) => to > ended.since && from < to && to <= takenAt);
  const ofAll = known.filter((pause) => pause.tableName === null);
  const seconds = secondsRunning({ pauses: ofAll }, ended.since, ended.progressAt ?? takenAt);
  const records = sum(ended.slices);
  const hasStopped = (pause: Pause): boolean => {
    const length = pause.to - pause.from;
    const within = recordsWithin(ended, pause);
    const interrupted = (((records - within) / (seconds - length)) * length * batchSeconds) / (length + batchSeconds);
    return seconds > length && within <= mostInterrupted * interrupted;
  };
  return joined([...ofAll, ...known.filter((pause) => pause.tableName === tableName && hasStopped(pause))]);
}

/** Pauses that do not overlap, oldest first. */
function joined(pauses: readonly Pause[]): readonly Pause[] {
  const joint: Pause[] = [];
  for (const { from, to } of pauses.toSorted((a, b) => a.from - b.from)) {
    const last = joint.at(-1);
    if (last === undefined || from > last.to) joint.push({ from, to });
    else joint[joint.length - 1] = { from: last.from, to: Math.max(last.to, to) };
  }
  return joint;
}

/** The records of the slices that are within a pause. */
function recordsWithin({ first, slices }: Throughput, { from, to }: Pause): number {
  const [begin, end] = [Math.ceil(from / sliceSeconds), Math.floor(to / sliceSeconds)];
  return sum(slices.slice(Math.max(0, begin - first), Math.max(0, end - first)));
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
