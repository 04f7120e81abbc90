import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elapsedSeconds } from '../../source/domain/operation.ts';
import { localTimestamp } from '../../source/presentation/figures.ts';
import { runCommand } from '../support/command.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

/** Less than zones differ by, and more than a slow machine takes for a test. In seconds. */
const quarterHour = 900;

let database: TestDatabase;
const opened: OpenedTable[] = [];

beforeEach(async () => {
  database = await createDatabase({ schema: true });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((table) => table.close()));
  await database.drop();
});

async function open(url = database.url): Promise<OpenedTable> {
  const table = await openTable(url);
  opened.push(table);
  return table;
}

/** A role with its own time zone. */
async function roleIn(zone: string): Promise<string> {
  const url = await database.role({ grants: ['SELECT, UPDATE ON migration_control'] });
  await database.query(`ALTER ROLE ${new URL(url).username} SET TimeZone = '${zone}'`);
  return url;
}

/** Inserts an operation as a writer with a session in this zone does. */
async function insertIn(zone: string, fields: { status: string; startedAt: string; completedAt?: string }) {
  const writer = await database.connect();
  await writer.query(`SET TimeZone = '${zone}'`);
  await writer.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, started_at, completed_at)
     VALUES ('execution', 'persons', 'batch', '${fields.status}', 0, ${fields.startedAt}, ${fields.completedAt ?? 'NULL'})`,
  );
}

const first = async (table: OpenedTable) => {
  const snapshot = await table.poll([1]);
  const operation = snapshot.operations.find(({ id }) => id === 1);
  if (operation === undefined) throw new Error('operation 1 was not read');
  return { snapshot, operation, elapsed: elapsedSeconds(operation, snapshot.takenAt, snapshot.zone) };
};

describe('the time zone of the operator', () => {
  it('changes no figure and no time of a table whose columns have a time zone', async () => {
    await database.query(
      'ALTER TABLE migration_control ALTER started_at TYPE timestamptz, ALTER completed_at TYPE timestamptz',
    );
    await insertIn('UTC', { status: 'running', startedAt: "clock_timestamp() - interval '90 s'" });
    const zones = [];
    for (const url of [database.url, await roleIn('Asia/Tokyo')]) zones.push((await open(url)).target.zone);
    expect(zones[1]).toEqual(zones[0]);
  });

  it.each(['America/New_York', 'Asia/Tokyo', 'UTC'])('changes no figure: %s', async (zone) => {
    await insertIn('UTC', { status: 'running', startedAt: "localtimestamp - interval '90 seconds'" });
    const { snapshot, operation, elapsed } = await first(await open(await roleIn(zone)));
    expect(snapshot.zone).toBeUndefined();
    expect(elapsed).toBeGreaterThanOrEqual(90);
    expect(elapsed).toBeLessThan(quarterHour);
    const { rows } = await database.query(
      'SELECT to_char(started_at, \'YYYY-MM-DD"T"HH24:MI:SS.MS\') AS text FROM migration_control',
    );
    expect(localTimestamp(operation.startedAt, snapshot.zone)?.slice(0, 19)).toBe(String(rows[0]?.text).slice(0, 19));
  });

  it('does not change the time that a skip sets', async () => {
    await insertIn('UTC', { status: 'paused', startedAt: "localtimestamp - interval '90 seconds'" });
    const table = await open(await roleIn('America/New_York'));
    const { operation } = await first(table);
    const outcome = await table.act(
      { id: 1, from: 'paused', to: 'skipped', completedAt: 'set', version: null, identity: operation.identity },
      { action: 'skip', reason: null },
    );
    expect(outcome.kind).toBe('applied');
    const { rows } = await database.query(
      `SELECT abs(date_part('epoch', timezone('UTC', now()) - completed_at)) AS off FROM migration_control`,
    );
    expect(rows[0]?.off).toBeLessThan(quarterHour);
  });
});

describe('the time zone of the writers', () => {
  it('is the default of the database', async () => {
    await database.query(`ALTER DATABASE ${database.name} SET TimeZone = 'Europe/Berlin'`);
    await insertIn('Europe/Berlin', { status: 'running', startedAt: "localtimestamp - interval '90 seconds'" });
    for (const url of [database.url, await roleIn('Asia/Tokyo')]) {
      const { snapshot, elapsed } = await first(await open(url));
      expect(snapshot.zone?.name).toBe('Europe/Berlin');
      expect(elapsed).toBeGreaterThanOrEqual(90);
      expect(elapsed).toBeLessThan(quarterHour);
    }
  });

  it('is the zone that the running operations evidently use', async () => {
    await insertIn('Asia/Tokyo', { status: 'running', startedAt: 'localtimestamp' });
    const { snapshot, elapsed } = await first(await open());
    expect(snapshot.zone?.offsetSeconds).toBe(9 * 3600);
    expect(elapsed).toBeLessThan(quarterHour);
  });

  it.each(['15 hours', '1 day', '3 days', '1 year', '292000 years'])(
    'is not taken from a start that is in the future in every zone: %s',
    async (ahead) => {
      await insertIn('UTC', { status: 'running', startedAt: `localtimestamp + interval '${ahead}'` });
      const { snapshot, elapsed } = await first(await open());
      expect(snapshot.zone).toBeUndefined();
      expect(elapsed).toBeNull();
    },
  );

  it.each([
    ['Asia/Tokyo', 'UTC', 9],
    ['Pacific/Kiritimati', 'Etc/GMT+12', 14],
    ['Pacific/Kiritimati', 'UTC', 14],
  ])('is found beside a start that is in the future in every zone: %s in %s', async (writers, ofDatabase, hours) => {
    await database.query(`ALTER DATABASE ${database.name} SET TimeZone = '${ofDatabase}'`);
    await insertIn(writers, { status: 'running', startedAt: 'localtimestamp' });
    await insertIn('UTC', { status: 'running', startedAt: "localtimestamp + interval '1 year'" });
    const { snapshot, elapsed } = await first(await open());
    expect(snapshot.zone?.offsetSeconds).toBe(hours * 3600);
    expect(elapsed).toBeLessThan(quarterHour);
  });

  it.each([
    ['in summer', "timestamp '2026-03-29 01:30:00'", "timestamp '2026-03-29 03:30:00'", 3600],
    ['in autumn', "timestamp '2026-10-25 01:30:00'", "timestamp '2026-10-25 03:30:00'", 3 * 3600],
    ['in the hour that comes twice', "timestamp '2026-10-25 02:30:00'", "timestamp '2026-10-25 03:30:00'", null],
    ['ending in the hour that comes twice', "timestamp '2026-10-25 01:30:00'", "timestamp '2026-10-25 02:30:00'", null],
  ])(
    'is the zone in which a duration across a clock change is counted: %s',
    async (_, startedAt, completedAt, seconds) => {
      await database.query(`ALTER DATABASE ${database.name} SET TimeZone = 'Europe/Berlin'`);
      await insertIn('Europe/Berlin', { status: 'completed', startedAt, completedAt });
      const { operation, elapsed, snapshot } = await first(await open());
      expect(elapsed).toBe(seconds);
      expect(`timestamp '${localTimestamp(operation.startedAt, snapshot.zone)?.slice(0, 19).replace('T', ' ')}'`).toBe(
        startedAt,
      );
    },
  );

  it('is not needed for a column that has a zone', async () => {
    await database.query(`
      ALTER TABLE migration_control ALTER started_at TYPE timestamptz, ALTER completed_at TYPE timestamptz;
      ALTER DATABASE ${database.name} SET TimeZone = 'Europe/Berlin'`);
    await insertIn('Asia/Tokyo', { status: 'paused', startedAt: "now() - interval '90 seconds'" });
    const table = await open(await roleIn('America/New_York'));
    const { elapsed, operation } = await first(table);
    expect(elapsed).toBeGreaterThanOrEqual(90);
    expect(elapsed).toBeLessThan(quarterHour);
    expect((await table.detail(1))?.operation.startedAt).toBeCloseTo(operation.startedAt ?? 0, 2);
    await table.act(
      { id: 1, from: 'paused', to: 'skipped', completedAt: 'set', version: null, identity: operation.identity },
      { action: 'skip', reason: null },
    );
    const { rows } = await database.query(
      `SELECT abs(date_part('epoch', now() - completed_at)) AS off FROM migration_control`,
    );
    expect(rows[0]?.off).toBeLessThan(quarterHour);
  });
});

describe('several runs of writers in different time zones', () => {
  it('are told apart by their clocks', async () => {
    await database.query(`ALTER DATABASE ${database.name} SET TimeZone = 'Asia/Tokyo'`);
    for (const ago of ['30 days', '90 minutes'])
      await insertIn('Asia/Tokyo', {
        status: 'completed',
        startedAt: `localtimestamp - interval '${ago}'`,
        completedAt: `localtimestamp - interval '${ago}' + interval '1 minute'`,
      });
    await insertIn('Asia/Tokyo', { status: 'running', startedAt: "localtimestamp - interval '1 minute'" });
    const { rows } = await database.query<{ at: string }>(
      "SELECT to_char(started_at, 'YYYY-MM-DD HH24:MI') AS at FROM migration_control WHERE id = 2",
    );
    const at = rows[0]?.at ?? '';
    for (const url of [database.url, await roleIn('America/New_York')]) {
      const run = await runCommand(['status', '--sample', '0', '--json', url]);
      expect(run.stderr).toBe('');
      expect(JSON.parse(run.stdout).proposedSince).toBe(at.replace(' ', 'T'));
      const restricted = await runCommand(['status', '--sample', '0', '--json', '--since', at, url]);
      expect(JSON.parse(restricted.stdout).summary.operations).toBe(2);
    }
  });
});
