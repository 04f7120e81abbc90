import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keptText, readKeptText } from '../../source/polling/kept-text.ts';
import { readCounted, readReport } from '../../source/polling/report.ts';
import { createWatch } from '../../source/polling/watch.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { expectSame } from '../support/followed-table.ts';
import { memoryStore, writeBetweenRuns } from '../support/kept-runs.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';

/** The operations of the table at the first run, all of which have ended: no poll of the second run reads them. */
const old = 3000;
/** Polls read those with the last 512 ids. */
const edited = 2000;

let server: PostgresServer;
let database: TestDatabase;
let store: ReturnType<typeof memoryStore>;

beforeAll(async () => {
  server = await startOwnServer({ settings: { autovacuum: 'off' } });
});
afterAll(() => server?.destroy());

/** How a migration writes rows from `first` on. */
const insert = (
  rows: number,
  { first = 10_001, status = 'completed', table = 'new', records = '500', ago = '30 minutes' } = {},
) => `
  INSERT INTO migration_control
    (id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at, batch_size)
  SELECT ${first} + n, 'execution', '${table}', 'batch', '${status}', ${status === 'running' ? '0' : records}, 50000000,
    localtimestamp - interval '${ago}' + n * interval '0.1 seconds',
    CASE WHEN '${status}' = 'completed' THEN localtimestamp - interval '${ago}' + (n + 40) * interval '0.1 seconds' END, 500
  FROM generate_series(1, ${rows}) AS n`;
const edit = `UPDATE migration_control SET records_processed = records_processed + 7 WHERE id <= ${edited}`;
/** Insertions that the statistics count, but that leave no row. */
const rolledBack = ['BEGIN', insert(old, { first: 50_000 }), 'ROLLBACK'];
const times = (count: number, statement: string) => Array.from({ length: count }, () => statement);

beforeEach(async () => {
  store = memoryStore();
  database = await createDatabase({ schema: true, serverUrl: server.url });
  await write(insert(old, { first: 0, table: 'old', ago: '3 hours' }), edit);
  return () => database.drop();
});

const write = (...statements: string[]): Promise<void> => writeBetweenRuns(database, ...statements);

/** One run of `status`, checked against a count of the whole table. */
async function run() {
  await using table = await openTable(database.url);
  const watch = createWatch(table.connection, () => table.target, { store, fewestKept: 0, fewIds: 0 });
  await watch.count(() => {});
  const read = await readCounted(watch, []);
  await watch.keep();
  const truth = await readReport(table.connection, table.target, []);
  return { coverage: read.snapshot.coverage, read: read.snapshot, truth: truth.snapshot };
}

/** Makes the kept ledger that of an hour ago. */
function anHourLater(): void {
  for (const [name, text] of store.texts) {
    const { key } = JSON.parse(text.slice(0, text.indexOf('\n'))) as { key: string };
    const kept = readKeptText(text, key)?.whole() ?? expect.fail('it cannot be read');
    const { last, horizon, drift, ranges, history } = kept;
    const earlier = <T extends number | null>(at: T) => (at === null ? null : at - 3600) as T;
    const assigned = horizon.assigned.map((one) => ({ ...one, takenAt: earlier(one.takenAt) }));
    const aged = {
      ...kept,
      last: { ...last, takenAt: earlier(last.takenAt) },
      horizon: { ...horizon, assigned },
      drift: { ...drift, hintAt: earlier(drift.hintAt) },
      ranges: { ...ranges, ranges: ranges.ranges.map((range) => ({ ...range, countedAt: earlier(range.countedAt) })) },
      history: { ...history, until: earlier(history.until) },
    };
    store.texts.set(name, keptText(aged, key));
  }
}

async function expectExact(): Promise<void> {
  const { coverage, read, truth } = await run();
  expect(coverage).toMatchObject({ share: 1, isStale: false });
  expectSame(read, truth);
}

/** The second run counts only the rows that are new. */
async function expectKept(): Promise<void> {
  const [{ countedAt: before } = {}] = [...store.texts].map(([, text]) => countedAtOf(text));
  const { coverage, read, truth } = await run();
  expect(coverage).toMatchObject({ share: 1, isStale: false, countedAt: before });
  expectSame(read, truth);
}

function countedAtOf(text: string): { countedAt: number } {
  const { key } = JSON.parse(text.slice(0, text.indexOf('\n'))) as { key: string };
  const ranges = readKeptText(text, key)?.whole()?.ranges.ranges ?? expect.fail('it cannot be read');
  return { countedAt: Math.min(...ranges.map(({ countedAt }) => countedAt ?? Number.NaN)) };
}

/** Kills a process of the server, which then ends all others and recovers, without a restart as a whole. */
async function crash(): Promise<void> {
  const before = server.log().length;
  const session = await database.connect();
  session.on('error', () => {});
  const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  process.kill(rows[0]?.pid ?? expect.fail('no backend'), 'SIGKILL');
  while (!/reinitializing[\s\S]*ready to accept connections/.test(server.log().slice(before))) await sleep(20);
  // Its pool may still have connections from before.
  for (let tries = 0; tries < 10; tries++) await database.query('SELECT 1').catch(() => {});
}

describe('a run finds edits of operations that no poll reads', () => {
  it.each([
    ['next to a few thousand new ones', [insert(2000), ...times(4, edit)]],
    ['next to new ones that are counted', [insert(4500), ...times(8, edit)]],
    ['next to new ones of a cumulative table', [insert(2000, { records: '500 * n' }), ...times(4, edit)]],
    ['while nothing else happens', [edit]],
  ])('%s', async (_, statements) => {
    await run();
    anHourLater();
    await write(...statements);
    await expectExact();
  });

  it('a moment after the run before', async () => {
    await run();
    await write(insert(2000), ...times(4, edit));
    await expectExact();
  });

  it('by a session that the server does not count', async () => {
    await run();
    anHourLater();
    await write('SET track_counts = off', insert(2000), edit);
    await expectExact();
  });
});

describe('a run finds that the statistics show too little', () => {
  it('if rows with low ids were inserted', async () => {
    await run();
    anHourLater();
    await write(insert(1500, { first: -5000, ago: '2 days' }));
    await expectExact();
  });

  it.each([
    ['the database', 'SELECT pg_stat_reset()'],
    ['the table', `SELECT pg_stat_reset_single_table_counters('migration_control'::regclass)`],
  ])('if those of %s were reset, also if the counters are as high as before', async (_, reset) => {
    await run();
    anHourLater();
    await write(edit);
    await write(reset);
    await write(edit, ...rolledBack);
    await expectExact();
  });

  it('if the server lost them in a crash that did not restart it as a whole', async () => {
    const startedAt = 'SELECT pg_postmaster_start_time()::text AS at';
    const { rows: before } = await database.query<{ at: string }>(startedAt);
    await run();
    anHourLater();
    await write(edit);
    await crash();
    const { rows: after } = await database.query<{ at: string }>(startedAt);
    expect(after).toEqual(before);
    await write(edit, ...rolledBack);
    await expectExact();
  });
});

describe('an hour of normal workers leaves the counts as they are', () => {
  const reported = (rows: number, reports: number) => [
    insert(rows, { status: 'running' }),
    ...times(reports, `UPDATE migration_control SET records_processed = records_processed + 400 WHERE id > 10000`),
    `UPDATE migration_control SET status = 'completed', completed_at = started_at + interval '4 seconds' WHERE id > 10000`,
  ];

  it.each([
    ['a row for each batch', reported(2000, 1)],
    ['very many rows of a batch', reported(4500, 1)],
    ['rows of several batches that are not full', reported(2000, 8)],
    ['very many rows of several batches that are not full', reported(4500, 8)],
    [
      'rows that are pending first, and then claimed',
      [
        `INSERT INTO migration_control (id, phase, table_name, operation, status, total_records, batch_size)
        SELECT 10000 + n, 'execution', 'new', 'batch', 'pending', 50000000, 500 FROM generate_series(1, 4500) AS n`,
        `UPDATE migration_control SET status = 'running', started_at = localtimestamp WHERE id > 10000`,
        `UPDATE migration_control SET records_processed = 500 WHERE id > 10000`,
        `UPDATE migration_control SET status = 'completed', completed_at = localtimestamp WHERE id > 10000`,
      ],
    ],
    ['nothing', []],
  ])('%s', async (_, statements) => {
    await run();
    anHourLater();
    if (statements.length > 0) await write(...statements);
    await expectKept();
  });
});
