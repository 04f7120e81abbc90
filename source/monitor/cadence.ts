import type { PollRequest } from '../database/control-table.ts';
import { watchedIds } from '../domain/receipts.ts';
import type { MonitorState } from './state.ts';

/** The share of time that polling may take on a slow database: the interval stretches until it does not take more. */
const busyShare = 0.1;

/** No database is so slow that nobody looks at it for longer. */
const longestSeconds = 60;

/** A stamp is older than the commit that brings its row: so far back a poll looks beyond the one before it. */
const lookBackSeconds = 5;

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

/** What the next poll has to bring beside what is live: what was, what is watched, and what is open. */
export function pollRequest({ latest, receipts, overlay, receivedAtMs }: MonitorState, startedMs: number): PollRequest {
  const operations = latest?.snapshot.operations ?? [];
  const live = operations.filter(({ status }) => status === 'running' || status === 'paused').map(({ id }) => id);
  // When the operation whose detail is open changes, the detail has to be read again.
  const open = overlay.kind === 'detail' ? [overlay.id] : [];
  return {
    liveIds: [...live, ...watchedIds(receipts), ...open],
    lookBackSeconds: (startedMs - receivedAtMs) / 1000 + lookBackSeconds,
  };
}
