import { type CellContext, type Column, cellText } from './columns.ts';
import { needsOf, widthNeeded } from './placed-columns.ts';
import { columnKey, type SteadyColumns } from './steady-columns.ts';

/** The memory after a list has these rows; the same one if nothing has grown. */
export function grown<Row>(
  before: SteadyColumns,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  context: CellContext,
): SteadyColumns {
  const widths = new Map(before.widths);
  const differing = new Set(before.differing);
  const [first, ...others] = rows;
  if (first === undefined) return before;
  for (const column of columns) {
    const key = columnKey(column);
    const textOf = (row: Row): string => cellText(column.cell(row, column.width, context));
    const needed = widthNeeded(column, rows, context);
    if (needed !== null && needed > (widths.get(key) ?? column.width)) widths.set(key, needed);
    if (differing.has(key)) continue;
    const value = textOf(first);
    if (others.some((row) => textOf(row) !== value)) differing.add(key);
  }
  const needs = needsOf(columns, rows.slice(0, measuredRows), context, before.needs);
  const isSame =
    differing.size === before.differing.size &&
    isSameWidths(widths, before.widths) &&
    isSameWidths(needs, before.needs);
  return isSame ? before : { widths, needs, differing };
}

/** How many rows of a list are measured, besides those in the window: more would make polls slow. */
const measuredRows = 60;

function isSameWidths(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([key, width]) => other.get(key) === width);
}
