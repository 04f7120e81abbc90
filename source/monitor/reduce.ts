import type { Silence } from '../database/silence.ts';
import type { Target } from '../database/target.ts';
import type { AuditEntry } from '../domain/audit.ts';
import { countingChanges } from '../domain/counting-changes.ts';
import type { LongText, TextWindow } from '../domain/long-text.ts';
import { observe, usualGap } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { followActions, type NewAction, reportsPause, withAction } from '../domain/tracked-actions.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import { detailRows } from '../presentation/detail-document.ts';
import { listRows, overlayRows, topFor } from '../presentation/layout.ts';
import { resultToast } from '../presentation/result-text.ts';
import { operationKeys } from '../presentation/rows.ts';
import type { Toast } from '../presentation/toast.ts';
import { type ViewId, viewIds } from '../presentation/view-id.ts';
import type { Window } from '../presentation/window.ts';
import { audited } from './audited.ts';
import { keyOf } from './commands.ts';
import { topAfter, withText, withTextsOf } from './detail-text.ts';
import { helpLength } from './help.ts';
import { countingNews, news, nextToast } from './news.ts';
import { cursorOn, noCursor } from './page-cursor.ts';
import { restricted, withScopeOf } from './restricted.ts';
import type { Cursor, MonitorState, Overlay, Page, Sort, UndoableTransition } from './state.ts';
import { shown, toastMs } from './state.ts';
import { rowsOf, withRows } from './views.ts';

/** Everything that can happen to a monitor. */
export type MonitorEvent =
  /** `readMs` is when the poll was sent, where that is not when it was answered: the data is no older. */
  | {
      readonly kind: 'polled';
      readonly snapshot: Snapshot;
      readonly atMs: number;
      readonly readMs?: number;
      readonly nextSeconds: number;
      /** Of the first poll after the operations were restricted to others: nothing before it is compared with it. */
      readonly restricted?: Target;
    }
  /** The poll that began at `sinceMs` is not answered yet. */
  | { readonly kind: 'waited'; readonly sinceMs: number; readonly atMs: number; readonly why?: Silence }
  | { readonly kind: 'inspected'; readonly target: Target; readonly readOnly: string | null }
  | { readonly kind: 'proposed'; readonly since: string; readonly toast: Toast }
  | { readonly kind: 'lost'; readonly atMs: number; readonly attempt: number; readonly problem: string }
  | { readonly kind: 'ticked'; readonly nowMs: number }
  | { readonly kind: 'resized'; readonly window: Window }
  | { readonly kind: 'viewed'; readonly view: ViewId }
  | { readonly kind: 'pointed'; readonly key: string | null; readonly index: number }
  | { readonly kind: 'sorted'; readonly sort: Sort }
  | { readonly kind: 'filtered'; readonly filter: string }
  | { readonly kind: 'overlaid'; readonly overlay: Overlay }
  | {
      readonly kind: 'detailed';
      readonly id: number;
      readonly identity?: string | null;
      readonly detail: OperationDetail | null;
      readonly problem: string | null;
    }
  /** Another stretch of a long text; `place` is the end of the detail to which the operator asked to go. */
  | {
      readonly kind: 'texted';
      readonly id: number;
      readonly field: LongText;
      readonly window: TextWindow;
      readonly version: string | null;
      readonly place: 'first' | 'last' | null;
    }
  /** `place` puts the cursor on an end of the page, when that is where the operator asked to go. */
  | { readonly kind: 'paged'; readonly page: Page; readonly place: 'first' | 'last' | null }
  | { readonly kind: 'froze' }
  | { readonly kind: 'thawed' }
  | { readonly kind: 'interval-changed'; readonly wantedSeconds: number }
  | { readonly kind: 'toasted'; readonly toast: Toast }
  | { readonly kind: 'writing' }
  /** `undoable` is what `u` takes back from now on; undefined leaves that as it was. */
  | {
      readonly kind: 'written';
      readonly undoable: UndoableTransition | null | undefined;
      /** The action to follow from now on, where it was applied. */
      readonly tracked: NewAction | null;
      readonly toast: Toast;
    }
  | { readonly kind: 'audited'; readonly activity: readonly AuditEntry[]; readonly atMs: number };

/** The monitor before its first poll. */
export function initialState(options: {
  target: Target;
  readOnly: string | null;
  intervalSeconds: number;
  window: Window;
  nowMs: number;
}): MonitorState {
  return {
    target: options.target,
    readOnly: options.readOnly,
    connection: { kind: 'live' },
    latest: null,
    frozen: null,
    receivedAtMs: options.nowMs,
    nowMs: options.nowMs,
    interval: { wantedSeconds: options.intervalSeconds, actualSeconds: options.intervalSeconds },
    window: options.window,
    view: 'overview',
    listed: {},
    cursors: Object.fromEntries(viewIds.map((view) => [view, noCursor])) as Record<ViewId, Cursor>,
    sorts: {},
    filter: '',
    overlay: { kind: 'none' },
    page: null,
    toast: null,
    undoable: null,
    trackedActions: [],
    countingChanges: [],
    activity: null,
    proposedSince: null,
    writing: 0,
  };
}

/** The state after an event. Pure: time comes in with the event. */
export function reduce(state: MonitorState, event: MonitorEvent): MonitorState {
  return settle(changed(state, event));
}

function changed(state: MonitorState, event: MonitorEvent): MonitorState {
  switch (event.kind) {
    case 'polled':
      return polled(state, event);
    case 'inspected':
      return { ...state, target: withScopeOf(state.target, event.target), readOnly: event.readOnly };
    case 'waited':
      // A lost connection stays lost until it is answered.
      if (state.connection.kind === 'lost') return { ...state, nowMs: event.atMs };
      return {
        ...state,
        nowMs: event.atMs,
        connection: { kind: 'waiting', sinceMs: event.sinceMs, ...(event.why !== undefined && { why: event.why }) },
      };
    case 'lost':
      return {
        ...state,
        nowMs: event.atMs,
        connection: {
          kind: 'lost',
          sinceMs: state.connection.kind === 'lost' ? state.connection.sinceMs : event.atMs,
          attempt: event.attempt,
          problem: event.problem,
        },
      };
    case 'ticked':
      return {
        ...state,
        nowMs: event.nowMs,
        toast: state.toast !== null && event.nowMs - state.toast.atMs > toastMs ? null : state.toast,
      };
    case 'resized':
      return { ...state, window: event.window };
    case 'viewed':
      return landed({ ...state, view: event.view });
    case 'pointed':
      return withCursor(state, { ...state.cursors[state.view], key: event.key, index: event.index });
    case 'sorted':
      return { ...state, sorts: { ...state.sorts, [state.view]: event.sort } };
    case 'filtered':
      return landed({ ...state, filter: event.filter });
    case 'overlaid':
      return { ...state, overlay: event.overlay };
    case 'detailed': {
      const { overlay } = state;
      if (
        overlay.kind !== 'detail' ||
        overlay.id !== event.id ||
        (overlay.identity ?? null) !== (event.identity ?? null)
      )
        return state;
      const detail = event.detail === null ? overlay.detail : withTextsOf(overlay.detail, event.detail);
      return { ...state, overlay: { ...overlay, detail, problem: event.problem } };
    }
    case 'texted':
      return texted(state, event);
    case 'paged':
      return paged(state, event.page, event.place);
    case 'froze':
      return { ...state, frozen: state.latest };
    case 'thawed':
      return { ...state, frozen: null };
    case 'interval-changed':
      return { ...state, interval: { wantedSeconds: event.wantedSeconds, actualSeconds: event.wantedSeconds } };
    case 'proposed':
      return { ...state, proposedSince: event.since, toast: nextToast(state, null, event.toast, event.toast.atMs) };
    case 'toasted':
      return { ...state, toast: event.toast };
    case 'writing':
      return { ...state, writing: state.writing + 1 };
    case 'written':
      return {
        ...state,
        writing: state.writing - 1,
        toast: { ...event.toast, own: true },
        undoable: event.undoable === undefined ? state.undoable : event.undoable,
        trackedActions:
          event.tracked === null
            ? state.trackedActions
            : withAction(state.trackedActions, { ...event.tracked, knownMs: event.toast.atMs }),
      };
    case 'audited':
      return audited(state, event.activity, event.atMs);
  }
}

function polled(before: MonitorState, event: Extract<MonitorEvent, { kind: 'polled' }>): MonitorState {
  const state = event.restricted === undefined ? before : restricted(before, event.restricted, event.snapshot);
  const latest = observe(state.latest, event.snapshot);
  const gap = (row: Operation): number | null => usualGap(latest, row);
  const actions = followActions(state.trackedActions, event.snapshot, reportsPause(event.snapshot), gap, event.readMs);
  const changes = countingChanges(state.latest, latest);
  return {
    ...state,
    latest,
    connection: { kind: 'live' },
    receivedAtMs: event.readMs ?? event.atMs,
    nowMs: event.atMs,
    interval: { ...state.interval, actualSeconds: event.nextSeconds },
    trackedActions: actions,
    countingChanges: changes.length === 0 ? state.countingChanges : [...state.countingChanges, ...changes].slice(-200),
    toast: nextToast(
      state,
      resultToast(state.trackedActions, actions, {
        atMs: event.atMs,
        mayBeHidden: state.target.rowSecurity,
        keys: { resume: keyOf('resume'), undo: keyOf('undo') },
      }),
      news(state, latest, event.atMs) ?? countingNews(changes, event.atMs),
      event.atMs,
    ),
  };
}

function texted(state: MonitorState, event: Extract<MonitorEvent, { kind: 'texted' }>): MonitorState {
  const { overlay, window } = state;
  if (overlay.kind !== 'detail' || overlay.id !== event.id || overlay.detail === null) return state;
  // Of another version of the row: that is read whole again.
  if (event.version !== overlay.detail.operation.version) return state;
  const detail = withText(overlay.detail, event.field, event.window);
  const top =
    event.place === 'first'
      ? 0
      : event.place === 'last'
        ? Number.MAX_SAFE_INTEGER
        : topAfter(overlay.detail, detail, overlay.top, window);
  return { ...state, overlay: { ...overlay, detail, top } };
}

function paged(state: MonitorState, page: Page, place: 'first' | 'last' | null): MonitorState {
  const index = place === 'last' ? page.operations.length - 1 : 0;
  const key = operationKeys(page.operations, state.target.isFollowable)[index];
  const cursor = place === null || key === undefined ? cursorOn(page, state) : { key, index, top: index };
  return { ...state, page, cursors: { ...state.cursors, operations: cursor } };
}

/** Keeps a scrolled text within its length. */
function settleOverlay(state: MonitorState): MonitorState {
  const { overlay, window } = state;
  if (overlay.kind !== 'detail' && overlay.kind !== 'help') return state;
  const length =
    overlay.kind === 'help' ? helpLength : overlay.detail === null ? 0 : detailRows(overlay.detail, window);
  const top = Math.max(0, Math.min(overlay.top, length - overlayRows(overlay.kind, window)));
  return top === overlay.top ? state : { ...state, overlay: { ...overlay, top } };
}

/** The operator asked for other rows: where the cursor's is not among them, it goes to the first. */
function landed(state: MonitorState): MonitorState {
  const { key } = state.cursors[state.view];
  return rowsOf(state).some((row) => row.key === key) ? state : withCursor(state, noCursor);
}

function withCursor(state: MonitorState, cursor: Cursor): MonitorState {
  return { ...state, cursors: { ...state.cursors, [state.view]: cursor } };
}

/** Puts the cursor on a first row, follows its row to where it is now, and keeps it in the window. */
function settle(given: MonitorState): MonitorState {
  const state = withRows(settleOverlay(given));
  if (shown(state) === null) return state;
  const cursor = state.cursors[state.view];
  const rows = rowsOf(state);
  const found = rows.findIndex((row) => row.key === cursor.key);
  const key = cursor.key ?? rows[0]?.key ?? null;
  const index = found === -1 ? Math.min(cursor.index, Math.max(0, rows.length - 1)) : found;
  const scrolling =
    state.view === 'overview'
      ? rows.filter((row) => row.kind === 'operation' && row.operation.status !== 'failed').length
      : rows.length;
  const visible = listRows(state.view, state.window);
  const top = topFor(cursor.top, Math.min(index, Math.max(0, scrolling - 1)), visible, scrolling);
  if (key === cursor.key && index === cursor.index && top === cursor.top) return state;
  return withCursor(state, { key, index, top });
}
