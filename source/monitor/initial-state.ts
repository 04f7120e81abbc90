import type { Target } from '../database/target.ts';
import { noGaps, type Operator } from '../domain/audit.ts';
import type { Until } from '../domain/deadline.ts';
import { createMemo } from '../domain/memo.ts';
import { noNotices } from '../domain/notices.ts';
import type { Window } from '../presentation/window.ts';
import { idleActing } from './acting-state.ts';
import { noChangedRows } from './changed-rows.ts';
import { newDeadline } from './deadline.ts';
import { startCursors } from './page-cursor.ts';
import { notPersonal, type Personal } from './personal.ts';
import type { SessionState } from './session-state.ts';
import type { MonitorState } from './state.ts';

/** The monitor before its first poll. */
export function initialState(options: {
  target: Target;
  operator?: Operator;
  readOnly: string | null;
  session?: SessionState | undefined;
  personal?: Personal | undefined;
  intervalSeconds: number;
  window: Window;
  nowMs: number;
  until?: Until | null;
}): MonitorState {
  return {
    target: options.target,
    operator: options.operator ?? null,
    readOnly: options.readOnly,
    session: options.session,
    personal: options.personal ?? notPersonal,
    connection: { kind: 'live' },
    latest: null,
    frozen: null,
    receivedAtMs: options.nowMs,
    nowMs: options.nowMs,
    interval: { wantedSeconds: options.intervalSeconds, actualSeconds: options.intervalSeconds },
    window: options.window,
    view: 'overview',
    listed: {},
    pace: null,
    changedRows: noChangedRows,
    peaksOfAll: null,
    hiddenPeaks: null,
    cursors: startCursors,
    sorts: {},
    filter: '',
    filterHistory: [],
    openedTable: null,
    kindOpenedFrom: null,
    failureKind: null,
    found: null,
    showsResolved: false,
    overlay: { kind: 'none' },
    page: null,
    toast: null,
    undoable: null,
    coveredToast: null,
    undoableBefore: [],
    isUndoEarlier: false,
    accepted: null,
    trackedActions: [],
    hiddenActions: [],
    carried: null,
    countingChanges: [],
    watchers: [],
    events: [],
    earlier: null,
    foundAt: null,
    noticing: noNotices,
    seenKinds: null,
    lastActors: null,
    activity: null,
    auditGaps: noGaps,
    proposedSince: null,
    due: newDeadline(options.until ?? null, null),
    acting: idleActing,
    memo: createMemo(),
    writing: 0,
  };
}
