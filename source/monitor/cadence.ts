import { watchedIds } from '../domain/receipts.ts';
import type { MonitorState } from './state.ts';

/** The share of time that polling may take on a slow database: the interval stretches until it does not take more. */
const busyShare = 0.1;

/** No database is so slow that nobody looks at it for longer. */
const longestSeconds = 60;

/** How many seconds there are from the start of one poll to the start of the next, by how long the polls took. */
export function createCadence(): (tookSeconds: number, wantedSeconds: number) => number {
  let lastTookSeconds = 0;
  return (tookSeconds, wantedSeconds) => {
    // One slow poll is a lock or a network that waited; a slow database is slow twice.
    const load = Math.min(tookSeconds, lastTookSeconds);
    lastTookSeconds = tookSeconds;
    return Math.max(wantedSeconds, Math.min(load / busyShare, longestSeconds));
  };
}

/** The operations that the next poll has to bring, live or not: what was acted on, and what is open. */
export function watchedBy({ receipts, overlay }: MonitorState): number[] {
  // When the operation whose detail is open changes, the detail has to be read again.
  return [...watchedIds(receipts), ...(overlay.kind === 'detail' ? [overlay.id] : [])];
}
