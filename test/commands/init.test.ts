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

it('prints the SQL without a database', async () => {
  expect(await runProgram(['init'])).toEqual({
    code: 0,
    signal: null,
    stdout: await readSql('migration_control.sql'),
    stderr: '',
  });
});

it('creates the table with --apply, and leaves it and its rows unchanged the second time', async () => {
  const first = await runProgram(['init', '--apply', database.url]);
  expect(first).toEqual({
    code: 0,
    signal: null,
    stdout: `created migration_control in database "${database.name}" at 127.0.0.1\n`,
    // The SQL is shown before it runs, also in a log.
    stderr: expect.stringMatching(/^BEGIN;\n[\s\S]*CREATE TABLE[\s\S]*\nCOMMIT;\n/),
  });
  const before = await shape();
  expect(before).toHaveLength(14);
  await database.query(
    "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'brackets', 'batch', 'running')",
  );
  expect(await runProgram(['init', '--apply', database.url])).toEqual({
    ...first,
    stderr: expect.stringContaining('CREATE TABLE'),
    stdout: `migration_control already exists in database "${database.name}" at 127.0.0.1\n`,
  });
  expect(await shape()).toEqual(before);
  expect((await database.query('SELECT id, status FROM migration_control')).rows).toEqual([
    { id: 1, status: 'running' },
  ]);
  const status = await runProgram(['status', database.url]);
  expect(status).toMatchObject({ code: 0, stderr: '' });
  expect(status.stdout).toContain('1 running');
});

it('does all of it or nothing: leaves a different table of that name unchanged, and names the remedy', async () => {
  await using other = await createDatabase();
  await other.query('CREATE TABLE migration_control (id int, note text)');
  const { code, stdout, stderr } = await runProgram(['init', '--apply', other.url]);
  expect([code, stdout]).toEqual([5, '']);
  expect(stderr).toMatch(/^migtop: A different table migration_control already exists: .*\n$/m);
  const { rows } = await other.query("SELECT indexname FROM pg_indexes WHERE tablename = 'migration_control'");
  expect(rows).toEqual([]);
});

it('names the GRANT if the role may not create tables', async () => {
  const role = await database.role();
  await database.query('CREATE SCHEMA empty');
  const url = `${role}?options=${encodeURIComponent('-c search_path=public')}`;
  const { code, stderr } = await runProgram(['init', '--apply', url]);
  expect(code).toBe(6);
  expect(stderr).toMatch(
    /\nmigtop: User ".*" cannot create the table: .*\. Ask the owner of database ".*" for: GRANT CREATE ON SCHEMA public TO .*\n$/,
  );
});

it('reports that no schema exists to create the table in', async () => {
  const url = `${database.url}?options=${encodeURIComponent('-c search_path=nowhere')}`;
  const { code, stderr } = await runProgram(['init', '--apply', url]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/\nmigtop: Cannot create the table: .*CREATE SCHEMA …\n$/);
});

it('takes no --table', async () => {
  const { code, stdout, stderr } = await runProgram(['init', '--table', 'other']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^migtop: init takes no --table: /);
});

it('names the owner of the table if another role created it', async () => {
  await using other = await createDatabase();
  const stranger = await other.role({ grants: ['ALL ON SCHEMA public'] });
  expect(await runProgram(['init', '--apply', stranger])).toMatchObject({ code: 0 });
  const { code, stdout, stderr } = await runProgram(['init', '--apply', other.url]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^migration_control already exists/)]);
  expect(stderr.split('\n').slice(-2)).toEqual([
    `migtop: note: public.migration_control belongs to ${new URL(stranger).username}`,
    '',
  ]);
});

it('says before it shows any SQL why nothing can be written, and what helps', async () => {
  await using readOnly = await createDatabase();
  await readOnly.query(`ALTER DATABASE ${readOnly.name} SET default_transaction_read_only = on`);
  const allowed = "PGOPTIONS='-c default_transaction_read_only=off'";
  expect(await runProgram(['init', '--apply', readOnly.url])).toEqual({
    code: 1,
    signal: null,
    stdout: '',
    stderr: `migtop: Cannot apply it: read-only: this database is set to read-only transactions. Change that, or allow it for this run: ${allowed}.\n`,
  });
  const env = { PGOPTIONS: '-c default_transaction_read_only=off' };
  expect(await runProgram(['init', '--apply', readOnly.url], { env })).toMatchObject({ code: 0 });
});
