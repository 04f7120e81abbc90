import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram } from '../support/program.ts';
import { type PtyProgram, runInTerminal } from '../support/pty.ts';
import { keys } from '../support/terminal.ts';
import { childrenOf, eventually, holdOpen, insertRows, pressAndSee, showsData, statusOf } from './migtop.ts';

// They lock the table and wait for limits of time: each has its own database, and they wait at the same time.
const test = it.extend('database', async ({ task: _ }, { onCleanup }) => {
  const database = await createDatabase({ schema: true });
  onCleanup(() => database.drop());
  await insertRows(database, [{ id: 31, status: 'running', worker: 1, table: 'brackets', processed: 321 }]);
  return database;
});

async function startShell(database: TestDatabase, command: string): Promise<PtyProgram> {
  const shell = runInTerminal('bash', ['--noprofile', '--norc', '--noediting', '-i'], {
    columns: 120,
    rows: 40,
    env: {
      NODE: process.execPath,
      MIGTOP: await builtProgram(),
      URL: database.url,
      PS1: 'ready> ',
      HISTFILE: '/dev/null',
      ENV: undefined,
    },
  });
  await shell.waitForText('ready>');
  shell.press(`"$NODE" "$MIGTOP" ${command}\r`);
  return shell;
}

/** The sessions of migtop that are in a transaction. */
async function ours(database: TestDatabase): Promise<Record<string, unknown>[]> {
  const { rows } = await database.query(
    `SELECT state, wait_event_type, query, extract(epoch FROM clock_timestamp() - xact_start) AS age FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'migtop' AND xact_start IS NOT NULL`,
  );
  return rows;
}

/** Whether a statement of migtop waits for a lock. */
async function expectWaiting(database: TestDatabase, part: string): Promise<void> {
  await eventually(async () => {
    const waiting = (await ours(database)).filter(
      (one) => one.wait_event_type === 'Lock' && String(one.query).includes(part),
    );
    expect(waiting).toHaveLength(1);
  });
}

/** All of it ends, and none of it is older than 10 s at any time. */
async function expectNothingLeft(database: TestDatabase): Promise<void> {
  for (let left = await ours(database); left.length > 0; left = await ours(database)) {
    expect(left.filter(({ age }) => Number(age) >= 10)).toEqual([]);
    await setTimeout(50);
  }
}

const lock = 'LOCK TABLE migration_control IN ACCESS EXCLUSIVE MODE';

describe.concurrent('ctrl-z', () => {
  test('cancels the reads of status, and fg repeats them', async ({ database }) => {
    const locked = await holdOpen(database, lock);
    await using shell = await startShell(database, 'status "$URL"');
    await expectWaiting(database, 'migration_control');
    shell.press(keys.ctrl('z'));
    await shell.waitForText('Stopped');
    await expectNothingLeft(database);
    await locked[Symbol.asyncDispose]();
    await pressAndSee(shell, 'fg\r', 'brackets');
  });

  test('cancels an action that waits for a lock, and leaves nothing in a transaction', async ({ database }) => {
    await using shell = await startShell(database, '"$URL" --interval 0.2');
    await shell.waitFor(showsData, { description: 'the first data' });
    const held = await holdOpen(database, 'SELECT FROM migration_control WHERE id = 31 FOR UPDATE');
    shell.press('p');
    await expectWaiting(database, 'migtop action');
    shell.press(keys.ctrl('z'));
    await shell.waitForText('Stopped');
    await expectNothingLeft(database);
    await held[Symbol.asyncDispose]();
    expect(await statusOf(database, 31)).toBe('running');
    shell.press('fg\r');
    await shell.waitForText(/not paused, .* holds its row: operation 31/);
  });
});

describe.concurrent('a program that is stopped while it counts a large table', () => {
  test.for(['SIGSTOP', 'ctrl-z'])('holds no snapshot and no lock 10 s after %s', async (how, { database }) => {
    await database.query(`INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records)
      SELECT 100 + number, 'execution', 'table ' || number % 40, 'batch', 'completed', 500, 500
      FROM generate_series(1, 300000) AS number`);
    await using shell = await startShell(database, '"$URL" --interval 0.2');
    await shell.waitFor(showsData, { description: 'the first data' });
    const locked = await holdOpen(database, lock);
    await expectWaiting(database, 'migration_control');
    const [pid = 0] = await childrenOf(shell.pid);
    if (how === 'SIGSTOP') process.kill(pid, 'SIGSTOP');
    else shell.press(keys.ctrl('z'));
    await shell.waitFor(() => shell.output().includes('Stopped'), { description: 'the shell' });
    // Its own limit of time ends it on the server, or ctrl-z has.
    await expectNothingLeft(database);
    await locked[Symbol.asyncDispose]();
    process.kill(pid, 'SIGKILL');
  });
});
