import { actedOn } from '../domain/audited-results.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { summedOperations } from '../domain/summed-gains.ts';
import { watchedIds } from '../domain/tracked-actions.ts';
import type { Controls } from './controls.ts';
import type { MonitorState } from './state.ts';

/** Maximum share of the time that polling may take on a slow database: the interval grows until it does. */
const busyShare = 0.1;

/** Maximum poll interval in seconds, however slow the database is. */
const longestSeconds = 60;

/** The poll intervals that an operator can choose, in seconds. */
const intervals = [0.2, 0.5, 1, 2, 5, 10, 30, 60] as const;

/** The next shorter interval; undefined for the shortest. */
export function shorterInterval(seconds: number): number | undefined {
  return intervals.findLast((one) => one < seconds);
}

/** The next longer interval; undefined for the longest. */
export function longerInterval(seconds: number): number | undefined {
  return intervals.find((one) => one > seconds);
}

/**
 * How many changed operations a second lengthen the interval: those whose rows a poll fetches, and new ones that the server adds
 * up. The workers of that many new ones keep the server busy: each poll takes CPU time from them.
 */
const manyFetched = 1000;
const manySummed = 300;

/** How many rows a poll may fetch then. */
const changesOfPoll = 5000;

/** Maximum poll interval in seconds, however many operations change. */
const longestBusySeconds = 4;

export interface PollInterval {
  /** From the start of one poll to the start of the next. */
  readonly nextSeconds: number;
  /** Whether it is longer than wanted because too many operations change. */
  readonly isBusy: boolean;
}

/**
 * Computes the interval from how long the last two polls took, and how many operations had changed. Each poll
 * compares all tables that changed, and draws them: where many operations change each second, fewer polls cost the
 * workers less.
 */
export function createPollInterval(): (
  tookSeconds: number,
  snapshot: Pick<Snapshot, 'gained' | 'summed'>,
  wantedSeconds: number,
) => PollInterval {
  let last = { tookSeconds: 0, wished: 0, seconds: 1 };
  return (tookSeconds, snapshot, wantedSeconds) => {
    const fetched = snapshot.gained?.size ?? 0;
    // One slow poll may have waited for a lock or the network; a slow database is slow twice. The same for changes.
    const load = Math.min(tookSeconds, last.tookSeconds);
    const passed = Math.max(last.seconds, wantedSeconds);
    const wished = (fetched / manyFetched + summedOperations(snapshot) / manySummed) / passed;
    const slow = Math.min(load / busyShare, longestSeconds);
    const longest = Math.min(longestBusySeconds, (changesOfPoll * passed) / fetched);
    const both = Math.min(wished, last.wished);
    const busy = both > 1 ? Math.min(both, longest) : 0;
    const seconds = Math.max(wantedSeconds, slow, busy);
    last = { tookSeconds, wished, seconds };
    return { nextSeconds: seconds, isBusy: busy > Math.max(wantedSeconds, slow) };
  };
}

/**
 * Limits a read that follows every poll: it runs unless the previous one is still running, or took so long that another one now
 * would exceed its share of the time.
 */
export function createRest(now: () => number): (read: () => Promise<void>) => Promise<void> {
  let nextMs = Number.NEGATIVE_INFINITY;
  let isReading = false;
  return async (read) => {
    const startedMs = now();
    if (isReading || startedMs < nextMs) return;
    isReading = true;
    try {
      await read();
    } finally {
      isReading = false;
      nextMs = restedMs(startedMs, now());
    }
  };
}

/** A read that follows every poll, and rests as those of `createRest` do. */
export interface DueRead {
  /** Reads now; if the last read still runs or rests, once as soon as it may. The read of the last call is made. */
  due(read: () => Promise<void>): void;
  /** Reads no more. */
  stop(): void;
}

/** A read of what the screen shows: also with polls a minute apart, what an action has changed is read soon after it. */
export function createDueRead(now: () => number): DueRead {
  let nextMs = Number.NEGATIVE_INFINITY;
  let isReading = false;
  let isStopped = false;
  let wanted: (() => Promise<void>) | null = null;
  let timer: NodeJS.Timeout | undefined;

  function next(): void {
    clearTimeout(timer);
    if (isReading || isStopped || wanted === null) return;
    const waitMs = nextMs - now();
    if (waitMs > 0) timer = setTimeout(next, waitMs);
    else void make(wanted).catch(() => {});
  }

  async function make(read: () => Promise<void>): Promise<void> {
    wanted = null;
    isReading = true;
    const startedMs = now();
    try {
      await read();
    } finally {
      isReading = false;
      nextMs = restedMs(startedMs, now());
      next();
    }
  }

  return {
    due(read) {
      wanted = read;
      next();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** When the next read may begin, so that reads take their share of the time at most. */
const restedMs = (startedMs: number, endedMs: number): number =>
  startedMs + Math.min((endedMs - startedMs) / busyShare, longestSeconds * 1000);

/** The operations that the next poll has to read, live or not: those that were acted on, the watched retry, and the open one. */
export function watchedBy({
  trackedActions,
  hiddenActions,
  overlay,
  activity,
  latest,
  acting,
}: MonitorState): number[] {
  // Only the rows show whether the actions of other sessions hold.
  const others = activity === null || latest === null ? [] : actedOn(activity, latest.snapshot.takenAt);
  // When the operation whose detail is open changes, the detail has to be read again.
  return [
    ...new Set([
      ...watchedIds([...trackedActions, ...hiddenActions]),
      ...others,
      ...(acting.canary === null || acting.canary.isCompleted ? [] : [acting.canary.id]),
      ...(overlay.kind === 'detail' ? [overlay.id] : []),
    ]),
  ];
}

/** Changes the poll interval to the next longer or shorter one, and polls. */
export function changeInterval(
  { state, emit, toast, pollNow }: Pick<Controls, 'state' | 'emit' | 'toast' | 'pollNow'>,
  next: (seconds: number) => number | undefined,
): void {
  const seconds = next(state().interval.wantedSeconds);
  if (seconds === undefined) return;
  emit(() => ({ kind: 'interval-changed', wantedSeconds: seconds }));
  toast('info', `polling every ${seconds} s`);
  pollNow();
}
