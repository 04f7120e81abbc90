import { columnsOf, columnsWithFindings } from '../presentation/chosen-columns.ts';
import type { CellContext } from '../presentation/columns.ts';
import { grown } from '../presentation/grown-columns.ts';
import type { ActivityRow, KindRow, ListRow, OperationRow, TableRow } from '../presentation/rows.ts';
import { noSteadyColumns, type SteadyColumns } from '../presentation/steady-columns.ts';
import { themeOf } from '../presentation/theme.ts';
import type { ViewId } from '../presentation/view-id.ts';
import { type MonitorState, shown } from './state.ts';

/** The widths do not depend on the terminal: signs of every theme take one column. */
const theme = themeOf({});

/** What the columns of a view have shown since it was opened, with these rows. */
export function steadyColumns(
  state: MonitorState,
  view: ViewId,
  rows: readonly ListRow[],
  before: SteadyColumns = noSteadyColumns,
): SteadyColumns {
  const { columns } = state.personal;
  const { takenAt = 0, zone } = shown(state)?.snapshot ?? {};
  const context: CellContext = { takenAt, zone, theme, mayBeHidden: state.target.rowSecurity };
  switch (view) {
    case 'tables': {
      const tables = rows.filter((row): row is TableRow => row.kind === 'table');
      return grown(before, columnsWithFindings(columns, tables, before), tables, context);
    }
    case 'activity':
      return grown(
        before,
        columnsOf(columns, 'activity'),
        rows.filter((row): row is ActivityRow => row.kind === 'activity'),
        context,
      );
    case 'failures':
      if (state.failureKind === null)
        return grown(
          before,
          columnsOf(columns, 'kinds'),
          rows.filter((row): row is KindRow => row.kind === 'kind'),
          context,
        );
      return grown(before, columnsOf(columns, 'failures'), rows.filter(isOperation), context);
    default:
      return grown(before, columnsOf(columns, view), rows.filter(isOperation), context);
  }
}

const isOperation = (row: ListRow): row is OperationRow => row.kind === 'operation';
