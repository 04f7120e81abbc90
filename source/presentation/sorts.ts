import { activityColumns } from './activity-columns.ts';
import type { Column, ColumnSort } from './columns.ts';
import { failuresColumns, operationsColumns, overviewColumns, workersColumns } from './operation-columns.ts';
import type { RowsByView } from './rows.ts';
import { tablesColumns } from './table-columns.ts';
import type { ViewId } from './view-id.ts';

interface ViewSorts<Row> {
  /** The order in which `rowsOf` makes the rows: that of a column, or `trouble first`. */
  readonly start: string;
  readonly columns: readonly ColumnSort<Row>[];
}

const sorts: { readonly [View in ViewId]: ViewSorts<RowsByView[View]> } = {
  overview: { start: 'trouble', columns: sortsOf(overviewColumns) },
  workers: { start: 'trouble', columns: sortsOf(workersColumns) },
  failures: { start: 'ended', columns: sortsOf(failuresColumns) },
  tables: { start: 'table', columns: sortsOf(tablesColumns) },
  operations: { start: 'id', columns: sortsOf(operationsColumns) },
  activity: { start: 'ago', columns: sortsOf(activityColumns) },
};

/** The order of a list: by the name of a sort, in the direction in which it starts or in the opposite one. */
export interface Order {
  readonly by: string;
  readonly reverse: boolean;
}

/** The names of the sorts of a view: the one that it starts with, then its columns from left to right. */
export function sortNames(view: ViewId): readonly string[] {
  const { start, columns } = sorts[view];
  return [start, ...columns.map(({ name }) => name).filter((name) => name !== start)];
}

/** The order that a view starts with. */
export function startOrder(view: ViewId): Order {
  return { by: sorts[view].start, reverse: false };
}

/** Whether a list is in the order that its view starts with, or in the reverse one: its rows are made in that order. */
export function isStartOrder(view: ViewId, { by }: Order): boolean {
  return by === sorts[view].start;
}

/** Whether the highest value comes first. */
export function isDescending<Row>(sort: Pick<ColumnSort<Row>, 'first'>, { reverse }: Pick<Order, 'reverse'>): boolean {
  return (sort.first === 'highest') !== reverse;
}

/**
 * The rows in an order; in the given one if the view has no sort of that name.
 *
 * @param rows in the order that the view starts with
 */
export function sortRows<View extends ViewId>(
  view: View,
  rows: readonly RowsByView[View][],
  order: Order,
): readonly RowsByView[View][] {
  if (isStartOrder(view, order)) return order.reverse ? rows.toReversed() : rows;
  const sort = sorts[view].columns.find(({ name }) => name === order.by);
  if (sort === undefined) return rows;
  const sign = isDescending(sort, order) ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [sort.value(a), sort.value(b)];
    // Rows without a value come last in both directions.
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    return left === right ? 0 : left < right ? -sign : sign;
  });
}

/** A column may stand in the list in several forms: its sort counts once. */
function sortsOf<Row>(columns: readonly Column<Row>[]): readonly ColumnSort<Row>[] {
  const all = columns.flatMap(({ sort }) => sort ?? []);
  return all.filter(({ name }, index) => all.findIndex((one) => one.name === name) === index);
}
