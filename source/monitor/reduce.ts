import type { SeenFailure } from '../domain/acceptance.ts';
import { noGaps } from '../domain/audit.ts';
import { withFound } from '../domain/found-failures.ts';
import { longTexts } from '../domain/long-text.ts';
import { type NewAction, type TrackedAction, withAction } from '../domain/tracked-actions.ts';
import { withEvents } from '../domain/watched-events.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import { type FormattedQueries, linesAboveTexts } from '../presentation/detail-document.ts';
import { detailColumns } from '../presentation/layout.ts';
import { operationKeys } from '../presentation/rows.ts';
import { audited } from './audited.ts';
import { lostEvents } from './connection-events.ts';
import { newDeadline } from './deadline.ts';
import { detailExtras } from './detail-extras.ts';
import { topAfter, withText, withTextsOf } from './detail-text.ts';
import { diagnosed } from './diagnosed.ts';
import type { MonitorEvent } from './event.ts';
import { nextToast } from './event-toasts.ts';
import { needsLastActors } from './filter-facts.ts';
import { withLoss } from './noticed.ts';
import { coveredToast, type Overlay } from './overlay.ts';
import { cursorOn, noCursor } from './page-cursor.ts';
import { withoutPassedMessage, writtenToast } from './passed-message.ts';
import { withoutPassedUndo } from './passed-undo.ts';
import { polled } from './polled.ts';
import { isOfHidden, withScopeOf } from './restricted.ts';
import { withSeenKinds } from './seen-kinds.ts';
import { landed, settle, withCursor } from './settled.ts';
import { type MonitorState, type Page, type Sort, toastMs } from './state.ts';
import {
  withChangedBack,
  withEarlier,
  withoutChangedRow,
  withoutUndone,
  withRest,
  withUndoable,
  withUndoableMany,
} from './undo-history.ts';
import { withoutWithdrawn } from './withdrawn.ts';

/** The state after an event. Pure: time comes in with the event. */
export function reduce(state: MonitorState, event: MonitorEvent): MonitorState {
  const after = changed(isElsewhere(state, event) ? withoutHint(state) : state, event);
  return settle(withLoss(withSeenKinds(state, after, event)));
}

/** Whether the operator looks at something else after this event: why a key did nothing before is over then. */
function isElsewhere({ overlay }: MonitorState, event: MonitorEvent): boolean {
  switch (event.kind) {
    case 'viewed':
    case 'pointed':
    case 'filtered':
    case 'kind-opened':
      return true;
    case 'overlaid':
      return event.overlay.kind !== overlay.kind;
    default:
      return false;
  }
}

function withoutHint(state: MonitorState): MonitorState {
  return state.toast?.isHint === true ? { ...state, toast: null } : state;
}

function changed(state: MonitorState, event: MonitorEvent): MonitorState {
  switch (event.kind) {
    case 'polled':
      return withoutPassedUndo(withoutPassedMessage(polled(state, event), event.atMs));
    case 'diagnosed':
      return diagnosed(state, event.findings, event.at);
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
        events: withEvents(state.events, lostEvents(state, event)),
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
      // Activity opens on what is new.
      return event.view === 'activity' && state.view !== 'activity'
        ? withCursor({ ...state, view: event.view, kindOpenedFrom: null }, { ...noCursor, isOnFirst: true })
        : landed({ ...state, view: event.view, kindOpenedFrom: null });
    case 'pointed':
      return withCursor(state, {
        ...state.cursors[state.view],
        key: event.key,
        index: event.index,
        isPinned: false,
        isOnFirst: false,
      });
    case 'sorted':
      return withSort(state, event.sort);
    case 'filtered':
      return landed(withCursorBefore(filtered(state, event)));
    case 'kind-opened':
      return kindOpened({ ...state, kindOpenedFrom: event.from ?? null }, event.failureKind);
    case 'resolved-shown':
      return landed({ ...state, showsResolved: event.isShown });
    case 'failures-found':
      return { ...state, found: withFound(state.found, event.key, event.asked, event.ids) };
    case 'due':
      return { ...state, due: newDeadline(event.until, state.latest, true) };
    case 'overlaid':
      return { ...state, overlay: event.overlay, coveredToast: coveredToast(state, event.overlay) };
    case 'detailed': {
      const { overlay } = state;
      if (
        overlay.kind !== 'detail' ||
        overlay.id !== event.id ||
        (overlay.identity ?? null) !== (event.identity ?? null)
      )
        return state;
      const detail = event.detail === null ? overlay.detail : withTextsOf(overlay.detail, event.detail);
      return { ...state, overlay: { ...overlay, detail, problem: event.problem, ...withFormatted(overlay, detail) } };
    }
    case 'formatted': {
      const { overlay } = state;
      if (overlay.kind !== 'detail' || overlay.id !== event.id || overlay.detail !== event.detail) return state;
      return { ...state, overlay: { ...overlay, formatted: event.formatted } };
    }
    case 'texted':
      return texted(state, event);
    case 'paged':
      return paged(state, event.page, event.place);
    case 'session':
      return { ...state, session: event.session, readOnly: event.readOnly };
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
    case 'acting':
      return {
        ...state,
        acting: { ...state.acting, ...(event.change.marks && { lostMarks: 0 }), ...event.change },
        ...(event.change.marks !== undefined && state.toast?.isOfMarks === true && { toast: null }),
      };
    case 'writing':
      return { ...state, writing: state.writing + 1, acting: { ...state.acting, lostMarks: 0 } };
    case 'written':
      return {
        ...afterWrite(state, event),
        writing: state.writing - 1,
        toast: writtenToast(event),
        ...followedAfter(withoutWithdrawn(state, event.withdrawn), event.tracked, event.toast.atMs),
      };
    case 'watched':
      return { ...state, watchers: event.watchers };
    case 'accepted':
      return { ...afterAcceptance(state, event.failures), toast: event.toast };
    case 'undo-given-up':
      return { ...withEarlier(withoutChangedRow(state)), toast: event.toast };
    case 'audited':
      return {
        ...withoutPassedMessage(audited(state, event), event.atMs),
        auditGaps: event.gaps ?? noGaps,
        lastActors: event.lastActors ?? (needsLastActors(state.filter) ? state.lastActors : null),
      };
  }
}

function afterWrite(
  state: MonitorState,
  { undoable, undoableMany, undone, undoRest, changedBack = [] }: Extract<MonitorEvent, { kind: 'written' }>,
): MonitorState {
  if (undone !== undefined) return withChangedBack(withoutUndone(state, undone), changedBack);
  if (undoRest !== undefined) return withChangedBack(withRest(state, undoRest), changedBack);
  if (changedBack.length > 0) return withChangedBack(state, changedBack);
  if (undoableMany !== undefined) return withUndoableMany(state, undoableMany);
  return undoable === undefined ? state : withUndoable(state, { kind: 'one', action: undoable });
}

function afterAcceptance(state: MonitorState, failures: readonly SeenFailure[] | null | undefined): MonitorState {
  if (failures === undefined) return state;
  return failures === null ? withEarlier(state) : withUndoable(state, { kind: 'accepted', failures });
}

/** The formatted queries stay as long as the queries are the same. */
function withFormatted(
  { detail: before, formatted }: Extract<Overlay, { kind: 'detail' }>,
  detail: OperationDetail | null,
): { formatted: FormattedQueries | undefined } {
  const isSame = longTexts.every((field) => before?.operation[field] === detail?.operation[field]);
  return { formatted: isSame ? formatted : undefined };
}

/** Back in the list of kinds, the cursor is on the kind that was open. */
function kindOpened(state: MonitorState, failureKind: string | null): MonitorState {
  const closed = failureKind === null && state.failureKind !== null ? `kind ${state.failureKind}` : null;
  const cursor = { ...noCursor, key: closed };
  // The kinds and their failures have other columns.
  const { failures: _, ...sorts } = state.sorts;
  return landed({ ...state, failureKind, sorts, cursors: { ...state.cursors, failures: cursor } });
}

function followedAfter(
  state: MonitorState,
  added: NewAction | readonly NewAction[] | null,
  knownMs: number,
): Pick<MonitorState, 'trackedActions' | 'hiddenActions'> {
  const all = added === null ? [] : 'action' in added ? [added] : added;
  const [hidden, shown] = [all.filter((one) => isOfHidden(state, one)), all.filter((one) => !isOfHidden(state, one))];
  const after = (actions: readonly TrackedAction[], news: readonly NewAction[]): readonly TrackedAction[] =>
    news.reduce((before, one) => withAction(before, { ...one, knownMs }), actions);
  return { trackedActions: after(state.trackedActions, shown), hiddenActions: after(state.hiddenActions, hidden) };
}

function texted(state: MonitorState, event: Extract<MonitorEvent, { kind: 'texted' }>): MonitorState {
  const { overlay, window } = state;
  if (overlay.kind !== 'detail' || overlay.id !== event.id || overlay.detail === null) return state;
  // The text is of another version of the row, which is read again as a whole.
  if (event.version !== overlay.detail.operation.version) return state;
  const detail = withText(overlay.detail, event.field, event.window);
  const extras = detailExtras(state);
  const above = linesAboveTexts(detailColumns(window), extras);
  const top =
    event.place === 'first'
      ? 0
      : event.place === 'last'
        ? Number.MAX_SAFE_INTEGER
        : topAfter(overlay.detail, detail, overlay.top - above, window, extras) + above;
  return { ...state, overlay: { ...overlay, detail, top } };
}

function sortedCursors({ cursors }: MonitorState, place: 'first' | 'last' | number | null): MonitorState['cursors'] {
  return place === 'first' ? { ...cursors, operations: noCursor } : cursors;
}

function withSort(state: MonitorState, sort: Sort | null): MonitorState {
  const { [state.view]: _, ...others } = state.sorts;
  return { ...state, sorts: sort === null ? others : { ...others, [state.view]: sort } };
}

/** Maximum number of filters that are kept. */
const mostFilters = 100;

function filtered(
  state: MonitorState,
  { filter, isApplied = true, openedTable = state.openedTable }: Extract<MonitorEvent, { kind: 'filtered' }>,
): MonitorState {
  if (!isApplied || filter === '') return { ...state, filter, openedTable };
  const others = state.filterHistory.filter((one) => one !== filter);
  return { ...state, filter, openedTable, filterHistory: [...others, filter].slice(-mostFilters) };
}

/** While a filter is typed, the cursor goes back to its row as soon as that passes again. */
function withCursorBefore(state: MonitorState): MonitorState {
  const { overlay } = state;
  return overlay.kind === 'filter' && overlay.before.cursor.key !== null
    ? withCursor(state, overlay.before.cursor)
    : state;
}

function paged(state: MonitorState, page: Page, place: 'first' | 'last' | number | null): MonitorState {
  // The list sorts the page, and finds the row of the cursor by its key.
  if (page.sorted !== undefined) return { ...state, page, cursors: sortedCursors(state, place) };
  const index =
    typeof place === 'number'
      ? page.operations.findIndex(({ id }) => id === place)
      : place === 'last'
        ? page.operations.length - 1
        : 0;
  const key = operationKeys(page.operations, state.target.isFollowable)[index];
  const cursor =
    place === null || key === undefined
      ? cursorOn(page, state)
      : { key, index, top: typeof place === 'number' ? Math.max(0, index - 3) : index };
  return { ...state, page, cursors: { ...state.cursors, operations: cursor } };
}
