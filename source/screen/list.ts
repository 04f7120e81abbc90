import type { Cursor, MonitorState } from '../monitor/state.ts';
import { sortNames } from '../monitor/views.ts';
import { type Column, fitColumns, placeColumns, rowLine, titleLine } from '../presentation/columns.ts';
import { text } from '../presentation/line.ts';
import type { ListRow } from '../presentation/rows.ts';
import type { Line, Theme } from '../presentation/theme.ts';

/** A row of the screen, and whether the cursor of the list is on it. */
export interface BodyLine {
  readonly line: Line;
  readonly selected?: boolean;
  /** The column of the caret, where text is typed into this line. */
  readonly caret?: number;
}

export interface ListOptions<Row extends ListRow> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly cursor: Cursor;
  readonly width: number;
  /** Rows of the terminal below the titles. */
  readonly height: number;
  readonly look: Theme;
  /** What stands there when there are no rows. */
  readonly empty: string;
}

/** The titles of the columns and the rows that the window shows. */
export function listLines<Row extends ListRow>(options: ListOptions<Row>): BodyLine[] {
  const { rows, columns, cursor, width, height, look } = options;
  const placed = placeColumns(fitColumns(columns, rows), width - 4);
  const lines: BodyLine[] = [{ line: [text('   '), ...titleLine(placed, look)] }];
  if (rows.length === 0) return [...lines, { line: [text(`   ${options.empty}`, 'dim')] }];
  for (const row of rows.slice(cursor.top, cursor.top + height)) {
    const selected = row.key === cursor.key;
    const mark = selected ? ` ${look.glyphs.cursor} ` : '   ';
    lines.push({ line: [text(mark), ...rowLine(placed, row, look)], selected });
  }
  return lines;
}

/** The title over a list, with how much of it is seen. */
export function listTitle(name: string, rows: number, cursor: Cursor, height: number, note = ''): BodyLine {
  const position = rows > height ? `  ${cursor.top + 1}-${Math.min(rows, cursor.top + height)} of ${rows}` : '';
  return { line: [text(` ${name}`, 'strong'), text(position, 'dim'), text(note === '' ? '' : `  ${note}`, 'dim')] };
}

/** In which order a view is, where that is not the one it starts with. */
export function sortNote(state: MonitorState): string {
  const sort = state.sorts[state.view];
  const names = sortNames(state.view);
  if (sort === undefined) return '';
  return sort.by === names[0] && !sort.reverse ? '' : `by ${sort.by}${sort.reverse ? ', reversed' : ''}`;
}
