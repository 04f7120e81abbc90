import { afterAll, beforeAll, expect, test } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import { stallsOf } from '../../source/domain/stalled-operations.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { compiledDemo, value } from './compiled-demo.ts';

const { demo, connect } = compiledDemo({ incident: true });

let table: OpenedTable;
beforeAll(async () => {
  const { host, port, user, database } = demo().connection;
  table = await openTable(`host=${host} port=${port} user=${user} dbname=${database} sslmode=disable`);
});
afterAll(() => table?.close());

test('40 tables, 30 workers, 63 failures, 24 of them repeated successfully', async () => {
  const client = await connect();
  expect(await value(client, "SELECT count(*) FROM migration_control WHERE status = 'failed'")).toBe('63');
  expect(await value(client, 'SELECT count(DISTINCT table_name) FROM migration_control')).toBe('40');
  expect(
    await value(
      client,
      "SELECT count(DISTINCT worker_id) FROM migration_control WHERE status IN ('running', 'paused')",
    ),
  ).toBe('30');
  const repeated = await value(
    client,
    `SELECT count(*) FROM migration_control AS failed WHERE status = 'failed' AND EXISTS (
      SELECT FROM migration_control AS later WHERE later.table_name = failed.table_name
        AND later.source_query = failed.source_query AND later.status = 'completed' AND later.id > failed.id)`,
  );
  expect(repeated).toBe('24');
  await client.end();
});

test('the batches of a table are its total, and those that are repeated left no records', async () => {
  const client = await connect();
  const others = await client.query(
    `SELECT table_name, max(total_records) AS total,
       sum(batch_size) FILTER (WHERE operation = 'batch_migration') AS batches,
       sum(CASE status WHEN 'failed' THEN records_processed ELSE batch_size END) AS at_the_end
     FROM migration_control WHERE phase = 'execution' GROUP BY table_name
     HAVING sum(batch_size) FILTER (WHERE operation = 'batch_migration') <> max(total_records)
       OR sum(CASE status WHEN 'failed' THEN records_processed ELSE batch_size END) > max(total_records)`,
  );
  expect(others.rows).toEqual([]);
  await client.end();
});

test('worker 7 waits for a psql that holds a lock, and worker 19 stalls without a reason', async () => {
  const observation = observe(null, await table.poll([]));
  const stalls = stallsOf(observation).all.map(({ operation, stall }) => [operation.workerId, stall.kind]);
  expect(stalls).toContainEqual([7, 'blocked']);
  expect(stalls.map(([worker]) => worker).sort()).toEqual([19, 7]);
  const client = await connect();
  expect(
    await value(client, "SELECT pg_blocking_pids(pid) FROM pg_stat_activity WHERE application_name LIKE '%worker=7 %'"),
  ).toEqual([17391]);
  expect(await value(client, 'SELECT application_name FROM pg_stat_activity WHERE pid = 17391')).toBe('psql');
  const since = () => value(client, 'SELECT xact_start::text FROM pg_stat_activity WHERE pid = 17391');
  expect(await since()).toBe(await since());
  await client.end();
});

test('a colleague paused worker 11, and the audit says why', async () => {
  const [entry] = (await table.activity()).filter(({ osUser }) => osUser === 'ops2');
  expect(entry).toMatchObject({ action: 'pause', toStatus: 'paused', reason: 'replica lag', outcome: 'applied' });
  const snapshot = await table.poll([]);
  expect(snapshot.operations.find(({ id }) => id === entry?.operationId)).toMatchObject({
    status: 'paused',
    workerId: 11,
  });
});

test('the workers continue, and worker 3 undoes a pause', async () => {
  const client = await connect();
  const records = () => value(client, "SELECT sum(records_processed) FROM migration_control WHERE phase = 'execution'");
  const before = Number(await records());
  await client.query("UPDATE migration_control SET status = 'paused' WHERE worker_id = 3 AND status = 'running'");
  const status = () =>
    value(client, 'SELECT status FROM migration_control WHERE worker_id = 3 ORDER BY id DESC LIMIT 1');
  await expect.poll(status, { timeout: 20_000 }).toBe('running');
  await expect.poll(async () => Number(await records()), { timeout: 20_000 }).toBeGreaterThan(before);
  await client.end();
});

test('the demo survives that its table is dropped', async () => {
  const client = await connect();
  await client.query('ALTER TABLE migration_control RENAME TO gone');
  expect(await value(client, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'migtop run=%'")).toBe(
    '0',
  );
  await client.query('ALTER TABLE gone RENAME TO migration_control');
  await client.end();
});

// The last test: it ends the work that the others look at.
test('more tables are queued, three at a time, before the workers have nothing left', async () => {
  const client = await connect();
  const tables = () => value(client, 'SELECT count(DISTINCT table_name) FROM migration_control');
  const waiting = "phase = 'execution' AND status = 'pending'";
  await client.query(`UPDATE migration_control SET status = 'paused' WHERE ${waiting}`);
  await client.query('CALL tick()');
  expect(await tables()).toBe('40');
  await client.query(
    "UPDATE migration_control SET status = 'skipped' WHERE phase = 'execution' AND status = 'paused' AND started_at IS NULL",
  );
  await client.query('CALL tick()');
  expect(await tables()).toBe('43');
  expect(Number(await value(client, `SELECT count(*) FROM migration_control WHERE ${waiting}`))).toBeGreaterThan(200);
  await client.query('CALL tick()');
  expect(await tables()).toBe('43');
  await client.end();
});
