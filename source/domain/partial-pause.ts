import type { StatusCounts } from './operation.ts';
import type { Throughput } from './throughput.ts';

/** If this many times as many operations are paused as run, nothing shows when the work ends: as after a pause of all, and one resume. */
const mostPaused = 4;

/** If this many times as many operations run as went on during a partial pause, the others were resumed. */
const resumedTimes = 2;

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
 * Takes a partial pause that has ended out of the time that a rate covers, as a pause of all: the few that went on do not show how fast
 * all are. As long as it lasts, the rate is that of these few.
 *
 * @param running how many operations run, and `halted` how many of those that had begun are paused
 * @param since the time of the last poll; null before the first
 * @param whole the same of all tables, for the throughput of one: in a pause of nearly all, one of two in a table may go on
 */
export function withPartialPause(
  throughput: Throughput,
  { running, halted }: Begun,
  since: number | null,
  whole: Begun = { running, halted },
): Throughput {
  const { partialPause: known } = throughput;
  const isHalted = [{ running, halted }, whole].some((one) => isPaused({ running: one.running, paused: one.halted }));
  if (since !== null && running > 0 && halted > 0 && isHalted)
    return {
      ...throughput,
      partialPause: { from: known?.from ?? since, running: Math.max(known?.running ?? 0, running) },
    };
  if (known === undefined) return throughput;
  const { partialPause: _, ...rest } = throughput;
  if (since === null) return rest;
  // Those that went on have ended.
  if (running === 0 && halted > 0) return throughput;
  if (running < resumedTimes * known.running) return rest;
  const earlier = rest.pauses.filter(({ to }) => to < known.from);
  const begun = rest.pauses[earlier.length]?.from ?? known.from;
  return { ...rest, pauses: [...earlier, { from: Math.min(begun, known.from), to: since }] };
}
