import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { followTable } from '../support/followed-table.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query(`ALTER DATABASE ${database.name} SET timezone = 'Europe/Berlin'`);
});
beforeEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(() => database.drop());

async function insert(startedAt: string, completedAt: string): Promise<void> {
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size, started_at, completed_at)
     VALUES ('execution', 'cases', 'copy', 'completed', 7200, 7200, 7200, $1, $2)`,
    [startedAt, completedAt],
  );
}

/** The durations and the rate of both reports, in a session of the given time zone. */
async function figures(sessionZone?: string): Promise<unknown[]> {
  const client = await database.connect();
  try {
    if (sessionZone !== undefined) await client.query(`SET timezone = '${sessionZone}'`);
    const table = (await client.query(await readSql('reports/table-status.sql'))).rows[0];
    const batch = (await client.query(await readSql('reports/performance.sql'))).rows[0];
    const { avg_batch_duration: average, records_per_second: rate, measured_batches: measured } = batch;
    return [table.duration_seconds, average, rate, measured].map((value) => (value === null ? null : Number(value)));
  } finally {
    await client.end();
  }
}

describe('a duration in the reports', () => {
  it.each([
    ['when clocks are set forward', '2026-03-29 01:30', '2026-03-29 03:30', 3600],
    ['when clocks are set back', '2026-10-25 01:30', '2026-10-25 03:30', 10_800],
    ['on any other day', '2026-11-25 01:30', '2026-11-25 03:30', 7200],
    ['just after the hour that exists twice', '2026-10-25 03:00', '2026-10-25 05:00', 7200],
    ['just before it', '2026-10-24 23:59:59', '2026-10-25 01:59:59', 7200],
  ])('is the time between the instants %s, whatever the time zone of the session', async (_, from, to, seconds) => {
    await insert(from, to);
    const expected = [seconds, seconds, Number((7200 / seconds).toFixed(3)), 1];
    expect(await figures()).toEqual(expected);
    for (const zone of ['America/New_York', 'UTC', 'Asia/Kolkata']) expect(await figures(zone)).toEqual(expected);
  });

  it.each([
    ['1 day', 10_800],
    ['1 year', 10_800],
    // Its writer is in another zone, without summer time.
    ['2 hours', 7200],
  ])(
    'is that of the zone of the database, unless a running operation that starts %s ahead is of another one',
    async (ahead, seconds) => {
      await insert('2026-10-25 01:30', '2026-10-25 03:30');
      await database.query(
        `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size, started_at)
       VALUES ('execution', 'cases', 'copy', 'running', 0, 7200, 7200, timezone('Europe/Berlin', now()) + $1::interval)`,
        [ahead],
      );
      expect((await figures()).slice(1)).toEqual([seconds, Number((7200 / seconds).toFixed(3)), 1]);
    },
  );

  it.each([
    ['starts', '2026-10-25 02:30', '2026-10-25 04:30'],
    ['ends', '2026-10-25 01:30', '2026-10-25 02:00'],
  ])('is not known if an operation %s in the hour that exists twice', async (_, from, to) => {
    await insert(from, to);
    expect(await figures()).toEqual([null, null, null, 0]);
  });

  it.each([
    ['year 1', '0001-01-01', '2026-11-25 03:30'],
    ['1899', '1899-12-31 23:59:59', '1900-01-01 00:01'],
    ['2200', '2199-12-31 23:59:59', '2200-01-01'],
    ['the last year of PostgreSQL', '2026-11-25 01:30', '294276-12-31'],
  ])('is not known of an operation of %s, in the reports, in the ledger and in status', async (_, from, to) => {
    await insert(from, to);
    expect((await figures()).slice(1)).toEqual([null, null, 0]);
    await insert('2026-11-25 01:30', '2026-11-25 03:30');
    expect((await figures()).slice(1)).toEqual([7200, 1, 1]);
    const followed = await followTable(database.url);
    try {
      const ofTable = async () => {
        const [total] = (await followed.expectExact()).totals;
        const document = statusDocument(followed.table.target, await followed.table.report());
        return [total?.timedSeconds, document.throughput[0]?.recordsPerSecond, document.tables[0]?.recordsPerSecond];
      };
      expect(await ofTable()).toEqual([7200, 1, 1]);
      // One that a poll reads, and not the count.
      await insert(from, to);
      expect(await ofTable()).toEqual([7200, 1, 1]);
    } finally {
      await followed.close();
    }
  });

  it('is the same in the ledger, in status and in its JSON, before and while they follow the table', async () => {
    await insert('2026-10-25 01:30', '2026-10-25 02:00');
    await insert('2025-10-26 02:59:59', '2025-10-26 03:30');
    await insert('2026-10-25 00:30', '2026-10-25 01:30');
    const followed = await followTable(database.url);
    try {
      const average = async () => {
        const [total] = (await followed.expectExact()).totals;
        const { throughput, tables } = statusDocument(followed.table.target, await followed.table.report());
        return [
          total?.timedOperations,
          total?.timedSeconds,
          ...throughput.flatMap((one) => [one.averageBatchSeconds, one.recordsPerSecond, one.batchCount]),
          tables[0]?.recordsPerSecond,
        ];
      };
      expect(await average()).toEqual([1, 3600, 3600, 2, 3, 2]);
      await insert('2026-10-25 02:10', '2026-10-25 02:20');
      await insert('2026-10-25 03:00', '2026-10-25 05:00');
      expect(await average()).toEqual([2, 10_800, 5400, 1.33, 5, 1.33]);
      expect((await figures()).slice(1)).toEqual([5400, 1.333, 2]);
    } finally {
      await followed.close();
    }
  });

  it('follows a change by half an hour too', async () => {
    await database.query(`ALTER DATABASE ${database.name} SET timezone = 'Australia/Lord_Howe'`);
    try {
      await insert('2026-04-05 01:00', '2026-04-05 02:30');
      expect(await figures('UTC')).toEqual([7200, 7200, 1, 1]);
      await database.query('TRUNCATE migration_control');
      await insert('2026-04-05 01:00', '2026-04-05 01:45');
      expect(await figures()).toEqual([null, null, null, 0]);
    } finally {
      await database.query(`ALTER DATABASE ${database.name} SET timezone = 'Europe/Berlin'`);
    }
  });

  it('uses the clock without changes if running operations evidently use it', async () => {
    await insert('2026-10-25 01:30', '2026-10-25 03:30');
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status, started_at)
       VALUES ('validation', 'cases', 'check', 'running', (now() AT TIME ZONE 'Europe/Berlin') + interval '5 hours')`,
    );
    expect(await figures()).toEqual([7200, 7200, 1, 1]);
  });

  it('needs no zone if the columns have one, also in the hour that exists twice', async () => {
    await database.query(
      'ALTER TABLE migration_control ALTER started_at TYPE timestamptz, ALTER completed_at TYPE timestamptz',
    );
    try {
      await insert('2026-10-25 02:30+02', '2026-10-25 02:30+01');
      for (const zone of [undefined, 'UTC']) expect(await figures(zone)).toEqual([3600, 3600, 2, 1]);
    } finally {
      await database.query(
        'ALTER TABLE migration_control ALTER started_at TYPE timestamp, ALTER completed_at TYPE timestamp',
      );
    }
  });
});
