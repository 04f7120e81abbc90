import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { parseSince } from '../../source/domain/since.ts';
import { openControlTable } from '../../source/polling/control-table.ts';
import type { StatusDocument } from '../../source/presentation/status-document.ts';
import { runCommand } from '../support/command.ts';
import { memoryLog, operator } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

describe.each([
  ['timestamp', 'Asia/Tokyo'],
  ['timestamp', 'America/New_York'],
  ['timestamptz', 'Asia/Tokyo'],
  ['timestamptz', 'America/New_York'],
] as const)('--since of %s columns whose writers are in %s', (type, zone) => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createDatabase({ schema: true });
    await database.query(`ALTER DATABASE ${database.name} SET TimeZone = '${zone}'`);
    await database.query(
      `ALTER TABLE migration_control ALTER started_at TYPE ${type}, ALTER completed_at TYPE ${type}`,
    );
    // Three days ago one failed and one was never begun; tonight one runs and two are completed.
    const writer = await database.connect();
    await writer.query(`SET TimeZone = '${zone}'`);
    await writer.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size, started_at, completed_at)
      SELECT 'execution', 'cases', 'batch', status, 100, 1000, 100, localtimestamp - began::interval, localtimestamp - ended::interval
      FROM (VALUES ('failed', '3 days', '3 days'), ('pending', NULL, NULL), ('completed', '50 minutes', '45 minutes'),
        ('completed', '40 minutes', '35 minutes'), ('running', '30 minutes', NULL)) given (status, began, ended)`);
  });
  afterEach(() => database.drop());

  async function roleIn(its: string): Promise<string> {
    const url = await database.role({ grants: ['SELECT, UPDATE ON migration_control'] });
    await database.query(`ALTER ROLE ${new URL(url).username} SET TimeZone = '${its}'`);
    return url;
  }

  it('selects the same operations, and leaves out the same ones, for a role in any zone', async () => {
    for (const url of [database.url, await roleIn('America/Los_Angeles'), await roleIn('Pacific/Kiritimati')])
      for (const since of ['1h', '2d', '20h']) {
        const { stdout } = await runCommand(['status', '--json', '--sample', '0', '--since', since, url]);
        const { summary, earlier, tables } = JSON.parse(stdout) as StatusDocument;
        expect([since, summary.operations, earlier, tables[0]?.recordsProcessed, tables[0]?.totalRecords]).toEqual([
          since,
          3,
          { pending: 1, running: 0, paused: 0, failed: 1 },
          300,
          1000,
        ]);
      }
  });

  it('marks only actions on operations that it leaves out as such', async () => {
    const connection = await connect(connectionSettings(await roleIn('Pacific/Kiritimati'), {}));
    const log = memoryLog();
    const table = await openControlTable(
      connection,
      'migration_control',
      { operator, logFor: () => log },
      parseSince('1h'),
    );
    try {
      const unchanged = { completedAt: 'keep', version: null, identity: null } as const;
      for (const [id, from] of [
        [2, 'pending'],
        [5, 'running'],
      ] as const)
        await table.act({ id, from, to: 'paused', ...unchanged }, { action: 'pause', reason: null });
      const actions = (await table.activity()).map(({ operationId, row }) => [operationId, row?.isEarlier ?? false]);
      expect(actions).toEqual([
        [5, false],
        [2, true],
      ]);
    } finally {
      await table.close();
    }
  });
});

it('--since leaves out an old action on an operation that began earlier, whatever its id', async () => {
  const database = await createDatabase({ schema: true });
  await database.query(`
    INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size, started_at)
    SELECT 'execution', 'cases', 'batch', 'running', 100, 1000, 100, localtimestamp - began::interval
    FROM (VALUES ('10 minutes'), ('3 hours')) given (began)`);
  const connection = await connect(connectionSettings(database.url, {}));
  const log = memoryLog();
  const options = { operator, logFor: () => log };
  const table = await openControlTable(connection, 'migration_control', options, parseSince('1h'));
  try {
    const change = { from: 'running', to: 'paused', completedAt: 'keep', version: null, identity: null } as const;
    for (const id of [1, 2]) await table.act({ id, ...change }, { action: 'pause', reason: null });
    log.entries.push(...log.entries.splice(0).map((entry) => ({ ...entry, at: (entry.at ?? 0) - 2 * 3600 })));
    expect((await table.activity()).map(({ operationId }) => operationId)).toEqual([1]);
  } finally {
    await table.close();
    await database.drop();
  }
});
