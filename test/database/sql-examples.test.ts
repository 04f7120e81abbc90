import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

// The specification's own statements, in its order, as they are written there: without a column list.
const specificationInserts = `
INSERT INTO migration_control VALUES 
(1, 'discovery', 'dispatch_bracket', 'table_analysis', 'completed', 
 0, 1569, '2024-01-15 10:00:00', '2024-01-15 10:00:05', 
 NULL, NULL, 1, 
 'SELECT COUNT(*) FROM dispatch_bracket', 
 'SELECT COUNT(*) FROM brackets');
INSERT INTO migration_control VALUES
(2, 'planning', 'brackets', 'migration_strategy', 'completed',
 0, 1569, '2024-01-15 10:00:05', '2024-01-15 10:00:10',
 NULL, 500, 1, NULL, NULL);
INSERT INTO migration_control VALUES
(3, 'execution', 'brackets', 'batch_migration', 'completed',
 500, 1569, '2024-01-15 10:00:15', '2024-01-15 10:00:45',
 NULL, 500, 1, 
 'SELECT * FROM dispatch_bracket LIMIT 500 OFFSET 0',
 'SELECT COUNT(*) FROM brackets WHERE batch_id = 1');
INSERT INTO migration_control VALUES
(4, 'execution', 'brackets', 'batch_migration', 'completed',
 500, 1569, '2024-01-15 10:00:45', '2024-01-15 10:01:15',
 NULL, 500, 1,
 'SELECT * FROM dispatch_bracket LIMIT 500 OFFSET 500',
 'SELECT COUNT(*) FROM brackets WHERE batch_id = 2');
INSERT INTO migration_control VALUES
(8, 'validation', 'brackets', 'count_verification', 'completed',
 1569, 1569, '2024-01-15 10:02:30', '2024-01-15 10:02:35',
 NULL, NULL, 1,
 'SELECT COUNT(*) FROM dispatch_bracket',
 'SELECT COUNT(*) FROM brackets');
INSERT INTO migration_control VALUES
(10, 'execution', 'case_file_relationships', 'batch_migration', 'failed',
 2300, 15420, '2024-01-15 10:15:00', '2024-01-15 10:18:30',
 'Foreign key constraint violation on case_id', 200, 2,
 'SELECT * FROM case_files LIMIT 200 OFFSET 2300',
 NULL);
INSERT INTO migration_control VALUES
(11, 'validation', 'case_file_relationships', 'orphan_detection', 'completed',
 23, 23, '2024-01-15 10:18:30', '2024-01-15 10:18:45',
 NULL, NULL, 2,
 'SELECT cf.* FROM case_files cf LEFT JOIN cases c ON cf.case_id = c.legacy_id WHERE c.id IS NULL',
 NULL);
INSERT INTO migration_control VALUES
(12, 'execution', 'cases', 'missing_parent_migration', 'completed',
 23, 23, '2024-01-15 10:20:00', '2024-01-15 10:21:00',
 NULL, 23, 2,
 'SELECT * FROM cases WHERE id IN (1001, 1002, 1003, ...)',
 'SELECT COUNT(*) FROM cases WHERE legacy_id IN (1001, 1002, 1003, ...)');
INSERT INTO migration_control VALUES
(13, 'execution', 'case_file_relationships', 'batch_migration_retry', 'completed',
 200, 15420, '2024-01-15 10:21:00', '2024-01-15 10:21:30',
 NULL, 200, 2,
 'SELECT * FROM case_files LIMIT 200 OFFSET 2300',
 'SELECT COUNT(*) FROM case_file_relationships WHERE batch_id = 13');
`;

const plainInsert = `
  INSERT INTO migration_control (phase, table_name, operation, status)
  VALUES ('execution', 'brackets', 'batch_migration', 'pending')
  RETURNING id`;

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase({ schema: true });
});
afterEach(() => database.drop());

async function load(example: 'brackets' | 'case-file-relationships'): Promise<void> {
  await database.query(await readSql(`examples/${example}.sql`));
}

async function rowsOf(source: TestDatabase) {
  const { rows } = await source.query('SELECT * FROM migration_control ORDER BY id');
  return rows;
}

async function nextId(): Promise<unknown> {
  const { rows } = await database.query(plainInsert);
  return rows[0]?.id;
}

it('holds every row of the specification, column by column', async () => {
  await using specification = await createDatabase({ schema: true });
  await specification.query(specificationInserts);
  await load('brackets');
  await load('case-file-relationships');

  const rows = await rowsOf(database);
  expect(rows.map((row) => row.id)).toEqual([1, 2, 3, 4, 8, 10, 11, 12, 13]);
  expect(rows).toEqual(await rowsOf(specification));
});

it('shows the problem that the files fix: after explicit ids a plain insert fails on the key', async () => {
  await database.query(specificationInserts);
  await expect(database.query(plainInsert)).rejects.toMatchObject({ code: '23505' });
});

it('sets the sequence so that the next plain insert works, after each example alone', async () => {
  await load('brackets');
  expect(await nextId()).toBe(9);
});

it('sets the sequence so that the next plain insert works, after both examples in any order', async () => {
  await load('case-file-relationships');
  await load('brackets');
  expect(await nextId()).toBe(14);
});

it('never sets the sequence back, even if the rows that it numbered are gone', async () => {
  await database.query(`SELECT setval('migration_control_id_seq', 500)`);
  await load('brackets');
  await load('case-file-relationships');
  expect(await nextId()).toBe(501);
});

it('can be loaded twice and keeps changes made in between', async () => {
  await load('brackets');
  await database.query(`UPDATE migration_control SET status = 'paused' WHERE id = 4`);
  const before = await rowsOf(database);
  await load('brackets');
  expect(await rowsOf(database)).toEqual(before);
});

it('loads into a table that has rows with other ids', async () => {
  await database.query(
    `INSERT INTO migration_control (id, phase, table_name, operation, status)
     VALUES (700, 'execution', 'cases', 'batch_migration', 'pending')`,
  );
  await load('case-file-relationships');
  expect((await rowsOf(database)).map((row) => row.id)).toEqual([10, 11, 12, 13, 700]);
  expect(await nextId()).toBe(701);
});
