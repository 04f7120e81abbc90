import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import { everyTrack } from '../../source/domain/tracks.ts';
import { operationRow } from '../../source/presentation/rows.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let clients: pg.Client[];
let tables: OpenedTable[];

beforeEach(async () => {
  database = await createDatabase({ schema: true });
  clients = [];
  tables = [];
});
afterEach(async () => {
  for (const table of tables) await table.close();
  for (const client of clients) await client.end();
  await database.drop();
});

async function connect(): Promise<pg.Client> {
  const client = await database.connect();
  clients.push(client);
  return client;
}

async function open(): Promise<OpenedTable> {
  const table = await openTable(database.url, 'control');
  tables.push(table);
  return table;
}

async function backendPid(client: pg.Client): Promise<unknown> {
  return (await client.query('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
}

/** Tables in which an id may be there twice, each with a table that one row of id 7 goes into, and one for the other. */
const kinds: [what: string, make: string, first: string, second: string][] = [
  [
    'partitions with PRIMARY KEY (id, phase)',
    `CREATE TABLE control (LIKE migration_control, PRIMARY KEY (id, phase)) PARTITION BY LIST (phase);
     CREATE TABLE one PARTITION OF control FOR VALUES IN ('execution'); CREATE TABLE two PARTITION OF control DEFAULT`,
    'control',
    'control',
  ],
  [
    'partitions without a key',
    `CREATE TABLE control (LIKE migration_control) PARTITION BY LIST (table_name);
     CREATE TABLE one PARTITION OF control FOR VALUES IN ('brackets'); CREATE TABLE two PARTITION OF control DEFAULT`,
    'control',
    'control',
  ],
  [
    'a child of an inheritance beside its parent',
    `CREATE TABLE control (LIKE migration_control, PRIMARY KEY (id)); CREATE TABLE child () INHERITS (control)`,
    'control',
    'child',
  ],
  [
    'two children of an inheritance',
    `CREATE TABLE control (LIKE migration_control, PRIMARY KEY (id)); CREATE TABLE one () INHERITS (control);
     CREATE TABLE two () INHERITS (control)`,
    'one',
    'two',
  ],
  ['a table without a key', 'CREATE TABLE control (LIKE migration_control)', 'control', 'control'],
];

/** Operation 7 of worker 1, and another operation 7, of worker 2. */
async function insert(first: string, second: string): Promise<void> {
  await database.query(
    `INSERT INTO ${first} (id, phase, table_name, operation, status, records_processed, batch_size, worker_id, started_at)
     VALUES (7, 'execution', 'brackets', 'batch', 'running', 10, 100, 1, localtimestamp);
     INSERT INTO ${second} (id, phase, table_name, operation, status, records_processed, batch_size, worker_id, started_at)
     VALUES (7, 'validation', 'cases', 'count', 'running', 20, 100, 2, localtimestamp)`,
  );
}

function rowsOf(observation: Observation) {
  return observation.snapshot.operations
    .toSorted((a, b) => (a.workerId ?? 0) - (b.workerId ?? 0))
    .map((operation) => operationRow(observation, operation, []));
}

describe.each(kinds)('in %s', (_, make, first, second) => {
  it('each row has its own stall, blocker, progress and rate', async () => {
    await database.query(make);
    await insert(first, second);
    const holder = await connect();
    const worker = await connect();
    const holderPid = await backendPid(holder);
    await holder.query(`BEGIN; SELECT FROM control WHERE table_name = 'cases' FOR UPDATE`);
    await worker.query(`SET application_name = 'migtop run=n worker=2 operation=7'`);
    const blocked = worker.query(`UPDATE control SET records_processed = 30 WHERE table_name = 'cases'`);
    const table = await open();
    expect(table.target.isFollowable).toBe(false);
    let observation = observe(null, await table.poll([]));
    while (rowsOf(observation)[1]?.stall === null) observation = observe(observation, await table.poll([]));
    await database.query(`UPDATE control SET records_processed = 15 WHERE table_name = 'brackets'`);
    observation = observe(observation, await table.poll([]));
    const [one, two] = rowsOf(observation);
    expect(one).toMatchObject({ stall: null, flag: null, blockedBy: [], still: { seconds: 0, atLeast: false } });
    expect(two).toMatchObject({ stall: { kind: 'blocked' }, flag: 'STALLED', blockedBy: [holderPid] });
    expect(two?.still?.atLeast).toBe(true);
    const document = statusDocument(table.target, await table.report());
    expect(document.workers.map(({ workerId, stall, blockedBy }) => [workerId, stall?.kind, blockedBy])).toEqual([
      [2, 'blocked', [holderPid]],
      [1, undefined, []],
    ]);
    await holder.query('ROLLBACK');
    await blocked;
    observation = observe(observation, await table.poll([]));
    expect(rowsOf(observation).map((row) => row.operation.recordsProcessed)).toEqual([15, 30]);
    expect(everyTrack(observation.tracks)).toHaveLength(2);
  });

  it('a worker that has lost its connection is reported for its row only', async () => {
    await database.query(make);
    await insert(first, second);
    await database.query(`UPDATE control SET started_at = localtimestamp - interval '1 hour'`);
    const workers = [await connect(), await connect()];
    for (const [index, worker] of workers.entries())
      await worker.query(`SET application_name = 'migtop run=n worker=${index + 1} operation=7'`);
    const table = await open();
    let observation = observe(null, await table.poll([]));
    expect(observation.named.size).toBe(2);
    await clients.splice(1, 1)[0]?.end();
    while (observation.snapshot.sessions.length > 1) observation = observe(observation, await table.poll([]));
    expect(rowsOf(observation).map(({ stall }) => stall?.kind)).toEqual([undefined, 'no session']);
  });
});

describe('two rows of one id that are the same operation', () => {
  it('that make no progress stay so, and one that progresses does so alone', async () => {
    await database.query('CREATE TABLE control (LIKE migration_control, PRIMARY KEY (id))');
    await database.query('CREATE TABLE child () INHERITS (control)');
    await database.query(
      `INSERT INTO control (id, phase, table_name, operation, status, records_processed) VALUES (7, 'execution', 'cases', 'batch', 'running', 500);
       INSERT INTO child (id, phase, table_name, operation, status, records_processed) VALUES (7, 'execution', 'cases', 'batch', 'running', 900)`,
    );
    const table = await open();
    let observation = observe(null, await table.poll([]));
    for (let poll = 0; poll < 3; poll++) observation = observe(observation, await table.poll([]));
    const movedAt = () =>
      everyTrack(observation.tracks)
        .toSorted((a, b) => (a.operation.recordsProcessed ?? 0) - (b.operation.recordsProcessed ?? 0))
        .map((track) => track.lastProgressAt !== null);
    expect(movedAt()).toEqual([false, false]);
    await database.query('UPDATE child SET records_processed = 950');
    observation = observe(observation, await table.poll([]));
    expect(movedAt()).toEqual([false, true]);
    expect(everyTrack(observation.tracks).map(({ operation }) => operation.recordsProcessed)).toEqual([500, 950]);
  });
});

it('the audit says which of two operations with one id an action was about', async () => {
  await database.query(`CREATE TABLE control (LIKE migration_control, PRIMARY KEY (id, phase)) PARTITION BY LIST (phase);
    CREATE TABLE one PARTITION OF control FOR VALUES IN ('execution'); CREATE TABLE two PARTITION OF control DEFAULT;
    INSERT INTO control (id, phase, table_name, operation, status, worker_id) VALUES
      (7, 'execution', 'brackets', 'batch', 'running', 1), (7, 'validation', 'brackets', 'batch', 'running', 2)`);
  const audit = await readSql('options/audit.sql');
  await (await connect()).query(audit.replace("control_table = 'migration_control'", "control_table = 'control'"));
  const table = await open();
  const found = (await table.poll([])).operations.find(({ phase }) => phase === 'validation');
  const { identity = '' } = found ?? {};
  const transition = { id: 7, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity } as const;
  expect(await table.act(transition, { action: 'pause', reason: null })).toMatchObject({ kind: 'applied' });
  const [entry] = await table.activity();
  expect(entry).toMatchObject({ operationId: 7, identity });
  expect((await table.detail(7, entry?.identity))?.operation.phase).toBe('validation');
});
