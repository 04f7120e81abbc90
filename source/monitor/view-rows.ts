import { matches } from '../domain/filter/matches.ts';
import type { Observation } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import { groupedBulkActions } from '../presentation/activity-bulk.ts';
import { activityRows } from '../presentation/activity-rows.ts';
import { columnsWithStalls } from '../presentation/chosen-columns.ts';
import { withSharedHold } from '../presentation/hold.ts';
import { kindRows } from '../presentation/kind-rows.ts';
import { liveOperations } from '../presentation/live-operations.ts';
import {
  type KindRow,
  type OperationRow,
  operationKeys,
  operationRow,
  type RowsByView,
  stallFlag,
  tableRows,
} from '../presentation/rows.ts';
import { noSteadyColumns, type SteadyColumns } from '../presentation/steady-columns.ts';
import { tableTrouble } from '../presentation/table-columns.ts';
import type { ViewId } from '../presentation/view-id.ts';
import { watchedRetry } from './canary.ts';
import { countedBulkActions } from './counted-bulk.ts';
import { decidedActions } from './decided-actions.ts';
import { findingsByTable } from './diagnosed.ts';
import { failureTest, shownMembers } from './failures-view.ts';
import { activityTest } from './filter-activity.ts';
import { resolvedFilter } from './filter-facts.ts';
import { tableTest } from './filter-views.ts';
import { finishedList } from './finished-list.ts';
import { listedKinds } from './listed-kinds.ts';
import { overviewRowsOf } from './overview-kinds.ts';
import { paceOf } from './pace.ts';
import { actionsOfResults } from './results-now.ts';
import type { Listed, MonitorState } from './state.ts';

/** Data of the earlier rows of a view, from which the next rows are made, besides the state. */
interface Before {
  /** The operation under the cursor in a list of live ones, if it has ended; of failed ones, if it is not failed any more. */
  readonly ended: Operation | null;
  /** Which columns this list has shown before. */
  readonly steady: SteadyColumns | undefined;
  /** The kinds of failure that it listed before; undefined if it did not. */
  readonly kinds: readonly KindRow[] | undefined;
}

type MakeRows = {
  readonly [View in ViewId]: (
    state: MonitorState,
    observation: Observation,
    before: Before,
  ) => Pick<Listed<RowsByView[View]>, 'rows' | 'lists' | 'steady'>;
};

/** Makes the rows of each view. */
export const makeRows: MakeRows = {
  overview: (state, observation, { ended, steady, kinds: before }) => {
    const failures = Math.max(0, overviewRowsOf(state).failures - 1);
    const live = troubleFirst(matchingRows(state, observation, liveOperations(observation, ended)));
    const operations = finishedList(state, 'overview', live, steady);
    const shown = listedKinds({ ...state, showsResolved: false }, observation, state.cursors.overview, before);
    const kinds = kindRows(shown.slice(0, failures), watchedRetry(state, observation));
    return {
      ...operations,
      rows: [...operations.rows, ...kinds],
      lists: { operations: operations.rows, kinds },
    };
  },
  workers: (state, observation, { ended, steady }) => {
    const live = troubleFirst(matchingRows(state, observation, liveOperations(observation, ended)));
    return finishedList(state, 'workers', live, steady);
  },
  failures: (state, observation, { ended, steady, kinds: before }) => {
    const members = shownMembers(state, observation);
    if (members === null) {
      const shown = listedKinds(state, observation, state.cursors.failures, before);
      const kinds = kindRows(shown, watchedRetry(state, observation));
      const list = finishedList(state, 'kinds', kinds, steady);
      return { ...list, lists: { operations: [], kinds: list.rows } };
    }
    const kept = ended === null ? members : members.toSpliced(state.cursors.failures.index, 0, ended);
    const filter = resolvedFilter(state);
    const matching = filter === null ? kept : kept.filter(failureTest(observation, filter, state.found));
    const list = finishedList(state, 'failures', operationRows(state, observation, matching), steady);
    return { ...list, lists: { operations: list.rows, kinds: [] } };
  },
  tables: (state, observation, { steady = noSteadyColumns }) => {
    const isListed = tableTest(state, observation);
    const whole = observation.migration.currentPhase === 'execution' ? paceOf(state, observation).eta : null;
    const rows = tableRows(observation, observation.tables.filter(isListed), findingsByTable(state), whole);
    const columns = columnsWithStalls(state.personal.columns, rows, steady);
    const sorted = rows.toSorted((a, b) => tableTrouble(a) - tableTrouble(b));
    return finishedList(state, 'tables', sorted, steady, columns);
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
  operations: (state, observation, { steady }) =>
    finishedList(state, 'operations', operationRows(state, observation, state.page?.operations ?? []), steady),
};

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
  return all.map((operation, index) => {
    const row = operationRow(observation, operation, actions, state.activity);
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
