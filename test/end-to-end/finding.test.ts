import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { keys } from '../support/terminal.ts';
import { expectWholeFrame, openMigtop, pressAndSee } from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  // Ended long ago: the monitor holds none of the completed ones.
  await database.query(`
    INSERT INTO migration_control (id, phase, table_name, operation, status, worker_id, error_message, started_at, completed_at)
    SELECT n, CASE n % 10 WHEN 0 THEN 'validation' ELSE 'execution' END, 'table_' || n % 7, 'batch',
      CASE WHEN n > 2995 THEN 'running' WHEN n % 500 = 0 THEN 'failed' ELSE 'completed' END, n % 5,
      CASE WHEN n % 500 = 0 AND n <= 2995 THEN 'duplicate key value violates unique constraint "k"' END,
      localtimestamp - interval '3 hours' + n * interval '1 second',
      CASE WHEN n <= 2995 THEN localtimestamp - interval '2 hours' + n * interval '1 second' END
    FROM generate_series(1, 3000) AS n`);
});
afterAll(() => database.drop());

it('finds operations that only the database holds, while the filter is typed', async () => {
  await using program = await openMigtop([database.url]);
  await pressAndSee(program, '5', /▸ +3000 /);
  await pressAndSee(program, '/', 'Enter show all');
  await pressAndSee(program, 'id:..1000 status:fail', /status:failed +Enter keep/);
  await pressAndSee(program, '\t', /▸ +1000 .*✗ failed.*\n +500 .*✗ failed/);
  await pressAndSee(program, keys.enter, 'q quit');
  expect(program.terminal.text()).toContain('filter id:..1000 status:failed');
  expect(program.terminal.text().match(/✗ failed/g)).toHaveLength(2);
  expectWholeFrame(program.terminal);

  // Opens empty; Up recalls; Esc restores.
  await pressAndSee(program, '/', / \/ +Enter show all/);
  await pressAndSee(program, 'table:table_1 since:1m', 'no matches');
  await pressAndSee(program, keys.escape, /▸ +1000 .*✗ failed/);
  await pressAndSee(program, '/', 'Enter show all');
  await pressAndSee(program, keys.up, '/id:..1000 status:failed');
  await pressAndSee(program, keys.escape, 'q quit');
  await pressAndSee(program, keys.escape, /▸ +3000 /);
});

it('shows an error above its character, and does not apply the filter', async () => {
  await using program = await openMigtop([database.url]);
  await pressAndSee(program, '2', 'WORKERS');
  await pressAndSee(program, '/status:running', 'filter status:running');
  await pressAndSee(program, ' tabel:cases', 'unknown field tabel:');
  const lines = program.terminal.text().split('\n');
  const typed = lines.findIndex((line) => line.startsWith(' /status:running'));
  expect(lines[typed - 1]?.indexOf('▾')).toBe(lines[typed]?.indexOf('tabel'));
  program.press(keys.enter);
  await program.waitForText('unknown field tabel:');
  expect(program.terminal.text()).toContain('filter status:running');
  await pressAndSee(program, '\u0015status:running status:paused', 'contradicts status:running');
  await pressAndSee(program, keys.escape, 'q quit');
  expect(program.terminal.text()).not.toContain('filter status');
});

it('finds a command by typing, and goes to an id', async () => {
  await using program = await openMigtop([database.url]);
  await pressAndSee(program, ':', 'COMMANDS');
  await pressAndSee(program, 'free', /▸ z +Freeze/);
  await pressAndSee(program, keys.enter, 'FROZEN');
  await pressAndSee(program, 'z', /^(?!.*FROZEN)/s);
  await pressAndSee(program, ':1684\r', 'OPERATION 1684');
  await pressAndSee(program, '\x1b', /▸ +1684 /);
  expectWholeFrame(program.terminal);
  await pressAndSee(program, ':99999\r', 'there is no operation 99999');
  await pressAndSee(program, ':sort by table\r', 'the newest 500 that match');
  expect(program.terminal.text()).toContain('TABLE▲');
});
