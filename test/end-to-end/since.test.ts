import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { keys } from '../support/terminal.ts';
import { expectWholeFrame, insertRows, openMigtop, pressAndSee } from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await insertRows(database, [
    { id: 1, status: 'running', table: 'brackets', startedSecondsAgo: 60 },
    { id: 2, status: 'failed', table: 'cases', error: 'tonight', startedSecondsAgo: 60 },
  ]);
  await database.query(`
    INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at)
    SELECT id, 'execution', 'brackets', 'old', CASE WHEN id = 110 THEN 'failed' ELSE 'completed' END, 100, 1000,
      localtimestamp - interval '30 days', localtimestamp - interval '30 days' + interval '1 minute'
    FROM generate_series(101, 110) id`);
  await database.query('UPDATE migration_control SET id = id + 1000 WHERE id < 100');
});
afterAll(() => database?.drop());

it('S shows only the newest run, as proposed, stays after a lost connection, and can be removed', async () => {
  await using program = await openMigtop([database.url], { columns: 120, rows: 30 });
  await program.waitForText(
    /this table holds an earlier run: S shows only operations begun since \d{4}-\d\d-\d\d \d\d:\d\d/,
  );
  expect(program.terminal.text()).toContain('2 failed');
  await pressAndSee(
    program,
    'S',
    /^ only operations begun since \d{4}-\d\d-\d\d \d\d:\d\d .*Enter show these {2}Esc cancel/m,
  );
  await pressAndSee(program, keys.enter, /^ migtop .* since \d{4}-\d\d-\d\d \d\d:\d\d[ ,]/);
  await program.waitForText('1 failed');
  expect(program.terminal.text()).not.toContain('2 failed');
  expectWholeFrame(program.terminal);
  await database.query(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'migtop%'`);
  // Over a new connection.
  await insertRows(database, [{ id: 2000, status: 'failed', error: 'after the loss', startedSecondsAgo: 1 }]);
  await program.waitForText('2 failed');
  expect(program.terminal.text()).toMatch(/^ migtop .* since /);
  program.press('S');
  await program.waitForText('Enter show these');
  program.press('\u0015');
  await pressAndSee(program, 'gestern', 'gestern');
  await program.waitForText('an id, 2h, 22:00');
  program.press('\u0015');
  await pressAndSee(program, keys.enter, '3 failed');
  expect(program.terminal.text().split('\n')[0]).not.toContain(' since ');
});
