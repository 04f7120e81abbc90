import { isOtherTable } from '../domain/snapshot.ts';
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

/**
 * The event of the first poll after a lost connection; for connections that were lost although each poll was answered, their loss and
 * their return.
 */
export function connectedEvents(
  state: MonitorState,
  takenAt: number,
  { atMs, losses = [] }: Pick<Extract<MonitorEvent, { kind: 'polled' }>, 'atMs' | 'losses'>,
): readonly WatchedEvent[] {
  const { connection, receivedAtMs } = state;
  if (shown(state) === null) return [];
  const again = (afterSeconds: number): WatchedEvent => ({
    at: takenAt,
    key: `connected ${atMs}`,
    what: { kind: 'connected', afterSeconds },
  });
  if (connection.kind === 'lost') return [again((atMs - receivedAtMs) / 1000)];
  // The server ends all connections at about the same time: that is one event.
  const [first] = losses;
  if (first === undefined) return [];
  const { problem, agoSeconds } = first;
  return [{ at: takenAt - agoSeconds, key: `lost ${atMs}`, what: { kind: 'lost', problem } }, again(agoSeconds)];
}

/** The event of a poll in which another table has the name of the watched one. */
export function replacedEvents(
  { latest, acting }: Pick<MonitorState, 'latest' | 'acting'>,
  { snapshot, atMs }: Pick<Extract<MonitorEvent, { kind: 'polled' }>, 'snapshot' | 'atMs'>,
): readonly WatchedEvent[] {
  if (!isOtherTable(latest?.snapshot, snapshot)) return [];
  const what = { kind: 'replaced', unmarked: acting.marks.size } as const;
  return [{ at: snapshot.takenAt, key: `replaced ${atMs}`, what }];
}
