import type { Observation } from '../domain/observation.ts';
import type { KindSummary } from '../domain/triage.ts';
import type { KindRow } from '../presentation/rows.ts';
import { matchingTriage, shownKinds } from './failures-view.ts';
import { resolvedFilter } from './filter-facts.ts';
import type { Cursor, MonitorState } from './state.ts';

/**
 * The kinds that a list shows, the one under the cursor in its place: a kind that is resolved meanwhile stays until the cursor leaves
 * it, and one with fewer unresolved failures than before stays above those that have not got more.
 *
 * @param before the kinds that the same list showed before
 */
export function listedKinds(
  state: MonitorState,
  observation: Observation,
  { key }: Cursor,
  before: readonly KindRow[] = [],
): readonly KindSummary[] {
  const filter = resolvedFilter(state);
  const kinds = shownKinds(state, observation, filter);
  const was = before.findIndex((row) => row.key === key);
  const name = before[was]?.summary.kind;
  if (name === undefined) return kinds;
  const natural = kinds.findIndex(({ kind }) => kind === name);
  const own =
    kinds[natural] ?? matchingTriage(observation, filter, state.found).kinds.find(({ kind }) => kind === name);
  if (own === undefined) return kinds;
  const places = new Map(before.map(({ summary }, index) => [summary.kind, { index, summary }]));
  const others = kinds.filter((one) => one !== own);
  const above = others.filter((one, index) => {
    if (natural !== -1 && index >= natural) return false;
    const place = places.get(one.kind);
    return place === undefined || place.index < was || one.unresolved > place.summary.unresolved;
  });
  return [...above, own, ...others.filter((one) => !above.includes(one))];
}
