import type { StatusCounts } from './operation.ts';
import { type PartialPause, recordsOfSlice, sliceSeconds, type Throughput } from './throughput.ts';

/** If this many times as many operations are paused as run, nothing shows when the work ends: as after a pause of all, and one resume. */
const mostPaused = 4;

/** If more than half of the operations that have begun are paused, and this many times as many run later, the others were resumed. */
const resumedTimes = 2;

/** If fewer than nearly all were paused for more seconds than this, those that went on show more than the time before the pause. */
const longSeconds = 600;

/**
 * Whether operations are paused and none is running, or so few that they do not show how the others will go on. (Between two
 * batches none is running or paused.)
 */
export function isPaused({ running, paused }: Pick<StatusCounts, 'running' | 'paused'>): boolean {
  return paused > 0 && paused >= mostPaused * running;
}

interface Begun {
  readonly running: number;
  readonly halted: number;
}

/**
 * Takes a pause of most that has ended out of the time that a rate covers, as a pause of all: the few that went on do not show how fast
 * all are. As long as it lasts, the rate is that of these few.
 *
 * @param running how many operations run, and `halted` how many of those that had begun are paused
 * @param since the time of the last poll; null before the first
 * @param whole the same of all tables, for the throughput of one: in a pause of most, one of two in a table may go on
 */
export function withPartialPause(
  throughput: Throughput,
  { running, halted }: Begun,
  since: number | null,
  whole: Begun = { running, halted },
): Throughput {
  const { partialPause: known } = throughput;
  const isHalted = halted > running || whole.halted > whole.running;
  if (since !== null && running > 0 && halted > 0 && isHalted)
    return {
      ...throughput,
      partialPause: {
        from: known?.from ?? since,
        running: Math.max(known?.running ?? 0, running),
        halted: Math.max(known?.halted ?? 0, halted, whole.halted),
        recordsBefore: known?.recordsBefore ?? recordsOfSlice(throughput, since),
      },
    };
  if (known === undefined) return throughput;
  const { partialPause: _, ...rest } = throughput;
  if (since === null) return rest;
  // Those that went on have ended.
  if (running === 0 && halted > 0) return throughput;
  const isNearlyAll = isPaused({ running: known.running, paused: known.halted });
  const isLong = !isNearlyAll && since - known.from > longSeconds;
  if (isLong || running < resumedTimes * known.running) return rest;
  const earlier = rest.pauses.filter(({ to }) => to < known.from);
  const begun = rest.pauses[earlier.length]?.from ?? known.from;
  const pause = { from: Math.min(begun, known.from), to: since, others: othersOf(throughput, known, since) };
  return { ...rest, pauses: [...earlier, pause] };
}

/** Records a second of the operations that went on: a rate leaves them out too, also of the slices in which the pause begins and ends. */
function othersOf(throughput: Throughput, { from, recordsBefore }: PartialPause, to: number): number {
  let records = -recordsBefore;
  for (let slice = Math.floor(from / sliceSeconds); slice * sliceSeconds <= to; slice++)
    records += recordsOfSlice(throughput, slice * sliceSeconds);
  return Math.max(0, records) / Math.max(1, to - from);
}
