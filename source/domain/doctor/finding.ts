import { separated } from '../separated.ts';
import type { RowUpdate } from './mending.ts';

/** How much a finding matters: data may be lost or figures are wrong; a person should check it; for information. */
export type Severity = 'error' | 'warning' | 'note';

/** The checks of `migtop doctor`, in the order in which it prints their findings. */
export const doctorChecks = [
  'sequence',
  'structure',
  'values',
  'counters',
  'counting',
  'timestamps',
  'zones',
  'ends',
  'stalled',
  'workers',
  'paused',
  'failures',
  'validation',
  'coverage',
  'deleted',
  'transactions',
] as const;

export type DoctorCheck = (typeof doctorChecks)[number];

/** The checks of the migration that the rows record; the others judge the table itself. */
const migrationChecks: ReadonlySet<DoctorCheck> = new Set([
  'stalled',
  'workers',
  'paused',
  'failures',
  'validation',
  'coverage',
]);

/** Whether a check is one of the table itself, and not of the migration. */
export const isOfTable = (check: DoctorCheck): boolean => !migrationChecks.has(check);

/** A row that shows a problem. */
export interface FindingRow {
  /** The id of the operation; null for a session, a range or a column. */
  readonly id: number | null;
  readonly text: string;
}

/** A problem of the control table. */
export interface Finding {
  readonly check: DoctorCheck;
  readonly severity: Severity;
  /** One sentence without a full stop. */
  readonly title: string;
  /** The migrated table that it is about; null if it is about several tables, or about all of the control table. */
  readonly tableName: string | null;
  /** The migrated tables that it is about, by name; empty if it is about all of the control table, or if they are not known. */
  readonly tables: readonly string[];
  /** Maximum `mostRows`. */
  readonly rows: readonly FindingRow[];
  /** How many rows have the problem. */
  readonly rowCount: number;
  /** SQL that mends it; null if no statement can. */
  readonly sql: string | null;
  /** The change that this SQL makes, if that of another finding may be made with it. */
  readonly change?: RowUpdate;
  /** The process of a transaction; absent for other findings. */
  readonly pid?: number;
  /** Commands of migtop that mend it, which are safer than the SQL. */
  readonly commands?: readonly string[];
  /** Advice before the repair, or instead of it, in sentences without the last full stop; null if nothing. */
  readonly advice: string | null;
}

/** The tables of a finding. @param names those of its rows, also more than once */
export function ofTables(names: Iterable<string>): Pick<Finding, 'tableName' | 'tables'> {
  const tables = [...new Set(names)].filter((name) => name !== '').toSorted((a, b) => a.localeCompare(b, 'en'));
  const [only = null, another] = tables;
  return { tableName: another === undefined ? only : null, tables };
}

/** The findings of one check: of one problem of one or several tables, or of several problems. */
export type FindingsOfCheck = readonly [Finding, ...Finding[]];

/** The findings of each check, the worst first. */
export function byCheck(findings: readonly Finding[]): readonly FindingsOfCheck[] {
  return [...Map.groupBy(inOrder(findings), ({ check }) => check).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [[first, ...others] as const],
  );
}

/** A check, or a part of it, that was not made. */
export interface Unchecked {
  readonly check: DoctorCheck;
  readonly reason: string;
}

export interface Diagnosis {
  /** The worst first. */
  readonly findings: readonly Finding[];
  readonly notChecked: readonly Unchecked[];
}

/** Maximum number of rows that a finding lists. */
export const mostRows = 20;

const severities: readonly Severity[] = ['error', 'warning', 'note'];

/** The worst severity; null without findings. */
export function worstOf(findings: readonly Finding[]): Severity | null {
  return severities.find((severity) => findings.some((one) => one.severity === severity)) ?? null;
}

/** The worst first, then in the order of the checks, then by table; kinds of failure stay in their own order. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const rank = (one: Finding): number => severities.indexOf(one.severity) * 100 + doctorChecks.indexOf(one.check);
  const tableOf = ({ check, tableName }: Finding): string => (check === 'failures' ? '' : (tableName ?? ''));
  return findings.toSorted((a, b) => rank(a) - rank(b) || tableOf(a).localeCompare(tableOf(b), 'en'));
}

/** A number of things in words: `1 row`, `3 rows`. */
export function many(count: number, one: string, several = `${one}s`): string {
  return `${separated(count)} ${count === 1 ? one : several}`;
}

/** A duration, rounded down to its largest unit: `40s`, `5m`, `3h`, `2d`, as the monitor writes durations. */
export function roughly(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
