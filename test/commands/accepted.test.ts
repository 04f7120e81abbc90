import { expect, it } from 'vitest';
import { openTable } from '../support/control-table.ts';
import { createDatabase, readSql } from '../support/database.ts';
import { runProgram } from '../support/program.ts';

it('an accepted failure is unresolved in no command, and not on the first picture', async () => {
  await using database = await createDatabase({ schema: true });
  const session = await database.connect();
  await session.query(await readSql('options/audit.sql'));
  await session.end();
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, error_message, started_at, completed_at)
     SELECT 'execution', 'cases', 'batch_' || n, 'failed', 'deadlock detected', localtimestamp, localtimestamp FROM generate_series(1, 5) AS n`,
  );
  {
    await using table = await openTable(database.url);
    const { failures } = await table.poll([]);
    const seen = failures.filter(({ id }) => id <= 3).map((one) => ({ ...one, failedAt: one.completedAt }));
    expect(await table.accept(seen, 'known', true)).toMatchObject({ applied: 3 });
  }
  await using table = await openTable(database.url);
  expect((await table.poll([])).triage?.unresolved).toBe(2);
  const check = await runProgram(['status', '--check', database.url]);
  expect(check.stdout).toContain('2 unresolved');
  expect(check.stdout).toContain('unresolved=2;');
  const { stdout } = await runProgram(['status', '--json', '--sample', '0', database.url]);
  expect(JSON.parse(stdout)).toMatchObject({ summary: { unresolved: 2 } });
  const wait = await runProgram(['wait', '--for', 'idle', '--fail-on', 'unresolved>2', database.url]);
  expect(wait.code).toBe(0);
});
