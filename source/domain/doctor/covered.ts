import { cleanLine } from '../clean-text.ts';
import type { CoverageGroup, Hole, SourceCoverage } from '../source-ranges/coverage.ts';
import type { RangeReader } from '../source-ranges/query-range.ts';
import { type Diagnosis, type Finding, many, mostRows, ofTables, type Unchecked } from './finding.ts';
import { has, isOneOf, literal } from './mending.ts';

/** How many holes the SQL of a finding fills. */
const mostFilled = 5;

/**
 * @param table the full name of the control table, quoted
 * @param isWhole whether all operations were read: else any other one may have a range that is missing
 */
export function judgeCoverage(
  table: string,
  { groups, untold }: SourceCoverage,
  { rewrite }: RangeReader,
  isWhole: boolean,
): Diagnosis {
  const operations = new Map<string, number>();
  for (const group of groups)
    operations.set(group.tableName, (operations.get(group.tableName) ?? 0) + group.operations);
  // Operations that read in another way may have what is missing among these.
  const othersOf = ({ tableName, operations: own }: CoverageGroup): number =>
    (operations.get(tableName) ?? 0) - own + (untold.get(tableName) ?? 0);
  return {
    findings: groups.flatMap((group) => [
      ...(isWhole ? holesOf(table, group, rewrite, othersOf(group)) : []),
      ...overlapsOf(table, group),
    ]),
    notChecked: uncheckedOf(
      // One operation alone reads all of its table.
      [...untold].filter(([name, count]) => count + (operations.get(name) ?? 0) > 1),
    ),
  };
}

/** How many tables are named whose source queries cannot be compared. */
const mostNamed = 6;

/** @param untold tables with the number of their operations whose query has no range */
function uncheckedOf(untold: readonly (readonly [tableName: string, operations: number])[]): readonly Unchecked[] {
  if (untold.length === 0) return [];
  const named = untold.slice(0, mostNamed).map(([name, count]) => `${cleanLine(name)} (${many(count, 'operation')})`);
  const more = untold.length > mostNamed ? ` and ${many(untold.length - mostNamed, 'table')} more` : '';
  const reason = `whether operations are missing or overlap in ${named.join(', ')}${more}: their source queries do not say which rows they read (LIMIT … OFFSET …, BETWEEN, id > … AND id <= …)`;
  return [{ check: 'coverage', reason }];
}

/** @param others how many operations of the table have no range that can be compared with these */
function holesOf(
  table: string,
  group: CoverageGroup,
  rewrite: RangeReader['rewrite'],
  others: number,
): readonly Finding[] {
  const { tableName, holes, example } = group;
  if (holes.length === 0) return [];
  const records = holes.reduce((sum, { from, to }) => sum + to - from, 0);
  const inserts = holes.slice(0, mostFilled).flatMap(({ from, to }) => {
    // It would add work that another operation may have done.
    if (others > 0) return [];
    const query = example === null ? null : rewrite(example.query, from, to);
    if (example === null || query === null) return [];
    return [
      [
        `INSERT INTO ${table}`,
        '  (phase, table_name, operation, status, records_processed,',
        '  total_records, batch_size, source_query)',
        "SELECT phase, table_name, operation, 'pending', 0, total_records, batch_size,",
        `  ${literal(query)}`,
        `FROM ${table} WHERE id = ${example.id}`,
        `  AND NOT EXISTS (SELECT FROM ${table} WHERE ${has('source_query', query)});`,
      ].join('\n'),
    ];
  });
  return [
    {
      check: 'coverage',
      // Nobody can tell whether anything is missing.
      severity: others > 0 ? 'note' : 'error',
      title: `${many(holes.length, 'range')} of ${cleanLine(tableName)} ${holes.length === 1 ? 'is' : 'are'} in no operation${others > 0 ? ' that can be compared' : ''}: ${amountOf(group, records)}`,
      ...ofTables([cleanLine(tableName)]),
      rows: holes.slice(0, mostRows).map((hole) => ({ id: null, text: `${rangeOf(group, hole)}${between(hole)}` })),
      rowCount: holes.length,
      sql: inserts.length === 0 ? null : inserts.join('\n'),
      advice:
        others > 0
          ? `${many(others, 'operation')} of the table ${others === 1 ? 'reads' : 'read'} in another way and may have them: compare the source queries before you add operations`
          : `the operations that cover them may be in another table or deleted${inserts.length === 0 ? '; no SQL adds them, because no source query shows how to write theirs' : ''}${inserts.length > 0 && holes.length > mostFilled ? `; the SQL is for the first ${mostFilled}` : ''}`,
    },
  ];
}

function overlapsOf(table: string, group: CoverageGroup): readonly Finding[] {
  const { tableName, overlaps } = group;
  if (overlaps.length === 0) return [];
  return [
    {
      check: 'coverage',
      severity: 'warning',
      title: `${many(overlaps.length, 'range')} of ${cleanLine(tableName)} ${overlaps.length === 1 ? 'is' : 'are'} in two operations: the records may be copied twice`,
      ...ofTables([cleanLine(tableName)]),
      rows: overlaps.slice(0, mostRows).map((one) => ({
        id: one.second,
        text: `${rangeOf(group, one)} is also in operation ${one.first}`,
      })),
      rowCount: overlaps.length,
      sql: looking(table, overlaps.slice(0, mostRows)),
      advice:
        'no SQL mends it, the SQL shows the operations: if both have copied the records, look for them in the target; else skip one of the two',
    },
  ];
}

/** The SQL that shows the operations of these overlaps. */
function looking(table: string, overlaps: CoverageGroup['overlaps']): string {
  const ids = [...new Set(overlaps.flatMap(({ first, second }) => [first, second]))].toSorted((a, b) => a - b);
  return [
    'SELECT id, status, operation, records_processed, total_records,',
    '  started_at, completed_at, source_query',
    `FROM ${table}`,
    `WHERE ${isOneOf(ids)}`,
    'ORDER BY id;',
  ].join('\n');
}

function amountOf({ column }: CoverageGroup, count: number): string {
  return column === null ? many(count, 'record') : `${many(count, 'value')} of ${cleanLine(column)}`;
}

function rangeOf({ column }: CoverageGroup, { from, to }: { readonly from: number; readonly to: number }): string {
  const name = column === null ? 'records' : cleanLine(column);
  return to - from === 1 ? `${name} ${from}` : `${name} ${from} to ${to - 1}`;
}

function between({ before, after }: Hole): string {
  return before === null ? `, before operation ${after}` : `, between the operations ${before} and ${after}`;
}
