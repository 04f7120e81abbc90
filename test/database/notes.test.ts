import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseError } from '../../source/database/database-error.ts';
import type { Target } from '../../source/database/target.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let schema: string;
let table: OpenedTable | undefined;

beforeAll(async () => {
  schema = await readSql('migration_control.sql');
});
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  await table?.close();
  table = undefined;
  await database.drop();
});

async function createIn(name: string): Promise<void> {
  await database.query(`CREATE SCHEMA IF NOT EXISTS ${name}; SET search_path = ${name}; ${schema}; RESET search_path`);
}

const path = (...schemas: string[]) =>
  database.query(`ALTER DATABASE ${database.name} SET search_path = ${schemas.join()}`);

async function open(named?: string, url = database.url): Promise<OpenedTable> {
  table = await openTable(url, named);
  return table;
}

/** A login role that owns nothing yet. */
async function newRole(): Promise<{ name: string; url: string }> {
  const url = await database.role();
  return { name: new URL(url).username, url };
}

describe('several tables with the same name', () => {
  beforeEach(async () => {
    await createIn('app');
    await createIn('public');
  });

  it('is the one that comes first on the search path, and the note names the others', async () => {
    await path('app', 'public');
    const { target } = await open();
    expect(target.table).toBe('app.migration_control');
    expect(target.namesakes).toEqual(['public.migration_control']);
    expect(target.notes).toEqual([
      'watching app.migration_control (owner postgres), first on the search path; public.migration_control exists too: choose with --table',
    ]);
  });

  it('is reported if the others are not on the search path', async () => {
    expect((await open()).target.notes).toEqual([
      'watching public.migration_control (owner postgres); app.migration_control exists too: choose with --table',
    ]);
  });

  it('is not reported if the user named the schema', async () => {
    const { target } = await open('app.migration_control');
    expect(target).toMatchObject({
      table: 'app.migration_control',
      namesakes: ['public.migration_control'],
      notes: [],
    });
  });

  it('is not reported to a role that may not use the other schema', async () => {
    const url = await database.role({ grants: ['SELECT ON public.migration_control'] });
    expect((await open(undefined, url)).target).toMatchObject({ namesakes: [], notes: [] });
  });

  it('is kept when another one becomes the first on the search path', async () => {
    const watched = await open('migration_control');
    await path('app', 'public');
    await database.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await watched.poll([]).catch(() => {});
    const target = await watched.inspect();
    expect(target.table).toBe('public.migration_control');
    expect(target.notes).toEqual([
      'still watching public.migration_control (owner postgres), though app.migration_control comes first on the search path now',
    ]);
  });

  it('may be unsuitable: the error names the other one', async () => {
    await database.query('ALTER TABLE app.migration_control DROP COLUMN phase');
    await path('app', 'public');
    await expect(open()).rejects.toThrow('There is one of that name elsewhere: --table public.migration_control');
  });
});

it('watches the table even if the catalogs may not be read', async () => {
  await createIn('public');
  await database.query('REVOKE SELECT ON pg_type FROM PUBLIC');
  await database.query('GRANT SELECT (oid, typname, typcategory, typnamespace) ON pg_type TO PUBLIC');
  const url = await database.role({ grants: ['SELECT ON migration_control'] });
  const { target } = await open(undefined, url);
  expect(target.namesakes).toEqual([]);
  expect(target.notes).toEqual([expect.stringMatching(/^cannot look for other tables of this name: .*pg_type/)]);
});

it('looks for code of other owners only for a role with privileges, and where another role owns anything', async () => {
  await createIn('public');
  await database.query('REVOKE SELECT ON pg_policy FROM PUBLIC');
  const plain = await database.role({ grants: ['SELECT ON migration_control'] });
  const powerful = await database.role({ grants: ['SELECT ON migration_control'] });
  const owner = await newRole();
  await database.query(`ALTER ROLE ${new URL(powerful).username} CREATEROLE`);
  const notesFor = async (url: string): Promise<readonly string[]> => {
    await using opened = await openTable(url);
    return opened.target.notes;
  };
  expect(await notesFor(powerful)).toEqual([]);
  const cannot = expect.stringMatching(/^cannot look for code of other owners: .*pg_policy/);
  for (const [made, undone] of [
    [`CREATE TABLE owned (); ALTER TABLE owned OWNER TO ${owner.name}`, 'DROP TABLE owned'],
    [`CREATE DOMAIN owned AS text; ALTER DOMAIN owned OWNER TO ${owner.name}`, 'DROP DOMAIN owned'],
    [
      `CREATE FUNCTION owned() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION owned() OWNER TO ${owner.name}`,
      'DROP FUNCTION owned()',
    ],
  ] as const) {
    await database.query(made);
    expect(await notesFor(powerful), made).toEqual([cannot]);
    expect(await notesFor(plain), made).toEqual([]);
    await database.query(undone);
  }
  expect(await notesFor(powerful)).toEqual([]);
});

it('reports that the table is a different one than before', async () => {
  await createIn('public');
  const watched = await open();
  await database.query('CREATE SCHEMA kept; ALTER TABLE migration_control SET SCHEMA kept');
  await createIn('public');
  await database.query('DROP SCHEMA kept CASCADE');
  expect((await watched.inspect()).notes).toEqual([
    'public.migration_control is not the same table as before: it was created again, or renamed',
  ]);
  expect((await watched.inspect()).notes).toEqual([]);
});

it('does not use a temporary table, which may belong to another client of a pooler', async () => {
  await createIn('public');
  const client = await database.connect();
  await client.query('CREATE TEMPORARY TABLE migration_control (LIKE public.migration_control)');
  const { rows } = await client.query<{ name: string }>('SELECT pg_my_temp_schema()::regnamespace::text AS name');
  const failed = await open(`${rows[0]?.name}.migration_control`).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(DatabaseError);
  expect((failed as DatabaseError).kind).toBe('unfit-table');
  expect((failed as DatabaseError).message).toContain('is a temporary table');
});

describe('code of the table that runs with the privileges of a superuser', () => {
  let owner: { name: string; url: string };

  beforeEach(async () => {
    owner = await newRole();
    await createIn('public');
    await database.query(
      `GRANT CREATE, USAGE ON SCHEMA public TO ${owner.name}; ALTER TABLE migration_control OWNER TO ${owner.name}`,
    );
  });

  const cases: readonly (readonly [string, string, string])[] = [
    [
      'a trigger',
      `CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
       CREATE TRIGGER stamp BEFORE UPDATE ON migration_control FOR EACH ROW EXECUTE FUNCTION stamp()`,
      'trigger stamp',
    ],
    [
      'the condition of a trigger',
      `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
       CREATE FUNCTION due(text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
       CREATE TRIGGER stamp BEFORE UPDATE ON migration_control FOR EACH ROW WHEN (due(NEW.status)) EXECUTE FUNCTION keep()`,
      'function due',
    ],
    ['a rule', 'CREATE RULE also AS ON UPDATE TO migration_control DO ALSO SELECT 1', 'rule also'],
    [
      'a domain',
      'CREATE DOMAIN word AS text CHECK (length(VALUE) > 0); ALTER TABLE migration_control ALTER source_query TYPE word',
      'domain word',
    ],
    [
      'a cast',
      `CREATE TYPE mood AS ENUM ('good');
       CREATE FUNCTION moody(mood) RETURNS json LANGUAGE sql AS 'SELECT NULL::json';
       CREATE CAST (mood AS json) WITH FUNCTION moody(mood); ALTER TABLE migration_control ADD mood mood`,
      'cast mood',
    ],
    [
      'a default',
      `CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER TABLE migration_control ALTER batch_size SET DEFAULT one()`,
      'function one',
    ],
    [
      'a generated column',
      `CREATE FUNCTION twice(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT 2 * $1';
       ALTER TABLE migration_control ADD twice integer GENERATED ALWAYS AS (twice(batch_size)) STORED`,
      'function twice',
    ],
    [
      'an index',
      `CREATE FUNCTION low(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)'; CREATE INDEX ON migration_control (low(phase))`,
      'function low',
    ],
    [
      'an operator that a CHECK was bound to',
      `CREATE FUNCTION same(varchar, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
       CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = text, FUNCTION = same);
       ALTER TABLE migration_control ADD CHECK (phase = 'execution'::text OR true)`,
      'operator =',
    ],
  ];

  /** The notes about code that runs with the role's rights. */
  const ofCode = ({ notes }: Pick<Target, 'notes'>): string[] => notes.filter((note) => note.startsWith('you are '));

  it.each(cases)('is named: %s', async (_, made, said) => {
    const client = await database.connect(owner.url);
    await client.query(made);
    expect(ofCode((await open()).target)).toEqual([
      `you are superuser, and code of other owners runs with your privileges: ${said} (owner ${owner.name})`,
    ]);
  });

  const called = (name: string, types: string): string =>
    `CREATE FUNCTION ${name}(${types}) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN true; END'`;

  it.each([
    ['a CHECK of the table', 'ALTER TABLE migration_control ADD CHECK (called(phase))'],
    ['a default', 'ALTER TABLE migration_control ADD more boolean DEFAULT called(NULL)'],
    ['a generated column', 'ALTER TABLE migration_control ADD more boolean GENERATED ALWAYS AS (called(phase)) STORED'],
    ['an index', 'CREATE INDEX ON migration_control (called(phase))'],
    ['the predicate of an index', 'CREATE INDEX ON migration_control (id) WHERE called(phase)'],
    [
      'a domain',
      'CREATE DOMAIN word AS text CHECK (called(VALUE)); ALTER TABLE migration_control ALTER source_query TYPE word',
    ],
    [
      'a domain over a domain',
      `CREATE DOMAIN word AS text CHECK (called(VALUE)); CREATE DOMAIN words AS word;
       ALTER TABLE migration_control ALTER source_query TYPE words`,
    ],
    [
      'a domain in an array',
      'CREATE DOMAIN word AS text CHECK (called(VALUE)); ALTER TABLE migration_control ADD more word[]',
    ],
    ['a rule', 'CREATE RULE also AS ON UPDATE TO migration_control DO ALSO SELECT called(NEW.phase)'],
    [
      'a partition key',
      `ALTER TABLE migration_control RENAME TO old;
       CREATE TABLE migration_control (LIKE old) PARTITION BY LIST (called(phase))`,
    ],
  ])('is named if a superuser’s table calls a third role’s function: in %s', async (_, made) => {
    await database.query(`ALTER TABLE migration_control OWNER TO postgres`);
    const client = await database.connect(owner.url);
    await client.query(called('called', 'text'));
    await database.query(made);
    expect(ofCode((await open()).target)).toEqual([
      `you are superuser, and code of other owners runs with your privileges: function called (owner ${owner.name})`,
    ]);
  });

  it.each([
    ['the view itself', 'CREATE VIEW control AS SELECT * FROM migration_control WHERE called(phase)'],
    [
      'a view under it',
      `CREATE VIEW below AS SELECT * FROM migration_control WHERE called(phase);
       CREATE VIEW between AS SELECT * FROM below; CREATE VIEW control AS SELECT * FROM between`,
    ],
  ])('is named if a superuser’s view calls a third role’s function: in %s', async (_, made) => {
    const client = await database.connect(owner.url);
    await client.query(called('called', 'text'));
    await database.query(made.replaceAll('between', '"between"'));
    expect(ofCode((await open('control')).target)).toEqual([
      `you are superuser, and code of other owners runs with your privileges: function called (owner ${owner.name})`,
    ]);
  });

  it('is named if a superuser’s view reads another role’s view', async () => {
    const client = await database.connect(owner.url);
    await client.query('CREATE VIEW below AS SELECT * FROM migration_control');
    await database.query('CREATE VIEW control AS SELECT * FROM below');
    expect(ofCode((await open('control')).target)).toEqual([
      `you are superuser, and code of other owners runs with your privileges: view below (owner ${owner.name})`,
    ]);
  });

  it('is named if a policy calls a third role’s function', async () => {
    const client = await database.connect(owner.url);
    await client.query(called('called', 'text'));
    await database.query(
      `ALTER TABLE migration_control OWNER TO postgres; ALTER TABLE migration_control ENABLE ROW LEVEL SECURITY;
       CREATE POLICY mine ON migration_control USING (called(phase))`,
    );
    const url = await database.role({ grants: ['SELECT ON migration_control'] });
    await database.query(`ALTER ROLE ${new URL(url).username} CREATEROLE`);
    expect(ofCode((await open(undefined, url)).target)).toEqual([
      `you are a role with CREATEROLE, and code of other owners runs with your privileges: function called (owner ${owner.name})`,
    ]);
  });

  it('is named for a view', async () => {
    const client = await database.connect(owner.url);
    await client.query('CREATE VIEW control AS SELECT * FROM migration_control');
    expect((await open('control')).target.notes).toEqual([
      `you are superuser, and code of other owners runs with your privileges: view control (owner ${owner.name})`,
    ]);
  });

  it('is named for a policy if the role has privileges and the policy applies to it', async () => {
    const client = await database.connect(owner.url);
    await client.query(
      'ALTER TABLE migration_control ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON migration_control USING (true)',
    );
    const url = await database.role({ grants: ['SELECT ON migration_control'] });
    await database.query(`ALTER ROLE ${new URL(url).username} CREATEROLE`);
    expect((await open(undefined, url)).target.notes).toEqual([
      'row-level security: figures include only the rows that you may see',
      `you are a role with CREATEROLE, and code of other owners runs with your privileges: policy mine (owner ${owner.name})`,
    ]);
  });

  it.each([
    ['to a role without such rights', async () => database.role({ grants: ['SELECT ON migration_control'] })],
    ['to the owner', async () => owner.url],
  ])('is not reported %s', async (_, url) => {
    const client = await database.connect(owner.url);
    await client.query(cases[0]?.[1] ?? '');
    expect(ofCode((await open(undefined, await url())).target)).toEqual([]);
  });

  it('is not reported for a disabled trigger, or one whose function a superuser owns', async () => {
    const client = await database.connect(owner.url);
    await client.query(cases[0]?.[1] ?? '');
    await client.query('ALTER TABLE migration_control DISABLE TRIGGER stamp');
    const watched = await open();
    expect(watched.target.notes).toEqual([]);
    await client.query('ALTER TABLE migration_control ENABLE TRIGGER stamp');
    await database.query('ALTER FUNCTION stamp() OWNER TO postgres');
    expect(ofCode(await watched.inspect())).toEqual([]);
  });

  it('is not run if the name may mean another table of the search path: the schema has to be named', async () => {
    await database.query(
      `CREATE SCHEMA app; ALTER TABLE migration_control SET SCHEMA app; ALTER TABLE app.migration_control OWNER TO postgres`,
    );
    await path('public', 'app');
    const client = await database.connect(owner.url);
    await client.query(`CREATE FUNCTION caught() RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''caught''; END';
      CREATE VIEW public.migration_control AS SELECT id, coalesce(phase, caught()) AS phase, table_name, operation, status, records_processed, total_records,
        started_at, completed_at, error_message, batch_size, worker_id, source_query, validation_query
        FROM (VALUES (1, NULL, 'a', 'b', 'running', 1, 1, localtimestamp, localtimestamp, 'a', 1, 1, 'a', 'a')) AS rows (id, phase, table_name,
          operation, status, records_processed, total_records, started_at, completed_at, error_message, batch_size, worker_id, source_query,
          validation_query)`);
    await expect(open()).rejects.toThrow(
      `public.migration_control comes first on the search path, and app.migration_control is there too: you are superuser, and code of other owners runs with your privileges: view migration_control (owner ${owner.name}), function caught (owner ${owner.name}). Name the table that you mean with --table schema.name`,
    );
    expect((await open('app.migration_control')).target.namesakes).toEqual(['public.migration_control']);
  });
});
