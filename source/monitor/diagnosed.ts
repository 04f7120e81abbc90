import { type Finding, inOrder } from '../domain/doctor/finding.ts';
import { type WatchedEvent, withEvents } from '../domain/watched-events.ts';
import type { MonitorState } from './state.ts';

/** The state with these findings in place of earlier ones. A finding that is not new keeps its time. */
export function diagnosed(state: MonitorState, findings: readonly Finding[], at: number): MonitorState {
  const known = new Map(
    state.events.flatMap((event) =>
      event.what.kind === 'finding' ? [[event.what.finding.title, event] as const] : [],
    ),
  );
  const others = state.events.filter(({ what }) => what.kind !== 'finding');
  const found = findings.map(
    (finding, index): WatchedEvent => ({
      at: known.get(finding.title)?.at ?? at,
      key: `finding ${index} ${finding.check} ${finding.title}`,
      what: { kind: 'finding', finding },
    }),
  );
  // The worst is the newest of those with the same time.
  return { ...state, events: withEvents(others, found.toReversed()) };
}

/** The findings about each migrated table, the worst first. */
export function findingsByTable({ events }: MonitorState): ReadonlyMap<string, readonly Finding[]> {
  const findings = events.flatMap(({ what }) => (what.kind === 'finding' ? [what.finding] : []));
  const named = inOrder(findings).filter(({ tableName }) => tableName !== null);
  return Map.groupBy(named, ({ tableName }) => tableName ?? '');
}
