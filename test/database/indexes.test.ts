import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

const install = await readSql('options/indexes.sql');
const remove = await readSql('options/indexes-remove.sql');

const newestFailures = `SELECT id FROM migration_control WHERE status = 'failed' ORDER BY coalesce(completed_at, started_at) DESC NULLS LAST, id DESC LIMIT 10`;

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, started_at, completed_at)
     SELECT 'execution', 'table_' || number % 20, 'batch_migration', CASE WHEN number % 4 = 0 THEN 'failed' ELSE 'completed' END,
       500, localtimestamp - number * interval '1 minute', localtimestamp - number * interval '1 minute'
     FROM generate_series(1, 20000) AS number`,
  );
});
beforeEach(async () => {
  await runFile(remove);
  await runFile(install);
  await database.query('ANALYZE migration_control');
});
afterAll(() => database?.drop());

/** As psql does: one statement after the other, each in a separate transaction. */
async function runFile(text: string): Promise<void> {
  const statements = text.replace(/^--.*$/gm, '').split(';');
  for (const statement of statements.filter((each) => each.trim() !== '')) await database.query(statement);
}

async function indexes(): Promise<{ name: string; valid: boolean }[]> {
  const { rows } = await database.query<{ name: string; valid: boolean }>(
    `SELECT indexrelid::regclass::text AS name, indisvalid AS valid FROM pg_index
     WHERE indrelid = 'migration_control'::regclass AND indexrelid::regclass::text LIKE 'migtop%' ORDER BY 1`,
  );
  return rows;
}

async function plan(text: string, values: unknown[] = []): Promise<string> {
  const { rows } = await database.query(`EXPLAIN ${text}`, values);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

describe('the optional indexes', () => {
  it('exist and are valid after the file has run', async () => {
    expect(await indexes()).toEqual([
      { name: 'migtop_completed_at', valid: true },
      { name: 'migtop_failed', valid: true },
    ]);
  });

  it('can be installed again, which changes nothing', async () => {
    const before = await database.query(`SELECT 'migtop_failed'::regclass::oid AS oid`);
    await runFile(install);
    expect((await database.query(`SELECT 'migtop_failed'::regclass::oid AS oid`)).rows).toEqual(before.rows);
  });

  it('are gone after the removal, which can be repeated', async () => {
    await runFile(remove);
    await runFile(remove);
    expect(await indexes()).toEqual([]);
  });

  it('find the last hour', async () => {
    const history = (await readSql('queries/history.sql')).replace(/^--.*\n/gm, '');
    expect(await plan(history, [3600, 10, null, null])).toContain('migtop_completed_at');
  });

  it('find the newest failures in their order, without sorting them', async () => {
    const found = await plan(newestFailures);
    expect(found).toContain('migtop_failed');
    expect(found).not.toContain('Sort');
  });
});
