import { withNotices } from '../domain/notices.ts';
import type { WatchedEvent } from '../domain/watched-events.ts';
import { eventText } from '../presentation/event-text.ts';
import { count } from '../presentation/figures.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import type { Toast } from '../presentation/toast.ts';
import type { MonitorState } from './state.ts';

/** For how long the connection is lost before operators and scripts get an event, in milliseconds. */
export const lostNoticeMs = 10_000;

/** The state with a notice if the connection is lost for that long. */
export function withLoss(state: MonitorState): MonitorState {
  const { connection, latest, noticing, nowMs, receivedAtMs } = state;
  if (connection.kind !== 'lost' || latest === null || noticing.isLost) return state;
  if (nowMs - connection.sinceMs < lostNoticeMs) return state;
  const seconds = (nowMs - receivedAtMs) / 1000;
  const at = latest.snapshot.takenAt + seconds;
  const what = { kind: 'lost', problem: connection.problem, seconds } as const;
  return { ...state, noticing: { ...withNotices(noticing, [{ at, what }]), isLost: true } };
}

/** The toast for the events of a poll that no other toast reports: a slow operation, the end of the migration. */
export function noticeToast(events: readonly WatchedEvent[], atMs: number): Toast | null {
  const { what } = events.findLast((event) => event.what.kind === 'ended') ?? events[0] ?? {};
  if (what === undefined) return null;
  const { text, tone } = eventText(what);
  const of = 'operation' in what ? `${operationLabel(what.operation)}: ` : '';
  const others = 'operation' in what && events.length > 1 ? `, and ${count(events.length - 1)} more` : '';
  return { tone: tone === 'good' ? 'good' : tone === 'bad' ? 'bad' : 'info', text: `${of}${text}${others}`, atMs };
}
