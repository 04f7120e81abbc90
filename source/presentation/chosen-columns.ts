import { activityColumns } from './activity-columns.ts';
import type { Column } from './columns.ts';
import { kindColumns } from './kind-columns.ts';
import {
  failuresColumns,
  operationColumns,
  operationsColumns,
  overviewColumns,
  workersColumns,
} from './operation-columns.ts';
import type { ActivityRow, KindRow, OperationRow, TableRow } from './rows.ts';
import type { SteadyColumns } from './steady-columns.ts';
import { findingsColumn, stalledColumn, tablesColumns, withStalls } from './table-columns.ts';

/** The rows of each list. */
export interface RowsByList {
  readonly overview: OperationRow;
  readonly workers: OperationRow;
  readonly failures: OperationRow;
  readonly kinds: KindRow;
  readonly tables: TableRow;
  readonly operations: OperationRow;
  readonly activity: ActivityRow;
}

/** A list whose columns can be chosen. */
export type ChosenList = keyof RowsByList;

type ColumnsByList = { readonly [List in ChosenList]: readonly Column<RowsByList[List]>[] };

const usual: ColumnsByList = {
  overview: overviewColumns,
  workers: workersColumns,
  failures: failuresColumns,
  kinds: kindColumns,
  tables: tablesColumns,
  operations: operationsColumns,
  activity: activityColumns,
};

/** The columns that a list may have besides its usual ones. */
const others: { readonly [List in ChosenList]?: readonly Column<RowsByList[List]>[] } = {
  overview: operationColumns,
  workers: operationColumns,
  failures: operationColumns,
  operations: operationColumns,
  tables: [stalledColumn, findingsColumn],
};

/** The names of the columns that lists have by the configuration file; a list that is absent has its usual ones. */
export type ColumnChoice = Readonly<Partial<Record<ChosenList, readonly string[]>>>;

type ColumnsOf<List extends ChosenList> = readonly Column<RowsByList[List]>[];

/** The columns of a list: those of the configuration file, else the usual ones. */
export function columnsOf<List extends ChosenList>(choice: ColumnChoice, list: List): ColumnsOf<List> {
  const names = choice[list];
  return names === undefined ? usual[list] : names.flatMap((name) => columnNamed(list, name) ?? []).map(stay);
}

/** The columns of Tables with that of its stalls, unless the configuration file chooses them. */
export function columnsWithStalls(
  choice: ColumnChoice,
  rows: readonly TableRow[],
  steady: SteadyColumns,
): readonly Column<TableRow>[] {
  return choice.tables === undefined ? withStalls(usual.tables, rows, steady) : columnsOf(choice, 'tables');
}

/** The names of a column in the configuration file: its title, and the name by which its list is sorted. */
function namesOf({ title, sort }: { readonly title: string; readonly sort?: { readonly name: string } }): string[] {
  const written = title.trim().toLowerCase();
  // The sign of the status has no title.
  return written === '' ? ['sign'] : [written, ...(sort === undefined ? [] : [sort.name])];
}

/** The names of the columns that a list may have, each once. */
export function columnNames(list: ChosenList): readonly string[] {
  return [...new Set([...usual[list], ...(others[list] ?? [])].flatMap((column) => namesOf(column)[0] ?? []))];
}

/** Whether a list may have a column of this name. */
export function hasColumn(list: ChosenList, name: string): boolean {
  return columnNamed(list, name) !== undefined;
}

function columnNamed<List extends ChosenList>(list: List, name: string): Column<RowsByList[List]> | undefined {
  const all: ColumnsOf<List> = [...usual[list], ...(others[list] ?? [])];
  return all.find((column) => namesOf(column).includes(name.trim().toLowerCase()));
}

/** A column that a narrow list omits only if it has no room, and that stays if all of its cells are the same. */
function stay<Row>({ from: _, until: __, common: ___, ...column }: Column<Row>): Column<Row> {
  return { ...column, from: 0 };
}
