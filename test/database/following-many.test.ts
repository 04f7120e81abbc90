import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { changesQueries, type FollowedTable, followTable, sentRows } from '../support/followed-table.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';

let database: TestDatabase;
let followed: FollowedTable;

// A transaction of another test would let the polls read rows again.
let server: PostgresServer;
beforeAll(async () => {
  server = await startOwnServer();
});
afterAll(() => server?.destroy());

beforeEach(async () => {
  database = await createDatabase({ serverUrl: server.url, schema: true });
});
afterEach(async () => {
  await followed?.close();
  await database?.drop();
});

const fill = (rows: number, status: string) => `
  INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at, completed_at,
    batch_size, worker_id)
  SELECT 'execution', 'table ' || n % 3, 'batch', status, CASE WHEN status <> 'pending' THEN n % 91 END, 500,
    CASE WHEN status <> 'pending' THEN localtimestamp - interval '2 days' + n * interval '10 ms' END,
    CASE WHEN status IN ('completed', 'failed') THEN localtimestamp - interval '2 days' + n * interval '15 ms' END, 100, n % 4
  FROM (SELECT n, ${status} AS status FROM generate_series(1, ${rows}) AS n) numbered`;

/** The numbers of a small generator (mulberry32): the same churn in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** How a worker changes one pending operation. */
const take = (where: string) => `
  UPDATE migration_control SET status = 'running', started_at = localtimestamp, records_processed = 0, worker_id = 1
  WHERE id IN (SELECT id FROM migration_control WHERE status = 'pending' AND ${where} LIMIT 7)`;
const finish = `UPDATE migration_control SET status = CASE WHEN id % 40 = 0 THEN 'failed' ELSE 'completed' END, completed_at = localtimestamp,
  records_processed = 50 WHERE status = 'running'`;

describe('many pending operations', () => {
  const pending = 60_000;
  beforeEach(async () => {
    await database.query(fill(5000, `'completed'`));
    await database.query(fill(pending, `'pending'`));
    await database.query('ANALYZE migration_control');
    followed = await followTable(database.url);
    await followed.expectExact();
  });

  it('are not counted at each poll, but subtracted as workers start them, in order or at random', async () => {
    const random = randomNumbers(7);
    for (let round = 0; round < 20; round++) {
      await database.query(take(round % 2 === 0 ? 'true' : `id >= ${5000 + random(pending)}`));
      if (round % 3 !== 0) await database.query(finish);
      const { coverage, counts } = await (round % 5 === 0 ? followed.expectHonest() : followed.poll());
      // No id range has to be counted again.
      expect(coverage).toMatchObject({ share: 1, isStale: false });
      expect(counts).not.toHaveProperty('pending');
    }
    expect(changesQueries(followed.sent).map(({ values }) => values[8])).toEqual([
      ['running', 'paused', 'failed', 'skipped'],
    ]);
    await followed.expectExact();
    expect(await followed.table.work()).toBeNull();
  });

  it('are counted at each poll once they are few', async () => {
    await database.query(`DELETE FROM migration_control WHERE status = 'pending' AND id % 100 > 0`);
    await followed.poll();
    followed.pass(31);
    await followed.expectExact();
    const { counts } = await followed.expectHonest();
    expect(counts.pending).toBe(pending / 100);
  });
});

describe('thousands of migrated tables in one id range', () => {
  it('are counted at once, without comparing each row with each table', async () => {
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size)
      SELECT 'execution', 'table ' || n % 6000, 'batch', 'completed', 100, 100, 100 FROM generate_series(1, 18000) AS n`);
    await database.query('ANALYZE migration_control');
    followed = await followTable(database.url);
    const { totals } = await followed.settle();
    expect(totals).toHaveLength(6000);
    // A count that takes more than its time limit is sent again, with fewer rows.
    expect(followed.sent.filter(({ text }) => text.includes('bounds AS MATERIALIZED')).length).toBeLessThan(3);
  });
});

describe('very many new operations', () => {
  const insert = (rows: number, status: string) => `
    INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at, completed_at,
      batch_size, worker_id, source_query)
    SELECT 'execution', 'table ' || n % 60, 'batch', ${status}, CASE WHEN ${status} <> 'pending' THEN 50 END, 9000,
      CASE WHEN n % 60 = 5 THEN '-infinity' WHEN ${status} <> 'pending' THEN localtimestamp - interval '1 s' END,
      CASE WHEN ${status} <> 'pending' THEN localtimestamp END, 100, n % 4,
      CASE WHEN n % 9 = 0 THEN 'SELECT * FROM s OFFSET ' || n + 2000 * extract(epoch FROM clock_timestamp()) END
    FROM generate_series(1, ${rows}) AS n`;
  const mixed = `CASE WHEN n % 60 = 1 THEN 'running' WHEN n % 70 = 2 THEN 'failed' WHEN n % 9 = 3 THEN 'pending' ELSE 'completed' END`;

  it('are added up by the server, with the totals and the rates of all of them, also those that commit late', async () => {
    followed = await followTable(database.url);
    await followed.expectExact();
    const other = await database.connect();
    let gained = 0;
    for (let round = 0; round < 6; round++) {
      followed.pass(0.5);
      await database.query(insert(1500, mixed));
      // This one has lower ids than rows that the next poll sees.
      await other.query('BEGIN');
      await other.query(insert(20, `'completed'`));
      await database.query(insert(10, `'completed'`));
      const snapshot = await followed.expectHonest();
      expect(snapshot.coverage).toMatchObject({ share: 1, isStale: false });
      expect(sentRows(followed.sent)).toEqual(round === 0 ? 1510 : expect.any(Number));
      if (round > 0) expect(sentRows(followed.sent)).toBeLessThan(400);
      for (const records of snapshot.gained?.values() ?? []) gained += records;
      for (const { records } of snapshot.summed ?? []) gained += records;
      await other.query('COMMIT');
      await database.query(`UPDATE migration_control SET status = 'completed', completed_at = localtimestamp, records_processed = 80
        WHERE status = 'running' AND id % 3 = 0`);
      await database.query(`UPDATE migration_control SET status = 'completed', started_at = localtimestamp, completed_at = localtimestamp,
        records_processed = 50 WHERE status = 'pending' AND started_at IS NULL AND id % 3 = 0`);
    }
    const snapshot = await followed.expectHonest();
    for (const records of snapshot.gained?.values() ?? []) gained += records;
    for (const { records } of snapshot.summed ?? []) gained += records;
    const { rows } = await database.query(
      `SELECT sum(records_processed)::int AS records FROM migration_control WHERE status <> 'pending'`,
    );
    expect(gained).toBe(rows[0]?.records);
    await followed.expectExact();
  });
});

/** One random change: mostly by a worker, sometimes by an operator or another session. */
function anything(random: (below: number) => number): string {
  const id = (where: string) =>
    `id = (SELECT id FROM migration_control WHERE ${where} ORDER BY id ${random(2) === 0 ? 'DESC' : ''} OFFSET ${random(4)} LIMIT 1)`;
  const anyId = `id = (SELECT min(id) FROM migration_control WHERE id > ${random(6500)})`;
  const update = (changes: string, where: string) => `UPDATE migration_control SET ${changes} WHERE ${where}`;
  const table = `'table ${random(4)}'`;
  const choices = [
    ...Array<string>(6).fill(take(`id > ${random(6500)}`).replace('LIMIT 7', 'LIMIT 1')),
    ...Array<string>(6).fill(
      update(
        `status = 'completed', completed_at = localtimestamp, records_processed = ${random(90)}`,
        id(`status = 'running'`),
      ),
    ),
    ...Array<string>(4).fill(update(`records_processed = ${random(90)}`, id(`status = 'running'`))),
    ...Array<string>(4).fill(`INSERT INTO migration_control (phase, table_name, operation, status, total_records)
      SELECT 'execution', ${table}, 'batch', 'pending', 500 FROM generate_series(1, ${1 + random(20)})`),
    update(`status = 'failed', completed_at = localtimestamp, error_message = 'lost'`, id(`status = 'running'`)),
    update(`status = 'paused'`, id(`status = 'running'`)),
    update(`status = 'running'`, id(`status = 'paused'`)),
    update(`status = 'pending', completed_at = NULL`, id(`status = 'failed'`)),
    update(`status = 'skipped'`, id(`status IN ('failed', 'pending')`)),
    update(`status = 'running', started_at = localtimestamp`, anyId),
    update(`records_processed = ${random(1000)}`, anyId),
    update(`table_name = ${table}`, anyId),
    update(`status = 'pending', started_at = NULL`, anyId),
    `DELETE FROM migration_control WHERE ${anyId}`,
    `DELETE FROM migration_control WHERE id = (SELECT max(id) FROM migration_control)`,
  ];
  return choices[random(choices.length)] as string;
}

describe('random changes', () => {
  const mixed = `CASE WHEN n % 50 = 0 THEN 'failed' WHEN n % 7 = 0 THEN 'pending' ELSE 'completed' END`;

  it('over five hundred polls end equal to a full count', async () => {
    await database.query(fill(6000, mixed));
    followed = await followTable(database.url);
    await followed.expectExact();
    const random = randomNumbers(42);
    for (let polls = 0; polls < 500; polls++) {
      // All of them in one transaction, one statement after another.
      await database.query(Array.from({ length: random(3) }, () => anything(random)).join(';'));
      await followed.poll();
      if (random(20) === 0) await followed.table.work();
    }
    followed.pass(31);
    await followed.expectExact();
  });

  it('by several writers at once end equal to a full count', async () => {
    await database.query(fill(6000, mixed));
    followed = await followTable(database.url);
    await followed.settle();
    let isOver = false;
    let deadlocks = 0;
    const writing = async (client: pg.Client, seed: number) => {
      const random = randomNumbers(seed);
      while (!isOver) {
        try {
          await client.query('BEGIN');
          for (let steps = random(4); steps >= 0; steps--) await client.query(anything(random));
          await client.query(random(8) === 0 ? 'ROLLBACK' : 'COMMIT');
        } catch {
          // Two that wait for each other.
          deadlocks++;
          await client.query('ROLLBACK');
        }
      }
    };
    const clients = await Promise.all([1, 2, 3, 4].map(() => database.connect()));
    const writers = clients.map(writing);
    for (let polls = 0; polls < 150; polls++) {
      await Promise.all([followed.poll(), followed.table.work()]);
    }
    isOver = true;
    await Promise.all(writers);
    expect(deadlocks).toBeLessThan(1000);
    await followed.poll();
    followed.pass(31);
    await followed.expectExact();
  });
});
