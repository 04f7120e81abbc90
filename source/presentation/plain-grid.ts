import { toWidth, truncate, widthOf } from './text-width.ts';

/** Blanks between two columns. */
const gap = 2;
/** A column of texts is not made narrower than this, so that its cells can still be told apart. */
const narrowest = 10;

/** A number, a percentage, a duration (`5h 20m`), or that it is unknown. */
const figure = /^(?:–|>?[\d.,?%\-kMG ]*[smhd%]?(?: \d+[smhd])?)$/;

/** An empty line and a grid; nothing without rows. */
export function section(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  columns = Number.POSITIVE_INFINITY,
): string[] {
  return rows.length === 0 ? [] : ['', ...grid(titles, rows, columns)];
}

/**
 * Columns as wide as their widest cell; figures to the right, texts to the left. If that is wider than `columns`, the widest texts
 * are cut; if that is not enough, the last columns are left out.
 */
export function grid(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  columns = Number.POSITIVE_INFINITY,
): string[] {
  const isFigure = titles.map((_, column) => column > 0 && rows.every((row) => figure.test(row[column] ?? '')));
  const natural = titles.map((title, column) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const widths = fitted(natural, isFigure, columns);
  if (widths === null) return grid(titles.slice(0, -1), rows, columns);
  const last = titles.length - 1;
  return [titles, ...rows].map((row) =>
    titles
      .map((_, column) => {
        const [cell, width] = [row[column] ?? '', widths[column] ?? 0];
        if (column === last && !isFigure[column]) return cut(cell, width);
        return toWidth(cut(cell, width), width, isFigure[column] ? 'right' : 'left');
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}

/** A text in at most `width` columns. How many more there are (`brackets +6`) stays. */
function cut(cell: string, width: number): string {
  const [more = ''] = /(?<=\S) \+\d+$/.exec(cell) ?? [];
  const room = width - more.length;
  return room > 0 ? truncate(cell.slice(0, cell.length - more.length), room) + more : truncate(cell, width);
}

/** The widths with which the columns fit; null if they do not. */
function fitted(natural: readonly number[], isFigure: readonly boolean[], columns: number): number[] | null {
  const widths = [...natural];
  let over = widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1) - columns;
  while (over > 0) {
    const flexible = widths.flatMap((width, column) => (isFigure[column] || width <= narrowest ? [] : [width]));
    const widest = Math.max(0, ...flexible);
    const column = widths.findIndex((width, index) => width === widest && !isFigure[index]);
    // One column alone is cut, however narrow that is.
    if (widest === 0) return widths.length > 1 ? null : [Math.max(1, columns)];
    const next = Math.max(narrowest, ...flexible.filter((width) => width < widest));
    const less = Math.min(over, Math.max(1, widest - next));
    widths[column] = widest - less;
    over -= less;
  }
  return widths;
}
