import { matches } from '../domain/filter/matches.ts';
import { tracksWithId } from '../domain/last-progress.ts';
import type { Observation } from '../domain/observation.ts';
import { isLive, type Operation, operationKey } from '../domain/operation.ts';
import { isOf } from '../domain/tracked-actions.ts';
import { groupedBatches } from '../presentation/activity-batches.ts';
import { activityRows } from '../presentation/activity-rows.ts';
import { overviewRows } from '../presentation/layout.ts';
import { liveOperations } from '../presentation/live-operations.ts';
import {
  type KindRow,
  kindRows,
  type ListRow,
  type OperationRow,
  operationKeys,
  operationRow,
  type RowsByView,
  tableRows,
} from '../presentation/rows.ts';
import { type SortedList, sortRows } from '../presentation/sorts.ts';
import { tableTrouble } from '../presentation/table-columns.ts';
import type { ViewId } from '../presentation/view-id.ts';
import { countedBatches } from './counted-batches.ts';
import { findingsByTable } from './diagnosed.ts';
import { shownKinds, shownMembers } from './failures-view.ts';
import { activityTest } from './filter-activity.ts';
import { resolvedFilter } from './filter-facts.ts';
import { tableTest } from './filter-views.ts';
import { steadyColumns } from './list-columns.ts';
import { type Listed, type MonitorState, shown, type TwoLists } from './state.ts';

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
  const ended = endedUnderCursor(state, observation, view);
  const sort = state.sorts[view];
  const madeFrom = [
    observation,
    state.filter,
    state.failureKind,
    state.showsResolved,
    sort,
    ended,
    state.page,
    state.trackedActions,
    state.activity,
    state.lastActors,
    state.filter.includes('marked') ? state.acting.marks : null,
    state.events,
    state.countingChanges,
    state.acting.batches,
    state.window.rows,
  ];
  const before: Listed<RowsByView[View]> | undefined = state.listed[view];
  if (before?.madeFrom.every((part, index) => part === madeFrom[index])) return before;
  const { columns } = state.personal;
  const inOrder: InOrder = (list, rows) => (sort === undefined ? rows : sortRows(list, rows, sort, columns));
  const made = makeRows[view](state, observation, ended, inOrder);
  return {
    madeFrom,
    ...made,
    list: [state.filter, state.failureKind, state.window.columns],
    steady: steadyColumns(state, view, made.rows, isSameList(state, before) ? before?.steady : undefined),
  };
}

/** Whether the rows before were those of the same list: with another filter or window, its columns begin again. */
function isSameList(state: MonitorState, before: Listed<ListRow> | undefined): boolean {
  const [filter, kind, columns] = before?.list ?? [];
  return filter === state.filter && kind === state.failureKind && columns === state.window.columns;
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
  return row?.kind === 'operation' ? asLeft(state, row.operation, shown(state)?.snapshot.takenAt ?? 0) : null;
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

/** The rows of a list in the order that the operator chose. */
type InOrder = <Row extends ListRow>(list: SortedList, rows: readonly Row[]) => readonly Row[];

type MakeRows = {
  readonly [View in ViewId]: (
    state: MonitorState,
    observation: Observation,
    ended: Operation | null,
    inOrder: InOrder,
  ) => Pick<Listed<RowsByView[View]>, 'rows' | 'lists'>;
};

const makeRows: MakeRows = {
  overview: (state, observation, ended, inOrder) => {
    const failures = Math.max(0, overviewRows(state.window).failures - 1);
    return inTwoLists({
      operations: inOrder(
        'overview',
        troubleFirst(matchingRows(state, observation, liveOperations(observation, ended))),
      ),
      kinds: kindRows(shownKinds({ showsResolved: false }, observation, resolvedFilter(state)).slice(0, failures)),
    });
  },
  workers: (state, observation, ended, inOrder) => ({
    rows: inOrder('workers', troubleFirst(matchingRows(state, observation, liveOperations(observation, ended)))),
  }),
  failures: (state, observation, _, inOrder) => {
    const members = shownMembers(state, observation);
    return inTwoLists(
      members === null
        ? {
            operations: [],
            kinds: inOrder('kinds', kindRows(shownKinds(state, observation, resolvedFilter(state)))),
          }
        : { operations: inOrder('failures', matchingRows(state, observation, members)), kinds: [] },
    );
  },
  tables: (state, observation, _, inOrder) => {
    const isListed = tableTest(state, observation);
    const rows = tableRows(observation, observation.tables.filter(isListed), findingsByTable(state));
    return {
      rows: inOrder(
        'tables',
        rows.toSorted((a, b) => tableTrouble(a) - tableTrouble(b)),
      ),
    };
  },
  activity: (state, observation, _, inOrder) => {
    const rows = activityRows({
      activity: state.activity ?? [],
      actions: state.trackedActions,
      observation,
      changes: state.countingChanges,
      events: state.events,
      areIdsUnique: state.target.isFollowable,
    }).filter(activityTest(state.filter, observation));
    // Of a batch of which the filter hides some, the others are counted.
    const grouped = groupedBatches(rows, state.filter === '' ? countedBatches(state) : undefined);
    return { rows: inOrder('activity', grouped) };
  },
  // The page was read with the filter that it carries.
  operations: (state, observation, _, inOrder) => ({
    rows: inOrder('operations', operationRows(state, observation, state.page?.operations ?? [])),
  }),
};

function inTwoLists(lists: TwoLists): { rows: readonly (OperationRow | KindRow)[]; lists: TwoLists } {
  return { rows: [...lists.operations, ...lists.kinds], lists };
}

/** The flags of rows, the most important trouble first. */
const troubles: readonly OperationRow['flag'][] = ['STALLED', 'NOT STOPPED', 'OVERWRITTEN', 'STILL?'];

/** The rows with trouble first; the others keep their order. */
function troubleFirst(rows: readonly OperationRow[]): OperationRow[] {
  const rank = ({ flag }: OperationRow): number => {
    const found = troubles.indexOf(flag);
    return found === -1 ? troubles.length : found;
  };
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

function operationRows(state: MonitorState, observation: Observation, all: readonly Operation[]): OperationRow[] {
  const keys = operationKeys(all, state.target.isFollowable);
  return all.map((operation, index) => {
    const row = operationRow(observation, operation, state.trackedActions, state.activity ?? []);
    return { ...row, key: keys[index] ?? row.key };
  });
}

function matchingRows(state: MonitorState, observation: Observation, all: readonly Operation[]): OperationRow[] {
  // A text that is no filter hides nothing.
  const filter = resolvedFilter(state);
  return operationRows(
    state,
    observation,
    filter === null ? all : all.filter((operation) => matches(filter, operation)),
  );
}

/**
 * The operation under the cursor in a list of live ones, if it is no longer live. It stays in the list, so that the key that
 * the operator is about to press does not act on another one.
 */
function endedUnderCursor(state: MonitorState, observation: Observation, view: ViewId): Operation | null {
  const { key } = state.cursors[view];
  if (key === null || (view !== 'overview' && view !== 'workers')) return null;
  // The key of an operation begins with its id (`operationKeys`).
  const operation = tracksWithId(observation.tracks, Number.parseInt(key, 10)).find(
    ({ operation: one }) => key === (state.target.isFollowable ? String(one.id) : operationKey(one)),
  )?.operation;
  // An operation that was live when last seen is still in the list, or no longer in the table.
  return operation === undefined || isLive(operation.status) ? null : operation;
}
