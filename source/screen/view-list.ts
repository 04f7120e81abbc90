import type { MonitorState } from '../monitor/state.ts';
import { type CellContext, type Column, withoutCommon } from '../presentation/columns.ts';
import { listColumns } from '../presentation/layout.ts';
import type { ListRow } from '../presentation/rows.ts';
import { type BodyLine, listLines, listTitle, orderOf, placeOf, shownCursor, steadyOf } from './list.ts';

/** The list of the open view. */
export interface ViewList {
  readonly width: number;
  /** The values of the columns that are left out because all their cells are the same, for the title. */
  readonly common: string;
  /** The title of the list with this number of rows below the titles of its columns. */
  title(name: string, height: number): BodyLine;
  /** The titles of its columns, and the rows that fit. */
  lines(height: number): BodyLine[];
}

/** @param list.empty what is shown if there are no rows */
export function viewList<Row extends ListRow>(
  state: MonitorState,
  context: CellContext,
  { rows, columns: all, empty }: { rows: readonly Row[]; columns: readonly Column<Row>[]; empty: string },
): ViewList {
  const width = listColumns(state.view, state.window);
  const steady = steadyOf(state);
  const { columns, common } = withoutCommon(all, rows, context, width, steady);
  const cursorIn = (height: number) => shownCursor(state.cursors[state.view], rows, height);
  return {
    width,
    common,
    title: (name, height) => listTitle(name, rows.length, placeOf(cursorIn(height), rows), height),
    lines: (height) =>
      listLines({
        rows,
        columns,
        cursor: cursorIn(height),
        width,
        height,
        context,
        order: orderOf(state),
        steady,
        empty,
      }),
  };
}
