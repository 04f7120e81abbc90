import { bulkOf } from '../domain/bulk-key.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';
import { activityRows } from '../presentation/activity-rows.ts';
import type { ActivityRow } from '../presentation/rows.ts';
import { decidedActions } from './decided-actions.ts';
import { type MonitorState, shown } from './state.ts';

/**
 * The actions whose results Activity shows. Polls do not show the rows of operations that `S` hides. Of these it has only actions
 * that have ended: the worker has stopped, or works again.
 */
export function actionsOfResults(
  state: Pick<MonitorState, 'trackedActions' | 'hiddenActions' | 'noticing'>,
): readonly TrackedAction[] {
  const { hiddenActions } = state;
  const trackedActions = decidedActions(state);
  if (hiddenActions.length === 0) return trackedActions;
  return [...hiddenActions.filter(({ result }) => result.kind === 'acknowledged'), ...trackedActions];
}

/** The rows of Activity of an action on many by the id of the operation: the result of each as it is now. Of a large action on many not all are known. */
export function bulkRowsNow(state: MonitorState, bulk: string): ReadonlyMap<number, ActivityRow> {
  const observation = shown(state);
  if (observation === null) return new Map();
  const rows = activityRows({
    activity: state.activity ?? [],
    actions: actionsOfResults(state),
    observation,
    areIdsUnique: state.target.isFollowable,
  });
  return new Map(
    rows.flatMap((row) =>
      row.entry !== null && bulkOf(row.entry.key) === bulk ? [[row.entry.operationId, row] as const] : [],
    ),
  );
}

/**
 * Returns how an operation differs now from the status that an action set; null if it still has that status, or if nothing is
 * known.
 */
export function troubleNow(row: ActivityRow | undefined): 'overwritten' | 'not stopped' | 'gone' | null {
  if (row?.result?.state === 'overwritten') return 'overwritten';
  if (row?.result?.state === 'gone') return 'gone';
  return row?.tracked?.result.kind === 'progressing' ? 'not stopped' : null;
}
