import { withPartialPause } from './partial-pause.ts';
import type { RateGroup } from './rate-groups.ts';
import { addSpans, emptyThroughput, paused, progressed, resumed, type Throughput, working } from './throughput.ts';
import { mayBeAtWork, withUnseen } from './unseen-work.ts';

/** A throughput after the next poll. @param whole the group of all tables, for that of one table */
export function stepped(
  known: Throughput | undefined,
  group: RateGroup,
  since: number | null,
  takenAt: number,
  whole: RateGroup,
): Throughput {
  // A group that appeared since the last poll has been observed since then.
  const before = withPartialPause(known ?? emptyThroughput(since ?? takenAt), group, since, whole);
  const throughput = working(before, group.atWork, takenAt, group.stopped);
  if (!group.isRunning) {
    const isOver = since !== null && (group.isPaused || !mayBeAtWork(throughput, takenAt));
    return isOver ? paused(throughput, since, takenAt, group.isPaused) : throughput;
  }
  const resumedNow = group.running > 0 ? resumed(throughput) : throughput;
  if (!group.hasProgressed) return resumedNow;
  const worked = withUnseen(resumedNow, group.unseen, takenAt, group.unseenReports === group.reports);
  return progressed(addSpans(worked, group.spans, takenAt), takenAt, group.reports, group.reported);
}
