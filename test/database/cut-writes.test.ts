import { describe, expect, it, vi } from 'vitest';
import type { Settled } from '../../source/database/settle.ts';
import type { Transition } from '../../source/domain/transitions.ts';
import { memoryLog, type OpenedTable, openTable, operator } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { decisive, type Plan, startWireProxy, type WireProxy } from '../support/wire-proxy.ts';

// Most of the cases wait for limits of time: each test has its own database, and they wait at the same time.
const test = it.extend('database', async ({ task: _ }, { onCleanup }) => {
  const database = await createDatabase({ schema: true });
  onCleanup(() => database.drop());
  return database;
});

/** How many actions of a test run at once, each on its own row and through its own proxy. */
const atOnce = 8;

/** Nothing that a case waits for takes long, so that the many that end unknown are settled soon. */
const quickLimits = { answerMs: 7000, cancelMs: 5500, validMs: 2500, onTheWayMs: 3000 };

const portOf = (database: TestDatabase): number => Number(new URL(database.url).port);

async function addOperation(database: TestDatabase): Promise<number> {
  const { rows } = await database.query<{ id: number }>(
    "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'cases', 'batch', 'running') RETURNING id",
  );
  return Number(rows[0]?.id);
}

function through(database: TestDatabase, proxy: WireProxy, applicationName = 'migtop'): string {
  const url = new URL(database.url);
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  url.searchParams.set('sslmode', 'disable');
  url.searchParams.set('application_name', applicationName);
  return url.href;
}

async function status(database: TestDatabase, id: number): Promise<string> {
  const { rows } = await database.query<{ status: string }>('SELECT status FROM migration_control WHERE id = $1', [id]);
  return rows[0]?.status ?? '';
}

/** The outcome of the last action on an operation, from either audit. */
async function audited(table: OpenedTable, id: number): Promise<string | null> {
  // An idle connection may have been cut too: the read after that opens another.
  const activity = await table.activity().catch(() => table.activity());
  return activity.find(({ operationId }) => operationId === id)?.outcome ?? null;
}

async function settled(table: OpenedTable): Promise<Settled> {
  return vi.waitFor(
    async () => {
      const [one] = await table.settle();
      return one ?? expect.fail('not known yet');
    },
    { timeout: 30_000, interval: 50 },
  );
}

interface Paused {
  readonly result: string;
  readonly exchange: readonly string[];
}

/** Pauses an operation while the plan is done to the exchange, and checks that all that is said of it is true. */
async function pauseUnder(database: TestDatabase, plan: Plan | null): Promise<Paused> {
  const id = await addOperation(database);
  const application = `migtop case ${id}`;
  const proxy = await startWireProxy(portOf(database));
  const table = await openTable(
    through(database, proxy, application),
    undefined,
    undefined,
    plan === null ? undefined : quickLimits,
  );
  const told = async (): Promise<string> => {
    const [seen] = (await table.poll([id])).operations.filter((operation) => operation.id === id);
    const pause: Transition = {
      id,
      from: 'running',
      to: 'paused',
      completedAt: 'keep',
      version: null,
      identity: seen?.identity ?? null,
    };
    proxy.arm('migtop action', plan);
    const outcome = await table.act(pause, { action: 'pause', reason: null, seenVersion: seen?.version ?? null });
    if (outcome.kind === 'unknown') {
      const found = await settled(table);
      const isPaused = (await status(database, id)) === 'paused';
      expect(found.result).toBe(isPaused ? 'applied' : 'not applied');
      expect(await audited(table, id)).toBe(found.result);
      return `unknown, then ${found.result}`;
    }
    expect(await status(database, id)).toBe(outcome.kind === 'applied' ? 'paused' : 'running');
    if (outcome.kind !== 'not sent' || table.target.audit === null)
      expect(await audited(table, id)).toBe(outcome.kind === 'not sent' ? 'not sent' : outcome.kind);
    return outcome.kind;
  };
  try {
    const result = await told();
    return { result, exchange: proxy.seen.map(({ from, type }) => `${from} ${type}`) };
  } finally {
    await table.close();
    await lockFree(database, application);
    await proxy.close();
  }
}

/** The plans one after the other, several at once; their results in the order of the plans. */
async function pauseUnderEach(database: TestDatabase, plans: readonly Plan[]): Promise<string[]> {
  const results: string[] = [];
  const left = [...plans.entries()];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      results[next[0]] = (await pauseUnder(database, next[1])).result;
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** No lock and no transaction of a program is left. */
async function lockFree(database: TestDatabase, application: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await database.query(
        'SELECT state, query FROM pg_stat_activity WHERE datname = $1 AND application_name = $2 AND xact_start IS NOT NULL',
        [database.name, application],
      );
      expect(rows).toEqual([]);
    },
    { timeout: 10_000, interval: 50 },
  );
}

describe.concurrent.each<[where: string, install: string | null]>([
  ['the local audit', null],
  ['an audit table', 'options/audit.sql'],
])('an action with %s', (_, install) => {
  test('has a known outcome after a cut before and after each of its messages', async ({ database }) => {
    if (install !== null) await database.query(await readSql(install));
    const { result, exchange } = await pauseUnder(database, null);
    expect(result).toBe('applied');
    // One message goes there, and everything that comes back is the answer to it.
    expect(exchange.filter((message) => message.startsWith('client'))).toEqual(['client Q']);
    expect(exchange.at(-1)).toBe('server Z');
    // Between two of the server's messages, a cut after the first is one before the second.
    const last = exchange.length - 1;
    const plans = decisive(exchange).flatMap((at): Plan[] => [
      ...(at <= 1 || at === last ? [{ at, what: 'cut before' } as const] : []),
      { at, what: 'cut after' },
    ]);
    const results = await pauseUnderEach(database, plans);
    expect(results).toHaveLength(plans.length);
    expect(results[0]).toBe('unknown, then not applied');
    expect(results.at(-1)).toBe('applied');
  });

  test('has a known outcome after an error of every severity in place of each of its messages', async ({
    database,
  }) => {
    if (install !== null) await database.query(await readSql(install));
    const { result, exchange } = await pauseUnder(database, null);
    expect(result).toBe('applied');
    const severities = ['ERROR', 'FATAL', 'PANIC'] as const;
    const first = severities.map((severity): Plan => ({ at: 0, what: { severity } }));
    // An ERROR cannot undo a commit. FATAL and PANIC both end the connection, so they alternate.
    const later = decisive(exchange)
      .filter((at) => at > 0)
      .map((at, index): Plan => ({ at, what: { severity: index % 2 === 0 ? 'FATAL' : 'PANIC' } }));
    const results = await pauseUnderEach(database, [...first, ...later]);
    expect(results).toHaveLength(first.length + later.length);
    expect(results.slice(0, 3)).toEqual(['refused', 'unknown, then not applied', 'unknown, then not applied']);
  });
});

describe.concurrent('an action whose message is lost, with an audit table', () => {
  test('has a known outcome at once, and its message changes nothing if it arrives later', async ({ database }) => {
    await database.query(await readSql('options/audit.sql'));
    const id = await addOperation(database);
    const proxy = await startWireProxy(portOf(database));
    const table = await openTable(through(database, proxy));
    try {
      const [seen] = (await table.poll([id])).operations.filter((operation) => operation.id === id);
      if (seen === undefined) expect.fail('not seen');
      const { identity, version } = seen;
      const pause: Transition = { id, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity };
      proxy.arm('migtop action', { at: 0, what: 'cut before' });
      expect((await table.act(pause, { action: 'pause', reason: null, seenVersion: version })).kind).toBe('unknown');
      // Not by the time: the message would be valid for 8 s.
      expect((await table.settle())[0]).toMatchObject({ result: 'not applied', status: 'running' });
      const { rows } = await database.query<{ action_key: string }>(
        "SELECT action_key FROM migtop_audit WHERE operation_id = $1 AND outcome = 'not applied'",
        [id],
      );
      expect(rows).toHaveLength(1);
      // It would write its row in the same transaction.
      await expect(
        database.query(
          "INSERT INTO migtop_audit (action_key, action, operation_id, outcome) VALUES ($1, 'pause', $2, 'applied')",
          [rows[0]?.action_key, id],
        ),
      ).rejects.toMatchObject({ code: '23505' });
    } finally {
      await table.close();
      await proxy.close();
    }
  });
});

const pauseIntent = (operationId: number) => ({
  key: '00000000-0000-4000-8000-000000000007',
  databaseRole: 'postgres',
  ...operator,
  action: 'pause',
  operationId,
  fromStatus: 'running',
  toStatus: 'paused',
  reason: null,
});

const pauseOf = (id: number): Transition => ({
  id,
  from: 'running',
  to: 'paused',
  completedAt: 'keep',
  version: null,
  identity: null,
});

describe.concurrent('an action whose program was killed before it knew the outcome', () => {
  test.for([
    ['was done', 'paused', 'applied'],
    ['was not done', 'running', 'not applied'],
  ])('is looked up by the next program, if it %s', async ([, now, result], { database }) => {
    const log = memoryLog();
    const id = await addOperation(database);
    const first = await openTable(database.url, undefined, log, quickLimits);
    const [seen] = (await first.poll([])).operations;
    await first.close();
    await log.begin({ ...pauseIntent(id), seenVersion: seen?.version ?? null });
    if (now !== 'running') await database.query('UPDATE migration_control SET status = $1', [now]);
    await using next = await openTable(database.url, undefined, log, quickLimits);
    expect(await settled(next)).toMatchObject({ result, status: now });
    expect(log.entries.map(({ outcome }) => outcome)).toEqual([result]);
    expect(await next.settle()).toEqual([]);
  });

  test('is not reported as applied because the next program has made the same change to that row', async ({
    database,
  }) => {
    const log = memoryLog();
    const id = await addOperation(database);
    await log.begin({ ...pauseIntent(id), seenVersion: '3' });
    await using next = await openTable(database.url, undefined, log, quickLimits);
    expect(await next.act(pauseOf(id))).toMatchObject({ kind: 'applied' });
    expect(await settled(next)).toMatchObject({ result: 'unclear', status: 'paused' });
    expect(log.entries.map(({ outcome }) => outcome)).toEqual(['applied', 'unclear']);
  });

  test('is not confused with one of this program, whose first action begins before the log was read', async ({
    database,
  }) => {
    const base = memoryLog();
    const id = await addOperation(database);
    let begun: () => void = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let left: Promise<unknown> = Promise.resolve();
    const log: typeof base = {
      ...base,
      async begin(intent) {
        await base.begin(intent);
        begun();
        await left;
      },
      unsettled() {
        const read = hasBegun.then(() => base.unsettled());
        left = read;
        return read;
      },
    };
    await using table = await openTable(database.url, undefined, log, quickLimits);
    expect(await table.act(pauseOf(id))).toMatchObject({ kind: 'applied' });
    expect(await left).toHaveLength(1);
    expect(await table.settle()).toEqual([]);
    expect(base.entries).toMatchObject([{ outcome: 'applied', at: expect.any(Number) }]);
  });
});

describe.concurrent('a network that drops every packet', () => {
  test('ends an action after 8 s, and the next one works over another connection', async ({ database }) => {
    const proxy = await startWireProxy(portOf(database));
    const id = await addOperation(database);
    const table = await openTable(through(database, proxy));
    try {
      const [seen] = (await table.poll([])).operations;
      const pause: Transition = {
        id,
        from: 'running',
        to: 'paused',
        completedAt: 'keep',
        version: null,
        identity: seen?.identity ?? null,
      };
      proxy.arm('migtop action', { at: 0, what: 'silence' });
      // 8 s after the action began: less was left when its message was sent.
      const reason: unknown = expect.stringMatching(/took longer than [1-8] s to answer/);
      expect(await table.act(pause)).toMatchObject({ kind: 'unknown', reason });
      expect((await table.act(pause)).kind).toBe('applied');
    } finally {
      await table.close();
      await proxy.close();
    }
  });
});
