import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { rogue } from '../../source/demo/rogue.ts';
import type { Transition } from '../../source/domain/transitions.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { compiledDemo } from './compiled-demo.ts';

const hasPsql = spawnSync('psql', ['--version']).status === 0;
const { demo, connect } = compiledDemo({ rogue: true });
const patience = { timeout: 30_000 };

let table: OpenedTable;
beforeAll(async () => {
  const { host, port, user, database } = demo().connection;
  table = await openTable(`host=${host} port=${port} user=${user} dbname=${database} sslmode=disable`);
});
afterAll(() => table?.close());
beforeEach(async () => {
  await run('guard-remove.sql');
});

/** Runs a file of sql/options as one request, as pg does with several statements. */
async function run(name: string): Promise<void> {
  const client = await connect();
  await client.query(readFileSync(fileOf(name), 'utf8'));
  await client.end();
}

function fileOf(name: string): string {
  return join(import.meta.dirname, '../../sql/options', name);
}

/** Runs it with the demo's psql command. */
async function runWithPsql(name: string): Promise<void> {
  await promisify(execFile)('sh', ['-c', `${demo().psql} -v ON_ERROR_STOP=1 -f '${fileOf(name)}'`]);
}

async function row(where: string): Promise<{ id: number; status: string; records_processed: number }> {
  const client = await connect();
  const { rows } = await client.query(
    `SELECT id, status, coalesce(records_processed, 0) AS records_processed FROM migration_control WHERE ${where} ORDER BY id LIMIT 1`,
  );
  await client.end();
  return rows[0];
}

const rogues = () => row(`table_name = '${rogue.table}'`);
const pauseOf = (id: number): Transition => ({
  id,
  from: 'running',
  to: 'paused',
  completedAt: 'keep',
  version: null,
  identity: null,
});

test('actions are recorded in the demo’s audit, and nothing is written outside', async () => {
  // A failure that is left to the operator: no worker changes it.
  const { id } = await row("error_message LIKE 'numeric field overflow%'");
  const skip: Transition = { id, from: 'failed', to: 'skipped', completedAt: 'set', version: null, identity: null };
  const undo: Transition = { id, from: 'skipped', to: 'failed', completedAt: 'keep', version: null, identity: null };
  expect((await table.act(skip, { action: 'skip', reason: 'enough' })).kind).toBe('applied');
  expect((await table.act(undo, { action: 'undo', reason: null })).kind).toBe('applied');
  expect((await table.activity()).slice(0, 2)).toMatchObject([
    { action: 'undo', operationId: id, fromStatus: 'skipped', toStatus: 'failed', osUser: 'ana', outcome: 'applied' },
    {
      action: 'skip',
      operationId: id,
      fromStatus: 'failed',
      toStatus: 'skipped',
      reason: 'enough',
      outcome: 'applied',
    },
  ]);
  expect(table.logged).toEqual([]);
});

test('the demo has the audit, and statistics for its user', () => {
  expect(table.target).toMatchObject({ audit: 'public.migtop_audit', auditVersion: 3, notes: [], readOnly: null });
});

test('the rogue worker overwrites a pause', async () => {
  const { id } = await rogues();
  expect((await table.act(pauseOf(id))).kind).toBe('applied');
  await expect.poll(async () => (await rogues()).status, patience).toBe('running');
});

test.each(hasPsql ? ['psql -f', 'one request'] : ['one request'])(
  'the guard, installed by %s, keeps the pause and accepts the counter',
  async (way) => {
    const install = way === 'psql -f' ? runWithPsql : run;
    expect((await table.inspect()).guarded).toBe(false);
    await install('guard.sql');
    await install('guard.sql');
    expect((await table.inspect()).guarded).toBe(true);

    const { id } = await rogues();
    expect((await table.act(pauseOf(id))).kind).toBe('applied');
    const { records_processed: before } = await rogues();
    await expect.poll(async () => (await rogues()).records_processed, patience).toBeGreaterThan(before);
    expect((await rogues()).status).toBe('paused');

    await install('guard-remove.sql');
    await expect.poll(async () => (await rogues()).status, patience).toBe('running');
  },
);

test('the audit can be installed again and keeps its rows', async () => {
  await table.act({ ...pauseOf(0), id: 0 });
  const before = await table.activity();
  expect(before[0]).toMatchObject({ operationId: 0, outcome: 'gone' });
  await (hasPsql ? runWithPsql : run)('audit.sql');
  expect(await table.activity()).toEqual(before);
});

test('no client’s application_name is a worker’s, although they share one session', async () => {
  const [one, other] = [await connect(), await connect()];
  const said: string[] = [];
  const moved = async () => {
    const { rows } = await one.query<{ moved: number; names: string[] }>(
      `SELECT sum(records_processed)::float8 AS moved, ARRAY(
         SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'migtop run=%') AS names
       FROM migration_control`,
    );
    said.push(...(rows[0]?.names ?? []));
    return rows[0]?.moved;
  };
  // After each report of a worker, which has set application_name.
  for (let reports = 0; reports < 5; reports++) await expect.poll(moved, patience).not.toBe(await moved());
  expect(said).toEqual([]);

  // A client's application_name is not visible to another client.
  await other.query("SET application_name = 'migtop run=own worker=9 operation=1 paused'");
  await moved();
  expect(said).toEqual([]);
  await Promise.all([one.end(), other.end()]);
});
