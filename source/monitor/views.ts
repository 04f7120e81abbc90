import type { Observation } from '../domain/observation.ts';
import { isLive, type Operation, operationKey } from '../domain/operation.ts';
import { isOf } from '../domain/tracked-actions.ts';
import { tracksWithId } from '../domain/tracks.ts';
import { operationIdOf } from '../presentation/activity-columns.ts';
import { type ActivityRow, type ListRow, operationKeys, type RowsByView } from '../presentation/rows.ts';
import type { SortedList } from '../presentation/sorts.ts';
import type { ViewId } from '../presentation/view-id.ts';
import { shownMembers } from './failures-view.ts';
import { isOutside } from './outside.ts';
import { type Listed, type MonitorState, shown, type TwoLists } from './state.ts';
import { noEnds } from './steady-ends.ts';
import { makeRows } from './view-rows.ts';

/** The rows of a view in the order in which it shows them; of the open view where none is named. */
export function rowsOf(state: MonitorState): readonly ListRow[];
export function rowsOf<View extends ViewId>(state: MonitorState, view: View): readonly RowsByView[View][];
export function rowsOf(state: MonitorState, view: ViewId = state.view): readonly ListRow[] {
  return listed(state, view)?.rows ?? [];
}

/**
 * The state with the rows of its view. The reducer, the key line and the lists read them several times a frame: they are
 * made once, and again only after something that they are made from has changed.
 */
export function withRows(state: MonitorState): MonitorState {
  const { view } = state;
  const current = listed(state, view);
  return current === null || current === state.listed[view]
    ? state
    : // Other views begin again when they are opened again: their columns may be narrower then.
      { ...state, listed: { [view]: current } };
}

/** The rows of a view with what they are made from; null before the first poll. */
function listed<View extends ViewId>(state: MonitorState, view: View): Listed<RowsByView[View]> | null {
  const observation = shown(state);
  if (observation === null) return null;
  const before: Listed<RowsByView[View]> | undefined = state.listed[view];
  const same = isSameList(state, before) ? before : undefined;
  const ended = endedUnderCursor(state, observation, view, same);
  const sort = state.sorts[view];
  const madeFrom = [
    observation,
    state.filter,
    state.failureKind,
    state.showsResolved,
    state.found,
    state.seenKinds,
    sort,
    ended,
    kindUnderCursor(state, view),
    state.page,
    state.trackedActions,
    state.noticing.unchecked,
    state.activity,
    state.lastActors,
    state.filter.includes('marked') ? state.acting.marks : null,
    state.events,
    state.countingChanges,
    state.acting.bulkActions,
    state.acting.canary,
    state.window.rows,
  ];
  // A row that has left the filter goes as soon as the cursor leaves it.
  const isLeft = before?.outside != null && before.outside !== state.cursors[view].key;
  if (!isLeft && before?.madeFrom.every((part, index) => part === madeFrom[index])) return before;
  const steady = view === 'operations' && !isNearPage(state, before) ? undefined : same?.steady;
  const held = same?.rows.find(({ key }) => key === state.cursors[view].key);
  const made = makeRows[view](state, observation, {
    ended,
    steady,
    kinds: same?.lists?.kinds,
    held,
    ends: same?.ends ?? noEnds,
  });
  return {
    madeFrom,
    ends: noEnds,
    ...made,
    outside: made.rows.find((row: ListRow) => isOutside(row))?.key ?? null,
    ended,
    list: [state.filter, state.failureKind, state.window.columns, state.showsResolved],
  };
}

/** The kind of failure under the cursor keeps its place in the list. */
function kindUnderCursor({ cursors }: MonitorState, view: ViewId): string | null {
  const { key } = cursors[view];
  return key?.startsWith('kind ') === true ? key : null;
}

/** Whether the rows before were those of the same list: with another filter or window, its columns begin again. */
function isSameList(state: MonitorState, before: Listed<ListRow> | undefined): boolean {
  const [filter, kind, columns, showsResolved] = before?.list ?? [];
  return (
    filter === state.filter &&
    kind === state.failureKind &&
    columns === state.window.columns &&
    showsResolved === state.showsResolved
  );
}

/** Whether the page has some of the rows that Operations had: after a jump, the columns show what differs there. */
function isNearPage({ page, target }: MonitorState, before: Listed<ListRow> | undefined): boolean {
  const keys = new Set(operationKeys(page?.operations ?? [], target.isFollowable));
  return before?.rows.some(({ key }) => keys.has(key)) === true;
}

/** The lists of the Overview, or of the Failures view, which shows one of them. */
export function listsOf(state: MonitorState, view: 'overview' | 'failures'): TwoLists {
  return listed(state, view)?.lists ?? noLists;
}

const noLists: TwoLists = { operations: [], kinds: [] };

/** The list that the open view shows. */
export function sortedList({ view, failureKind }: Pick<MonitorState, 'view' | 'failureKind'>): SortedList {
  return view === 'failures' && failureKind === null ? 'kinds' : view;
}

/** The row under the cursor; null if it is gone or the list is empty. */
export function selectedRow(state: MonitorState, view: ViewId = state.view): ListRow | null {
  const { key } = state.cursors[view];
  return key === null ? null : (rowsOf(state, view).find((row) => row.key === key) ?? null);
}

/** The newest failure of the kind under the cursor, an unresolved one if there is one; null without a kind. */
export function newestOfKind(state: MonitorState): Operation | null {
  const row = selectedRow(state);
  if (row?.kind !== 'kind') return null;
  return shown(state)?.snapshot.failures.find(({ id }) => id === row.summary.newestId) ?? null;
}

/** The operation that a key acts on: that of the detail, or the one under the cursor. */
export function selectedOperation(state: MonitorState): Operation | null {
  if (state.overlay.kind === 'detail') {
    const { detail } = state.overlay;
    return detail === null ? null : asLeft(state, detail.operation, detail.takenAt);
  }
  const row = selectedRow(state);
  const operation = row?.kind === 'operation' ? row.operation : row?.kind === 'activity' ? namedBy(state, row) : null;
  return operation === null ? null : asLeft(state, operation, shown(state)?.snapshot.takenAt ?? 0);
}

/** The operation that a row of the Activity view names; null if the polls do not know it, or if its id may be of several. */
function namedBy(state: MonitorState, row: ActivityRow): Operation | null {
  const id = operationIdOf(row);
  const observation = shown(state);
  if (id === null || observation === null || !state.target.isFollowable || observation.repeated.has(id)) return null;
  const { operations, failures } = observation.snapshot;
  return [...operations, ...failures].find((operation) => operation.id === id) ?? null;
}

/**
 * The operation as the operator's newest action left it, if it was read before that action. Otherwise the next key would
 * act on the old status, and the operator's own change would be reported as one of another session.
 */
function asLeft({ trackedActions }: MonitorState, operation: Operation, readAt: number): Operation {
  const action = trackedActions.findLast((one) => one.by === undefined && isOf(one, operation));
  if (action === undefined || action.requestedAt <= readAt) return operation;
  return { ...operation, status: action.to, version: action.version };
}

/**
 * The operation under the cursor in a list of live ones, if it is no longer live, or of unresolved failures, if it is none any more.
 * It stays in the list, so that the key that the operator is about to press does not act on another one.
 *
 * @param before the same list as it was before
 */
function endedUnderCursor(
  state: MonitorState,
  observation: Observation,
  view: ViewId,
  before: Listed<ListRow> | undefined,
): Operation | null {
  const { key } = state.cursors[view];
  const isOfFailed = view === 'failures' && state.failureKind !== null;
  if (key === null || (view !== 'overview' && view !== 'workers' && !isOfFailed)) return null;
  const isOwn = (one: Operation): boolean => key === (state.target.isFollowable ? String(one.id) : operationKey(one));
  const failure = isOfFailed ? observation.snapshot.failures.find(isOwn) : undefined;
  if (failure !== undefined) {
    const isResolved = shownMembers(state, observation)?.includes(failure) === false;
    return isResolved && before?.rows.some((row) => row.key === key) === true ? failure : null;
  }
  // The key of an operation begins with its id (`operationKeys`).
  const operation = tracksWithId(observation.tracks, Number.parseInt(key, 10)).find(({ operation: one }) =>
    isOwn(one),
  )?.operation;
  if (operation === undefined) return null;
  // One with the status of the list is still in it, or no longer in the table.
  return (isOfFailed ? operation.status === 'failed' : isLive(operation.status)) ? null : operation;
}
