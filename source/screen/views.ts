import type { Observation } from '../domain/observation.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { rowsOf } from '../monitor/views.ts';
import { count } from '../presentation/figures.ts';
import { listColumns, listRows } from '../presentation/layout.ts';
import { text } from '../presentation/line.ts';
import { operationColumns } from '../presentation/operation-columns.ts';
import type { ListRow, OperationRow, TableRow } from '../presentation/rows.ts';
import type { Theme } from '../presentation/theme.ts';
import { activityLines } from './activity.ts';
import { type BodyLine, listLines, listTitle, sortNote } from './list.ts';
import { overviewLines } from './overview.ts';
import { tablesLines } from './tables.ts';

/** The lines of the view that is open, as wide as its list may be and no higher than the body. */
export function viewLines(state: MonitorState, theme: Theme): BodyLine[] {
  const observation = shown(state);
  if (observation === null) return [];
  const rows = rowsOf(state);
  switch (state.view) {
    case 'overview':
      return overviewLines(state, observation, rows.filter(isOperation), theme);
    case 'workers':
      return workersLines(state, observation, rows.filter(isOperation), theme);
    case 'failures':
      return failuresLines(state, observation, rows.filter(isOperation), theme);
    case 'tables':
      return tablesLines(
        state,
        rows.filter((row): row is TableRow => row.kind === 'table'),
        theme,
      );
    case 'activity':
      return activityLines(
        state,
        observation.snapshot.takenAt,
        rows.filter((row) => row.kind === 'activity'),
        theme,
      );
    case 'operations':
      return operationsLines(state, observation, rows.filter(isOperation), theme);
  }
}

function isOperation(row: ListRow): row is OperationRow {
  return row.kind === 'operation';
}

function workersLines(
  state: MonitorState,
  observation: Observation,
  rows: readonly OperationRow[],
  theme: Theme,
): BodyLine[] {
  const columns = operationColumns(theme, observation.snapshot);
  const height = listRows('workers', state.window);
  return [
    listTitle('WORKERS', rows.length, state.cursors.workers, height, sortNote(state)),
    ...listLines({
      rows,
      columns: [
        columns.status,
        columns.worker,
        columns.table,
        { ...columns.operation, from: 70 },
        { ...columns.batch, from: 90 },
        { ...columns.records, from: 100 },
        columns.progress,
        { ...columns.eta, from: 90 },
        { ...columns.elapsed, from: 100 },
        columns.rate,
        columns.moved,
        { ...columns.flag, width: 26, from: 130 },
        { ...columns.blocked, from: 150 },
      ],
      cursor: state.cursors.workers,
      width: listColumns(state.view, state.window),
      height,
      look: theme,
      empty:
        state.filter === '' ? 'nothing is running or paused' : 'nothing that is running or paused passes the filter',
    }),
  ];
}

function failuresLines(
  state: MonitorState,
  observation: Observation,
  rows: readonly OperationRow[],
  theme: Theme,
): BodyLine[] {
  const columns = operationColumns(theme, observation.snapshot);
  const height = listRows('failures', state.window);
  const { failed } = observation.migration.statuses;
  const more =
    failed > observation.snapshot.failures.length
      ? `the newest ${observation.snapshot.failures.length} of ${count(failed)}`
      : '';
  return [
    listTitle(
      'FAILURES',
      rows.length,
      state.cursors.failures,
      height,
      [more, sortNote(state)].filter(Boolean).join('  '),
    ),
    ...listLines({
      rows,
      columns: [
        columns.status,
        { ...columns.id, width: 6 },
        { ...columns.phase, from: 110 },
        { ...columns.table, width: 16, grow: 2 },
        { ...columns.operation, width: 16, grow: 1, from: 110 },
        columns.error,
        { ...columns.records, from: 90 },
        columns.worker,
        columns.ended,
      ],
      cursor: state.cursors.failures,
      width: listColumns(state.view, state.window),
      height,
      look: theme,
      empty: state.filter === '' ? 'nothing has failed' : 'no failure passes the filter',
    }),
  ];
}

function operationsLines(
  state: MonitorState,
  observation: Observation,
  rows: readonly OperationRow[],
  theme: Theme,
): BodyLine[] {
  const columns = operationColumns(theme, observation.snapshot);
  const { page } = state;
  const height = listRows('operations', state.window);
  const edges =
    page === null
      ? 'reading'
      : `${page.atNewest ? 'from the newest' : 'newer above'}${page.atOldest ? ', to the oldest' : ', older below'}`;
  return [
    { line: [text(' OPERATIONS', 'strong'), text(`  ${edges}`, 'dim')] },
    ...listLines({
      rows,
      columns: [
        { ...columns.id, width: 7 },
        { ...columns.phase, from: 70 },
        { ...columns.table, width: 12 },
        { ...columns.operation, width: 12 },
        columns.statusName,
        { ...columns.records, width: 7 },
        { ...columns.total, from: 100 },
        { ...columns.batch, from: 110 },
        columns.worker,
        { ...columns.started, from: 90 },
        { ...columns.elapsed, from: 90 },
        { ...columns.error, from: 120 },
      ],
      cursor: state.cursors.operations,
      width: listColumns(state.view, state.window),
      height,
      look: theme,
      empty:
        page === null
          ? 'reading …'
          : state.filter === ''
            ? 'the table has no operations yet'
            : 'no operation passes the filter',
    }),
  ];
}
