import type { OperationDetail } from '../polling/control-table.ts';
import type { DetailExtras } from '../presentation/detail-document.ts';
import { sideBySideFrom } from '../presentation/layout.ts';
import { type OperationRecord, operationRecord } from '../presentation/operation-record.ts';
import { decidedActions } from './decided-actions.ts';
import { paceOf } from './pace.ts';
import { type MonitorState, shown } from './state.ts';

/** Returns the data of the detail view besides the row: from the polls, the audit and the actions of this session. */
export function detailExtras(state: MonitorState): DetailExtras {
  const { overlay } = state;
  if (overlay.kind !== 'detail' || overlay.detail === null) return {};
  const isNarrow = state.window.columns < sideBySideFrom;
  return {
    record: recordOf(state, overlay.detail),
    formatted: overlay.formatted,
    isNarrow,
    hasAges: true,
    memo: state.memo,
  };
}

/** Returns the facts about an operation from its row, the polls, the audit and the actions of this session. */
export function recordOf(state: MonitorState, detail: OperationDetail): OperationRecord {
  const observation = shown(state);
  return operationRecord({
    detail,
    observation,
    whole: observation && paceOf(state, observation).eta,
    activity: state.activity,
    actions: detail.actions ?? [],
    tracked: decidedActions(state),
    areIdsUnique: state.target.isFollowable,
    mayBeHidden: state.target.rowSecurity,
    hasAudit: state.target.audit !== null,
  });
}
