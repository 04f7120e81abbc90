import type { MonitorState } from '../monitor/state.ts';
import { rowsOf } from '../monitor/views.ts';
import { columnsOf } from '../presentation/chosen-columns.ts';
import { type CellContext, withoutCommon } from '../presentation/columns.ts';
import { withDifferingErrors } from '../presentation/differing-error.ts';
import { count } from '../presentation/figures.ts';
import { isDocked, listColumns } from '../presentation/layout.ts';
import { text } from '../presentation/line.ts';
import type { KindRow } from '../presentation/rows.ts';
import { type BodyLine, listLines } from './list.ts';

/** In a wide window, the failures of the kind under the cursor are below the kinds; Enter lists only them. */
export function newestLines(state: MonitorState, { summary }: KindRow, room: number, context: CellContext): BodyLine[] {
  const height = room - 3;
  if (!isDocked(state.view, state.window) || height < 3) return [];
  // As Enter lists them: by the filter, and in the same order.
  const members = rowsOf({ ...state, failureKind: summary.kind }, 'failures').filter((row) => row.kind === 'operation');
  const rows = withDifferingErrors(members.slice(0, height), summary.kind);
  const width = listColumns(state.view, state.window);
  const { columns, common } = withoutCommon(columnsOf(state.personal.columns, 'failures'), rows, context, width);
  return [
    { line: [] },
    { line: [text(' OF THIS KIND', 'strong'), text(`  ${count(members.length)}  ${common}`, 'dim')] },
    ...listLines({
      rows,
      columns,
      cursor: { key: null, index: 0, top: 0 },
      width,
      height,
      context,
      empty: 'none is listed',
    }),
  ];
}
