import { type CellContext, type Column, cellText } from './columns.ts';
import { needsOf, widthNeeded } from './placed-columns.ts';
import { columnKey, type SteadyColumns } from './steady-columns.ts';

/** The memory after a list has these rows; the same one if nothing has changed. */
export function grown<Row>(
  before: SteadyColumns,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  context: CellContext,
): SteadyColumns {
  const widths = new Map(before.widths);
  const differing = new Map(before.differing);
  const [first, ...others] = rows;
  if (first === undefined) return before;
  for (const column of columns) {
    const key = columnKey(column);
    const textOf = (row: Row): string => cellText(column.cell(row, column.width, context));
    const needed = widthNeeded(column, rows, context);
    if (needed !== null && needed > (widths.get(key) ?? column.width)) widths.set(key, needed);
    const value = textOf(first);
    const lastAt = differing.get(key);
    if (others.some((row) => textOf(row) !== value)) differing.set(key, context.takenAt);
    else if (lastAt !== undefined && context.takenAt - lastAt > steadySeconds) differing.delete(key);
  }
  const needs = needsOf(columns, rows.slice(0, measuredRows), context, before.needs);
  const isUnchanged =
    isSame(differing, before.differing) && isSame(widths, before.widths) && isSame(needs, before.needs);
  return isUnchanged ? before : { widths, needs, differing };
}

/** Seconds for which a column stays whose cells have become the same: its place is then for others. */
const steadySeconds = 60;

/** How many rows of a list are measured, besides those in the window: more would make polls slow. */
const measuredRows = 60;

function isSame(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([key, width]) => other.get(key) === width);
}
