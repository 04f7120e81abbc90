import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureKind } from '../../source/domain/failure-kind.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.query(`
    CREATE TABLE parent (id int PRIMARY KEY);
    CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, parent_b int CONSTRAINT b_fkey REFERENCES parent,
      name varchar(8) NOT NULL, code varchar(8) NOT NULL, n int CHECK (n > 0), m int CONSTRAINT m_ok CHECK (m > 0),
      small smallint, price numeric(5, 2), during int4range, EXCLUDE USING gist (during WITH &&));
    INSERT INTO parent VALUES (1), (2);
    INSERT INTO child (id, parent_id, name, code, during) VALUES (1, 1, 'a', 'a', '[1,9]'), (2, 2, 'b', 'b', '[20,29]');
    CREATE FUNCTION fail(state text, words text) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = words; END $$;
    CREATE TYPE mood AS ENUM ('calm');
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE VIEW summed AS SELECT count(*) FROM parent`);
});
afterAll(() => database?.drop());

const child = 'INSERT INTO child (id, parent_id, name, code, n, m, small, price, during) VALUES';

/** Two statements a SQLSTATE that fail for the same cause with other values. */
const errors: readonly (readonly [state: string, one: string, other: string])[] = [
  ['23502', `${child} (3, 1, NULL, 'x', 1, 1, 1, 1, NULL)`, `${child} (4, 2, 'x', NULL, 1, 1, 1, 1, NULL)`],
  [
    '23503',
    `${child} (3, 77, 'x', 'x', 1, 1, 1, 1, NULL)`,
    `INSERT INTO child (id, parent_b, name, code) VALUES (4, 78, 'x', 'x')`,
  ],
  ['23505', `INSERT INTO parent VALUES (1)`, `${child} (2, 1, 'x', 'x', 1, 1, 1, 1, NULL)`],
  ['23514', `${child} (3, 1, 'x', 'x', 0, 1, 1, 1, NULL)`, `${child} (4, 1, 'x', 'x', 1, 0, 1, 1, NULL)`],
  ['23P01', `${child} (3, 1, 'x', 'x', 1, 1, 1, 1, '[2,3]')`, `${child} (4, 1, 'x', 'x', 1, 1, 1, 1, '[21,22]')`],
  [
    '22001',
    `${child} (3, 1, 'much too long', 'x', 1, 1, 1, 1, NULL)`,
    `${child} (4, 1, 'x', 'too long as well', 1, 1, 1, 1, NULL)`,
  ],
  ['22003', `SELECT 3000000000::int`, `SELECT 4000000000::int`],
  ['22P02', `SELECT 'abc'::int`, `SELECT 'x12'::int`],
  ['22P02', `SELECT 'angry'::mood`, `SELECT 'sad'::mood`],
  ['22007', `SELECT 'yesterday-ish'::date`, `SELECT 'soon'::date`],
  ['22008', `SELECT '2026-02-30'::date`, `SELECT '2026-13-01'::date`],
  ['22012', `SELECT 1 / 0`, `SELECT 2 / 0`],
  ['22021', `SELECT convert_from('\\xe92061', 'UTF8')`, `SELECT convert_from('\\xe92062', 'UTF8')`],
  ['22P05', `SELECT convert_to('ż', 'LATIN1')`, `SELECT convert_to('ś', 'LATIN1')`],
  [
    '22023',
    `SELECT make_interval(secs => 1) FROM set_config('work_mem', '1', false)`,
    `SELECT set_config('work_mem', '2', false)`,
  ],
  ['22004', `SELECT array_fill(1, NULL)`, `SELECT array_fill(2, NULL)`],
  ['22011', `SELECT substring('abc' FROM 1 FOR -1)`, `SELECT substring('abcd' FROM 1 FOR -2)`],
  [
    '22013',
    `SELECT sum(n) OVER (ORDER BY n ROWS -1 PRECEDING) FROM generate_series(1, 3) n`,
    `SELECT sum(n) OVER (ORDER BY n ROWS -2 PRECEDING) FROM generate_series(1, 4) n`,
  ],
  ['2201B', `SELECT 'a' ~ '('`, `SELECT 'b' ~ 'x('`],
  ['2201E', `SELECT ln(-1::numeric)`, `SELECT ln(-2::numeric)`],
  ['2201F', `SELECT power(-1::numeric, 0.5)`, `SELECT power(-2::numeric, 0.25)`],
  ['2201W', `SELECT 1 LIMIT -1`, `SELECT 2 LIMIT -2`],
  ['2201X', `SELECT 1 OFFSET -1`, `SELECT 2 OFFSET -2`],
  ['21000', `SELECT (SELECT id FROM parent)`, `SELECT (SELECT id + 1 FROM parent)`],
  ['2202E', `SELECT ARRAY[1, 2] || ARRAY[ARRAY[ARRAY[1, 2]]]`, `SELECT ARRAY[1] || ARRAY[ARRAY[ARRAY[5]]]`],
  ['25P02', `BEGIN; SELECT 1/0`, `BEGIN; SELECT 1/0`],
  ['26000', `EXECUTE nothing_1`, `EXECUTE nothing_2`],
  ['34000', `FETCH FROM cursor_a`, `FETCH FROM cursor_b`],
  ['3D000', `ALTER DATABASE db_missing_1 RENAME TO x`, `ALTER DATABASE db_missing_2 RENAME TO x`],
  ['3F000', `CREATE TABLE no_schema_1.t (id int)`, `CREATE TABLE no_schema_2.t (id int)`],
  [
    '40001',
    `SELECT fail('40001', 'could not serialize access due to concurrent update')`,
    `SELECT fail('40001', 'could not serialize access due to concurrent update')`,
  ],
  ['40P01', `SELECT fail('40P01', 'deadlock detected')`, `SELECT fail('40P01', 'deadlock detected')`],
  ['42501', `SET ROLE pg_monitor; SELECT * FROM parent`, `SET ROLE pg_monitor; SELECT * FROM child`],
  ['42601', `SELEC 1`, `SELLECT 2`],
  ['42703', `SELECT missing_a FROM parent`, `SELECT missing_b FROM child`],
  ['42704', `DROP TYPE no_type_1`, `DROP TYPE no_type_2`],
  ['42710', `CREATE ROLE postgres`, `CREATE ROLE postgres`],
  ['42803', `SELECT id, count(*) FROM parent`, `SELECT name, count(*) FROM child`],
  ['42804', `SELECT CASE WHEN true THEN 1 ELSE now() END`, `SELECT CASE WHEN false THEN 2 ELSE now() END`],
  ['42883', `SELECT no_function_1(1)`, `SELECT no_function_2(2)`],
  ['42P01', `SELECT * FROM missing_1`, `SELECT * FROM "Missing 2"`],
  ['42P07', `CREATE TABLE parent ()`, `CREATE TABLE child ()`],
  [
    '42P10',
    `SELECT DISTINCT ON (id) id FROM parent ORDER BY id + 1`,
    `SELECT DISTINCT ON (id) id FROM child ORDER BY id + 2`,
  ],
  [
    '428C9',
    `CREATE TEMP TABLE a (id int GENERATED ALWAYS AS IDENTITY); INSERT INTO a VALUES (1)`,
    `CREATE TEMP TABLE b (n int GENERATED ALWAYS AS IDENTITY); INSERT INTO b VALUES (2)`,
  ],
  ['54023', `SELECT concat(${Array(1701).fill('1').join()})`, `SELECT concat(${Array(1702).fill('1').join()})`],
  ['55000', `SELECT currval('s_1') FROM (SELECT 1) x`, `SELECT currval('s_2') FROM (SELECT 1) x`],
  [
    '55P03',
    `SELECT fail('55P03', 'could not obtain lock on row in relation "cases"')`,
    `SELECT fail('55P03', 'could not obtain lock on row in relation "charges"')`,
  ],
  ['57014', `SET statement_timeout = 20; SELECT pg_sleep(5)`, `SET statement_timeout = 21; SELECT pg_sleep(6)`],
  ['P0001', `SELECT fail('P0001', 'batch 3 is not complete')`, `SELECT fail('P0001', 'batch 41 is not complete')`],
];

async function errorOf(statement: string): Promise<pg.DatabaseError> {
  const client = await database.connect();
  try {
    for (const one of statement.startsWith('BEGIN; ') ? statement.split('; ') : [statement]) {
      if (one.startsWith('SELECT 1/0')) await client.query(one).catch(() => {});
      else await client.query(one);
    }
    await client.query('SELECT 1');
  } catch (error) {
    if (error instanceof pg.DatabaseError) return error;
    throw error;
  } finally {
    await client.end();
  }
  throw new Error(`No error: ${statement}`);
}

describe('the errors that PostgreSQL itself raises', () => {
  it('have at least forty SQLSTATEs', () => {
    expect(new Set(errors.map(([state]) => state)).size).toBeGreaterThanOrEqual(40);
  });

  it.each(errors)('%s is one kind, whatever the values are', async (state, one, other) => {
    await database.query('CREATE SEQUENCE IF NOT EXISTS s_1; CREATE SEQUENCE IF NOT EXISTS s_2');
    const [first, second] = [await errorOf(one), await errorOf(other)];
    expect([first.code, second.code]).toEqual([state, state]);
    expect(failureKind(first.message).kind).toBe(failureKind(second.message).kind);
    // As workers write it: with the severity before it and the fields after it.
    const full = `ERROR:  ${first.message}\nDETAIL:  ${first.detail ?? 'Row 7.'}\nHINT:  ${first.hint ?? 'None.'}`;
    expect(failureKind(full).kind).toBe(failureKind(first.message).kind);
    expect(failureKind(`ERROR:  ${state}: ${first.message}`).sqlState).toBe(state);
  });

  it('of other causes are other kinds', async () => {
    const kinds = await Promise.all(
      errors.slice(0, 12).map(async ([, one]) => failureKind((await errorOf(one)).message).kind),
    );
    expect(new Set(kinds).size).toBe(kinds.length);
  });
});
