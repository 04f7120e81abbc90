import type { Gain } from './last-progress.ts';
import type { TableSummary } from './summary.ts';

/**
 * The share of each gain that its table gained by it. In a table that counts cumulatively a row holds the records of
 * all before it: together its rows gained what the table gained. A table that has just begun or ceased to count so gained
 * nothing that could be told. Everywhere else the share is 1.
 */
export function tableShares(
  gains: readonly Gain[],
  before: readonly TableSummary[],
  tables: readonly TableSummary[],
): (gain: Gain) => number {
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
