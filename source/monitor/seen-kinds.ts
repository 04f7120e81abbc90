import { seenKindsOf, withoutRemoved } from '../domain/seen-kinds.ts';
import type { MonitorEvent } from './event.ts';
import { type MonitorState, shown } from './state.ts';

/**
 * The state with the kinds of failure that the operator has looked at: all when migtop knows all failures first and when the operator
 * leaves the Failures view or chooses it again, and one when its failures are listed.
 */
export function withSeenKinds(before: MonitorState, after: MonitorState, event: MonitorEvent): MonitorState {
  const { seenKinds } = after;
  if (event.kind === 'polled') {
    const { latest } = after;
    // Other operations have other kinds.
    const seen = event.restricted === undefined ? seenKinds : null;
    if (latest === null || !latest.triage.isWhole) return seen === seenKinds ? after : { ...after, seenKinds: seen };
    if (latest.triage === before.latest?.triage && seen !== null) return after;
    const now = seen === null ? seenKindsOf(latest.triage) : withoutRemoved(seen, latest.triage);
    return now === seenKinds ? after : { ...after, seenKinds: now };
  }
  const triage = shown(after)?.triage;
  if (seenKinds === null || triage === undefined) return after;
  if (event.kind === 'viewed' && before.view === 'failures') return { ...after, seenKinds: seenKindsOf(triage) };
  if (event.kind !== 'kind-opened' || event.failureKind === null) return after;
  const one = seenKindsOf(triage).get(event.failureKind);
  return one === undefined ? after : { ...after, seenKinds: new Map(seenKinds).set(event.failureKind, one) };
}
