import { addressOf } from '../source/database/address.ts';
import { connect } from '../source/database/connect.ts';
import { parseConninfo } from '../source/database/conninfo.ts';
import { openControlTable } from '../source/database/control-table.ts';
import type { Total } from '../source/domain/snapshot.ts';

/** The monitor's polling without its screen: the one place where the bench knows how it is called. */
export interface Subject {
  /** One poll, taken into the totals. */
  poll(): Promise<void>;
  /** One step of the counting that runs behind the polls. Resolves to whether all that is due has been counted. */
  count(): Promise<boolean>;
  /** Counts until every total is as true as the monitor promises it to be by then: what others changed in finished rows too. */
  settle(): Promise<void>;
  totals(): readonly Total[];
  close(): Promise<void>;
}

export async function openSubject(url: string): Promise<Subject> {
  const table = await openControlTable(await connect(addressOf(parseConninfo(url))), 'migration_control', {
    operator: { osUser: 'bench', host: 'bench', client: 'bench' },
    log: { prepare: async () => {}, append: async () => {}, recent: async () => [] },
  });
  let totals: readonly Total[] = [];
  let liveIds: readonly number[] = [];
  const poll = async (): Promise<void> => {
    const snapshot = await table.poll({ liveIds, lookBackSeconds: 5 });
    totals = snapshot.totals;
    liveIds = snapshot.operations.map(({ id }) => id);
  };
  return {
    poll,
    count: async () => true,
    settle: poll,
    totals: () => totals,
    close: () => table.close(),
  };
}
