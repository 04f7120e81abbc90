import type { Figures } from '../domain/summary.ts';
import { dash } from './columns.ts';
import { count, percent } from './figures.ts';

/** How many records a table has above its total; 0 without a total. */
export function recordsAbove(table: {
  readonly recordsProcessed: number;
  readonly totalRecords: number | null;
}): number {
  return table.totalRecords === null ? 0 : Math.max(0, table.recordsProcessed - table.totalRecords);
}

/**
 * The percentage of a table: below 100 while it is open, whatever its counters say. Of one that has ended with more records than its
 * total it is above 100, also if it would be rounded to that. Null if unknown.
 */
export function shownPercent(table: Percentage): number | null {
  const { percent: value, counting } = table;
  if (value === null || value < 100 || counting === 'unclear' || recordsAbove(table) === 0) return value;
  return Math.max(leastAbove, value);
}

const leastAbove = 100.1;

type Percentage = Parameters<typeof recordsAbove>[0] & {
  readonly percent: number | null;
  readonly counting: string;
  /** The shared total of a table that `--since` shows only in part; else null. */
  readonly wholeTotal?: number | null;
};

/** The percentage of a table as text; if the counting is unclear, the lower percentage with a `?`; a dash if only a part is shown. */
export function percentText(table: Percentage): string {
  const value = shownPercent(table);
  // The values are usable: those of earlier operations are only not shown.
  if (value === null && table.wholeTotal != null) return dash;
  return table.counting === 'unclear' && value !== null ? `${percent(value)}?` : percent(value);
}

/**
 * The records above the total of a table that has no outcome yet: `14,068 more than expected`; '' for none. `of 300,000 in all`,
 * if `--since` shows only a part of its operations.
 */
export function moreText(table: Parameters<typeof recordsAbove>[0] & { readonly wholeTotal: number | null }): string {
  if (table.wholeTotal !== null) return `of ${count(table.wholeTotal)} in all`;
  const above = recordsAbove(table);
  return above === 0 ? '' : moreThanExpected(count(above));
}

/** The percentage of a phase, with a `?` if the counting of one of its tables is unclear: it may be too low. */
export function phasePercent(figures: { readonly percent: number | null; readonly isUnclear?: boolean }): string {
  const { percent: value, isUnclear = false } = figures;
  return `${percent(value)}${isUnclear && value !== null ? '?' : ''}`;
}

/** The records that are not in the percentage of a phase, in words: those above the totals, and those of tables without one. */
export function beyondTexts({ recordsBeyond, recordsWithoutTotal }: Beyond, digits?: number, unit = ''): string[] {
  const above = recordsBeyond - recordsWithoutTotal;
  return [
    ...(above > 0 ? [moreThanExpected(`${count(above, digits)}${unit}`)] : []),
    ...(recordsWithoutTotal > 0 ? [`${count(recordsWithoutTotal, digits)}${unit} without a total`] : []),
  ];
}

/** `7,000 of 8,000 records (87.5%) and 1,000 more than expected`; with a `?` if the counting of a table is unclear. */
export function recordsText(summary: { readonly [Name in PhaseField]: Figures[Name] | null }): string {
  const { recordsProcessed, totalRecords, isUnclear, recordsBeyond, recordsWithoutTotal } = summary;
  const share = phasePercent({ percent: summary.percent, isUnclear: isUnclear === true });
  const uncertain = isUnclear === true ? '?' : '';
  const [total, percent] = totalRecords === null ? ['', ''] : [` of ${count(totalRecords)}`, ` (${share})`];
  const beyond = beyondTexts({ recordsBeyond: recordsBeyond ?? 0, recordsWithoutTotal: recordsWithoutTotal ?? 0 });
  return `${count(recordsProcessed)}${uncertain}${total} records${percent}${beyond.map((words) => ` and ${words}`).join('')}`;
}

type PhaseField =
  | 'recordsProcessed'
  | 'totalRecords'
  | 'percent'
  | 'isUnclear'
  | 'recordsBeyond'
  | 'recordsWithoutTotal';

type Beyond = Pick<Figures, 'recordsBeyond' | 'recordsWithoutTotal'>;

/** A number of records that tables have beyond their totals, in the words of the outcome of a table. */
export function moreThanExpected(records: string): string {
  return `${records} more than expected`;
}
