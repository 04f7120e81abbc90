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
import { findingsColumn, tablesColumns, withFindings } from './table-columns.ts';

interface RowsByList {
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
  tables: [findingsColumn],
};

// Chosen once, when the configuration file is read: a process has one set of columns.
let chosen: ColumnsByList = usual;

/** The columns of a list: those of the configuration file, else the usual ones. */
export function columnsOf<List extends ChosenList>(list: List): ColumnsByList[List] {
  return chosen[list];
}

/** The columns of Tables with those of its problems, unless the configuration file chooses them. */
export function columnsWithFindings(rows: readonly TableRow[], steady: SteadyColumns): readonly Column<TableRow>[] {
  return chosen.tables === usual.tables ? withFindings(usual.tables, rows, steady) : chosen.tables;
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

/**
 * Chooses the columns of lists by their names, for the rest of the process.
 *
 * @param onUnknown is called with a name that a list has no column for
 */
export function chooseColumns(
  wanted: Readonly<Partial<Record<ChosenList, readonly string[]>>>,
  onUnknown: (list: ChosenList, name: string) => void,
): void {
  const found: { [List in ChosenList]: readonly Column<RowsByList[List]>[] } = { ...usual };
  for (const list of Object.keys(usual) as ChosenList[]) choose(list);
  chosen = found;

  function choose<List extends ChosenList>(list: List): void {
    const names = wanted[list];
    if (names === undefined) return;
    const pool = [...usual[list], ...(others[list] ?? [])] as readonly Column<RowsByList[List]>[];
    const columns = names.flatMap((name) => {
      const column = pool.find((one) => namesOf(one).includes(name.trim().toLowerCase()));
      if (column === undefined) onUnknown(list, name);
      return column === undefined ? [] : [stay(column)];
    });
    if (columns.length > 0) (found as Record<ChosenList, unknown>)[list] = columns;
  }
}

/** A column that a narrow list omits only if it has no room, and that stays if all of its cells are the same. */
function stay<Row>({ from: _, until: __, common: ___, ...column }: Column<Row>): Column<Row> {
  return { ...column, from: 0 };
}
