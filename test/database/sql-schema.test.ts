import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

// The section "Table Schema" of the specification, unchanged.
const specification = `
CREATE TABLE migration_control (
  id SERIAL PRIMARY KEY,
  phase VARCHAR NOT NULL,
  table_name VARCHAR NOT NULL, 
  operation VARCHAR NOT NULL,
  status VARCHAR NOT NULL,
  records_processed INTEGER,
  total_records INTEGER,
  started_at TIMESTAMP,
  completed_at TIMESTAMP,
  error_message TEXT,
  batch_size INTEGER,
  worker_id INTEGER,
  source_query TEXT,
  validation_query TEXT,
  
  -- Indexes for performance
  CONSTRAINT migration_control_phase_check 
    CHECK (phase IN ('discovery', 'planning', 'mapping', 'execution', 'validation', 'rollback')),
  CONSTRAINT migration_control_status_check 
    CHECK (status IN ('pending', 'running', 'completed', 'failed', 'paused', 'skipped'))
);

-- Performance indexes
CREATE INDEX idx_migration_control_phase ON migration_control(phase);
CREATE INDEX idx_migration_control_status ON migration_control(status);
CREATE INDEX idx_migration_control_table ON migration_control(table_name);
CREATE INDEX idx_migration_control_started_at ON migration_control(started_at);
`;

const columns = `
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
         pg_get_expr(d.adbin, d.adrelid) AS "default", a.attidentity, a.attgenerated, a.attcollation::regcollation::text
  FROM pg_attribute AS a
  LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = 'migration_control'::regclass AND a.attnum > 0
  ORDER BY a.attnum`;

const constraints = `
  SELECT conname AS name, contype AS kind, convalidated AS valid, pg_get_constraintdef(oid) AS definition
  FROM pg_constraint
  WHERE conrelid = 'migration_control'::regclass
  ORDER BY conname`;

const indexes = `
  SELECT indexname AS name, indexdef AS definition
  FROM pg_indexes
  WHERE tablename = 'migration_control'
  ORDER BY indexname`;

const relations = `
  SELECT relname AS name, relkind AS kind, relpersistence AS persistence
  FROM pg_class
  WHERE relnamespace = 'public'::regnamespace
  ORDER BY relname`;

const sequence = `
  SELECT pg_get_serial_sequence('migration_control', 'id') AS owned, data_type, start_value, increment_by, cycle
  FROM pg_sequences
  WHERE sequencename = 'migration_control_id_seq'`;

const triggers = `SELECT tgname FROM pg_trigger WHERE tgrelid = 'migration_control'::regclass`;

let ours: TestDatabase;
let theirs: TestDatabase;
let schema: string;

beforeAll(async () => {
  schema = await readSql('migration_control.sql');
  ours = await createDatabase();
  theirs = await createDatabase();
  await ours.query(schema);
  await theirs.query(specification);
});
afterAll(async () => {
  await ours?.drop();
  await theirs?.drop();
});

async function describeTable(database: TestDatabase) {
  const [tableColumns, tableConstraints, tableIndexes, all, tableSequence, tableTriggers] = await Promise.all(
    [columns, constraints, indexes, relations, sequence, triggers].map(
      async (query) => (await database.query(query)).rows,
    ),
  );
  return { tableColumns, tableConstraints, tableIndexes, all, tableSequence, tableTriggers };
}

describe('the table of migration_control.sql', () => {
  it('has exactly the columns, types, constraints and indexes of the specification', async () => {
    const described = await describeTable(ours);
    expect(described).toEqual(await describeTable(theirs));
    // A catalogue query that found nothing would compare equal, too.
    expect(described.tableColumns).toHaveLength(14);
    expect(described.tableSequence).toHaveLength(1);
  });

  it('has the four indexes of the specification in addition to the primary key', async () => {
    const { rows } = await ours.query(indexes);
    expect(rows.map((row) => row.name)).toEqual([
      'idx_migration_control_phase',
      'idx_migration_control_started_at',
      'idx_migration_control_status',
      'idx_migration_control_table',
      'migration_control_pkey',
    ]);
  });

  it('is reported as different if one column, check or index differs', async () => {
    const before = await describeTable(theirs);
    for (const change of [
      'ALTER TABLE migration_control ALTER records_processed TYPE bigint',
      'ALTER TABLE migration_control ALTER started_at TYPE timestamptz',
      'ALTER TABLE migration_control ALTER started_at SET DEFAULT now()',
      'ALTER TABLE migration_control ALTER phase DROP NOT NULL',
      'ALTER TABLE migration_control DROP CONSTRAINT migration_control_status_check',
      'ALTER TABLE migration_control RENAME CONSTRAINT migration_control_phase_check TO phase_check',
      'DROP INDEX idx_migration_control_table',
      'CREATE INDEX ON migration_control (worker_id)',
    ]) {
      const client = await theirs.connect();
      await client.query(`BEGIN; ${change}`);
      const tables: unknown[] = [];
      for (const query of [columns, constraints, indexes, relations]) tables.push((await client.query(query)).rows);
      await client.end();
      expect(tables, change).not.toEqual([
        before.tableColumns,
        before.tableConstraints,
        before.tableIndexes,
        before.all,
      ]);
    }
  });

  it.each(['discovery', 'planning', 'mapping', 'execution', 'validation', 'rollback'])(
    'accepts the phase %s with every status of the specification',
    async (phase) => {
      const { rowCount } = await ours.query(
        `INSERT INTO migration_control (phase, table_name, operation, status)
         SELECT $1, 'brackets', 'batch_migration', status
         FROM unnest(ARRAY['pending', 'running', 'completed', 'failed', 'paused', 'skipped']) AS status`,
        [phase],
      );
      expect(rowCount).toBe(6);
    },
  );

  it.each([
    ['an unknown phase', 'cleanup', 'pending', 'migration_control_phase_check'],
    ['an unknown status', 'execution', 'done', 'migration_control_status_check'],
    ['a status in capitals', 'execution', 'Running', 'migration_control_status_check'],
  ])('refuses %s', async (_, phase, status, constraint) => {
    await expect(
      ours.query(
        `INSERT INTO migration_control (phase, table_name, operation, status)
         VALUES ($1, 'brackets', 'batch_migration', $2)`,
        [phase, status],
      ),
    ).rejects.toMatchObject({ code: '23514', constraint });
  });
});

describe('running migration_control.sql again', () => {
  it('changes neither the table nor its rows nor the sequence', async () => {
    await using database = await createDatabase({ examples: true });
    const rows = 'SELECT *, xmin FROM migration_control ORDER BY id';
    const last = 'SELECT last_value, is_called FROM migration_control_id_seq';
    const before = [await describeTable(database), (await database.query(rows)).rows];
    const { rows: lastBefore } = await database.query(last);
    await database.query(schema);
    await database.query(schema);
    expect([await describeTable(database), (await database.query(rows)).rows]).toEqual(before);
    expect((await database.query(last)).rows).toEqual(lastBefore);
    expect(lastBefore).toHaveLength(1);
  });

  it('creates a dropped index again', async () => {
    await using database = await createDatabase({ schema: true });
    await database.query('DROP INDEX idx_migration_control_status');
    await database.query(schema);
    expect(await describeTable(database)).toEqual(await describeTable(theirs));
  });

  it('installs into the first schema of the search path', async () => {
    await using database = await createDatabase({ schema: true });
    const client = await database.connect();
    await client.query('CREATE SCHEMA tracking; SET search_path = tracking');
    await client.query(schema);
    const { rows } = await client.query(
      `SELECT schemaname, count(*)::int FROM pg_indexes WHERE tablename = 'migration_control' GROUP BY 1 ORDER BY 1`,
    );
    expect(rows).toEqual([
      { schemaname: 'public', count: 5 },
      { schemaname: 'tracking', count: 5 },
    ]);
  });

  it('has no psql command in the file, because it is also sent as one query', () => {
    expect(schema).not.toMatch(/\\/);
  });
});
