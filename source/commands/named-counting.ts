import type { NamedCounting } from '../domain/progress.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { ControlTable } from '../polling/control-table.ts';

/** A control table whose snapshots say how `--counting` sets the counting of some tables. */
export function withCounting(table: ControlTable, named: ReadonlyMap<string, NamedCounting>): ControlTable {
  if (named.size === 0) return table;
  const counted = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    totals: snapshot.totals.map((total) => {
      const counting = named.get(total.tableName);
      return counting === undefined ? total : { ...total, named: counting };
    }),
  });
  return {
    ...table,
    get target() {
      return table.target;
    },
    poll: async (watched) => counted(await table.poll(watched)),
    async report() {
      const report = await table.report();
      return { ...report, snapshot: counted(report.snapshot) };
    },
  };
}
