import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { keys } from '../support/terminal.ts';
import { eventually, insertRows, openMigtop, pressAndSee } from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query(`ALTER TABLE migration_control RENAME TO original`);
  await database.query(
    `CREATE TABLE migration_control (LIKE original, PRIMARY KEY (id, phase)) PARTITION BY LIST (phase)`,
  );
  await database.query("CREATE TABLE execution PARTITION OF migration_control FOR VALUES IN ('execution')");
  await database.query('CREATE TABLE others PARTITION OF migration_control DEFAULT');
  await insertRows(database, [
    { id: 7, status: 'running', worker: 1, table: 'brackets', sourceQuery: 'SELECT one' },
    { id: 7, phase: 'validation', status: 'running', worker: 2, table: 'cases', sourceQuery: 'SELECT two' },
  ]);
});
afterAll(() => database?.drop());

async function statuses(): Promise<string[]> {
  const { rows } = await database.query<{ status: string }>('SELECT status FROM migration_control ORDER BY phase');
  return rows.map(({ status }) => status);
}

it('shows both operations of an id, the detail of each, and pauses the one under the cursor', async () => {
  await using program = await openMigtop([database.url, '--interval', '0.2'], { columns: 120, rows: 40 });
  await program.waitForText('ids may repeat: every poll counts the whole table');
  expect(program.terminal.text()).toMatch(/1 +brackets/);
  expect(program.terminal.text()).toMatch(/2 +cases/);
  await pressAndSee(program, keys.enter, /SELECT +one/);
  await pressAndSee(program, keys.escape, /▸ ► +\d+ +1 +brackets/);
  await pressAndSee(program, 'j', /▸ ► +\d+ +2 +cases/);
  await pressAndSee(program, keys.enter, /SELECT +two/);
  await pressAndSee(program, keys.escape, /▸ ► +\d+ +2 +cases/);
  await pressAndSee(program, 'p', '✓ paused: operation 7 · cases');
  expect(await statuses()).toEqual(['running', 'paused']);
  await pressAndSee(program, 'u', '✓ undone: operation 7 is running again');
  await eventually(async () => expect(await statuses()).toEqual(['running', 'running']));
});

it('marks and opens the one of them whose worker waits for a lock', async () => {
  const holder = await database.connect();
  const worker = await database.connect();
  try {
    await holder.query(`BEGIN; SELECT FROM migration_control WHERE table_name = 'cases' FOR UPDATE`);
    await worker.query(`SET application_name = 'migtop run=n worker=2 operation=7'`);
    const blocked = worker.query(`UPDATE migration_control SET records_processed = 1 WHERE table_name = 'cases'`);
    // The cursor stays on the operation that is first when the view opens.
    await vi.waitFor(async () => {
      const { rowCount } = await database.query(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      );
      expect(rowCount).toBe(1);
    });
    await using program = await openMigtop([database.url, '--interval', '0.2'], { columns: 120, rows: 40 });
    // Enter must not arrive with the key before it: both would be taken for a paste.
    await pressAndSee(program, '2', /^ WORKERS/m);
    await program.waitForText(/2 +cases .* !/);
    expect(program.terminal.text()).not.toMatch(/1 +brackets .* !/);
    expect(program.terminal.text()).toMatch(/1 stalled/);
    await pressAndSee(program, keys.enter, /SELECT +two/);
    await holder.query('ROLLBACK');
    await blocked;
  } finally {
    await holder.end();
    await worker.end();
  }
});
