import type { Column, ColumnSort } from './columns.ts';
import { failuresColumns, workersColumns } from './operation-columns.ts';
import type { RowsByView } from './rows.ts';
import { tablesColumns } from './table-columns.ts';
import type { ViewId } from './view-id.ts';

type Sorts = { readonly [View in ViewId]: readonly ColumnSort<RowsByView[View]>[] };

/**
 * The sorts of each view, the one that it starts with first. The Overview shows trouble first, Operations are read page by
 * page in the order of the primary key, and Activity is a log: these have one order.
 */
const sorts: Sorts = {
  overview: [],
  workers: sortsOf(workersColumns),
  failures: startingWith('newest', sortsOf(failuresColumns)),
  tables: sortsOf(tablesColumns),
  operations: [],
  activity: [],
};

/** The names of the sorts of a view, the one that it starts with first. */
export function sortNames(view: ViewId): readonly string[] {
  return sorts[view].map(({ name }) => name);
}

/** The rows in the order of the named sort; in the given order if the view has no such sort. */
export function sortRows<View extends ViewId>(
  view: View,
  rows: readonly RowsByView[View][],
  by: string,
  isReversed: boolean,
): readonly RowsByView[View][] {
  const sort = sorts[view].find(({ name }) => name === by);
  if (sort === undefined) return rows;
  const sign = isReversed ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [sort.value(a), sort.value(b)];
    // Rows without a value come last in both directions.
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    return left === right ? 0 : left < right ? -sign : sign;
  });
}

function sortsOf<Row>(columns: readonly Column<Row>[]): readonly ColumnSort<Row>[] {
  return columns.flatMap(({ sort }) => sort ?? []);
}

function startingWith<Row>(first: string, all: readonly ColumnSort<Row>[]): readonly ColumnSort<Row>[] {
  return [...all.filter(({ name }) => name === first), ...all.filter(({ name }) => name !== first)];
}
