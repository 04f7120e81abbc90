import { listRows, type OverviewNeeds, type OverviewRows, overviewRows, pageRows } from '../presentation/layout.ts';
import { type MonitorState, shown } from './state.ts';

/** How the Overview divides its body: it has a row for each unresolved kind of failure, as far as the window has room. */
export function overviewRowsOf(state: MonitorState): OverviewRows {
  return overviewRows(state.window, needsOf(state));
}

/** How many rows of its list the open view shows at once. */
export function listRowsOf(state: MonitorState): number {
  return listRows(state.view, state.window, needsOf(state));
}

/** How many rows of its list a page of the open view has. */
export function pageRowsOf(state: MonitorState): number {
  return pageRows(state.view, state.window, needsOf(state));
}

function needsOf(state: MonitorState): OverviewNeeds {
  const { running = Number.POSITIVE_INFINITY, paused = 0 } = shown(state)?.migration.statuses ?? {};
  return { live: running + paused, kinds: unresolvedKinds(state) };
}

function unresolvedKinds(state: MonitorState): number {
  const { triage } = shown(state) ?? {};
  // Until all failures are grouped, the number of their kinds is not known.
  if (triage?.isWhole !== true) return Number.POSITIVE_INFINITY;
  return triage.kinds.reduce((sum, { unresolved }) => sum + (unresolved > 0 ? 1 : 0), 0);
}
