import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { keys } from '../support/terminal.ts';
import { eventually, expectWholeFrame, holdOpen, insertRows, openMigtop, pressAndSee, statusOf } from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
beforeEach(async () => {
  await database.query('TRUNCATE migration_control');
  await insertRows(database, [
    { id: 31, status: 'running', worker: 1, table: 'brackets', processed: 321 },
    { id: 32, status: 'running', worker: 2, table: 'cases', processed: 44 },
  ]);
});
afterAll(() => database.drop());

/** A frame that does not follow the table by itself: what happens in between is a surprise. */
const seldom = ['--interval', '60'];
/** Room for the longest toasts. */
const wide = { columns: 120 };

describe('pausing', () => {
  it('pauses the running operation under the cursor and writes nothing else, u undoes it, and r ends it', async () => {
    const all = 'SELECT * FROM migration_control WHERE id = 32';
    const [before] = (await database.query(all)).rows;
    await insertRows(database, [{ id: 33, status: 'paused', worker: 3, table: 'files', startedSecondsAgo: null }]);
    await using program = await openMigtop([database.url]);
    await pressAndSee(program, 'j', /▸ ► +\d+ +2 +cases/);
    await pressAndSee(program, 'p', /✓ paused.*: operation 32 · cases {2}\(u undoes it\)/);
    const [after] = (await database.query(all)).rows;
    expect(after).toEqual({ ...before, status: 'paused' });
    expect(await statusOf(database, 31)).toBe('running');
    await program.waitForText(/▸ ‖ +\d+ +2 +cases/);
    await pressAndSee(program, 'u', '✓ undone: operation 32 is running again');
    expect(await statusOf(database, 32)).toBe('running');
    await program.waitForText(/▸ ► +\d+ +2 +cases/);
    await pressAndSee(program, 'u', '✗ nothing to undo');
    expectWholeFrame(program.terminal);

    // Running again if it had started, else pending.
    await pressAndSee(program, 'p', /✓ paused.*: operation 32 · cases/);
    await program.waitForText('r resume');
    await pressAndSee(program, 'r', '✓ resumed: operation 32 · cases');
    expect(await statusOf(database, 32)).toBe('running');
    await pressAndSee(program, 'G', /▸ ‖ +\d+ +3 +files/);
    await pressAndSee(program, 'r', '✓ resumed: operation 33 · files');
    expect(await statusOf(database, 33)).toBe('pending');
  });
});

describe('skipping', () => {
  it('asks first, accepts neither the key that opened the dialog nor Enter nor an early y, and can be undone', async () => {
    await insertRows(database, [{ id: 30, status: 'paused', worker: 0, table: 'persons', processed: 69 }]);
    const row = 'SELECT status, completed_at IS NOT NULL AS stamped FROM migration_control WHERE id = 30';
    await using program = await openMigtop([database.url]);
    // A y that was typed before the dialog was on the screen.
    await pressAndSee(program, 'sy', 'Skip operation 30 · persons?');
    expect(program.terminal.text()).toMatch(/records +1,500 of 1,569 will not be migrated by it/);
    program.press('s');
    program.press(keys.enter);
    program.press(' ');
    // The keys before it have been taken when this one shows.
    await pressAndSee(program, keys.escape, 'PHASES');
    expect(await statusOf(database, 30)).toBe('paused');

    await pressAndSee(program, 's', 'Skip operation 30 · persons?');
    expect(program.terminal.overflow()).toEqual({ wrappedLines: 0, scrolledLines: 0 });
    await pressAndSee(program, 'y', /✓ skipped.*: operation 30 · persons {2}\(u undoes it\)/);
    await program.waitForText('PHASES');
    expectWholeFrame(program.terminal);
    expect((await database.query(row)).rows).toEqual([{ status: 'skipped', stamped: true }]);
    await pressAndSee(program, 'u', '✓ undone: operation 30 is paused again');
    expect((await database.query(row)).rows).toEqual([{ status: 'paused', stamped: false }]);

    // Earlier steps may have left a mark of trouble on its row, which decides its place in the list.
    await pressAndSee(program, '/', /^ \/ /m);
    await pressAndSee(program, 'brackets', '/brackets');
    await pressAndSee(program, '\r', 'p pause');
    await pressAndSee(program, 's', '✗ cannot skip: pause it first');
    expect(program.terminal.text()).not.toContain('Skip operation');
    expect(await statusOf(database, 31)).toBe('running');
  });
});

describe('a row that another session holds or has changed', () => {
  const lockRow = 'SELECT 1 FROM migration_control WHERE id = 31 FOR UPDATE';

  it('is not changed while another session has locked it, which is named, and is waited for while polling continues', async () => {
    await using program = await openMigtop([database.url, '--interval', '0.2'], wide);
    {
      await using holder = await holdOpen(database, "SET application_name = 'nightly batch'", lockRow);
      program.press('p');
      await program.waitForText(
        `✗ not paused, pid ${holder.pid} nightly batch holds its row: operation 31 · brackets. Try again`,
      );
      expect(await statusOf(database, 31)).toBe('running');
    }
    {
      await using _holder = await holdOpen(database, lockRow);
      program.press('p');
      await eventually(async () => {
        const waiting = await database.query(
          "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
        );
        expect(waiting.rowCount).toBe(1);
      });
      await database.query('UPDATE migration_control SET records_processed = 250 WHERE id = 32');
      await program.waitForText(/2 +cases .* 15%/);
    }
    // On a busy machine the pause may have waited for as long as it may, again.
    await program.waitFor(({ text }) => text().includes('✓ paused') || !text().includes('nightly batch'));
    if (program.terminal.text().includes('✗ not paused')) program.press('p');
    await program.waitForText('✓ paused: operation 31 · brackets');
    expect(await statusOf(database, 31)).toBe('paused');
  });

  it('is reported with its new status and shown with it, or as gone; an undo counts until the worker completes it', async () => {
    await insertRows(database, [{ id: 33, status: 'running', worker: 3, table: 'files' }]);
    await using program = await openMigtop([database.url, ...seldom], wide);
    await pressAndSee(program, 'G', /▸ ► +\d+ +3 +files/);
    await database.query('DELETE FROM migration_control WHERE id = 33');
    await pressAndSee(program, 'p', '✗ cannot pause operation 33 · files: no longer in the table');
    await program.waitForText('2 running');

    await pressAndSee(program, 'g', /▸ ► +\d+ +1 +brackets/);
    await pressAndSee(program, 'p', '✓ paused: operation 31 · brackets');
    await database.query('UPDATE migration_control SET records_processed = 400 WHERE id = 31');
    await pressAndSee(program, 'u', '✓ undone: operation 31 is running again');
    expect(await statusOf(database, 31)).toBe('running');
    await pressAndSee(program, 'p', '✓ paused: operation 31 · brackets');
    await database.query("UPDATE migration_control SET status = 'completed', completed_at = now() WHERE id = 31");
    await pressAndSee(
      program,
      'u',
      '✗ cannot undo the pause of operation 31 · brackets: worker 1 changed it to completed',
    );
    expect(await statusOf(database, 31)).toBe('completed');

    await pressAndSee(program, 'G', /▸ ► +\d+ +2 +cases/);
    await database.query("UPDATE migration_control SET status = 'completed', completed_at = now() WHERE id = 32");
    await pressAndSee(program, 'p', '✗ cannot pause operation 32 · cases: worker 2 changed it to completed');
    await program.waitForText(/▸ ✓ +\d+ +2 +cases/);
    expect(await statusOf(database, 32)).toBe('completed');
  });

  it("is not changed if the owner's trigger forbids it, with the trigger's message", async () => {
    await database.query(`CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'not in the freeze window'; END $$`);
    await database.query(
      'CREATE TRIGGER forbid BEFORE UPDATE ON migration_control FOR EACH ROW EXECUTE FUNCTION forbid()',
    );
    try {
      await using program = await openMigtop([database.url]);
      await pressAndSee(program, 'p', '✗ cannot pause operation 31 · brackets: not in the freeze window');
      expect(await statusOf(database, 31)).toBe('running');
    } finally {
      await database.query('DROP FUNCTION forbid CASCADE');
    }
  });
});

describe('a read-only view', () => {
  it('is shown to a role without the UPDATE privilege', async () => {
    const url = await database.role({ grants: ['SELECT ON migration_control'] });
    await using program = await openMigtop([url], { columns: 120 });
    expect(program.terminal.text()).toContain(' READ-ONLY ');
    await program.waitForText(/read-only: user "\w+" has no UPDATE privilege on public\.migration_control/);
    await refusesEverything(program);
  });

  it('is shown with --read-only, whatever the privileges are', async () => {
    await using program = await openMigtop([database.url, '--read-only'], { columns: 120 });
    expect(program.terminal.text()).toContain(' READ-ONLY ');
    await program.waitForText('read-only: --read-only is set');
    await refusesEverything(program);
  });

  it('refuses an action if the privilege was revoked since', async () => {
    const url = await database.role({ grants: ['SELECT ON migration_control', 'UPDATE ON migration_control'] });
    await using program = await openMigtop([url]);
    await database.query(`REVOKE UPDATE ON migration_control FROM ${new URL(url).username}`);
    await pressAndSee(program, 'p', '✗ cannot pause operation 31 · brackets: no UPDATE privilege');
    expect(await statusOf(database, 31)).toBe('running');
  });

  async function refusesEverything(program: Awaited<ReturnType<typeof openMigtop>>): Promise<void> {
    await program.waitForText('p pause: read-only');
    await pressAndSee(program, 'p', '✗ cannot pause: read-only');
    await pressAndSee(program, 's', '✗ cannot skip: read-only');
    expect(program.terminal.text()).not.toContain('Skip operation');
    expect(await statusOf(database, 31)).toBe('running');
  }
});

describe('keys in one chunk', () => {
  it('all work, as when one is held down, and do nothing when they are pasted', async () => {
    await insertRows(database, [
      { id: 33, status: 'running', worker: 3, table: 'files' },
      { id: 34, status: 'running', worker: 4, table: 'persons' },
    ]);
    await using program = await openMigtop([database.url]);
    await pressAndSee(program, 'jjj', /▸ ► +\d+ +4 +persons/);
    await pressAndSee(program, keys.up + keys.up, /▸ ► +\d+ +2 +cases/);
    program.paste('pq');
    await pressAndSee(program, 'j', /▸ ► +\d+ +3 +files/);
    for (const id of [31, 32, 33, 34]) expect(await statusOf(database, id)).toBe('running');
  });
});
