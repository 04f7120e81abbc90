import { count } from './figures.ts';

/** How many records a table has above its total; 0 without a total. */
export function recordsAbove(table: {
  readonly recordsProcessed: number;
  readonly totalRecords: number | null;
}): number {
  return table.totalRecords === null ? 0 : Math.max(0, table.recordsProcessed - table.totalRecords);
}

/** Whether an open table has more records than its total: its percentage stays below 100, and says nothing. */
export function isBeyondWhileOpen(
  table: Parameters<typeof recordsAbove>[0] & { readonly percent: number | null; readonly counting: string },
): boolean {
  return table.counting !== 'unclear' && table.percent !== null && table.percent < 100 && recordsAbove(table) > 0;
}

/**
 * The same in words, for a table that has no outcome yet: `14,068 above the total`; '' for none. `of 300,000 in all`, if
 * `--since` shows only a part of its operations.
 */
export function moreText(table: Parameters<typeof recordsAbove>[0] & { readonly wholeTotal: number | null }): string {
  if (table.wholeTotal !== null) return `of ${count(table.wholeTotal)} in all`;
  const above = recordsAbove(table);
  return above === 0 ? '' : `${count(above)} above the total`;
}
