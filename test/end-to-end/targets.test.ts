import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { keys } from '../support/terminal.ts';
import { eventually, insertRows, pressAndSee, startMigtop, statusOf } from './migtop.ts';

let database: TestDatabase;
let folder = '';

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query(
    'CREATE SCHEMA other; CREATE TABLE other.migration_control (LIKE migration_control INCLUDING ALL)',
  );
  await insertRows(database, [{ id: 31, status: 'running', worker: 1, table: 'brackets', processed: 321 }]);
  folder = mkdtempSync(join(tmpdir(), 'migtop-targets-'));
  const config = `
[targets.live]
url = "${database.url}"
production = true
[targets.test]
url = "${database.url}"
table = "other.migration_control"
`;
  writeFileSync(join(folder, 'config.toml'), config, { mode: 0o600 });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database?.drop();
});

async function sessions(): Promise<number> {
  const { rows } = await database.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'migtop' AND datname = current_database() AND query LIKE '%public.migration_control%'",
  );
  return rows[0]?.n ?? 0;
}

describe('the targets of the configuration file', () => {
  it('are chosen, unlocked by their name, and changed', async () => {
    await using program = await startMigtop(['--config', join(folder, 'config.toml'), '--notify', 'bell,osc9,osc777']);
    await program.waitForText('choose a target');
    await pressAndSee(program, 'tes', /▸ test/);
    await pressAndSee(program, keys.escape, /▸ live +PROD/);
    await pressAndSee(program, keys.enter, / PROD +READ-ONLY /);
    // The first frame may have no row yet.
    await program.waitForText('brackets');
    await pressAndSee(program, 'p', 'production target live is locked (U unlocks it)');
    await pressAndSee(program, 'U', 'unlock, target');
    await pressAndSee(program, `live${keys.enter}`, 'live is unlocked until');
    await pressAndSee(program, 'p', '✓ paused');
    expect(await statusOf(database, 31)).toBe('paused');
    // The same database is production, whatever target names it.
    await pressAndSee(program, 'C', /▸ live +PROD .* now/);
    await pressAndSee(program, keys.down + keys.enter, /migtop {2}test .*PROD +READ-ONLY /);
    await pressAndSee(program, 'u', 'nothing to undo');
    await eventually(async () => expect(await sessions()).toBe(0));
    await pressAndSee(program, 'C', /▸ test/);
    await pressAndSee(program, keys.escape, /migtop {2}test/);
    // A new kind of failure is notified in each way.
    const before = program.output().length;
    await database.query(
      `INSERT INTO other.migration_control (id, phase, table_name, operation, status, started_at, completed_at, error_message)
       VALUES (1, 'execution', 'cases', 'batch', 'failed', localtimestamp, localtimestamp, 'disk full')`,
    );
    await program.waitForText('disk full');
    await eventually(() => {
      const written = program.output().slice(before);
      expect(written).toContain(`\u0007\u001B]9;migtop ${database.name}: `);
      expect(written).toMatch(/\u001B\]777;notify;migtop [^;]+;[^;]*disk full[^;]*\u0007/);
    });
  });
});
