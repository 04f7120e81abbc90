import type { Observation } from '../domain/observation.ts';
import { skippedByKind } from '../domain/skipped-failures.ts';
import { keyOf } from '../monitor/commands.ts';
import { hasAllActions } from '../monitor/counted-bulk.ts';
import type { MonitorState } from '../monitor/state.ts';
import { count } from '../presentation/figures.ts';

/**
 * The kinds of failure that have no row, because operators have skipped all their failures, and the keys that list these: `12 skipped in 1 other
 * kind (5 /status:skipped)`; '' without one, and with a filter, which chooses other rows.
 */
export function skippedKindsNote(state: MonitorState, { triage, memo }: Observation): string {
  if (state.activity === null || state.filter !== '' || !triage.isWhole) return '';
  const listed = new Set(triage.kinds.map(({ kind }) => kind));
  const others = [...memo(skippedByKind, state.activity)].filter(([kind]) => !listed.has(kind));
  if (others.length === 0) return '';
  const skipped = others.reduce((sum, [, own]) => sum + own.length, 0);
  const orMore = hasAllActions(state) ? '' : ' or more';
  const kinds = `${count(others.length)} ${listed.size > 0 ? 'other ' : ''}${others.length === 1 ? 'kind' : 'kinds'}`;
  return `${count(skipped)}${orMore} skipped in ${kinds} (${keyOf(state, 'operations')} ${keyOf(state, 'filter')}status:skipped)`;
}
