import { type ChosenList, columnsOf, type RowsByList } from '../presentation/chosen-columns.ts';
import type { CellContext, Column } from '../presentation/columns.ts';
import { grown } from '../presentation/grown-columns.ts';
import { sortRows } from '../presentation/sorts.ts';
import { noSteadyColumns, type SteadyColumns } from '../presentation/steady-columns.ts';
import { themeOf } from '../presentation/theme.ts';
import type { ViewId } from '../presentation/view-id.ts';
import { type Listed, type MonitorState, shown } from './state.ts';

/** The widths do not depend on the terminal: signs of every theme take one column. */
const theme = themeOf({});

/**
 * The rows of a list in the order that the operator chose, and what its columns have shown since its view was opened.
 *
 * @param rows in the order that the list starts with
 * @param before what the columns have shown before
 */
export function finishedList<List extends ChosenList>(
  state: MonitorState,
  list: List,
  rows: readonly RowsByList[List][],
  before: SteadyColumns = noSteadyColumns,
  columns: readonly Column<RowsByList[List]>[] = columnsOf(state.personal.columns, list),
): Pick<Listed<RowsByList[List]>, 'rows' | 'steady'> {
  const sort = state.sorts[viewOf(list)];
  const { takenAt = 0, zone } = shown(state)?.snapshot ?? {};
  const context: CellContext = { takenAt, zone, theme, mayBeHidden: state.target.rowSecurity };
  return {
    rows: sort === undefined ? rows : sortRows(list, rows, sort, state.personal.columns),
    steady: grown(before, columns, rows, context),
  };
}

/** The view that shows a list. */
function viewOf(list: ChosenList): ViewId {
  return list === 'kinds' ? 'failures' : list;
}
