import { matches } from '../domain/filter/matches.ts';
import type { Observation } from '../domain/observation.ts';
import { openRetriesByKind } from '../domain/open-retry.ts';
import type { Operation } from '../domain/operation.ts';
import type { KindSummary } from '../domain/triage.ts';
import { groupedBulkActions } from '../presentation/activity-bulk.ts';
import { activityRows } from '../presentation/activity-rows.ts';
import { columnsWithStalls } from '../presentation/chosen-columns.ts';
import { withSharedHold } from '../presentation/hold.ts';
import { kindRows } from '../presentation/kind-rows.ts';
import { liveOperations } from '../presentation/live-operations.ts';
import { stallFlag } from '../presentation/operation-flag.ts';
import {
  type KindRow,
  type ListRow,
  type OperationRow,
  operationKeys,
  operationRow,
  type RowsByView,
  tableRows,
} from '../presentation/rows.ts';
import { noSteadyColumns, type SteadyColumns } from '../presentation/steady-columns.ts';
import { tableTrouble } from '../presentation/table-columns.ts';
import type { ViewId } from '../presentation/view-id.ts';
import { watchedRetry } from './canary.ts';
import { countedBulkActions } from './counted-bulk.ts';
import { decidedActions } from './decided-actions.ts';
import { findingsByTable } from './diagnosed.ts';
import { failureTest, matchingNumbers, shownMembers } from './failures-view.ts';
import { activityTest } from './filter-activity.ts';
import { resolvedFilter } from './filter-facts.ts';
import { tableTest } from './filter-views.ts';
import { finishedList } from './finished-list.ts';
import { listedKinds } from './listed-kinds.ts';
import { keyIn, withHeld } from './outside.ts';
import { overviewRowsOf } from './overview-kinds.ts';
import { paceOf } from './pace.ts';
import { actionsOfResults } from './results-now.ts';
import type { Listed, MonitorState } from './state.ts';
import { type ShownEnds, withSteadyEnds } from './steady-ends.ts';

/** Data of the earlier rows of a view, from which the next rows are made, besides the state. */
interface Before {
  /** The operation under the cursor in a list of live ones, if it has ended; of failed ones, if it is not failed any more. */
  readonly ended: Operation | null;
  /** Which columns this list has shown before. */
  readonly steady: SteadyColumns | undefined;
  /** The kinds of failure that it listed before; undefined if it did not. */
  readonly kinds: readonly KindRow[] | undefined;
  /** The row under the cursor, as the same list had it before: it stays when it leaves the filter. */
  readonly held: ListRow | undefined;
  /** The ends of tables that the same list showed. */
  readonly ends: ShownEnds;
}

type MakeRows = {
  readonly [View in ViewId]: (
    state: MonitorState,
    observation: Observation,
    before: Before,
  ) => Pick<Listed<RowsByView[View]>, 'rows' | 'lists' | 'steady'> & Partial<Pick<Listed<RowsByView[View]>, 'ends'>>;
};

/** Makes the rows of each view. */
export const makeRows: MakeRows = {
  overview: (state, observation, { ended, steady, kinds: before, held }) => {
    const failures = Math.max(0, overviewRowsOf(state).failures - 1);
    const live = troubleFirst(matchingRows(state, observation, liveOperations(observation, ended), held));
    const operations = finishedList(state, 'overview', live, steady);
    const shown = listedKinds({ ...state, showsResolved: false }, observation, state.cursors.overview, before);
    const kinds = firstWith(rowsOfKinds(state, observation, shown), failures, state.cursors.overview.key);
    return {
      ...operations,
      rows: [...operations.rows, ...kinds],
      lists: { operations: operations.rows, kinds, ...matchingNumbers(state, observation, resolvedFilter(state)) },
    };
  },
  workers: (state, observation, { ended, steady, held }) => {
    const live = troubleFirst(matchingRows(state, observation, liveOperations(observation, ended), held));
    return finishedList(state, 'workers', live, steady);
  },
  failures: (state, observation, { ended, steady, kinds: before, held }) => {
    const members = shownMembers(state, observation);
    if (members === null) {
      const shown = listedKinds(state, observation, state.cursors.failures, before);
      const kinds = rowsOfKinds(state, observation, shown);
      const list = finishedList(state, 'kinds', kinds, steady);
      const matching = matchingNumbers(state, observation, resolvedFilter(state));
      return { ...list, lists: { operations: [], kinds: list.rows, ...matching } };
    }
    const kept = ended === null ? members : members.toSpliced(state.cursors.failures.index, 0, ended);
    const filter = resolvedFilter(state);
    const test = filter === null ? null : failureTest(observation, filter, state.found);
    const list = finishedList(state, 'failures', passingRows(state, observation, kept, test, held), steady);
    return { ...list, lists: { operations: list.rows, kinds: [] } };
  },
  tables: (state, observation, { steady = noSteadyColumns, held, ends: before }) => {
    const isListed = tableTest(state, observation);
    const whole = observation.migration.currentPhase === 'execution' ? paceOf(state, observation).eta : null;
    const listed = observation.tables.filter((table) => isListed(table) || table.tableName === held?.key);
    const all = tableRows(observation, listed, findingsByTable(state), whole);
    const { rows: moved, ends } = withSteadyEnds(all, before, observation.snapshot.takenAt, whole);
    const rows = moved.map((row) => (isListed(row.table) ? row : { ...row, isOutside: true as const }));
    const columns = columnsWithStalls(state.personal.columns, rows, steady);
    const sorted = rows.toSorted((a, b) => tableTrouble(a) - tableTrouble(b));
    return { ...finishedList(state, 'tables', sorted, steady, columns), ends };
  },
  activity: (state, observation, { steady }) => {
    const rows = activityRows({
      activity: state.activity ?? [],
      actions: actionsOfResults(state),
      observation,
      changes: state.countingChanges,
      events: state.events,
      areIdsUnique: state.target.isFollowable,
    });
    // An action on many that has one matching row is listed, and counted, whole.
    const matches = activityTest(state.filter, observation);
    const grouped = groupedBulkActions(rows, countedBulkActions(state)).filter((row) =>
      row.bulk === null ? matches(row) : row.bulk.rows.some(matches),
    );
    return finishedList(state, 'activity', grouped, steady);
  },
  // The page was read with the filter that it carries.
  operations: (state, observation, { steady, held }) => {
    const page = state.page?.operations ?? [];
    const all = withHeld(state, observation, page, held);
    const rows = operationRows(state, observation, all).map((row) =>
      all !== page && row.key === held?.key ? { ...row, isOutside: true as const } : row,
    );
    return finishedList(state, 'operations', rows, steady);
  },
};

/** The first rows, the last of them the one under the cursor if that is further down: a list with less room does not move the cursor to another row. */
function firstWith<Row extends ListRow>(rows: readonly Row[], room: number, key: string | null): readonly Row[] {
  const at = rows.findIndex((row) => row.key === key);
  return at < room
    ? rows.slice(0, room)
    : [...rows.slice(0, Math.max(0, room - 1)), ...rows.slice(at, at + Math.min(1, room))];
}

/** The flags of rows, the most important trouble first. */
const troubles: readonly OperationRow['flag'][] = ['STALLED', 'DEAD?', 'NOT STOPPED', 'OVERWRITTEN', 'STILL?'];

/** The rows with trouble first; the others keep their order. A reason that they share is left to the title. */
function troubleFirst(rows: readonly OperationRow[]): readonly OperationRow[] {
  const rank = ({ flag, pausedStall }: OperationRow): number => {
    const found = troubles.indexOf(flag ?? (pausedStall === undefined ? null : stallFlag[pausedStall.kind]));
    return found === -1 ? troubles.length : found;
  };
  return withSharedHold(rows.toSorted((a, b) => rank(a) - rank(b)));
}

function operationRows(state: MonitorState, observation: Observation, all: readonly Operation[]): OperationRow[] {
  const keys = operationKeys(all, state.target.isFollowable);
  const actions = decidedActions(state);
  const { eta } = paceOf(state, observation);
  return all.map((operation, index) => {
    const row = operationRow(observation, operation, actions, state.activity, eta);
    return { ...row, key: keys[index] ?? row.key };
  });
}

function matchingRows(
  state: MonitorState,
  observation: Observation,
  all: readonly Operation[],
  held: ListRow | undefined,
): OperationRow[] {
  // A text that is no filter hides nothing.
  const filter = resolvedFilter(state);
  return passingRows(state, observation, all, filter === null ? null : (one) => matches(filter, one), held);
}

/** The operations that pass the filter, and the one under the cursor, marked if it does not. */
function passingRows(
  state: MonitorState,
  observation: Observation,
  all: readonly Operation[],
  passes: ((operation: Operation) => boolean) | null,
  held: ListRow | undefined,
): OperationRow[] {
  if (passes === null) return operationRows(state, observation, all);
  const outside = all.find((one) => keyIn(state, one) === held?.key && !passes(one));
  const listed = all.filter((one) => one === outside || passes(one));
  return operationRows(state, observation, listed).map((row) =>
    row.operation === outside ? { ...row, isOutside: true as const } : row,
  );
}

function rowsOfKinds(state: MonitorState, observation: Observation, kinds: readonly KindSummary[]): KindRow[] {
  return kindRows(kinds, watchedRetry(state, observation), openRetriesByKind(observation), state.seenKinds);
}
