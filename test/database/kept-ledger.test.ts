import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { createCountingTurns, turnSeconds } from '../../source/polling/counting-turns.ts';
import type { LedgerStore } from '../../source/polling/kept-ledger.ts';
import { keptText, readKeptText } from '../../source/polling/kept-text.ts';
import { readCounted, readReport } from '../../source/polling/report.ts';
import { createWatch } from '../../source/polling/watch.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, olderTransactionsEnded, type TestDatabase } from '../support/database.ts';
import { expectSame } from '../support/followed-table.ts';
import { memoryStore, writeBetweenRuns } from '../support/kept-runs.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';

let server: PostgresServer;
let database: TestDatabase;
let table: OpenedTable;

beforeAll(async () => {
  // On the common server, a transaction of another test may be open while the ranges are counted: they would be counted again.
  server = await startOwnServer({ settings: { autovacuum: 'off' } });
  database = await createDatabase({ examples: true, serverUrl: server.url });
  await database.query(`INSERT INTO migration_control
      (id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at, batch_size, source_query)
    SELECT 1000 + number, 'execution', 'table ' || number % 3, 'batch',
      CASE WHEN number > 2900 THEN 'running' WHEN number % 50 = 0 THEN 'failed' ELSE 'completed' END,
      number % 500, 500, localtimestamp - interval '20 minutes', CASE WHEN number <= 2900 THEN localtimestamp - interval '10 minutes' END,
      CASE number % 2 WHEN 0 THEN 500 END, 'SELECT * FROM s LIMIT 500 OFFSET ' || number % 1000
    FROM generate_series(1, 3000) AS number;
    SELECT pg_stat_force_next_flush()`);
  await olderTransactionsEnded(database);
});
afterAll(async () => {
  await database?.drop();
  await server?.destroy();
});
beforeEach(async () => {
  table = await openTable(database.url);
  return () => table.close();
});

/** One run of the program, and how many id ranges it counted. */
async function run(store: LedgerStore): Promise<{ read: Awaited<ReturnType<typeof readCounted>>; ranges: number }> {
  let ranges = 0;
  const { connection } = table;
  const counting = {
    ...connection,
    readAll: (...[statements, seconds]: Parameters<typeof connection.readAll>) => {
      ranges += statements.filter(({ text }) => text.includes('failed AS MATERIALIZED')).length;
      return connection.readAll(statements, seconds);
    },
  };
  const watch = createWatch(counting, () => table.target, { store, fewestKept: 0, fewIds: 0 });
  expect(await watch.count(() => {})).toBe(true);
  const read = await readCounted(watch, []);
  await watch.keep();
  return { read, ranges };
}

async function expectExact({ read }: Awaited<ReturnType<typeof run>>): Promise<void> {
  const truth = await readReport(table.connection, table.target, []);
  expectSame(read.snapshot, truth.snapshot);
  const inOrder = (sums: typeof truth.sums) =>
    sums.toSorted((a, b) => (`${a.tableName} ${a.batchSize}` < `${b.tableName} ${b.batchSize}` ? -1 : 1));
  expect(inOrder(read.sums)).toEqual(inOrder(truth.sums));
}

const recordsIn = ({ history }: Snapshot): number => history.reduce((sum, span) => sum + span.records, 0);

const write = (...statements: string[]): Promise<void> => writeBetweenRuns(database, ...statements);

it('continues from the kept ledger with the rows that changed since, and counts no range again', async () => {
  const store = memoryStore();
  const first = await run(store);
  expect(first.ranges).toBeGreaterThan(0);
  await expectExact(first);
  await write(
    `UPDATE migration_control SET status = 'completed', completed_at = localtimestamp, records_processed = 499 WHERE id > 3980`,
    `UPDATE migration_control SET records_processed = records_processed + 1 WHERE id BETWEEN 3950 AND 3960`,
    `INSERT INTO migration_control (id, phase, table_name, operation, status, total_records, started_at, records_processed)
      SELECT 5000 + number, 'execution', 'new', 'batch', 'running', 10, localtimestamp, 3 FROM generate_series(1, 30) AS number`,
  );
  const second = await run(store);
  expect(second.ranges).toBe(0);
  expect(second.read.snapshot.coverage.countedAt).toBe(first.read.snapshot.coverage.countedAt);
  await expectExact(second);
  const truth = await readReport(table.connection, table.target, []);
  expect(recordsIn(second.read.snapshot)).toBe(recordsIn(truth.snapshot));
  await expectExact(await run(store));
});

it('shows the totals with its first poll, and reports the same history as one run', async () => {
  const store = memoryStore();
  await run(store);
  await write(
    `INSERT INTO migration_control (id, phase, table_name, operation, status, total_records, started_at, completed_at, records_processed)
      SELECT 6000 + number, 'execution', 'new', 'batch', 'completed', 10, localtimestamp - interval '5 seconds', localtimestamp, 3
      FROM generate_series(1, 30) AS number`,
  );
  const watch = createWatch(table.connection, () => table.target, { store, fewestKept: 0, fewIds: 0 });
  const [first, second] = [await watch.poll([]), await watch.poll([])];
  const truth = await readReport(table.connection, table.target, []);
  expectSame(first, truth.snapshot);
  expectSame(second, truth.snapshot);
  expect([recordsIn(first), recordsIn(second)]).toEqual([recordsIn(truth.snapshot), 0]);
  expect(watch.analysis().history.reduce((sum, { records }) => sum + records, 0)).toBe(recordsIn(truth.snapshot));
  await write('DELETE FROM migration_control WHERE id > 6000');
});

it('counts the table if the rest of the kept ledger is damaged', async () => {
  const store = memoryStore();
  await run(store);
  for (const [name, text] of store.texts) store.texts.set(name, `${text.slice(0, -9)}7${text.slice(-8)}`);
  const { read, ranges } = await run(store);
  expect(ranges).toBeGreaterThan(0);
  await expectExact({ read, ranges });
  const watch = createWatch(table.connection, () => table.target, { store, fewestKept: 0, fewIds: 0 });
  const snapshots = [await watch.poll([]), await watch.poll([])];
  while (snapshots.at(-1)?.coverage.share !== 1) {
    await watch.work();
    snapshots.push(await watch.poll([]));
  }
  const truth = await readReport(table.connection, table.target, []);
  expect(snapshots.reduce((sum, one) => sum + recordsIn(one), 0)).toBeCloseTo(recordsIn(truth.snapshot), 3);
});

it('shows the live operations with their queries', async () => {
  const store = memoryStore();
  await run(store);
  const { read } = await run(store);
  const live = read.snapshot.operations.filter(({ id }) => id > 3940 && id <= 3980);
  expect(live).toHaveLength(40);
  expect(live.every(({ sourceQuery, operation }) => sourceQuery?.startsWith('SELECT') && operation === 'batch')).toBe(
    true,
  );
});

it('counts nothing while another session of migtop counts the table, and counts when that has ended', async () => {
  const watch = createWatch(table.connection, () => table.target);
  await watch.poll([]);
  // A poll finds by the statistics that the table has to be counted again.
  await write('DELETE FROM migration_control WHERE id = 1101');
  await watch.poll([]);
  const session = await database.connect();
  await session.query('BEGIN');
  await session.query('SELECT pg_advisory_xact_lock($1)', [createCountingTurns().key(table.target.identity.tableOid)]);
  // Without failures to read in between.
  let work = await watch.work();
  while (work?.isTriaged !== undefined) work = await watch.work();
  expect(work).toEqual({ restSeconds: turnSeconds, isWhole: false });
  expect(await watch.work()).toEqual({ restSeconds: turnSeconds, isWhole: false });
  await session.query('COMMIT');
  while ((await watch.work()) !== null);
  const truth = await readReport(table.connection, table.target, []);
  expectSame(await watch.poll([]), truth.snapshot);
});

it.each([
  ['rows that ended were deleted', ['DELETE FROM migration_control WHERE id BETWEEN 1100 AND 1120']],
  ['failures were deleted', [`DELETE FROM migration_control WHERE status = 'failed' AND id < 2000`]],
  [
    'rows that ended were edited in bulk',
    [...Array(60)].map(() => `UPDATE migration_control SET total_records = total_records + 1 WHERE id < 2500`),
  ],
  ['the table was rewritten', ['VACUUM FULL migration_control']],
  [
    'too many rows are new',
    [
      `INSERT INTO migration_control (id, phase, table_name, operation, status, completed_at)
      SELECT 100000 + number, 'execution', 'many', 'batch', 'completed', localtimestamp FROM generate_series(1, 20000) AS number`,
    ],
  ],
  [
    'the table was emptied and filled again',
    [
      'TRUNCATE migration_control',
      `INSERT INTO migration_control (id, phase, table_name, operation, status)
      VALUES (7000, 'execution', 'again', 'batch', 'pending')`,
    ],
  ],
])('has the same totals as a full count after %s', async (_, statements) => {
  const store = memoryStore();
  await run(store);
  await write(...statements);
  await expectExact(await run(store));
});

it('counts the table if the kept text is damaged, and keeps nothing of a table with row-level security', async () => {
  const store = memoryStore();
  await run(store);
  for (const [name, text] of store.texts) store.texts.set(name, text.slice(0, -10));
  const again = await run(store);
  expect(again.ranges).toBeGreaterThan(0);
  await expectExact(again);
  store.texts.clear();
  const target = { ...table.target, rowSecurity: true };
  const watch = createWatch(table.connection, () => target, { store, fewIds: 0 });
  await watch.count(() => {});
  await watch.keep();
  expect(store.texts.size).toBe(0);
});

/** The kept ledger, as if its ranges had been counted some minutes earlier. */
function withOlderCounts({ texts }: ReturnType<typeof memoryStore>): LedgerStore {
  const [[name, text] = expect.fail('nothing was kept')] = texts;
  const { key } = JSON.parse(text.slice(0, text.indexOf('\n'))) as { key: string };
  const kept = readKeptText(text, key)?.whole() ?? expect.fail('it cannot be read');
  const ranges = kept.ranges.ranges.map((range) => ({ ...range, countedAt: (range.countedAt ?? 0) - 300 }));
  const older = memoryStore();
  older.texts.set(name, keptText({ ...kept, ranges: { ...kept.ranges, ranges } }, key));
  return older;
}

it('makes no routine check at once, but after the wait that later checks have', async () => {
  const store = memoryStore();
  await run(store);
  let ranges = 0;
  const { connection } = table;
  const counting = {
    ...connection,
    readAll: (...[statements, seconds]: Parameters<typeof connection.readAll>) => {
      ranges += statements.filter(({ text }) => text.includes('failed AS MATERIALIZED')).length;
      return connection.readAll(statements, seconds);
    },
  };
  const watch = createWatch(counting, () => table.target, { store: withOlderCounts(store), fewestKept: 0, fewIds: 0 });
  await watch.poll([]);
  while ((await watch.work(() => false)) !== null);
  expect(ranges).toBe(0);
  const wait = await watch.work();
  expect(wait).toMatchObject({ waits: 'check', isWhole: false });
  expect(wait?.restSeconds).toBeGreaterThan(9);
  expect(ranges).toBe(0);
  expect(await watch.work()).toMatchObject({ waits: 'check' });
  expect(ranges).toBe(1);
});
