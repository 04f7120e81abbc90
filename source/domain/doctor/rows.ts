import { cleanLine } from '../clean-text.ts';
import { isPhase, isStatus } from '../operation.ts';
import { type DoctorCheck, type Finding, type FindingRow, many, mostRows, ofTables, type Severity } from './finding.ts';
import { has, hasOneOf, literal, update } from './mending.ts';

/** A row that one of the checks of each row found (sql/queries/doctor/), decoded. */
export interface FoundRow {
  readonly check: DoctorCheck;
  readonly problem: string;
  readonly id: number;
  readonly tableName: string;
  readonly text: string;
  /** How many rows of the same range of ids have the problem. */
  readonly rows: number;
}

/** Values of `status` or `phase` that the specification does not have. */
export interface FoundValue {
  readonly column: 'status' | 'phase';
  readonly value: string;
  /** Some of the operations that have it, with their tables. */
  readonly found: readonly { readonly id: number; readonly tableName: string }[];
  /** The tables of all of them. */
  readonly tables: readonly string[];
  readonly rows: number;
}

interface Problem {
  readonly severity: Severity;
  title(rows: string): string;
  sql(table: string, ids: readonly number[]): string;
  readonly advice: string;
}

const inFuture = (column: string): string => `${column} > localtimestamp + interval '5 minutes'`;

const notNegative = (column: string): string => `${column} = CASE WHEN ${column} < 0 THEN 0 ELSE ${column} END`;

const problems: Readonly<Record<string, Problem>> = {
  'counters negative': {
    severity: 'warning',
    title: (rows) => `${rows} with a negative counter, or a batch size of 0`,
    sql: (table, ids) =>
      update({
        table,
        ids, // Not GREATEST(…, 0): that is 0 for an unknown total (NULL).
        set: `${notNegative('records_processed')}, ${notNegative('total_records')}, batch_size = CASE WHEN batch_size > 0 THEN batch_size END`,
        conditions: [],
      }),
    advice: 'migtop counts a negative counter as 0',
  },
  'counters beyond': {
    severity: 'warning',
    title: (rows) => `${rows} with more records than the total`,
    sql: (table, ids) =>
      update({
        table,
        ids,
        set: 'total_records = records_processed',
        conditions: ['records_processed > total_records'],
      }),
    advice: 'find out first whether the total is too low or records were counted twice',
  },
  'timestamps future start': {
    severity: 'warning',
    title: (rows) => `${rows} with a start in the future`,
    sql: (table, ids) =>
      update({ table, ids, set: 'started_at = localtimestamp', conditions: [inFuture('started_at')] }),
    advice: 'the clock or the time zone of a worker is wrong; localtimestamp is in the time zone of your session',
  },
  'timestamps future end': {
    severity: 'warning',
    title: (rows) => `${rows} with an end in the future`,
    sql: (table, ids) =>
      update({ table, ids, set: 'completed_at = localtimestamp', conditions: [inFuture('completed_at')] }),
    advice: 'the clock or the time zone of a worker is wrong; localtimestamp is in the time zone of your session',
  },
  'timestamps reversed': {
    severity: 'warning',
    title: (rows) => `${rows} with an end before the start`,
    sql: (table, ids) =>
      update({ table, ids, set: 'completed_at = started_at', conditions: ['completed_at < started_at'] }),
    advice: 'they count in no rate; if both are right but in different time zones, correct the worker that writes them',
  },
  'ends no end': {
    severity: 'warning',
    title: (rows) => `${rows} that ended without an end (completed_at)`,
    sql: (table, ids) =>
      update({
        table,
        ids,
        set: 'completed_at = coalesce(started_at, localtimestamp)',
        conditions: ['completed_at IS NULL', hasOneOf('status', ['completed', 'failed'])],
      }),
    advice: 'the true end is not known: the SQL sets it to the start, so that the operation counts in no rate',
  },
  'ends early end': {
    severity: 'warning',
    title: (rows) => `${rows} with an end (completed_at) and an open status`,
    sql: (table, ids) =>
      update({
        table,
        ids,
        set: 'completed_at = NULL',
        conditions: [hasOneOf('status', ['pending', 'running', 'paused'])],
      }),
    advice: 'if the operation has ended, its status is wrong instead',
  },
  'ends no start': {
    severity: 'warning',
    title: (rows) => `${rows} running without a start (started_at)`,
    sql: (table, ids) =>
      update({
        table,
        ids,
        set: 'started_at = localtimestamp',
        conditions: ['started_at IS NULL', has('status', 'running')],
      }),
    advice: 'without a start, migtop can compute no rate and find no stall',
  },
};

/** The operations with one such value. */
interface Values {
  readonly column: FoundValue['column'];
  readonly value: string;
  readonly found: { readonly id: number; readonly tableName: string }[];
  readonly tables: Set<string>;
  count: number;
}

/** Collects what the checks of each row found, range of ids by range of ids. */
export interface RowFindings {
  /** @param rows the rows that were found in one range of ids */
  add(rows: readonly FoundRow[], values: readonly FoundValue[]): void;
  findings(): readonly Finding[];
}

/** @param table the full name of the control table, quoted */
export function createRowFindings(table: string): RowFindings {
  const found = new Map<string, { check: DoctorCheck; rows: FindingRow[]; tables: Set<string>; count: number }>();
  const values = new Map<string, Values>();

  return {
    add(rows, strange) {
      for (const [key, own] of Map.groupBy(rows, ({ check, problem }) => `${check} ${problem}`)) {
        const [first] = own;
        if (first === undefined) continue;
        const entry = found.get(key) ?? { check: first.check, rows: [], tables: new Set<string>(), count: 0 };
        found.set(key, entry);
        entry.count += first.rows;
        for (const { tableName } of own) entry.tables.add(tableName);
        const listed = own.slice(0, mostRows - entry.rows.length).toSorted((a, b) => a.id - b.id);
        entry.rows.push(...listed.map(({ id, tableName, text }) => ({ id, text: `${tableName}: ${text}` })));
      }
      for (const { column, value, found: some, tables, rows: count } of strange) {
        const key = `${column} ${value}`;
        const entry = values.get(key) ?? { column, value, found: [], tables: new Set<string>(), count: 0 };
        values.set(key, entry);
        entry.count += count;
        entry.found.push(...some.slice(0, mostRows - entry.found.length));
        for (const tableName of tables) entry.tables.add(tableName);
      }
    },
    findings: () => [
      ...[...found].flatMap(([key, { check, rows, tables, count }]): Finding[] => {
        const problem = problems[key];
        if (problem === undefined) return [];
        const ids = rows.flatMap(({ id }) => (id === null ? [] : [id]));
        return [
          {
            check,
            severity: problem.severity,
            title: problem.title(many(count, 'operation')),
            ...ofTables(tables),
            rows,
            rowCount: count,
            sql: problem.sql(table, ids),
            advice: problem.advice,
          },
        ];
      }),
      ...[...values.values()].map((entry) => strangeValue(table, entry)),
    ],
  };
}

function strangeValue(table: string, { column, value, found, tables, count }: Values): Finding {
  const near = value.trim().toLowerCase();
  const known = column === 'status' ? isStatus(near) : isPhase(near);
  // No worker takes a paused operation, whose work may be done already.
  const right = known ? near : column === 'status' ? 'paused' : 'execution';
  return {
    check: 'values',
    severity: 'error',
    title: `${many(count, 'operation')} with the ${column} "${cleanLine(value)}", which the specification does not have`,
    ...ofTables(tables),
    rows: found.map(({ id, tableName }) => ({ id, text: `${tableName}: ${column} "${cleanLine(value)}"` })),
    rowCount: count,
    sql: `UPDATE ${table} SET ${column} = ${literal(right)} WHERE ${has(column, value)};`,
    advice: known ? 'they are in no total' : `they are in no total; choose their true ${column} instead of ${right}`,
  };
}
