import type { Pause } from './resumes.ts';
import { gapSecondsOf, type Throughput } from './throughput.ts';

/** How many gaps show the usual one, and after how many of it the next report is overdue. */
const leastGaps = 2;
const overdueGaps = 1.6;

/**
 * Takes into account that operations were at work that no poll saw running, since their rows were written when they had ended:
 * that time was no pause.
 *
 * @param isAll whether no other operation has progressed since the last poll
 */
export function withUnseen(
  throughput: Throughput,
  worked: readonly Pause[],
  takenAt: number,
  isAll: boolean,
): Throughput {
  if (worked.length === 0) return throughput;
  let { pauses } = throughput;
  for (const span of worked) pauses = pauses.flatMap((pause) => outside(pause, span));
  return { ...throughput, pauses, unseenAt: isAll ? takenAt : throughput.unseenAt };
}

/** The parts of a pause outside of a span. */
function outside(pause: Pause, { from, to }: Pause): readonly Pause[] {
  if (pause.to <= from || pause.from >= to) return [pause];
  const parts = [
    { from: pause.from, to: from },
    { from: to, to: pause.to },
  ];
  return parts.filter((part) => part.to > part.from);
}

/** Whether such rows may go on: the next one is not overdue, although no operation is running. */
export function mayBeAtWork(throughput: Throughput, takenAt: number): boolean {
  const { progressAt, unseenAt, gaps, pauses } = throughput;
  if (progressAt === null || unseenAt !== progressAt || gaps.length < leastGaps) return false;
  const isPaused = (pauses.at(-1)?.to ?? Number.NEGATIVE_INFINITY) >= progressAt;
  return !isPaused && takenAt - progressAt <= overdueGaps * gapSecondsOf(throughput);
}
