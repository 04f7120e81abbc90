import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../source/database/connect.ts';
import { connectionSettings } from '../source/database/libpq/settings.ts';
import type { Total } from '../source/domain/snapshot.ts';
import { openControlTable } from '../source/polling/control-table.ts';

/** The monitor's polling without its screen. The bench calls it only through this interface. */
export interface Subject {
  /** Polls once and updates the totals. */
  poll(): Promise<void>;
  /** Runs one step of the background count. Resolves to whether there is nothing left to count for now. */
  count(): Promise<boolean>;
  /** Counts and polls until the whole table has been counted, or counted again since a time. */
  settle(since?: number): Promise<void>;
  /** The time of the last poll, by the database's clock. */
  now(): number;
  totals(): readonly Total[];
  close(): Promise<void>;
}

const idleMs = 100;

export async function openSubject(url: string): Promise<Subject> {
  const table = await openControlTable(await connect(connectionSettings(url, {})), 'migration_control', {
    operator: { osUser: 'bench', host: 'bench', client: 'bench' },
    logFor: () => ({
      begin: async () => {},
      end: async () => {},
      beginMany: async () => {},
      endMany: async () => {},
      recent: async () => [],
      unsettled: async () => [],
      accepted: async () => [],
    }),
  });
  let latest = await table.poll([]);
  const poll = async (): Promise<void> => {
    latest = await table.poll([]);
  };
  const isCountedSince = (time: number): boolean => {
    const { countedAt, isStale } = latest.coverage;
    return countedAt !== null && countedAt > time && !isStale;
  };
  return {
    poll,
    count: async () => (await table.work()) === null,
    async settle(since = Number.NEGATIVE_INFINITY) {
      while (!isCountedSince(since)) {
        // An id range is not counted again at once: wait.
        if ((await table.work()) === null) await sleep(idleMs);
        await poll();
      }
    },
    now: () => latest.takenAt,
    totals: () => latest.totals,
    close: () => table.close(),
  };
}
