import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../source/database/connect.ts';
import { connectionSettings } from '../source/database/libpq/settings.ts';
import type { Total } from '../source/domain/snapshot.ts';
import { openControlTable } from '../source/polling/control-table.ts';

/** The monitor's polling without its screen: the one place where the bench knows how it is called. */
export interface Subject {
  /** One poll, taken into the totals. */
  poll(): Promise<void>;
  /** One step of the counting that runs behind the polls. Resolves to whether all that is due has been counted. */
  count(): Promise<boolean>;
  /** Counts and polls until all of the table has been counted; all of it anew since a moment, where one is given. */
  settle(since?: number): Promise<void>;
  /** The moment of the last poll, by the database's clock. */
  now(): number;
  totals(): readonly Total[];
  close(): Promise<void>;
}

const idleMs = 100;

export async function openSubject(url: string): Promise<Subject> {
  const table = await openControlTable(await connect(connectionSettings(url, {})), 'migration_control', {
    operator: { osUser: 'bench', host: 'bench', client: 'bench' },
    logFor: () => ({ begin: async () => {}, end: async () => {}, recent: async () => [], unsettled: async () => [] }),
  });
  let latest = await table.poll([]);
  const poll = async (): Promise<void> => {
    latest = await table.poll([]);
  };
  const isCountedSince = (stamp: number): boolean => {
    const { countedAt, isStale } = latest.coverage;
    return countedAt !== null && countedAt > stamp && !isStale;
  };
  return {
    poll,
    count: async () => (await table.work()) === null,
    async settle(since = Number.NEGATIVE_INFINITY) {
      while (!isCountedSince(since)) {
        // What was counted a moment ago is not counted again at once: then there is nothing to do but wait.
        if ((await table.work()) === null) await sleep(idleMs);
        await poll();
      }
    },
    now: () => latest.takenAt,
    totals: () => latest.totals,
    close: () => table.close(),
  };
}
