import type { Observation } from '../domain/observation.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { columnsOf, isChosen } from '../presentation/chosen-columns.ts';
import { type CellContext, type Column, withoutCommon } from '../presentation/columns.ts';
import { count, unclearText } from '../presentation/figures.ts';
import { listColumns, listRows } from '../presentation/layout.ts';
import type { TableRow } from '../presentation/rows.ts';
import { findingsColumn, outcomeOf } from '../presentation/table-columns.ts';
import { countingNote } from './counting.ts';
import { type BodyLine, listLines, listTitle, noMatches, orderOf, sortNote, unappliedNote } from './list.ts';
import { leftOutNote } from './migration.tsx';

/** The Tables view: the execution phase of each table. */
export function tablesLines(state: MonitorState, rows: readonly TableRow[], context: CellContext): BodyLine[] {
  const height = listRows('tables', state.window);
  const observation = shown(state);
  const note = observation === null ? '' : countingNote(observation.snapshot);
  const { columns, common } = withoutCommon(columnsFor(rows), rows, context, listColumns(state.view, state.window));
  return [
    listTitle(
      'TABLES',
      rows.length,
      state.cursors.tables,
      height,
      [
        unappliedNote(state),
        sortNote(state),
        common,
        note,
        leftOutNote(state, context.theme),
        noteOn(rows, state.cursors.tables.key),
        observation === null ? '' : beyondNote(observation),
      ]
        .filter(Boolean)
        .join('  '),
    ),
    ...listLines({
      rows,
      columns,
      cursor: state.cursors.tables,
      width: listColumns(state.view, state.window),
      height,
      context,
      order: orderOf(state),
      empty: state.filter === '' ? 'no table is in the execution phase yet' : noMatches,
    }),
  ];
}

/** With the problems of tables, if one has any: before the failures. */
function columnsFor(rows: readonly TableRow[]): readonly Column<TableRow>[] {
  const columns = columnsOf('tables');
  if (isChosen('tables') || rows.every(({ findings }) => findings.length === 0)) return columns;
  return [...columns.slice(0, -1), findingsColumn, ...columns.slice(-1)];
}

/** Why the counting of a table is unclear (that under the cursor first), or the outcome of the table under the cursor. */
function noteOn(rows: readonly TableRow[], key: string | null): string {
  const row = rows.find((one) => one.key === key);
  const under = row?.table;
  // An unclear counting has a longer explanation below.
  const finding = row?.findings.find(({ check }) => check !== 'counting');
  if (finding !== undefined) return finding.title;
  const unclear = under?.counting === 'unclear' ? under : rows.find(({ table }) => table.counting === 'unclear')?.table;
  if (unclear !== undefined) return `${unclear.tableName}: ${unclearText(unclear.tableName, unclear.reasons)}`;
  return under === undefined || under.outcome === null || under.outcome.kind === 'completed'
    ? ''
    : `${under.tableName}: ${outcomeOf(under)}`;
}

/** Records that line 2 leaves out, so that the rows add up to its figure: those beyond a table's total, or of a table without one. */
function beyondNote({ migration }: Observation): string {
  return migration.currentPhase === 'execution' && migration.recordsBeyond > 0
    ? `${count(migration.recordsBeyond)} records beyond the totals are not in line 2`
    : '';
}
