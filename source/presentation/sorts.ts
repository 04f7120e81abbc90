import { type ColumnChoice, columnsOf } from './chosen-columns.ts';
import type { Column, ColumnSort } from './columns.ts';
import type { ListRow } from './rows.ts';
import type { ViewId } from './view-id.ts';

interface ListSorts<Row> {
  /** The order in which `rowsOf` makes the rows: that of a column, or `trouble first`. */
  readonly start: string;
  readonly columns: readonly ColumnSort<Row>[];
}

/** The lists that can be sorted: those of the views, and the kinds of failure in the Failures view. */
export type SortedList = ViewId | 'kinds';

/** How each list is ordered at first: by the name of a sort, or `trouble first`. */
const starts: Readonly<Record<SortedList, string>> = {
  overview: 'trouble',
  workers: 'trouble',
  failures: 'ended',
  kinds: 'unresolved',
  tables: 'trouble',
  operations: 'id',
  activity: 'ago',
};

function sortsFor(list: SortedList, choice: ColumnChoice): ListSorts<never> {
  return { start: starts[list], columns: sortsOf<never>(columnsOf(choice, list) as readonly Column<never>[]) };
}

/** The order of a list: by the name of a sort, in the direction in which it starts or in the opposite one. */
export interface Order {
  readonly by: string;
  readonly reverse: boolean;
}

/** The names of the sorts of a list: the one that it starts with, then its columns from left to right. */
export function sortNames(list: SortedList, choice: ColumnChoice): readonly string[] {
  const { start, columns } = sortsFor(list, choice);
  return [start, ...columns.map(({ name }) => name).filter((name) => name !== start)];
}

/** The order that a list starts with. */
export function startOrder(list: SortedList): Order {
  return { by: starts[list], reverse: false };
}

/** Whether a list is in the order that it starts with, or in the reverse one: its rows are made in that order. */
export function isStartOrder(list: SortedList, { by }: Order): boolean {
  return by === starts[list];
}

/** Whether the highest value comes first. */
export function isDescending<Row>(sort: Pick<ColumnSort<Row>, 'first'>, { reverse }: Pick<Order, 'reverse'>): boolean {
  return (sort.first === 'highest') !== reverse;
}

/**
 * The rows in an order; in the given one if the list has no sort of that name.
 *
 * @param rows in the order that the list starts with, of the type that it has
 */
export function sortRows<Row extends ListRow>(
  list: SortedList,
  rows: readonly Row[],
  order: Order,
  choice: ColumnChoice,
): readonly Row[] {
  if (isStartOrder(list, order)) return order.reverse ? rows.toReversed() : rows;
  const { columns } = sortsFor(list, choice) as ListSorts<Row>;
  const sort = columns.find(({ name }) => name === order.by);
  if (sort === undefined) return rows;
  const sign = isDescending(sort, order) ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [sort.value(a), sort.value(b)];
    // Rows without a value come last in both directions.
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    return left === right ? 0 : left < right ? -sign : sign;
  });
}

/** A list may have a column in several forms: its sort counts once. */
function sortsOf<Row>(columns: readonly Column<Row>[]): readonly ColumnSort<Row>[] {
  const all = columns.flatMap(({ sort }) => sort ?? []);
  return all.filter(({ name }, index) => all.findIndex((one) => one.name === name) === index);
}
