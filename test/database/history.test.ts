import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { HistorySpan } from '../../source/domain/snapshot.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let table: OpenedTable;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  table = await openTable(database.url);
});
beforeEach(() => database.query('TRUNCATE migration_control'));
afterAll(async () => {
  await table?.close();
  await database?.drop();
});

/** As `status` reads it at once, and as a first count finds it. */
async function history(): Promise<readonly HistorySpan[]> {
  const { snapshot } = await table.report();
  const watching = await openTable(database.url);
  const polled = await watching.poll([]).finally(() => watching.close());
  const inOrder = (spans: readonly HistorySpan[]) => spans.toSorted((a, b) => a.from - b.from);
  expect(inOrder(polled.history)).toEqual(inOrder(snapshot.history));
  return snapshot.history;
}

/** Inserts a batch that ran between two moments, given as SQL. */
const insert = (startedAt: string, completedAt: string, records: number | null, phase = 'execution') =>
  database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, started_at, completed_at)
     VALUES ($1, 'brackets', 'batch', 'completed', $2, ${startedAt}, ${completedAt})`,
    [phase, records],
  );

// Whole minutes, so that a batch lies within slices of ten seconds wherever the test falls in them.
const minute = (ago: number) => `date_trunc('minute', localtimestamp) - interval '${ago} minutes'`;

it('gives the records that ended in the last hour, by the intervals in which their batches ran', async () => {
  await insert(`${minute(10)} + interval '3 seconds'`, `${minute(10)} + interval '8 seconds'`, 100);
  await insert(`${minute(10)} + interval '1 second'`, `${minute(10)} + interval '10 seconds'`, 50);
  await insert(`${minute(9)} + interval '5 seconds'`, `${minute(9)} + interval '31 seconds'`, 7);
  const spans = (await history()).toSorted((a, b) => a.from - b.from);
  const start = spans[0]?.from ?? Number.NaN;
  expect(start % 60).toBe(0);
  expect(spans).toEqual([
    { tableName: 'brackets', from: start, to: start + 10, records: 150 },
    { tableName: 'brackets', from: start + 60, to: start + 100, records: 7 },
  ]);
});

it('returns sums beyond the range of one counter', async () => {
  await insert(minute(10), minute(9), 2_147_483_647);
  await insert(minute(10), minute(9), 2_147_483_647);
  expect((await history()).map(({ records }) => records)).toEqual([4_294_967_294]);
});

it('leaves out timestamps that are unordered, infinite, missing or in the future', async () => {
  await insert(minute(9), minute(10), 1);
  await insert("'-infinity'", minute(10), 1);
  await insert(minute(10), "'infinity'", 1);
  await insert('NULL', minute(10), 1);
  await insert(minute(10), 'NULL', 1);
  await insert(minute(10), minute(-10), 1);
  await insert(minute(10), minute(9), null);
  await insert(minute(10), minute(9), 0);
  await insert(minute(10), minute(9), -5);
  expect(await history()).toEqual([]);
});

it('leaves out operations that ended more than an hour ago, and the other phases', async () => {
  await insert(minute(70), minute(65), 1);
  await insert(minute(10), minute(9), 1, 'validation');
  await insert(minute(70), minute(50), 5);
  expect((await history()).map(({ records }) => records)).toEqual([5]);
});
