import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { lastDecisions } from '../../source/domain/audited-results.ts';
import { lastActorsIn } from '../../source/domain/last-actors.ts';
import { pausedBy } from '../../source/presentation/paused-by.ts';
import { runCommand } from '../support/command.ts';
import { memoryLog, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  const session = await database.connect();
  await session.query(await readSql('options/audit.sql'));
  await session.end();
});
afterAll(() => database?.drop());

const act = (from: number, to: number, osUser: string, fields: { status?: string; outcome?: string } = {}) =>
  database.query(
    `INSERT INTO migtop_audit (os_user, host, action, operation_id, from_status, to_status, outcome, table_oid)
     SELECT $3, 'bastion', 'pause', n, 'running', $4, $5, 'migration_control'::regclass FROM generate_series($1::int, $2::int) AS n`,
    [from, to, osUser, fields.status ?? 'paused', fields.outcome ?? 'applied'],
  );

it('finds who acted last on each of many operations, by actions that changed them', async () => {
  await act(1, 1000, 'ops2');
  await act(901, 950, 'ana', { status: 'running' });
  await act(1, 100, 'ana', { outcome: 'stale' });
  await act(949, 950, 'ops2');
  await using table = await openTable(database.url);
  const actors = await table.lastActors();
  const idsOf = (name: string, status: string) =>
    actors.filter(({ osUser, toStatus }) => osUser === name && toStatus === status).flatMap(({ ids }) => ids);
  expect(idsOf('ops2', 'paused').toSorted((a, b) => a - b)).toEqual([
    ...Array.from({ length: 900 }, (_, index) => index + 1),
    ...Array.from({ length: 52 }, (_, index) => index + 949),
  ]);
  expect(idsOf('ana', 'running')).toHaveLength(48);
  expect(actors.every(({ host, databaseRole }) => host === 'bastion' && databaseRole !== '')).toBe(true);
  expect(actors.some(({ isOfAll }) => isOfAll)).toBe(false);
  // The list has only the last 200 actions.
  const listed = lastActorsIn(await table.activity());
  expect(listed.find(({ osUser }) => osUser === 'ops2')?.ids.toSorted((a, b) => a - b)).toEqual([
    949,
    950,
    ...Array.from({ length: 48 }, (_, index) => index + 953),
  ]);
  // Operations that `P` paused, also in an earlier version of migtop, which a later session resumes.
  await database.query(
    `INSERT INTO migtop_audit (os_user, action, operation_id, from_status, to_status, outcome, table_oid, reason)
     SELECT 'eve', 'pause', n, 'pending', 'paused', 'applied', 'migration_control'::regclass,
       CASE n WHEN 2001 THEN 'everything that runs or waits' ELSE 'all running and pending operations (P)' END
     FROM generate_series(2001, 2003) AS n`,
  );
  const ofAll = (await table.lastActors()).filter(({ isOfAll }) => isOfAll);
  expect(ofAll).toMatchObject([{ osUser: 'eve', fromStatus: 'pending', toStatus: 'paused' }]);
  expect(ofAll[0]?.ids.toSorted()).toEqual([2001, 2002, 2003]);
});

it('names the one who paused it again after the undo of a resume, in the database as in memory', async () => {
  const add = (id: number, osUser: string, action: string, from: string, to: string) =>
    database.query(
      `INSERT INTO migtop_audit (os_user, host, action, operation_id, from_status, to_status, outcome, table_oid, reason)
       VALUES ($1, 'bastion', $2, $3, $4, $5, 'applied', 'migration_control'::regclass, $6)`,
      [osUser, action, id, from, to, action === 'pause' ? `reason of ${osUser}` : null],
    );
  await add(3001, 'ops2', 'pause', 'running', 'paused');
  await add(3001, 'root', 'resume', 'paused', 'running');
  await add(3001, 'root', 'undo', 'running', 'paused');
  // A pause that was undone between them does not count.
  await add(3002, 'ops2', 'pause', 'running', 'paused');
  await add(3002, 'root', 'resume', 'paused', 'running');
  await add(3002, 'eve', 'pause', 'running', 'paused');
  await add(3002, 'eve', 'undo', 'paused', 'running');
  await add(3002, 'root', 'undo', 'running', 'paused');
  // Nobody undid this resume.
  await add(3003, 'ops2', 'pause', 'running', 'paused');
  await add(3003, 'root', 'resume', 'paused', 'running');
  await using table = await openTable(database.url);
  const activity = await table.activity();
  const all = [await table.lastActors(), lastActorsIn(activity)];
  const actorOf = (id: number) => all.map((actors) => actors.find(({ ids }) => ids.includes(id))?.osUser);
  expect([actorOf(3001), actorOf(3002), actorOf(3003)]).toEqual([
    ['ops2', 'ops2'],
    ['ops2', 'ops2'],
    ['root', 'root'],
  ]);
  expect([3001, 3002, 3003].map((id) => pausedBy(id, activity))).toEqual(['ops2@bastion', 'ops2@bastion', null]);
});

it('names the other roles that watch the database with migtop', async () => {
  const role = `watcher_${randomUUID().slice(0, 8)}`;
  await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'; GRANT SELECT ON migration_control TO ${role}`);
  const url = new URL(database.url);
  [url.username, url.password] = [role, 'secret'];
  const table = await openTable(database.url);
  try {
    const users = async () => (await table.watchers()).map(({ user }) => user);
    expect(await users()).toEqual([]);
    const other = await openTable(url.href);
    await other.poll([]);
    expect(await users()).toEqual([role]);
    // A worker of the same role has another name.
    await other.connection.read("SELECT pg_catalog.set_config('application_name', 'worker 7', false)");
    expect(await users()).toEqual([]);
    await other.close();
  } finally {
    await table.close();
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

it('finds them in the local audit if there is no audit table', async () => {
  const own = await createDatabase({ examples: true });
  const log = memoryLog();
  const table = await openTable(own.url, 'migration_control', log);
  try {
    await own.query("UPDATE migration_control SET status = 'pending' WHERE id = 3");
    await table.act({ id: 3, from: 'pending', to: 'paused', completedAt: 'keep', version: null, identity: null });
    expect(await table.lastActors()).toMatchObject([{ osUser: 'ana', toStatus: 'paused', ids: [3] }]);
    // The audit is installed later: it has nothing of that pause, and the last word on the operations that it has.
    await own.query(await readSql('options/audit.sql'));
    const note = (id: number) =>
      own.query(
        `INSERT INTO migtop_audit (os_user, action, operation_id, from_status, to_status, outcome, table_oid)
         VALUES ('eve', 'skip', $1, 'pending', 'skipped', 'applied', 'migration_control'::regclass)`,
        [id],
      );
    await note(4);
    await table.inspect();
    const acted = async () => (await table.lastActors()).map(({ osUser, ids }) => [osUser, ...ids]);
    expect(await acted()).toEqual([
      ['eve', 4],
      ['ana', 3],
    ]);
    await note(3);
    expect(await acted()).toEqual([['eve', 3, 4]]);
  } finally {
    await table.close();
    await own.drop();
  }
});

it('finds the actions on one operation that larger and newer ones have pushed out of the list', async () => {
  const own = await createDatabase({ schema: true });
  const session = await own.connect();
  await session.query(await readSql('options/audit.sql'));
  await session.end();
  await own.query(
    `INSERT INTO migration_control (phase, table_name, operation, status)
     SELECT 'execution', 'cases', 'batch_' || n, 'pending' FROM generate_series(1, 700) AS n`,
  );
  const run = async (...words: string[]) => expect((await runCommand([...words, own.url])).code).toBe(0);
  await run('pause', '--where', 'id:1..81', '--reason', 'replica lag');
  await run('pause', '--where', 'id:82..700');
  await run('resume', '--where', 'id:82..700');
  for (const id of [1, 40, 81]) {
    const shown = await runCommand(['show', String(id), own.url]);
    expect(shown.stdout).toMatch(/paused by +\w+@/);
    expect(shown.stdout).toContain('replica lag');
  }
  const { stdout } = await runCommand(['handoff', '40', own.url]);
  expect(stdout).toMatch(/\| pause \|.*\| pending → paused \|.*replica lag/);
  await own.drop();
});

/** The newest change of status of an operation that the list has. */
const newestOn = (entries: readonly AuditEntry[], id: number): string | undefined =>
  lastDecisions(entries).get(id)?.toStatus;

it('lists the newest change of an operation also if an action on many, of which it lists only a part, has it', async () => {
  await act(1, 3, 'ana');
  // The keys of an action on many: more than are read whole, and the first three are not among the newest.
  await database.query(
    `INSERT INTO migtop_audit (os_user, action, operation_id, from_status, to_status, outcome, table_oid, action_key)
     SELECT 'ana', 'resume', n, 'paused', 'running', 'applied', 'migration_control'::regclass,
       ('0123abcd-0123-8123-9123-' || lpad(to_hex(n), 12, '0'))::uuid
     FROM generate_series(1, 2300) AS n`,
  );
  await using table = await openTable(database.url);
  const listed = await table.activity();
  expect([1, 2, 3].map((id) => newestOn(listed, id))).toEqual(['running', 'running', 'running']);
  expect(listed.find(({ bulkOutcomes }) => bulkOutcomes !== undefined)?.bulkOutcomes?.get('applied')).toBe(2300);
});

it('lists the newest change of the operations that are asked for, after any number of other actions', async () => {
  await act(7000, 7000, 'ana');
  await act(7000, 7000, 'ana', { status: 'pending' });
  await act(7001, 7400, 'ops2');
  await using table = await openTable(database.url);
  expect(newestOn(await table.activity(), 7000)).toBeUndefined();
  expect(newestOn(await table.activity([7000]), 7000)).toBe('pending');
});
