import { byCheck, type Finding, inOrder } from '../domain/doctor/finding.ts';
import { type WatchedEvent, withEvents } from '../domain/watched-events.ts';
import type { MonitorState } from './state.ts';

/**
 * The state with these findings in place of earlier ones: one event for each check, so that a fault of forty tables does not hide
 * the actions of operators. A check that found nothing new keeps its time.
 */
export function diagnosed(state: MonitorState, findings: readonly Finding[], at: number): MonitorState {
  const known = new Map(
    state.events.flatMap((event) =>
      event.what.kind === 'findings' ? event.what.findings.map(({ title }) => [title, event.at] as const) : [],
    ),
  );
  const others = state.events.filter(({ what }) => what.kind !== 'findings');
  const found = byCheck(findings).map((ofCheck): WatchedEvent => {
    const times = ofCheck.map(({ title }) => known.get(title) ?? at);
    return {
      at: Math.max(...times),
      key: `findings ${ofCheck[0].check}`,
      what: { kind: 'findings', findings: ofCheck },
    };
  });
  // The worst is the newest of those with the same time.
  return { ...state, events: withEvents(others, found.toReversed()) };
}

/** The findings about each migrated table, the worst first. */
export function findingsByTable({ events }: MonitorState): ReadonlyMap<string, readonly Finding[]> {
  const findings = events.flatMap(({ what }) => (what.kind === 'findings' ? what.findings : []));
  const named = inOrder(findings).filter(({ tableName }) => tableName !== null);
  return Map.groupBy(named, ({ tableName }) => tableName ?? '');
}
