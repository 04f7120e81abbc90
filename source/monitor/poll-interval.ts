import { actedOn } from '../domain/audited-results.ts';
import { watchedIds } from '../domain/tracked-actions.ts';
import type { MonitorState } from './state.ts';

/** The share of time that polling may take on a slow database: the interval stretches until it does not take more. */
const busyShare = 0.1;

/** No database is so slow that nobody looks at it for longer. */
const longestSeconds = 60;

/** How many seconds there are from the start of one poll to the start of the next, by how long the polls took. */
export function createPollInterval(): (tookSeconds: number, wantedSeconds: number) => number {
  let lastTookSeconds = 0;
  return (tookSeconds, wantedSeconds) => {
    // One slow poll is a lock or a network that waited; a slow database is slow twice.
    const load = Math.min(tookSeconds, lastTookSeconds);
    lastTookSeconds = tookSeconds;
    return Math.max(wantedSeconds, Math.min(load / busyShare, longestSeconds));
  };
}

/**
 * What is read again after every poll, a slow query as well: runs it, unless it is still under way or took so long that
 * it would take more than its share of the time.
 */
export function createRest(now: () => number): (read: () => Promise<void>) => Promise<void> {
  let dueMs = Number.NEGATIVE_INFINITY;
  let underWay = false;
  return async (read) => {
    const startedMs = now();
    if (underWay || startedMs < dueMs) return;
    underWay = true;
    try {
      await read();
    } finally {
      underWay = false;
      const tookMs = now() - startedMs;
      dueMs = startedMs + Math.min(tookMs / busyShare, longestSeconds * 1000);
    }
  };
}

/** The operations that the next poll has to bring, live or not: what was acted on, and what is open. */
export function watchedBy({ trackedActions: receipts, overlay, activity, latest }: MonitorState): number[] {
  // Whether the actions of others hold shows in their rows only.
  const others = activity === null || latest === null ? [] : actedOn(activity, latest.snapshot.takenAt);
  // When the operation whose detail is open changes, the detail has to be read again.
  return [...new Set([...watchedIds(receipts), ...others, ...(overlay.kind === 'detail' ? [overlay.id] : [])])];
}
