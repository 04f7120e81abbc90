import type { TableSummary } from './summary.ts';
import type { Gain } from './tracks.ts';

/**
 * The share of each gain that counts for its table. In a cumulative table each row includes the records of all rows before
 * it, so the gains of its rows add up to more than the gain of the table. The share is 0 in a table that has just become
 * cumulative, or no longer is, since its gain is unknown. Everywhere else it is 1.
 */
export function tableShares(
  gains: readonly Gain[],
  before: readonly TableSummary[],
  tables: readonly TableSummary[],
): (gain: Gain) => number {
  const isCumulative = ({ counting }: TableSummary): boolean => counting === 'cumulative';
  if (!tables.some(isCumulative) && !before.some(isCumulative)) return () => 1;
  const known = new Map(before.map((table) => [table.tableName, table]));
  const shares = new Map<string, number>();
  for (const table of tables) {
    const { tableName, counting } = table;
    const earlier = known.get(tableName);
    const wasCumulative = earlier?.counting === 'cumulative';
    if (earlier !== undefined && wasCumulative !== (counting === 'cumulative')) shares.set(tableName, 0);
    else if (counting === 'cumulative') {
      const growth = Math.max(0, table.recordsProcessed - (earlier?.recordsProcessed ?? 0));
      const total = gains.reduce((sum, gain) => sum + (isOf(gain, tableName) ? gain.records : 0), 0);
      shares.set(tableName, total > 0 ? Math.min(1, growth / total) : 0);
    }
  }
  return ({ operation }) => (operation.phase === 'execution' ? (shares.get(operation.tableName) ?? 1) : 1);
}

function isOf({ operation }: Gain, tableName: string): boolean {
  return operation.phase === 'execution' && operation.tableName === tableName;
}
