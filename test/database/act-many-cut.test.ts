import { afterEach, expect, it, vi } from 'vitest';
import { changesOf, insertBatches, storedRows } from '../support/bulk.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { decisive, type Plan, startProxyOf, type WireMessage } from '../support/wire-proxy.ts';

/** How many cases run at the same time, each with its own database and proxy: most of them wait for limits of time. */
const lanes = 5;

const quickLimits = { answerMs: 7000, cancelMs: 5500, validMs: 1500, onTheWayMs: 1500 };
const pause = { action: 'pause', reason: 'the target is full' };

const databases: TestDatabase[] = [];
afterEach(async () => {
  await Promise.all(databases.splice(0).map((database) => database.drop()));
});

async function createLane(install: string | null): Promise<TestDatabase> {
  const database = await createDatabase({ schema: true });
  databases.push(database);
  if (install !== null) await database.query(await readSql(install));
  return database;
}

/** Pauses three operations, of which one has changed; checks that the outcome told of each is true. */
async function pauseUnder(database: TestDatabase, plan: Plan | null): Promise<readonly WireMessage[]> {
  await database.query('TRUNCATE migration_control RESTART IDENTITY');
  await insertBatches(database, 3, 'running');
  const changes = await changesOf(database, 'pause');
  await database.query("UPDATE migration_control SET status = 'completed' WHERE id = 2");
  const { proxy, url } = await startProxyOf(database.url);
  const table = await openTable(url, undefined, undefined, quickLimits);
  try {
    proxy.arm('migtop action', plan);
    const told = new Map<number, string>();
    for (const { change, outcome } of await table.actMany(changes, pause))
      told.set(change.transition.id, outcome.kind === 'unknown' ? '' : outcome.kind);
    await vi.waitFor(
      async () => {
        for (const { action, result } of await table.settle()) told.set(action.transition.id, result);
        expect([...told.values()]).not.toContain('');
      },
      { timeout: 30_000, interval: 50 },
    );
    const now = (await storedRows(database)).map(({ status }) => status);
    expect(now[1]).toBe('completed');
    for (const id of [1, 3]) {
      const isApplied = told.get(id) === 'applied';
      expect([told.get(id), now[id - 1]]).toEqual([told.get(id), isApplied ? 'paused' : 'running']);
    }
    expect(['stale', 'not applied', 'unclear']).toContain(told.get(2));
    // The audit says the same as the screen.
    const activity = await table.activity().catch(() => table.activity());
    for (const id of [1, 3]) {
      const found = activity.find(({ operationId }) => operationId === id);
      expect(found?.outcome === 'applied').toBe(told.get(id) === 'applied');
    }
    return [...proxy.seen];
  } finally {
    await table.close();
    await proxy.close();
  }
}

it.each<[where: string, install: string | null]>([
  ['a local audit', null],
  ['an audit table', 'options/audit.sql'],
])('many actions with %s have known outcomes after a cut before and after each message', async (_, install) => {
  const exchange = await pauseUnder(await createLane(install), null);
  expect(exchange.filter(({ from }) => from === 'client')).toEqual([{ from: 'client', type: 'Q' }]);
  // A cut after one of the server's messages is a cut before the next.
  const plans: Plan[] = [
    { at: 0, what: 'cut before' },
    ...decisive(exchange).map((at): Plan => ({ at, what: 'cut after' })),
  ];
  const left = [...plans];
  const done: Plan[] = [];
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      const database = await createLane(install);
      for (let plan = left.shift(); plan !== undefined; plan = left.shift()) {
        await pauseUnder(database, plan);
        done.push(plan);
      }
    }),
  );
  expect(done).toHaveLength(plans.length);
});

it('a retry whose answer was lost is not called not applied because the failed row is as it was', async () => {
  const database = await createLane(null);
  await insertBatches(database, 1, 'failed');
  const [row] = await storedRows(database);
  const { proxy, url } = await startProxyOf(database.url);
  // The retry is applied also where a busy machine sends it late.
  const table = await openTable(url, undefined, undefined, { ...quickLimits, validMs: 20_000 });
  try {
    const { id = 0, version = '', identity = '' } = row ?? {};
    const transition = { id, from: 'failed', to: 'pending', completedAt: 'keep', version, identity } as const;
    // The server sends the begin of a long answer before it has ended the transaction: the cut waits for the end.
    proxy.arm('migtop action', { at: 'end', what: 'cut before' });
    const change = { transition, tableName: 'brackets', seenVersion: version };
    const [done] = await table.retryMany([change], { action: 'retry', reason: null });
    expect(done?.outcome.kind).toBe('unknown');
    expect(await storedRows(database)).toHaveLength(2);
    const results: string[] = [];
    await vi.waitFor(
      async () => {
        for (const { result } of await table.settle()) results.push(result);
        expect(results).not.toEqual([]);
      },
      { timeout: 30_000, interval: 50 },
    );
    expect(results).toEqual(['unclear']);
  } finally {
    await table.close();
    await proxy.close();
  }
});
