import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseError } from '../../source/database/database-error.ts';
import { unfiltered } from '../../source/domain/filter/resolve.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let schema: string;
const opened: OpenedTable[] = [];

beforeAll(async () => {
  database = await createDatabase();
  schema = await readSql('migration_control.sql');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((table) => table.close()));
  // Each test makes its own tables; the schema public is there again, as it came.
  const { rows } = await database.query<{ name: string }>(
    "SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'",
  );
  for (const { name } of rows) await database.query(`DROP SCHEMA ${name} CASCADE`);
  await database.query('CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO public');
});
afterAll(() => database?.drop());

async function open(named?: string, url = database.url): Promise<OpenedTable> {
  const table = await openTable(url, named);
  opened.push(table);
  return table;
}

async function failure(named?: string, url?: string): Promise<DatabaseError> {
  const error = await open(named, url).then(
    () => expect.fail('it opened'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof DatabaseError)) throw error;
  expect(error.message).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
  return error;
}

/** Creates the specification's table in a schema of that name, which need not exist. */
async function createIn(name: string): Promise<void> {
  await database.query(`CREATE SCHEMA IF NOT EXISTS ${name}; SET search_path = ${name}; ${schema}; RESET search_path`);
}

const insert = (table: string, values = "'execution', 'brackets', 'batch_migration', 'running'") =>
  database.query(`INSERT INTO ${table} (phase, table_name, operation, status) VALUES (${values}) RETURNING id`);

/** Sees the one running row, pauses it, and takes that back: all that the program does with a table. */
async function useEverything(table: OpenedTable, id = 1): Promise<void> {
  const snapshot = await table.poll([id]);
  expect(snapshot.unreadable).toEqual([]);
  expect(snapshot.operations.map((operation) => [operation.id, operation.status])).toEqual([[id, 'running']]);
  expect((await table.report()).snapshot.totals).toHaveLength(1);
  const filter = unfiltered;
  expect(await table.page({ direction: 'older', from: null, filter, limit: 9 })).toEqual(snapshot.operations);
  expect(await table.page({ direction: 'newer', from: null, filter, limit: 9 })).toEqual(snapshot.operations);
  expect((await table.detail(id))?.operation).toEqual(snapshot.operations[0]);
  const paused = await table.act({
    id,
    from: 'running',
    to: 'skipped',
    completedAt: 'set',
    version: null,
    identity: null,
  });
  if (paused.kind !== 'applied') expect.fail(JSON.stringify(paused));
  const undone = await table.act({
    id,
    from: 'skipped',
    to: 'running',
    completedAt: 'clear',
    version: paused.version,
    identity: null,
  });
  expect(undone.kind).toBe('applied');
  expect((await table.detail(id))?.operation).toMatchObject({ status: 'running', completedAt: null });
}

describe('finding the table', () => {
  it('finds it on the search path and describes where it is', async () => {
    await createIn('public');
    const { target } = await open();
    expect(target).toEqual({
      host: '127.0.0.1',
      port: Number(new URL(database.url).port),
      user: 'postgres',
      database: database.name,
      settings: [],
      table: 'public.migration_control',
      identity: {
        system: expect.stringMatching(/^\d{10,}$/),
        database: database.name,
        databaseOid: expect.stringMatching(/^\d+$/),
        table: 'public.migration_control',
        tableOid: expect.stringMatching(/^\d+$/),
      },
      serverVersion: expect.any(Number),
      hasVersions: true,
      isFollowable: true,
      lacksPrivilege: false,
      namesakes: [],
      notes: [],
      guarded: false,
      audit: null,
      foreignAudit: null,
      optionProblems: [],
      auditVersion: 3,
      refused: [],
      rowSecurity: false,
      mayUpdate: true,
      hasConnectionChecks: true,
      holdsAnswers: false,
      readOnly: null,
    });
  });

  it('says how to create it if there is none', async () => {
    const error = await failure();
    expect(error.kind).toBe('no-table');
    expect(error.message).toBe(
      `There is no table migration_control on the search path of database "${database.name}". Name it with --table schema.name, or create it with: migtop init --apply`,
    );
  });

  it('asks for USAGE too if the schema is on the search path: PostgreSQL leaves it out without a word', async () => {
    await createIn('dispatch');
    const url = await database.role({ grants: ['SELECT ON dispatch.migration_control'] });
    const { username } = new URL(url);
    await database.query(`ALTER ROLE ${username} SET search_path = dispatch`);
    const error = await failure(undefined, url);
    expect(error.kind).toBe('no-privilege');
    expect(error.message).toBe(
      `There is no table migration_control on the search path of database "${database.name}". There is one elsewhere. User "${username}" may not use the schema dispatch. Ask the owner for: GRANT USAGE ON SCHEMA dispatch TO ${username}`,
    );
    await database.query(/GRANT .*$/.exec(error.message)?.[0] ?? '');
    await using table = await open(undefined, url);
    expect(table.target.table).toBe('dispatch.migration_control');
  });

  it('suggests the tables of other schemas', async () => {
    await createIn('dispatch');
    await createIn('"Old Stuff"');
    const error = await failure();
    expect(error.kind).toBe('no-table');
    expect(error.message).toMatch(
      /There is one elsewhere: use --table '"Old Stuff"\.migration_control' or --table dispatch\.migration_control$/,
    );
  });

  it('suggests the right schema if another one is named', async () => {
    await createIn('dispatch');
    const error = await failure('despatch.migration_control');
    expect(error.message).toMatch(
      /^There is no table despatch\.migration_control in database .*use --table dispatch\.migration_control$/,
    );
  });

  it.each([
    ['dispatch.migration_control', 'dispatch.migration_control'],
    ['DISPATCH.Migration_Control', 'dispatch.migration_control'],
    ['"dispatch"."migration_control"', 'dispatch.migration_control'],
    ['  dispatch . migration_control ', 'dispatch.migration_control'],
  ])('resolves %j as SQL does', async (named, table) => {
    await createIn('dispatch');
    expect((await open(named)).target.table).toBe(table);
  });

  it.each(['"Mixed Case"', '"we;ird""tab"', '"a.b"', '"tab$1$&"', '"migration_control--"', `"o'brien"`])(
    'does everything on a table named %s',
    async (name) => {
      await createIn('public');
      await database.query(`ALTER TABLE migration_control RENAME TO ${name}`);
      await insert(name);
      const table = await open(name);
      expect(table.target.table).toBe(`public.${name}`);
      await useEverything(table);
    },
  );

  it('follows a search path', async () => {
    await createIn('dispatch');
    const table = await open(undefined, `${database.url}?options=${encodeURIComponent('-c search_path=dispatch')}`);
    expect(table.target.table).toBe('dispatch.migration_control');
  });

  it.each([
    'migration_control; DROP TABLE migration_control',
    "migration_control' OR '1'='1",
    'migration_control"',
    '"',
    'a.b.c.d',
    'migration control',
  ])('reports that %j is not a name, and runs no part of it', async (named) => {
    await createIn('public');
    const error = await failure(named);
    expect(error.kind).toBe('usage');
    expect(error.message).toMatch(/is not the name of a table\. Write --table name or --table schema\.name/);
    expect((await open()).target.table).toBe('public.migration_control');
  });

  it('runs no part of a quoted name that looks like SQL', async () => {
    await createIn('public');
    const error = await failure('"migration_control; DROP TABLE migration_control"');
    expect(error.kind).toBe('no-table');
    expect((await open()).target.table).toBe('public.migration_control');
  });

  it('refuses a name with control sequences', async () => {
    await createIn('public');
    const name = '"evil\u001B]0;owned\u0007"';
    await database.query(`ALTER TABLE migration_control RENAME TO ${name}`);
    expect((await failure(name)).kind).toBe('unfit-table');
  });
});

describe('an unsuitable relation', () => {
  it.each([
    ['an index', 'CREATE INDEX operations ON migration_control (id)'],
    ['a sequence', 'CREATE SEQUENCE operations'],
  ])('is %s', async (what, statement) => {
    await createIn('public');
    await database.query(statement);
    expect((await failure('operations')).message).toContain(` is ${what}, `);
  });

  it('lacks a column', async () => {
    await createIn('public');
    await database.query('ALTER TABLE migration_control DROP COLUMN batch_size');
    const error = await failure();
    expect(error.kind).toBe('unfit-table');
    expect(error.message).toMatch(
      /^public\.migration_control lacks the column batch_size, so .*Name another with --table/,
    );
  });

  it('lacks several columns, and the error names all of them', async () => {
    await database.query('CREATE TABLE migration_control (id int, phase text, status text)');
    expect((await failure()).message).toMatch(
      /lacks the columns table_name, operation, records_processed, total_records, started_at, .*, validation_query, so/,
    );
  });

  it.each(['uuid', 'text', 'numeric'])('has an id of type %s', async (type) => {
    await createIn('public');
    await database.query(
      `ALTER TABLE migration_control ALTER id DROP DEFAULT, ALTER id TYPE ${type} USING NULL::${type}`,
    );
    const error = await failure();
    expect(error.kind).toBe('unfit-table');
    expect(error.message).toMatch(new RegExp(`has an? id of type ${type}; migtop needs a whole number there`));
  });

  it.each([
    ['status', 'status_word', "CREATE TYPE status_word AS ENUM ('pending', 'running')"],
    ['started_at', 'text', ''],
    ['completed_at', 'integer', ''],
    ['records_processed', 'text', ''],
    ['worker_id', 'uuid', ''],
    ['error_message', 'jsonb', ''],
  ])('has a column %s of the type %s', async (column, type, before) => {
    await createIn('public');
    await database.query(
      `${before}; ALTER TABLE migration_control DROP COLUMN ${column}; ALTER TABLE migration_control ADD ${column} ${type}`,
    );
    const error = await failure();
    expect(error.kind).toBe('unfit-table');
    expect(error.message).toMatch(new RegExp(`${column} of type ${type}; migtop needs`));
  });
});

describe('a table with harmless differences from the specification', () => {
  it('has more columns, in another order, with names that the queries use too', async () => {
    await database.query(`CREATE TABLE migration_control (
      version int DEFAULT 7, kind text DEFAULT 'mine', body json DEFAULT '1', now text, live int, timed text, moved bool,
      validation_query text, source_query text, status varchar, completed_at timestamp, started_at timestamp,
      worker_id int, batch_size int, error_message text, total_records int, records_processed int,
      operation varchar, table_name varchar, phase varchar, had_completed_at int, records int, seconds int, id serial,
      updated_at timestamptz DEFAULT now(), "Quoted ""One" int)`);
    await insert('migration_control');
    await useEverything(await open());
  });

  it('has dropped columns in between', async () => {
    await createIn('public');
    await database.query(
      'ALTER TABLE migration_control ADD gone int, ADD stays int; ALTER TABLE migration_control DROP gone',
    );
    await insert('migration_control');
    await useEverything(await open());
  });

  it('has timestamps with a zone', async () => {
    await createIn('public');
    await database.query(
      'ALTER TABLE migration_control ALTER started_at TYPE timestamptz, ALTER completed_at TYPE timestamptz',
    );
    await insert('migration_control');
    await database.query("UPDATE migration_control SET started_at = now() - interval '90 seconds'");
    const table = await open();
    await useEverything(table);
    const { takenAt, operations } = await table.poll([]);
    expect(takenAt - (operations[0]?.startedAt ?? 0)).toBeGreaterThanOrEqual(90);
    expect(takenAt - (operations[0]?.startedAt ?? 0)).toBeLessThan(600);
  });

  it('has ages that do not depend on the time zone of the session', async () => {
    await createIn('public');
    const url = `${database.url}?options=${encodeURIComponent('-c TimeZone=Asia/Kathmandu')}`;
    await database.query(`ALTER TABLE migration_control ALTER started_at TYPE timestamptz`);
    await insert('migration_control');
    await database.query("UPDATE migration_control SET started_at = now() - interval '90 seconds'");
    const { takenAt, operations } = await (await open(undefined, url)).poll([]);
    expect(takenAt - (operations[0]?.startedAt ?? 0)).toBeGreaterThanOrEqual(90);
    expect(takenAt - (operations[0]?.startedAt ?? 0)).toBeLessThan(600);
  });

  it('has an id beyond 2^31', async () => {
    await createIn('public');
    await database.query('ALTER TABLE migration_control ALTER id TYPE bigint');
    await database.query("SELECT setval('migration_control_id_seq', 1)");
    await database.query(
      "INSERT INTO migration_control (id, phase, table_name, operation, status) VALUES (9007199254740991, 'execution', 'brackets', 'batch', 'running')",
    );
    await useEverything(await open(), Number.MAX_SAFE_INTEGER);
  });

  it('reports that an id beyond 2^53 cannot be shown, and never shows another one for it', async () => {
    await createIn('public');
    await database.query('ALTER TABLE migration_control ALTER id TYPE bigint');
    await database.query(
      "INSERT INTO migration_control (id, phase, table_name, operation, status) VALUES (9007199254740993, 'execution', 'brackets', 'batch', 'running')",
    );
    const snapshot = await (await open()).poll([]);
    expect(snapshot.operations).toEqual([]);
    expect(snapshot.unreadable.map(({ problem }) => problem)).toEqual(['id is greater than 2^53']);
    const next = (await open()).exportPages({ terms: [] });
    expect(await next()).toMatchObject({ operations: [{ id: '9007199254740993' }], unreadable: 0 });
    expect(await next()).toBeNull();
  });

  it('has counters of other numeric types', async () => {
    await createIn('public');
    await database.query(
      'ALTER TABLE migration_control ALTER records_processed TYPE numeric, ALTER total_records TYPE bigint, ALTER worker_id TYPE smallint, ALTER batch_size TYPE bigint',
    );
    await insert('migration_control');
    await useEverything(await open());
  });

  it('is unlogged', async () => {
    await createIn('public');
    await database.query('ALTER TABLE migration_control SET UNLOGGED');
    await insert('migration_control');
    await useEverything(await open());
  });

  it.each(['phase', 'status'])('is partitioned by %s', async (key) => {
    await createIn('staging');
    await database.query(`
      CREATE TABLE public.migration_control (LIKE staging.migration_control INCLUDING DEFAULTS) PARTITION BY LIST (${key});
      CREATE TABLE public.first PARTITION OF public.migration_control FOR VALUES IN ('execution', 'running');
      CREATE TABLE public.rest PARTITION OF public.migration_control DEFAULT;
      SELECT setval('staging.migration_control_id_seq', 1, false)`);
    await insert('migration_control');
    const table = await open('public.migration_control');
    expect(table.target.table).toBe('public.migration_control');
    await useEverything(table);
  });
});

describe('privileges', () => {
  it('asks for SELECT if it is missing', async () => {
    await createIn('public');
    const url = await database.role();
    const error = await failure(undefined, url);
    expect(error.kind).toBe('no-privilege');
    expect(error.message).toBe(
      `User "${new URL(url).username}" may not read the whole table public.migration_control (SELECT on columns is not enough). Ask the owner for: GRANT SELECT ON public.migration_control TO ${new URL(url).username}`,
    );
  });

  it('asks for SELECT on the whole table if only columns may be read: the version of a row is in none of them', async () => {
    await createIn('public');
    const url = await database.role({
      grants: [
        'SELECT (id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at, error_message, batch_size, worker_id, source_query, validation_query) ON migration_control',
      ],
    });
    expect((await failure(undefined, url)).message).toMatch(/GRANT SELECT ON public\.migration_control TO/);
  });

  it('watches with SELECT alone, and reports that it cannot change anything', async () => {
    await createIn('public');
    await insert('migration_control');
    const url = await database.role({ grants: ['SELECT ON migration_control'] });
    const table = await open(undefined, url);
    expect(table.target.readOnly).toBe(
      `user "${new URL(url).username}" has no UPDATE privilege on public.migration_control`,
    );
    expect((await table.poll([])).operations).toHaveLength(1);
    expect(
      await table.act({ id: 1, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity: null }),
    ).toEqual({
      kind: 'refused',
      reason: 'no UPDATE privilege',
    });
  });

  it('changes rows with UPDATE on status and completed_at alone', async () => {
    await createIn('public');
    await insert('migration_control');
    const url = await database.role({
      grants: ['SELECT ON migration_control', 'UPDATE (status, completed_at) ON migration_control'],
    });
    const table = await open(undefined, url);
    expect(table.target.readOnly).toBeNull();
    await useEverything(table);
  });

  it('changes nothing with UPDATE on status but not on completed_at', async () => {
    await createIn('public');
    const url = await database.role({
      grants: ['SELECT ON migration_control', 'UPDATE (status) ON migration_control'],
    });
    expect((await open(undefined, url)).target.readOnly).toMatch(/no UPDATE privilege/);
  });

  it('asks for USAGE on the schema if it is missing', async () => {
    await createIn('dispatch');
    const url = await database.role({ grants: ['SELECT ON dispatch.migration_control'] });
    const error = await failure('dispatch.migration_control', url);
    expect(error.kind).toBe('no-privilege');
    expect(error.message).toBe(
      `User "${new URL(url).username}" may not use the schema dispatch. Ask the owner for: GRANT USAGE ON SCHEMA dispatch TO ${new URL(url).username}`,
    );
  });

  it.each([
    ['user "USER"', 'ALTER USER "USER" SET'],
    ['user "USER" in this database', 'ALTER USER "USER" IN DATABASE "HERE" SET'],
    ['this database', 'ALTER DATABASE "HERE" SET'],
    ['this connection', null],
  ])('only watches if %s is set to read-only transactions', async (what, statement) => {
    await createIn('public');
    await insert('migration_control');
    const url = await database.role({ grants: ['SELECT, UPDATE ON migration_control'] });
    const { username, pathname } = new URL(url);
    const named = (text: string) => text.replace('"USER"', `"${username}"`).replace('HERE', pathname.slice(1));
    if (statement !== null) await database.query(`${named(statement)} default_transaction_read_only = on`);
    const options = `options=${encodeURIComponent('-c default_transaction_read_only=on')}`;
    try {
      const table = await open(undefined, statement === null ? `${url}?${options}` : url);
      const reason = `${named(what)} is set to read-only transactions`;
      expect(table.target).toMatchObject({ readOnly: reason, lacksPrivilege: false });
      expect(
        await table.act({ id: 1, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity: null }),
      ).toEqual({ kind: 'refused', reason });
    } finally {
      await database.query('SET default_transaction_read_only = off');
      await database.query(named('ALTER DATABASE "HERE" RESET default_transaction_read_only'));
    }
  });

  it('sees the rows that a policy allows it to see', async () => {
    await createIn('public');
    await insert('migration_control');
    await insert('migration_control', "'execution', 'secret', 'batch_migration', 'running'");
    await database.query(
      "ALTER TABLE migration_control ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON migration_control USING (table_name = 'brackets')",
    );
    const table = await open(undefined, await database.role({ grants: ['SELECT, UPDATE ON migration_control'] }));
    await useEverything(table);
    expect(
      await table.act({ id: 2, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity: null }),
    ).toEqual({
      kind: 'gone',
    });
  });
});

describe('a table without a unique constraint on the ids', () => {
  it('is watched and not changed: one key press must not change two rows', async () => {
    await createIn('public');
    await database.query('ALTER TABLE migration_control DROP CONSTRAINT migration_control_pkey');
    const table = await open();
    expect(table.target.readOnly).toBe('public.migration_control has no primary key: its ids may repeat');
    await database.query('CREATE UNIQUE INDEX ON migration_control (id)');
    expect((await table.inspect()).readOnly).toBeNull();
  });
});
