import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { runProgram } from '../support/program.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database?.drop());

const shape = async () =>
  (
    await database.query(
      `SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute
       WHERE attrelid = 'migration_control'::regclass AND attnum > 0 ORDER BY attnum`,
    )
  ).rows;

it('prints the SQL, for which it needs no database', async () => {
  expect(await runProgram(['init'])).toEqual({
    code: 0,
    signal: null,
    stdout: await readSql('migration_control.sql'),
    stderr: '',
  });
});

it('creates the table with --apply, and the second time leaves it and its rows alone', async () => {
  const first = await runProgram(['init', '--apply', database.url]);
  expect(first).toEqual({
    code: 0,
    signal: null,
    stdout: `migration_control is there, in database "${database.name}" at 127.0.0.1.\n`,
    stderr: '',
  });
  const before = await shape();
  expect(before).toHaveLength(14);
  await database.query(
    "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'brackets', 'batch', 'running')",
  );
  expect(await runProgram(['init', '--apply', database.url])).toEqual(first);
  expect(await shape()).toEqual(before);
  expect((await database.query('SELECT id, status FROM migration_control')).rows).toEqual([
    { id: 1, status: 'running' },
  ]);
  const status = await runProgram(['status', database.url]);
  expect(status).toMatchObject({ code: 0, stderr: '' });
  expect(status.stdout).toContain('1 running');
});

it('does all of it or nothing: another table of that name is left as it was, and the remedy is told', async () => {
  const other = await createDatabase();
  try {
    await other.query('CREATE TABLE migration_control (id int, note text)');
    const { code, stdout, stderr } = await runProgram(['init', '--apply', other.url]);
    expect([code, stdout]).toEqual([5, '']);
    expect(stderr).toMatch(/^migtop: There is a migration_control already, and it is another table: .*\n$/);
    const { rows } = await other.query("SELECT indexname FROM pg_indexes WHERE tablename = 'migration_control'");
    expect(rows).toEqual([]);
  } finally {
    await other.drop();
  }
});

it('asks for the right to create where it is missing', async () => {
  const role = await database.role();
  await database.query('CREATE SCHEMA empty');
  const url = `${role}?options=${encodeURIComponent('-c search_path=public')}`;
  const { code, stderr } = await runProgram(['init', '--apply', url]);
  expect(code).toBe(6);
  expect(stderr).toMatch(
    /^migtop: User ".*" may not create the table: .*\. Ask the owner of database ".*" for: GRANT CREATE ON SCHEMA public TO .*\n$/,
  );
});

it('says that there is no schema to create the table in', async () => {
  const url = `${database.url}?options=${encodeURIComponent('-c search_path=nowhere')}`;
  const { code, stderr } = await runProgram(['init', '--apply', url]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^migtop: There is no schema to create the table in: .*CREATE SCHEMA …\n$/);
});

it('takes no --table: the table has one name', async () => {
  const { code, stdout, stderr } = await runProgram(['init', '--table', 'other']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/it takes no --table\.\n$/);
});

it('says whose the table is where another role has made it before', async () => {
  const other = await createDatabase();
  try {
    const stranger = await other.role({ grants: ['ALL ON SCHEMA public'] });
    expect(await runProgram(['init', '--apply', stranger])).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout, stderr } = await runProgram(['init', '--apply', other.url]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^migration_control is there/)]);
    expect(stderr).toBe(`migtop: note: public.migration_control belongs to ${new URL(stranger).username}\n`);
  } finally {
    await other.drop();
  }
});
