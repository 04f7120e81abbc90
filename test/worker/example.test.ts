import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { allRows } from './table.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  const { hostname, port, username, password } = new URL(database.url);
  // The examples connect with the environment variables of libpq.
  const environment = {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: database.name,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
afterEach(async () => {
  process.exitCode = undefined;
  await database.query('TRUNCATE migration_control RESTART IDENTITY');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await database.drop();
});

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

it('these tests run the examples of README.md and docs/worker.md', async () => {
  const blocksOf = async (path: string) =>
    [...(await read(path)).matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  const files = await Promise.all(['example.ts', 'example-offset.ts', 'example-queue.ts'].map((name) => read(name)));
  const examples = files.map((text) => text.replace("'../../source/worker/index.ts'", "'migtop/worker'"));
  expect(await blocksOf('../../docs/worker.md')).toEqual(examples);
  expect(await blocksOf('../../README.md')).toEqual(examples.slice(0, 1));
});

it('by key: continues after the specification’s two batches, and migrates every bracket once', async () => {
  await database.query(await readSql('examples/brackets.sql'));
  await database.query(`
    CREATE TABLE dispatch_bracket AS SELECT n * 3 AS id, 'bracket ' || n AS name FROM generate_series(1, 1569) n;
    CREATE TABLE brackets AS SELECT * FROM dispatch_bracket ORDER BY id LIMIT 1000`);
  await import('./example.ts');
  expect(process.exitCode).toBe(0);
  expect((await allRows(database)).at(-1)).toMatchObject({ status: 'completed', records_processed: 569, worker_id: 1 });
  const [source, target] = await Promise.all(
    ['dispatch_bracket', 'brackets'].map((table) => database.query(`SELECT * FROM ${table} ORDER BY id`)),
  );
  expect(target?.rows).toEqual(source?.rows);
});

it('by OFFSET: continues after the failed batch of the specification and its retry', async () => {
  await database.query(await readSql('examples/case-file-relationships.sql'));
  await database.query(`
    CREATE TABLE case_files AS SELECT n / 7 AS case_id, n AS file_id FROM generate_series(1, 3000) n;
    CREATE TABLE case_file_relationships AS SELECT * FROM case_files ORDER BY case_id, file_id LIMIT 2500`);
  await import('./example-offset.ts');
  expect(process.exitCode).toBe(0);
  expect((await allRows(database)).at(-1)).toMatchObject({ status: 'completed', records_processed: 500 });
  const [source, target] = await Promise.all(
    ['case_files', 'case_file_relationships'].map((table) => database.query(`SELECT * FROM ${table} ORDER BY 1, 2`)),
  );
  expect(target?.rows).toEqual(source?.rows);
});

it('from a queue: first the interrupted operations, then the pending ones', async () => {
  await database.query(`
    CREATE TABLE dispatch_case AS SELECT n AS id, 'case ' || n AS title FROM generate_series(1, 100) n;
    CREATE TABLE cases AS SELECT * FROM dispatch_case WHERE id <= 5;
    INSERT INTO migration_control (phase, table_name, operation, status, batch_size, source_query)
    SELECT 'execution', 'cases', 'batch_migration', 'pending', 10,
      format('SELECT id, title FROM dispatch_case WHERE id BETWEEN %s AND %s', n * 25 + 1, n * 25 + 25)
    FROM generate_series(0, 3) n;
    UPDATE migration_control SET status = 'running', worker_id = 1, records_processed = 5 WHERE id = 1`);
  await import('./example-queue.ts');
  expect((await allRows(database)).map((row) => [row.status, row.records_processed, row.worker_id])).toEqual(
    Array.from({ length: 4 }, () => ['completed', 25, 1]),
  );
  const { rows } = await database.query('SELECT id FROM cases ORDER BY id');
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
});
