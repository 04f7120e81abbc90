import { byCheck, type Finding, type FindingsOfCheck, inOrder } from '../domain/doctor/finding.ts';
import { problemsOf } from '../domain/doctor/problems.ts';
import { type WatchedEvent, withEvents } from '../domain/watched-events.ts';
import type { MonitorState } from './state.ts';

/** A check with more problems has one event for all of them. */
const mostOfCheck = 3;

/**
 * The state with these findings in place of earlier ones: one event for each problem, or for each check that finds many, so that faults of
 * forty tables do not hide the actions of operators. A problem that was found before keeps its time, also if its numbers have
 * changed, or if it was gone for a while.
 */
export function diagnosed(state: MonitorState, findings: readonly Finding[], at: number): MonitorState {
  // Problems that the first read finds may be older than it.
  const now = { at, isFirstLook: state.foundAt === null };
  const foundAt = new Map([...findings.map((one) => [keyOf(one), now] as const), ...(state.foundAt ?? [])]);
  const others = state.events.filter(({ what }) => what.kind !== 'findings');
  const ofEvents = byCheck(findings).flatMap((ofCheck): readonly FindingsOfCheck[] => {
    const problems = problemsOf(ofCheck);
    return problems.length > mostOfCheck ? [ofCheck] : problems;
  });
  const found = ofEvents.map((ofEvent, index): WatchedEvent => {
    const [{ check }] = ofEvent;
    const place = ofEvents.slice(0, index).filter(([other]) => other.check === check).length;
    const found = ofEvent.map((one) => foundAt.get(keyOf(one)) ?? now);
    const later = found.filter(({ isFirstLook }) => !isFirstLook);
    return {
      at: Math.max(...(later.length > 0 ? later : found).map((one) => one.at)),
      key: `findings ${check} ${place}`,
      what: { kind: 'findings', findings: ofEvent, isOld: later.length === 0, checkedAt: at },
    };
  });
  // The worst is the newest of those with the same time.
  return { ...state, foundAt, events: withEvents(others, found.toReversed()) };
}

/** The check and the table: the numbers in a title change. */
function keyOf({ check, tableName }: Finding): string {
  return `${check} ${tableName}`;
}

/** The findings about each migrated table, the worst first. */
export function findingsByTable({ events }: MonitorState): ReadonlyMap<string, readonly Finding[]> {
  const findings = events.flatMap(({ what }) => (what.kind === 'findings' ? what.findings : []));
  const byTable = new Map<string, Finding[]>();
  for (const finding of inOrder(findings))
    for (const tableName of finding.tables) byTable.set(tableName, [...(byTable.get(tableName) ?? []), finding]);
  return byTable;
}
