import type { WatchedEvent } from '../domain/watched-events.ts';
import type { MonitorEvent } from './event.ts';
import { type MonitorState, shown } from './state.ts';

/** The event of a lost connection; none where it was lost already. Its time is estimated on the database's clock. */
export function lostEvents(
  state: MonitorState,
  { atMs, problem }: Extract<MonitorEvent, { kind: 'lost' }>,
): readonly WatchedEvent[] {
  const { connection, latest, receivedAtMs } = state;
  if (connection.kind === 'lost' || latest === null) return [];
  const at = latest.snapshot.takenAt + (atMs - receivedAtMs) / 1000;
  return [{ at, key: `lost ${atMs}`, what: { kind: 'lost', problem } }];
}

/** The event of the first poll after a lost connection. */
export function connectedEvents(state: MonitorState, takenAt: number, atMs: number): readonly WatchedEvent[] {
  const { connection, receivedAtMs } = state;
  if (connection.kind !== 'lost' || shown(state) === null) return [];
  const afterSeconds = (atMs - receivedAtMs) / 1000;
  return [{ at: takenAt, key: `connected ${atMs}`, what: { kind: 'connected', afterSeconds } }];
}
