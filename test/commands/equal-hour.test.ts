import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../source/demo/random.ts';
import { summariseTables } from '../../source/domain/summary.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { createMigrationControl } from '../../source/worker/index.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { followTable } from '../support/followed-table.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
afterEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(() => database.drop());

/** A change of clocks, and five minutes before it, in UTC. */
interface Autumn {
  readonly zone: string;
  readonly begun: string;
}

const berlin: Autumn = { zone: 'Europe/Berlin', begun: '2025-10-26 00:55' };
const changes: readonly Autumn[] = [
  berlin,
  { zone: 'America/New_York', begun: '2024-11-03 05:55' },
  // By half an hour.
  { zone: 'Australia/Lord_Howe', begun: '2025-04-05 14:55' },
  // From midnight to 23:00.
  { zone: 'America/Asuncion', begun: '2023-03-26 02:55' },
];

async function use(zone: string): Promise<void> {
  await database.query(`ALTER DATABASE ${database.name} SET timezone = '${zone}'`);
}

interface Given {
  readonly autumn?: Autumn;
  /** How many rows there are: cumulative, one begun each minute. */
  readonly rows: number;
  /** Which of them are inserted, in this order; all by default. */
  readonly ids?: readonly number[];
  /** Whether the rows have only an end. */
  readonly isEndOnly?: boolean;
}

const insert = async ({ autumn: { zone, begun } = berlin, rows, ids, isEndOnly = false }: Given): Promise<void> => {
  await database.query(
    `INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records, batch_size,
       started_at, completed_at)
     SELECT id, 'execution', 'cases', 'copy', 'completed', 500 * id, 1000 * $2::int, 500,
       CASE WHEN NOT $5 THEN at AT TIME ZONE $3 END, (at + interval '50 seconds') AT TIME ZONE $3
     FROM unnest($1::int[]) WITH ORDINALITY AS given (id, place)
     CROSS JOIN LATERAL (SELECT ($4::timestamp AT TIME ZONE 'UTC') + (id - 1) * interval '1 minute' AS at) AS begun
     ORDER BY place`,
    [ids ?? Array.from({ length: rows }, (_, index) => index + 1), rows, zone, begun, isEndOnly],
  );
};

interface Figures {
  readonly counting: string;
  readonly recordsProcessed: number;
  readonly percent: number | null;
}

const figuresOf = ({ counting, recordsProcessed, percent }: Figures): Figures => ({
  counting,
  recordsProcessed,
  percent: percent === null ? null : Number(percent),
});

const right = (rows: number): Figures => ({ counting: 'cumulative', recordsProcessed: 500 * rows, percent: 50 });

/** How the reports count, in a session of another zone. */
async function ofReports(zone: string): Promise<unknown> {
  const client = await database.connect();
  await client.query(`SET timezone = '${zone}'`);
  const table = (await client.query(await readSql('reports/table-status.sql'))).rows[0];
  const batch = (await client.query(await readSql('reports/performance.sql'))).rows[0];
  await client.end();
  const { counting, records_processed, completion_percentage } = table;
  const figures = { counting, recordsProcessed: Number(records_processed), percent: completion_percentage };
  // Each row has 500 records and takes 50 s; those of the hour that exists twice have no known duration.
  return { table: figuresOf(figures), recordsPerSecond: Number(batch?.records_per_second ?? 10) };
}

async function ofWorker(zone: string): Promise<number> {
  const client = await database.connect();
  await client.query(`SET timezone = '${zone}'`);
  const found = await createMigrationControl(client, { workerId: 1 }).resumeFromLastCheckpoint('cases');
  await client.end();
  return found;
}

async function ofProgram(): Promise<Figures> {
  const { stdout } = await runCommand(['status', '--json', '--sample', '0', '--no-cache', database.url]);
  return figuresOf(JSON.parse(stdout).tables[0]);
}

describe('a cumulative table that was begun before clocks were set back', () => {
  const few = { of: 'few rows', rows: 45, isEndOnly: false };
  const many = { of: 'many rows', rows: 150, isEndOnly: false };
  const endOnly = { of: 'rows without a start', rows: 100, isEndOnly: true };

  // Each change of clocks with two of the three.
  it.each(
    changes.flatMap((autumn, index) =>
      [few, many, endOnly].toSpliced((index + 2) % 3, 1).map((rows) => ({ autumn, zone: autumn.zone, ...rows })),
    ),
  )('is counted as cumulative in all places: $of in $zone', async ({ autumn, rows, isEndOnly }) => {
    await use(autumn.zone);
    await insert({ autumn, rows, isEndOnly });
    const followed = await followTable(database.url);
    const ledger = summariseTables((await followed.settle()).totals);
    const report = statusDocument(followed.table.target, await followed.table.report()).tables;
    await followed.close();
    expect([ledger, report].map(([table]) => table && figuresOf(table))).toEqual([right(rows), right(rows)]);
    expect(await ofProgram()).toEqual(right(rows));
    expect(await ofReports('Asia/Kolkata')).toEqual({ table: right(rows), recordsPerSecond: 10 });
    expect(await ofWorker(autumn.zone)).toBe(500 * rows);
  });

  it.each([40, 150])('is counted the same way in any order of arrival: %i rows', async (rows) => {
    await use(berlin.zone);
    for (const seed of [1, 2, 3]) {
      await database.query('TRUNCATE migration_control');
      const random = createRandom(seed);
      const ids = Array.from({ length: rows }, (_, index) => [random(), index + 1] as const)
        .sort(([a], [b]) => a - b)
        .map(([, id]) => id);
      await insert({ rows, ids: ids.slice(0, rows / 2) });
      const followed = await followTable(database.url);
      await followed.settle();
      await insert({ rows, ids: ids.slice(rows / 2) });
      const [table] = summariseTables((await followed.settle()).totals);
      await followed.close();
      expect(table && figuresOf(table)).toEqual(right(rows));
    }
  });

  it('is continued at the same place while it is in that hour', async () => {
    await use(berlin.zone);
    for (const rows of [4, 6, 8, 30, 64, 67]) {
      await database.query('TRUNCATE migration_control');
      await insert({ rows });
      expect(await ofWorker(berlin.zone)).toBe(500 * rows);
      expect(await ofProgram()).toEqual(right(rows));
    }
  });

  it('is ordered by start on all other days, whatever the ids', async () => {
    await use(berlin.zone);
    await insert({ autumn: { ...berlin, begun: '2025-10-27 00:55' }, rows: 10 });
    await database.query('UPDATE migration_control SET id = 100 - id');
    expect(await ofProgram()).toEqual(right(10));
    expect(await ofReports('UTC')).toEqual({ table: right(10), recordsPerSecond: 10 });
  });
});
