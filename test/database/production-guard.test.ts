import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import type { ProductionGuard } from '../../source/database/production-guard.ts';
import { type Change, planBulk, planRetries } from '../../source/domain/bulk-actions.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { type ControlTable, openControlTable } from '../../source/polling/control-table.ts';
import type { WriteActions } from '../../source/polling/write-actions.ts';
import { memoryLog, operator } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { productionGuard, serverOf } from '../support/production.ts';

/** The name of the production that the guard has found; null if none. */
async function found(guard: ProductionGuard, host: string, ip: string | null = null): Promise<string | null> {
  await guard.connected({ server: serverOf(host), ip, database: 'dispatch' });
  return guard.state().name;
}

describe('the lock of a production target', () => {
  const target = { name: 'prod', places: [{ names: ['db1.example.com'], port: 5432, database: 'dispatch' }] };

  it('knows all servers that the connection may lead to', () => {
    const servers = [serverOf('standby'), serverOf('db1.example.com')];
    const guard = productionGuard({ selected: null, servers, rules: { targets: [target] } });
    expect(guard.state()).toEqual({ name: 'prod', isLocked: true, setting: 'the database of targets.prod' });
  });

  it('knows a server by hostaddr, by its address, and by the name of its address', async () => {
    const byAddress = {
      selected: null,
      rules: { targets: [target] },
      resolver: { addressesOf: async () => ['10.0.0.7'] },
    };
    expect(await found(productionGuard(byAddress), 'alias', '10.0.0.7')).toBe('prod');
    expect(await found(productionGuard(byAddress), 'alias', '10.0.0.8')).toBeNull();
    const byName = {
      selected: null,
      rules: { hosts: ['*.prod.example.com'] },
      resolver: { namesOf: async () => ['db7.prod.example.com'] },
    };
    expect(await found(productionGuard(byName), '10.0.0.7', '10.0.0.7')).toBe('db7.prod.example.com');
    const servers = [serverOf('dev', { address: '10.0.0.9' })];
    expect(productionGuard({ selected: null, servers, rules: { hosts: ['10.0.*'] } }).state().name).toBe('10.0.0.9');
  });

  it('knows a socket on the production machine by the name of the machine', () => {
    const servers = [serverOf('/var/run/postgresql')];
    expect(productionGuard({ selected: null, servers, rules: { hosts: ['laptop'] } }).state().name).toBe('laptop');
  });

  it('knows a server on this machine by every name and address of the target', async () => {
    const named = (names: string[], addresses: string[], port = 5432) =>
      productionGuard({
        selected: null,
        servers: [serverOf('elsewhere')],
        rules: { targets: [{ name: 'prod', places: [{ names, port, database: 'dispatch' }] }] },
        resolver: { addressesOf: async () => addresses },
      });
    // A tunnel that /etc/hosts names, and this machine by its name and its address in the network.
    expect(await found(named(['tunnel'], ['127.0.0.1']), 'localhost', '127.0.0.1')).toBe('prod');
    expect(await found(named(['laptop.example.com'], ['10.0.0.99']), '/var/run/postgresql')).toBe('prod');
    expect(await found(named(['localhost'], []), 'alias', '10.0.0.99')).toBe('prod');
    expect(await found(named(['tunnel'], ['127.0.0.1'], 5433), 'localhost', '127.0.0.1')).toBeNull();
    expect(await found(named(['db1'], ['10.0.0.7']), 'localhost', '127.0.0.1')).toBeNull();
  });

  it('knows a database behind a pooler that gives it another name', () => {
    const guard = productionGuard({
      selected: null,
      servers: [serverOf('db1.example.com', { port: 6432 })],
      database: 'alias',
      rules: { targets: [target] },
    });
    expect(guard.state().name).toBeNull();
    guard.nameDatabase('dispatch');
    expect(guard.state()).toEqual({ name: 'prod', isLocked: true, setting: 'the database of targets.prod' });
  });

  it('locks a target whose host matches a pattern, although the file says that it is not production', () => {
    const servers = [serverOf('db7.prod.example.com')];
    const selected = { name: 'copy', production: false };
    const guard = productionGuard({ selected, servers, rules: { hosts: ['*.prod.example.com'] } });
    expect(guard.state()).toEqual({ name: 'copy', isLocked: true, setting: 'production_hosts: *.prod.example.com' });
  });

  it('is unlocked only by the exact name, and locks again', () => {
    const guard = productionGuard();
    for (const typed of ['', 'pro', 'PROD', 'prod ', 'production']) expect(guard.unlock(typed)).toBe(false);
    expect(guard.state().isLocked).toBe(true);
    expect(guard.unlock('prod')).toBe(true);
    expect(guard.state().isLocked).toBe(false);
    guard.lock();
    expect(guard.state().isLocked).toBe(true);
  });

  it('does not wait for a resolver that does not answer', async () => {
    const never = () => new Promise<string[]>(() => {});
    const guard = productionGuard({
      selected: null,
      rules: { hosts: ['x'], targets: [target] },
      resolver: { addressesOf: never, namesOf: never },
    });
    expect(await found(guard, 'db9', '10.0.0.7')).toBeNull();
  });
});

describe('while it is locked', () => {
  let database: TestDatabase;
  let table: ControlTable;
  const guard = productionGuard();

  beforeAll(async () => {
    database = await createDatabase({ schema: true });
    await database.query(await readSql('options/audit.sql'));
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, started_at, batch_size) VALUES
        ('execution', 'cases', 'copy 1', 'running', localtimestamp, 500),
        ('execution', 'cases', 'copy 2', 'failed', localtimestamp, 500)`);
    const connection = await connect(connectionSettings(database.url, {}), null, undefined, guard);
    table = await openControlTable(connection, 'migration_control', {
      operator,
      logFor: () => memoryLog(),
      production: guard,
    });
  });
  afterAll(async () => {
    await table?.close();
    await database?.drop();
  });

  const all = async (): Promise<string> => {
    const { rows } = await database.query(
      'SELECT (SELECT json_agg(c ORDER BY id) FROM migration_control c) AS rows, (SELECT json_agg(a) FROM migtop_audit a) AS audit',
    );
    return JSON.stringify(rows);
  };

  const members = async (): Promise<readonly Operation[]> =>
    (await table.page({ direction: 'older', from: null, filter: { terms: [] }, limit: 9 })).toReversed();

  /** Every method of the table that writes, called so that it changes something if nothing is locked. */
  const writes: Readonly<Record<keyof Omit<WriteActions, 'settle' | 'quiesce'> | 'accept', () => Promise<unknown>>> = {
    async act() {
      const [change] = planBulk('pause', await members()).changes;
      return change && table.act(change.transition, { action: 'pause', reason: null });
    },
    actMany: async () => table.actMany(planBulk('resume', await members()).changes, { action: 'resume', reason: null }),
    retryMany: async () => table.retryMany(planRetries(await members()).changes, { action: 'retry', reason: null }),
    async rewriteMany() {
      const changes = planBulk('pause', await members()).changes.map(
        (change): Change => ({
          ...change,
          transition: { ...change.transition, to: change.transition.from },
          rewrite: { kind: 'batch size', from: 500, to: 50 },
        }),
      );
      return table.rewriteMany(changes, { action: 'batch size', reason: null });
    },
    addReason: () => table.addReason({ operationId: 1, identity: null, from: 'running', to: 'paused', reason: 'full' }),
    addReasons: () =>
      table.addReasons([{ operationId: 1, identity: null, from: 'running', to: 'paused', reason: 'full' }], 'full'),
    async accept() {
      const seen = (await members()).filter(({ status }) => status === 'failed');
      return table.accept(
        seen.map((operation) => ({ ...operation, failedAt: null })),
        'known',
        true,
      );
    },
  };

  it('no method of the table writes anything; each does once it is unlocked', async () => {
    const before = await all();
    for (const [name, write] of Object.entries(writes)) {
      await write().catch(() => {});
      expect({ name, all: await all() }).toEqual({ name, all: before });
    }
    expect((await table.poll([])).operations).toHaveLength(1);
    expect((await table.report()).snapshot.totals.length).toBeGreaterThan(0);
    await table.inspect();

    expect(await writes.act()).toMatchObject({
      kind: 'not sent',
      reason: expect.stringContaining('is a production target (targets.prod.production)'),
    });
    guard.unlock('prod');
    for (const [name, write] of Object.entries(writes)) {
      const unchanged = await all();
      await write();
      expect({ name, isChanged: (await all()) !== unchanged }).toEqual({ name, isChanged: true });
    }
    guard.lock();
  });

  it('a message that does not begin as a read-only transaction is not sent', async () => {
    const connection = await connect(connectionSettings(database.url, {}), null, undefined, guard);
    await expect(connection.readAll([{ text: 'CREATE TABLE made ()' }], 5)).rejects.toThrow(
      'it is locked: nothing was sent',
    );
    expect(await connection.write([{ text: 'CREATE TABLE made ()' }])).toMatchObject({ kind: 'not sent' });
    await expect(connection.read('CREATE TABLE made ()')).rejects.toThrow('read-only transaction');
    expect((await connection.read("SELECT pg_catalog.to_regclass('made') AS made"))[0]).toEqual({ made: null });
    await connection.close();
  });
});
