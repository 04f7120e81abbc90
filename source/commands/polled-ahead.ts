import type { Snapshot } from '../domain/snapshot.ts';
import type { ControlTable } from '../polling/control-table.ts';

/** The table with its first poll already sent: the first call of `poll` returns that answer. */
export function polledAhead(table: ControlTable): ControlTable {
  let first: Promise<Snapshot> | null = table.poll([]);
  // The first call of `poll` reports a failure.
  first.catch(() => {});
  return {
    ...table,
    get target() {
      return table.target;
    },
    poll(watched) {
      const ahead = first;
      first = null;
      return ahead ?? table.poll(watched);
    },
  };
}
