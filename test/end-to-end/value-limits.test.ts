import { describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { runProgram } from '../support/program.ts';

const lowestId = '-9223372036854775808';
const first = '4714-11-24 00:00:00 BC';
const last = '294276-12-31 23:59:59.999999';

describe.each([
  ['timestamp', 'Asia/Tokyo'],
  ['timestamp', 'America/Los_Angeles'],
  ['timestamptz', 'Asia/Tokyo'],
  ['timestamptz', 'America/Los_Angeles'],
])('a %s at the limits of PostgreSQL, in a database with the zone %s', (type, zone) => {
  it('ends no command, and is exported as it is', async () => {
    await using database = await createDatabase({ schema: true });
    await database.query(`
      ALTER TABLE migration_control ALTER id TYPE bigint, ALTER started_at TYPE ${type}, ALTER completed_at TYPE ${type};
      SET TimeZone = 'UTC';
      INSERT INTO migration_control (id, phase, table_name, operation, status, started_at, completed_at) VALUES
        (${lowestId}, 'execution', 'low', 'copy', 'completed', NULL, NULL),
        (1, 'execution', 'a', 'copy', 'completed', '-infinity', 'infinity'),
        (2, 'execution', 'b', 'copy', 'completed', '${first}', '${first}'),
        (3, 'execution', 'c', 'copy', 'failed', '${last}', '${last}'),
        (4, 'execution', 'd', 'copy', 'completed', '${first}', '${last}'),
        (5, 'execution', 'e', 'copy', 'completed', '0044-03-15 00:00:00 BC', '0044-03-15 12:00:00 BC');
      ALTER DATABASE ${database.name} SET TimeZone = '${zone}'`);
    const commands = [
      ...['1', '2', '3', '4', '5'].map((id) => ['show', id]),
      ['status'],
      ['status', '--json'],
      ['status', '--since', '2000-01-01'],
      ['doctor'],
      ['handoff', '4'],
    ];
    for (const command of commands) {
      const { code, stderr } = await runCommand([...command, database.url]);
      expect([command, stderr]).toEqual([command, '']);
      expect([command, code]).toEqual([command, command[0] === 'doctor' ? 10 : 0]);
    }
    const { stdout, stderr } = await runCommand(['export', '--format', 'ndjson', database.url]);
    expect(stderr).toBe('');
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(stdout).toMatch(new RegExp(`^\\{"id":"?${lowestId}`));
    const [iso, isoLast] = ['4714-11-24T00:00:00.000000 BC', '294276-12-31T23:59:59.999999'];
    expect(rows.slice(1, 5).map(({ startedAt, completedAt }) => [startedAt, completedAt])).toEqual([
      ['-infinity', 'infinity'],
      [iso, iso],
      [isoLast, isoLast],
      [iso, isoLast],
    ]);
  });
});

it('exports the operation with the lowest id, alone too', async () => {
  await using database = await createDatabase({ schema: true });
  await database.query(`ALTER TABLE migration_control ALTER id TYPE bigint;
    INSERT INTO migration_control (id, phase, table_name, operation, status)
    VALUES (${lowestId}, 'execution', 'low', 'copy', 'completed')`);
  expect((await runProgram(['export', database.url])).stdout.split('\n')[1]).toMatch(new RegExp(`^${lowestId},`));
});
