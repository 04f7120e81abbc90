import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dataDirectory, type Standby, setNextTransaction, startStandby } from '../support/data-directory.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type FollowedTable, followTable, sentRows } from '../support/followed-table.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';

const fill = (rows: number) => `
  INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at, completed_at)
  SELECT 'execution', 'table ' || n % 3, 'batch', CASE WHEN n > ${rows - 100} THEN 'pending' WHEN n % 500 = 0 THEN 'failed'
      WHEN n % 700 = 0 THEN 'running' ELSE 'completed' END,
    CASE WHEN n <= ${rows - 100} THEN n % 91 END, 500,
    CASE WHEN n <= ${rows - 100} THEN localtimestamp - interval '2 days' + n * interval '1 second' END,
    CASE WHEN n <= ${rows - 100} AND n % 700 > 0 THEN localtimestamp - interval '2 days' + n * interval '1.5 second' END
  FROM generate_series(1, ${rows}) AS n`;

const begin = (rows: number) => `
  UPDATE migration_control SET status = 'running', started_at = localtimestamp
  WHERE id IN (SELECT id FROM migration_control WHERE status = 'pending' ORDER BY id LIMIT ${rows})`;
const end = (rows: number) => `
  UPDATE migration_control SET status = 'completed', completed_at = localtimestamp, records_processed = 40
  WHERE id IN (SELECT id FROM migration_control WHERE status = 'running' ORDER BY id LIMIT ${rows})`;

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Polls until the database answers again, as the monitor does. */
async function pollAgain(followed: FollowedTable): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await followed.poll();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
    }
  }
}

describe('another server', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let followed: FollowedTable;

  beforeAll(async () => {
    server = await startOwnServer();
  });
  beforeEach(async () => {
    database = await createDatabase({ schema: true, serverUrl: server.url });
    await database.query(fill(3000));
  });
  afterEach(async () => {
    await followed?.close();
    await database?.drop();
  });
  afterAll(() => server?.destroy());

  /** Makes every session that reads the table wait until the test ends. */
  async function lockTable(): Promise<void> {
    const holder = await database.connect();
    await holder.query('BEGIN; LOCK TABLE migration_control IN ACCESS EXCLUSIVE MODE');
  }

  it('may be restarted, and no change during the restart is missed', async () => {
    followed = await followTable(database.url);
    await followed.expectExact();
    await database.query(begin(5));
    await followed.expectHonest();
    await server.stop();
    await expect(followed.poll()).rejects.toThrow();
    await server.start();
    await database.query(end(3));
    await database.query('DELETE FROM migration_control WHERE id < 50');
    await pollAgain(followed);
    await followed.expectExact();
    await database.query(begin(5));
    await followed.expectHonest();
    await followed.expectExact();
  });

  it('may have prepared transactions, whose rows show when they are committed', async () => {
    await database.query('ALTER SYSTEM SET max_prepared_transactions = 5');
    await server.stop();
    await server.start();
    followed = await followTable(database.url);
    await followed.expectExact();
    const client = await database.connect();
    await client.query(`BEGIN; ${begin(4)}; ${end(2)}; DELETE FROM migration_control WHERE status = 'failed' AND id < 1200;
      PREPARE TRANSACTION 'night'`);
    for (let polls = 0; polls < 3; polls++) {
      await database.query(
        `UPDATE migration_control SET status = 'running', started_at = localtimestamp WHERE id = ${2980 + polls}`,
      );
      await followed.expectHonest();
    }
    await followed.poll();
    expect(sentRows(followed.sent)).toBe(0);
    await client.query(`COMMIT PREPARED 'night'`);
    await followed.expectHonest();
    await followed.expectExact();
  });

  it.each<[what: string, ask: (followed: FollowedTable) => Promise<unknown>]>([
    ['the first count', (opened) => opened.table.poll([])],
    [
      'a poll',
      async (opened) => {
        await opened.settle();
        await lockTable();
        return opened.table.poll([]);
      },
    ],
    [
      'a count',
      async (opened) => {
        await opened.settle();
        await database.query('DELETE FROM migration_control WHERE id = 500');
        await opened.poll();
        await lockTable();
        return opened.table.work();
      },
    ],
  ])('has no running query of migtop after quitting during %s', async (what, ask) => {
    followed = await followTable(database.url);
    if (what === 'the first count') await lockTable();
    const asked = ask(followed).then(
      () => 'answered',
      () => 'cancelled',
    );
    const ours = `SELECT state FROM pg_stat_activity WHERE datname = '${database.name}' AND application_name = 'migtop'`;
    const wait = ` AND wait_event_type = 'Lock'`;
    while ((await database.query(ours + wait)).rowCount === 0);
    await followed.close();
    while ((await database.query(`${ours} AND state <> 'idle'`)).rowCount !== 0);
    expect(await asked).toBe('cancelled');
  });

  it('is a standby, watched while it replays and after its promotion', async () => {
    const standby: Standby = await startStandby(server, await freePort());
    const forwarder: Forwarder = await startForwarder(server.port);
    const primary = await database.connect();
    // Committed changes reach the standby later.
    await primary.query('SET synchronous_commit = on');
    const onStandby = await database.connect(urlAt(database.url, standby.port));
    // A standby refuses serializable transactions.
    await primary.query(`ALTER DATABASE ${database.name} SET default_transaction_isolation = 'serializable'`);
    await replayed(primary, onStandby);
    try {
      followed = await followTable(urlAt(database.url, standby.port));
      expect(followed.table.target.readOnly).toBe('this server is a standby');
      await followed.expectExact();
      for (const change of [
        begin(5),
        end(3),
        'DELETE FROM migration_control WHERE id = 500',
        fill(1000),
        'VACUUM (FREEZE) migration_control',
        begin(10),
        'TRUNCATE migration_control RESTART IDENTITY',
        fill(2000),
      ]) {
        await primary.query(change);
        await replayed(primary, onStandby);
        await followed.expectHonest();
        await followed.expectExact();
      }
      await followed.close();

      followed = await followTable(urlAt(database.url, forwarder.port));
      await followed.expectExact();
      expect(followed.table.target.readOnly).toBeNull();
      await primary.query(begin(7));
      await replayed(primary, onStandby);
      await followed.expectHonest();
      await primary.end();
      await server.stop();
      await onStandby.query('SELECT pg_promote(true)');
      forwarder.leadTo(standby.port);
      // On the new primary the same transaction ids are other transactions.
      await onStandby.query(end(4));
      await onStandby.query('DELETE FROM migration_control WHERE id BETWEEN 10 AND 20');
      await pollAgain(followed);
      await followed.expectExact();
      await onStandby.query(begin(4));
      await followed.expectHonest();
      await followed.expectExact();
    } finally {
      await onStandby.end();
      await forwarder.close();
      await standby.destroy();
      await server.start();
    }
  });
});

function urlAt(text: string, port: number): string {
  const url = new URL(text);
  url.port = String(port);
  return url.href;
}

/** Waits until a standby has replayed all commits of its primary. */
async function replayed(primary: pg.Client, standby: pg.Client): Promise<void> {
  const { rows } = await primary.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  for (;;) {
    const { rows: there } = await standby.query<{ done: boolean }>(
      'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS done',
      [rows[0]?.lsn],
    );
    if (there[0]?.done === true) return;
  }
}

describe('transaction id wraparound', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let followed: FollowedTable;

  beforeAll(async () => {
    server = await startOwnServer();
    database = await createDatabase({ schema: true, serverUrl: server.url });
    await database.query('ALTER SYSTEM SET autovacuum = off');
    await database.query(fill(3000));
  });
  afterAll(async () => {
    await followed?.close();
    await database?.drop();
    await server?.destroy();
  });

  /** Advances the transaction id by less than 2^31, after which all rows have to be frozen. */
  async function jumpTo(xid: bigint): Promise<void> {
    const dataDir = await dataDirectory(server);
    await server.stop();
    await setNextTransaction(dataDir, xid);
    await server.start();
  }

  async function freezeAll(): Promise<void> {
    await database.query('UPDATE pg_database SET datallowconn = true');
    for (const name of ['template0', 'template1', 'postgres', database.name]) {
      const url = new URL(database.url);
      url.pathname = `/${name}`;
      const client = await database.connect(url.href);
      await client.query('VACUUM (FREEZE)');
      await client.end();
    }
  }

  it('misses no row, and reads no frozen row again', async () => {
    const epoch = 2n ** 32n;
    await jumpTo(2_000_000_000n);
    await freezeAll();
    await jumpTo(4_000_000_000n);
    await freezeAll();
    await jumpTo(epoch - 40n);
    followed = await followTable(database.url);
    await followed.expectExact();
    const xid = async () =>
      BigInt((await database.query<{ xid: string }>('SELECT txid_current()::text AS xid')).rows[0]?.xid ?? 0);
    const writer = await database.connect();
    const client = await database.connect();
    let hasCrossed = false;
    for (let polls = 0; polls < 30; polls++) {
      // Each savepoint that writes is a transaction.
      if (polls % 10 === 3)
        await writer.query(`BEGIN;
          UPDATE migration_control SET status = 'running', started_at = localtimestamp WHERE id = ${2970 + polls}`);
      await client.query(`BEGIN; ${begin(1)}; SAVEPOINT a; ${begin(1)}; SAVEPOINT b; ${end(1)}; COMMIT`);
      const before = await xid();
      await followed.expectHonest();
      if (polls % 10 === 7) await writer.query('COMMIT');
      hasCrossed ||= before > epoch;
      if (polls % 10 === 9) await followed.expectExact();
    }
    expect(hasCrossed).toBe(true);
    await followed.settle();
    await followed.poll();
    expect(sentRows(followed.sent)).toBe(0);

    // Rows of transaction ids from before the wraparound are still old.
    await database.query(`DO $$ BEGIN FOR n IN 1..2000 LOOP
      BEGIN UPDATE migration_control SET batch_size = n WHERE id = 1; EXCEPTION WHEN division_by_zero THEN END; END LOOP; END $$`);
    followed.pass(31);
    await followed.expectExact();
    await followed.poll();
    expect(sentRows(followed.sent)).toBe(0);
  });
});
