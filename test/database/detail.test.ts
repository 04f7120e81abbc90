import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let table: OpenedTable;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  table = await openTable(database.url);
});
beforeEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(async () => {
  await table?.close();
  await database?.drop();
});

async function insert(columns: string, ...values: unknown[]): Promise<void> {
  const places = columns.split(',').map((_, index) => `$${index + 1}`);
  await database.query(`INSERT INTO migration_control (${columns}) VALUES (${places.join(', ')})`, values);
}

const attempt = (source: string | null, more: { phase?: string; table?: string; status?: string } = {}) =>
  insert(
    'phase, table_name, operation, status, source_query',
    more.phase ?? 'execution',
    more.table ?? 'brackets',
    'batch',
    more.status ?? 'failed',
    source,
  );

it('brings the whole of an error, with its line ends, where a list has its beginning', async () => {
  const error = `ERROR:  value too long\n\tCONTEXT:  line 1\r\n${'é'.repeat(2_500_000)}the end`;
  await insert(
    'phase, table_name, operation, status, error_message',
    'execution',
    'brackets',
    'batch',
    'failed',
    error,
  );
  const detail = await table.detail(1);
  expect(detail?.operation.errorMessage).toBe(
    `ERROR:  value too long\n  CONTEXT:  line 1\n${'é'.repeat(2_500_000)}the end`,
  );
});

it('brings the queries whole', async () => {
  const query = `SELECT ${'x, '.repeat(5000)}y`;
  await insert(
    'phase, table_name, operation, status, source_query, validation_query',
    ...['execution', 'brackets', 'batch', 'failed', query, `${query} -- check`],
  );
  expect((await table.detail(1))?.operation).toMatchObject({
    sourceQuery: query,
    validationQuery: `${query} -- check`,
  });
});

it('takes what a terminal would act on out of every text', async () => {
  const hostile = 'a\u001B]52;c;aGVsbG8=\u0007b\u001B[2J\u009B31mc\u202Ed\ne';
  await insert(
    'phase, table_name, operation, status, error_message, source_query, validation_query',
    ...['execution', hostile, hostile, 'failed', hostile, hostile, hostile],
  );
  await insert(
    'phase, table_name, operation, status, error_message, source_query',
    ...['execution', hostile, hostile, 'completed', hostile, hostile],
  );
  const detail = await table.detail(1);
  expect(detail?.operation).toMatchObject({
    tableName: 'abcd e',
    operation: 'abcd e',
    errorMessage: 'abcd\ne',
    sourceQuery: 'abcd\ne',
    validationQuery: 'abcd\ne',
  });
  expect(detail?.attempts[0]).toMatchObject({ id: 2, operation: 'abcd e', errorMessage: 'abcd e' });
});

it('tells the time, so that ages can be told', async () => {
  await insert('phase, table_name, operation, status', 'execution', 'brackets', 'batch', 'running');
  await database.query("UPDATE migration_control SET started_at = localtimestamp - interval '10 seconds'");
  const detail = await table.detail(1);
  const age = (detail?.takenAt ?? 0) - (detail?.operation.startedAt ?? 0);
  expect(age).toBeGreaterThanOrEqual(10);
  expect(age).toBeLessThan(600);
});

it('brings the other attempts at the same work, newest first', async () => {
  await attempt('SELECT 1');
  await attempt('SELECT 1');
  await attempt('SELECT 2');
  await attempt('SELECT 1', { table: 'cases' });
  await attempt('SELECT 1', { phase: 'validation' });
  await attempt('SELECT 1', { status: 'completed' });
  await attempt(null);
  const detail = await table.detail(2);
  expect(detail?.attempts.map(({ id, status }) => [id, status])).toEqual([
    [6, 'completed'],
    [1, 'failed'],
  ]);
});

it('knows no attempts of an operation without a source query', async () => {
  await attempt(null);
  await attempt(null);
  expect((await table.detail(1))?.attempts).toEqual([]);
});

it('brings twenty attempts at most, their texts cut', async () => {
  for (let count = 0; count < 25; count++) await attempt(`SELECT ${'x'.repeat(1000)}`);
  const attempts = (await table.detail(1))?.attempts ?? [];
  expect(attempts.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => 25 - index));
  expect(attempts[0]?.sourceQuery).toHaveLength(200);
});

it('finds the retry of the specification with its failure', async () => {
  const examples = await createDatabase({ examples: true });
  const opened = await openTable(examples.url);
  try {
    expect((await opened.detail(10))?.attempts.map(({ id, operation }) => [id, operation])).toEqual([
      [13, 'batch_migration_retry'],
    ]);
  } finally {
    await opened.close();
    await examples.drop();
  }
});

it('is null of an id that is not there', async () => {
  expect(await table.detail(1)).toBeNull();
  expect(await table.detail(Number.MAX_SAFE_INTEGER)).toBeNull();
  expect(await table.detail(-1)).toBeNull();
});

it('has the version that the poll has', async () => {
  await attempt('SELECT 1', { status: 'running' });
  const { operations } = await table.poll([]);
  expect((await table.detail(1))?.operation.version).toBe(operations[0]?.version);
});
