import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Settled } from '../../source/database/settle.ts';
import type { Move } from '../../source/domain/transitions.ts';
import { memoryLog, type OpenedTable, openTable, operator } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { type Plan, startWireProxy, type WireProxy } from '../support/wire-proxy.ts';

let database: TestDatabase;
let proxy: WireProxy;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  proxy = await startWireProxy(Number(new URL(database.url).port));
});
afterAll(async () => {
  await proxy?.close();
  await database?.drop();
});
beforeEach(async () => {
  await database.query('TRUNCATE migration_control RESTART IDENTITY');
  await database.query(
    "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'cases', 'batch', 'running')",
  );
});

function throughProxy(): string {
  const url = new URL(database.url);
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  url.searchParams.set('sslmode', 'disable');
  return url.href;
}

async function status(): Promise<string> {
  return (await database.query<{ status: string }>('SELECT status FROM migration_control')).rows[0]?.status ?? '';
}

/** What the audit says of the last action, wherever it is. */
async function audited(table: OpenedTable): Promise<string | null> {
  // An idle connection may have been cut too: the read after that opens another.
  const activity = await table.activity().catch(() => table.activity());
  return activity[0]?.outcome ?? null;
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

/** Pauses the operation while the plan is done to the exchange, and checks that all that is said of it is true. */
async function pauseUnder(plan: Plan | null): Promise<string> {
  const table = await openTable(throughProxy());
  try {
    const [seen] = (await table.poll([])).operations;
    const pause: Move = {
      id: 1,
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
      const isPaused = (await status()) === 'paused';
      expect(found.result).toBe(isPaused ? 'applied' : 'not applied');
      if (table.target.audit === null) expect(await audited(table)).toBe(found.result);
      else expect(await audited(table)).toBe(isPaused ? 'applied' : null);
      return `unknown, then ${found.result}`;
    }
    expect(await status()).toBe(outcome.kind === 'applied' ? 'paused' : 'running');
    if (outcome.kind !== 'unsent' || table.target.audit === null)
      expect(await audited(table)).toBe(outcome.kind === 'unsent' ? 'not sent' : outcome.kind);
    return outcome.kind;
  } finally {
    await table.close();
    await lockFree();
  }
}

/** No lock and no transaction of ours is left. */
async function lockFree(): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await database.query(
        "SELECT state, query FROM pg_stat_activity WHERE datname = $1 AND application_name = 'migtop' AND xact_start IS NOT NULL",
        [database.name],
      );
      expect(rows).toEqual([]);
    },
    { timeout: 10_000, interval: 20 },
  );
}

describe.each<[where: string, install: string, remove: string]>([
  ['the local audit', '', ''],
  ['an audit table', 'options/audit.sql', 'options/audit-remove.sql'],
])('an action with %s', (_, install, remove) => {
  beforeEach(async () => {
    if (install === '') return;
    const discard = (await readSql(remove)).replace(/(migtop\.discard_audit = )'no'/, "$1'yes'");
    await database.query(discard).catch(() => {});
    await database.query(await readSql(install));
  });
  afterAll(async () => {
    if (remove !== '')
      await database.query((await readSql(remove)).replace(/(migtop\.discard_audit = )'no'/, "$1'yes'"));
  });

  it('is known rightly after a cut before and after each of its messages', async () => {
    expect(await pauseUnder(null)).toBe('applied');
    const exchange = proxy.seen.map(({ from, type }) => `${from} ${type}`);
    // One message goes there, and everything that comes back is the answer to it.
    expect(exchange.filter((message) => message.startsWith('client'))).toEqual(['client Q']);
    expect(exchange.at(-1)).toBe('server Z');
    const results: string[] = [];
    for (let at = 0; at < exchange.length; at++) {
      for (const what of ['cut before', 'cut after'] as const) {
        await reset();
        results.push(`${exchange[at]} ${what}: ${await pauseUnder({ at, what })}`);
      }
    }
    expect(results[0]).toBe('client Q cut before: unknown, then not applied');
    expect(results.at(-1)).toBe('server Z cut after: applied');
  });

  it('is known rightly after an error of every severity in the place of each of its messages', async () => {
    expect(await pauseUnder(null)).toBe('applied');
    const { length } = proxy.seen;
    for (const severity of ['ERROR', 'FATAL', 'PANIC'] as const) {
      await reset();
      const atFirst = await pauseUnder({ at: 0, what: { severity } });
      expect([severity, atFirst]).toEqual([severity, severity === 'ERROR' ? 'refused' : 'unknown, then not applied']);
    }
    // What the server has committed by then it cannot take back with an ERROR.
    for (const severity of ['FATAL', 'PANIC'] as const) {
      for (let at = 1; at < length; at++) {
        await reset();
        await pauseUnder({ at, what: { severity } });
      }
    }
  });

  async function reset(): Promise<void> {
    await database.query("UPDATE migration_control SET status = 'running'");
    if (install !== '') {
      const discard = (await readSql(remove)).replace(/(migtop\.discard_audit = )'no'/, "$1'yes'");
      await database.query(discard);
      await database.query(await readSql(install));
    }
  }
});

describe('an action whose program was killed before it knew the outcome', () => {
  it.each([
    ['was done', 'paused', 'applied'],
    ['was not done', 'running', 'not applied'],
  ])('is looked up by the next one, where it %s', async (_, now, result) => {
    const log = memoryLog();
    const first = await openTable(database.url, undefined, log);
    const [seen] = (await first.poll([])).operations;
    await first.close();
    await log.begin({
      key: '00000000-0000-4000-8000-000000000007',
      databaseRole: 'postgres',
      ...operator,
      action: 'pause',
      operationId: 1,
      fromStatus: 'running',
      toStatus: 'paused',
      reason: null,
      seenVersion: seen?.version ?? null,
    });
    if (now !== 'running') await database.query('UPDATE migration_control SET status = $1', [now]);
    const next = await openTable(database.url, undefined, log);
    try {
      expect(await settled(next)).toMatchObject({ result, status: now });
      expect(log.entries.map(({ outcome }) => outcome)).toEqual([result]);
      expect(await next.settle()).toEqual([]);
    } finally {
      await next.close();
    }
  });
});

describe('a network that swallows everything', () => {
  it('ends an action within 8 s, and the next one works over another connection', async () => {
    const table = await openTable(throughProxy());
    try {
      const [seen] = (await table.poll([])).operations;
      const pause: Move = {
        id: 1,
        from: 'running',
        to: 'paused',
        completedAt: 'keep',
        version: null,
        identity: seen?.identity ?? null,
      };
      proxy.arm('migtop action', { at: 0, what: 'silence' });
      const startedMs = performance.now();
      expect((await table.act(pause)).kind).toBe('unknown');
      expect(performance.now() - startedMs).toBeLessThan(9000);
      expect((await table.act(pause)).kind).toBe('applied');
    } finally {
      await table.close();
    }
  });
});
