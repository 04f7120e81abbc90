import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { keys } from '../support/terminal.ts';
import { insertRows, openMigtop, pressAndSee } from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await insertRows(database, [{ id: 1, status: 'failed', error: 'to be long' }]);
  // 12 MB, which PostgreSQL compresses, as a statement with half a million rows would be.
  await database.query(`
    UPDATE migration_control SET
      error_message = 'the very beginning' || repeat(E'\\nVALUES (1, ''of a long one'')', 425000) || E'\\nthe very end',
      source_query = 'SELECT first ' || repeat('column, ', 200000) || 'last_column'`);
});
afterAll(() => database.drop());

/** The most memory that a process has had, in MB. */
async function mostMemory(pid: number): Promise<number> {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

describe.skipIf(process.platform !== 'linux')('an error of 12 MB', () => {
  it('is opened, scrolled to its end and closed, and never completely in memory', async () => {
    await using program = await openMigtop([database.url], { columns: 80, rows: 24 });
    await pressAndSee(program, '3', 'in 1 kind');
    await pressAndSee(program, '\r', 'shows the kinds');
    const before = await mostMemory(program.pid);
    await pressAndSee(program, '\r', / OPERATION \d+[\s\S]*the very beginning/);
    await pressAndSee(program, keys.pageDown, /^(?!.*the very beginning)/s);
    // The end of the texts is above the fields.
    await pressAndSee(program, 'G', /last_column[\s\S]*FIELDS/);
    await pressAndSee(program, 'g', 'the very beginning');
    // One megabyte of text is held at most; the rest is what drawing takes. Held whole, it would be hundreds.
    expect((await mostMemory(program.pid)) - before).toBeLessThan(100);
    program.press('q');
    await program.exit;
  });
});
