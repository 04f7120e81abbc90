import { expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { memoryLog, openTable } from '../support/control-table.ts';
import { createDatabase, readSql } from '../support/database.ts';

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
    expect(await table.accept(seen, 'known', true)).toMatchObject({ applied: seen });
  }
  await using table = await openTable(database.url);
  expect((await table.poll([])).triage?.unresolved).toBe(2);
  const check = await runCommand(['status', '--check', database.url]);
  expect(check.stdout).toContain('2 unresolved');
  expect(check.stdout).toContain('unresolved=2;');
  const { stdout } = await runCommand(['status', '--json', '--sample', '0', database.url]);
  expect(JSON.parse(stdout)).toMatchObject({ summary: { unresolved: 2 } });
  const wait = await runCommand(['wait', '--for', 'idle', '--fail-on', 'unresolved>2', database.url]);
  expect(wait.code).toBe(0);
});

it('a failure that was accepted before the audit table was installed stays accepted, and has its time', async () => {
  await using database = await createDatabase({ schema: true });
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, error_message, started_at, completed_at)
     SELECT 'execution', 'cases', 'batch_' || n, 'failed', 'deadlock detected', localtimestamp, localtimestamp FROM generate_series(1, 3) AS n`,
  );
  const log = memoryLog();
  await using table = await openTable(database.url, 'migration_control', log);
  const accept = async (id: number): Promise<void> => {
    const { failures } = await table.poll([]);
    const seen = failures.filter((one) => one.id === id).map((one) => ({ ...one, failedAt: one.completedAt }));
    expect(await table.accept(seen, 'known', true)).toMatchObject({ applied: seen });
  };
  await accept(1);
  const { takenAt, triage } = await table.poll([]);
  expect(triage?.unresolved).toBe(2);
  const [entry] = await table.activity();
  expect(Math.abs((entry?.at ?? 0) - takenAt)).toBeLessThan(300);
  const session = await database.connect();
  await session.query(await readSql('options/audit.sql'));
  await session.end();
  await table.inspect();
  await accept(2);
  while ((await table.work()) !== null);
  expect((await table.poll([])).triage?.unresolved).toBe(1);
  await using later = await openTable(database.url, 'migration_control', log);
  expect((await later.poll([])).triage?.unresolved).toBe(1);
});
