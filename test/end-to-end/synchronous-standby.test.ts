import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';
import { eventually, insertRows, openMigtop, statusOf } from './migtop.ts';

let server: PostgresServer;

beforeAll(async () => {
  // No standby has that name. The server's setting is off, so only a session that sets it waits.
  server = await startOwnServer({ settings: { synchronous_standby_names: 'nobody' } });
});
afterAll(() => server?.destroy());

// Each has its own database, and they wait for the standby at the same time.
const test = it.extend('database', async ({ task: _ }, { onCleanup }) => {
  const database = await createDatabase({ schema: true, serverUrl: server.url });
  onCleanup(() => database.drop());
  await insertRows(database, [{ id: 31, status: 'running', worker: 1, table: 'brackets', processed: 321 }]);
  return database;
});

/** Every commit of such a session waits for a standby. */
function waiting(database: TestDatabase): string {
  const url = new URL(database.url);
  url.searchParams.set('options', '-csynchronous_commit=on');
  return url.href;
}

/** No session holds the row. */
async function expectUnlocked(database: TestDatabase): Promise<void> {
  await eventually(async () => {
    await database.query('SELECT FROM migration_control WHERE id = 31 FOR UPDATE NOWAIT');
  });
}

async function pause(table: OpenedTable, reasons: string[]) {
  const [seen] = (await table.poll([])).operations;
  if (seen === undefined) return expect.fail('not seen');
  const { id, identity, version } = seen;
  const move = { id, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity } as const;
  return table.act(move, { action: 'pause', reason: null, seenVersion: version }, (why) => reasons.push(why));
}

describe.concurrent('a commit that waits for a synchronous standby', () => {
  test.for<[where: string, install: string | null]>([
    ['the local audit', null],
    ['an audit table', 'options/audit.sql'],
  ])('is reported as such, and as committed on this server only, with %s', async ([, install], { database }) => {
    if (install !== null) await database.query(await readSql(install));
    await using table = await openTable(waiting(database));
    const reasons: string[] = [];
    // No standby will ever confirm it: migtop ends the wait.
    expect(await pause(table, reasons)).toMatchObject({ kind: 'applied', isUnconfirmed: true });
    // On a busy machine, the server does not show it at once.
    expect(reasons.at(-1)).toBe('the commit waits for a synchronous standby');
    await expectUnlocked(database);
    expect(await statusOf(database, 31)).toBe('paused');
    expect((await table.activity()).map(({ outcome }) => outcome)).toEqual(['applied']);
  });

  test('is shown on the screen', async ({ database }) => {
    await using program = await openMigtop([waiting(database)], { columns: 120 });
    program.press('p');
    await program.waitForText('still waiting: the commit waits for a synchronous standby');
    await program.waitForText('paused: operation 31 · brackets, committed here, not confirmed by the standby');
    await expectUnlocked(database);
    expect(await statusOf(database, 31)).toBe('paused');
  });

  test('is reported when the operator quits meanwhile', async ({ database }) => {
    await using program = await openMigtop([waiting(database)], { columns: 120 });
    program.press('p');
    await program.waitForText('still waiting: the commit waits for a synchronous standby');
    program.press('q');
    expect((await program.exit).exitCode).toBe(0);
    expect(program.terminal.text()).toContain('paused: operation 31 · brackets, committed here, not confirmed');
    await expectUnlocked(database);
    expect(await statusOf(database, 31)).toBe('paused');
  });
});
