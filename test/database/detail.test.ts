import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { heldChunks } from '../../source/domain/long-text.ts';
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

it('fetches the whole error with its line ends, of which a list has the beginning', async () => {
  const error = `ERROR:  value too long\n\tCONTEXT:  line 1\r\n${'é'.repeat(100_000)}the end`;
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
    `ERROR:  value too long\n  CONTEXT:  line 1\n${'é'.repeat(100_000)}the end`,
  );
  expect(detail?.windows).toBeUndefined();
});

describe('a text that is too long to be kept', () => {
  // Characters of one to four bytes, and of two units in a JavaScript string.
  const unit = 'a\u00e9\u4e2d\u{1F600}\u001B[31m-';
  const error = `${unit.repeat(60_000)}the end`;
  const clean = (text: string) => text.replaceAll('\u001B[31m', '');
  const start = () =>
    insert(
      'phase, table_name, operation, status, error_message, source_query',
      ...['execution', 'brackets', 'batch', 'failed', error, 'SELECT 1'],
    );

  it('is fetched up to a limit', async () => {
    await start();
    const detail = await table.detail(1);
    const window = detail?.windows?.errorMessage;
    expect(window).toMatchObject({ first: 0, hasMore: true, bytes: Buffer.byteLength(error) });
    expect(window?.chunks).toHaveLength(heldChunks);
    expect(detail?.operation.errorMessage).toBe(window?.chunks.join(''));
    expect(clean(error).startsWith(clean(window?.chunks[0] ?? 'x').slice(0, -5))).toBe(true);
    expect(detail?.operation.sourceQuery).toBe('SELECT 1');
    expect(detail?.windows?.sourceQuery).toBeUndefined();
  });

  it('is read further chunk by chunk, nothing twice and nothing left out', async () => {
    await start();
    const chunks: string[] = [];
    for (let first = 0; ; first += heldChunks) {
      const found = await table.text(1, 'errorMessage', first);
      expect(found?.window.first).toBe(first);
      chunks.push(...(found?.window.chunks ?? []));
      if (!found?.window.hasMore) break;
    }
    // A control sequence was divided between two chunks: each has lost its part.
    const rest = chunks.join('').replace(/(?:\[?3?1?m|\[3?1?)(?=-|$)/g, '');
    expect(rest).toBe(clean(error));
  });

  it('ends with its last chunk, which is the same in every window that contains it', async () => {
    await start();
    const end = await table.text(1, 'errorMessage', 'end');
    expect(end?.window.hasMore).toBe(false);
    expect(end?.window.chunks.at(-1)).toMatch(/the end$/);
    const { first, chunks } = end?.window ?? { first: 0, chunks: [] };
    expect(chunks).toHaveLength(heldChunks);
    const last = await table.text(1, 'errorMessage', first + 1);
    expect(last?.window.chunks).toEqual(chunks.slice(1));
    expect(end?.version).toBe((await table.detail(1))?.operation.version);
  });

  it('may be gone, or be another text', async () => {
    expect(await table.text(1, 'errorMessage', 0)).toBeNull();
    await start();
    expect(await table.text(1, 'validationQuery', 'end')).toBeNull();
    expect((await table.text(1, 'sourceQuery', 'end'))?.window).toMatchObject({ first: 0, chunks: ['SELECT 1'] });
    expect((await table.text(1, 'errorMessage', 10_000))?.window).toMatchObject({ chunks: [], hasMore: false });
  });
});

it('fetches the queries completely', async () => {
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

it('removes control sequences from every text', async () => {
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
  // In a name each character counts.
  const shown = String.raw`a\u001b]52;c;aGVsbG8=\u0007b\u001b[2J\u009b31mc\u202ed\u000ae`;
  expect(detail?.operation).toMatchObject({
    tableName: shown,
    operation: shown,
    errorMessage: 'abcd\ne',
    sourceQuery: 'abcd\ne',
    validationQuery: 'abcd\ne',
  });
  expect(detail?.attempts[0]).toMatchObject({ id: 2, operation: shown, errorMessage: 'abcd e' });
});

it('has the time of the database, so that ages can be shown', async () => {
  await insert('phase, table_name, operation, status', 'execution', 'brackets', 'batch', 'running');
  await database.query("UPDATE migration_control SET started_at = localtimestamp - interval '10 seconds'");
  const detail = await table.detail(1);
  const age = (detail?.takenAt ?? 0) - (detail?.operation.startedAt ?? 0);
  expect(age).toBeGreaterThanOrEqual(10);
  expect(age).toBeLessThan(600);
});

it('fetches the other attempts at the same work, newest first', async () => {
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

it('has no attempts for an operation without a source query', async () => {
  await attempt(null);
  await attempt(null);
  expect((await table.detail(1))?.attempts).toEqual([]);
});

it('fetches a maximum of twenty attempts, with cut texts', async () => {
  for (let count = 0; count < 25; count++) await attempt(`SELECT ${'x'.repeat(1000)}`);
  const attempts = (await table.detail(1))?.attempts ?? [];
  expect(attempts.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => 25 - index));
  expect(attempts[0]?.sourceQuery).toHaveLength(400);
});

it('finds the failure that belongs to the retry of the specification', async () => {
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

it('is null for a missing id', async () => {
  expect(await table.detail(1)).toBeNull();
  expect(await table.detail(Number.MAX_SAFE_INTEGER)).toBeNull();
  expect(await table.detail(-1)).toBeNull();
});

it('has the same row version as the poll', async () => {
  await attempt('SELECT 1', { status: 'running' });
  const { operations } = await table.poll([]);
  expect((await table.detail(1))?.operation.version).toBe(operations[0]?.version);
});
