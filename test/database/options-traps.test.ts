import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

const files = {
  schema: await readSql('migration_control.sql'),
  guard: await readSql('options/guard.sql'),
  audit: await readSql('options/audit.sql'),
  indexes: await readSql('options/indexes.sql'),
  indexesRemove: await readSql('options/indexes-remove.sql'),
  guardRemove: await readSql('options/guard-remove.sql'),
  auditRemove: await readSql('options/audit-remove.sql'),
};

/** Traps that the files of earlier versions, and the specification's own text, would find on the search path. */
const earlier = {
  schema: `
    CREATE TABLE migration_control (
      id SERIAL PRIMARY KEY, phase VARCHAR NOT NULL, table_name VARCHAR NOT NULL, operation VARCHAR NOT NULL,
      status VARCHAR NOT NULL, records_processed INTEGER, total_records INTEGER, started_at TIMESTAMP,
      completed_at TIMESTAMP, error_message TEXT, batch_size INTEGER, worker_id INTEGER, source_query TEXT,
      validation_query TEXT,
      CONSTRAINT migration_control_phase_check
        CHECK (phase IN ('discovery', 'planning', 'mapping', 'execution', 'validation', 'rollback')),
      CONSTRAINT migration_control_status_check
        CHECK (status IN ('pending', 'running', 'completed', 'failed', 'paused', 'skipped')))`,
  guard: `
    CREATE FUNCTION migtop_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      IF OLD.status IN ('paused', 'skipped') AND coalesce(current_setting('migtop.operator', true), '') = '' THEN
        NEW.status := OLD.status;
        NEW.completed_at := OLD.completed_at;
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER migtop_guard BEFORE UPDATE OF status ON migration_control FOR EACH ROW
      WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION migtop_guard()`,
  index: `
    CREATE INDEX migtop_failed ON migration_control (coalesce(completed_at, started_at) DESC NULLS LAST, id DESC) WHERE status = 'failed'`,
};

const operators = ['=', '<>', '<', '>', '<=', '>=', '||', '~', '!~', '~~', '!~~', '&', '@>', '&&'];
const types = [
  'text',
  'varchar',
  'bpchar',
  'name',
  '"char"',
  'oid',
  'regclass',
  'regtype',
  'int2',
  'int4',
  'int8',
  'bool',
];
const relations = [
  'pg_class',
  'pg_proc',
  'pg_trigger',
  'pg_namespace',

  'pg_depend',
  'pg_roles',
  'pg_index',
];

/** Fills the schema public with functions, operators, types and relations that end whatever calls them. */
async function layTraps(database: TestDatabase): Promise<void> {
  const text = Object.values(files).join('\n').toLowerCase();
  const names = [...new Set([...text.matchAll(/\b([a-z_]{3,})\(/g)].map((match) => match[1]))];
  const client = await database.connect();
  await client.query(
    "SET search_path = pg_catalog; SET client_min_messages = error; SET default_transaction_isolation = 'read committed'",
  );
  const body = (name: string) =>
    `IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trap %'', ${`'${name.replaceAll("'", "''''")}'`.replaceAll("'", "''")}; END'`;
  const made: string[] = [];
  for (const left of types) {
    for (const right of types) {
      const trap = `public.trap(pg_catalog.${left}, pg_catalog.${right})`;
      made.push(`CREATE FUNCTION ${trap} RETURNS pg_catalog.bool ${body('operator')}`);
      for (const operator of operators)
        made.push(
          `CREATE OPERATOR public.${operator} (LEFTARG = pg_catalog.${left}, RIGHTARG = pg_catalog.${right}, FUNCTION = public.trap)`,
        );
    }
  }
  for (const type of ['text', 'varchar'])
    for (const name of ['=', '<>', '@>', '&&']) {
      made.push(
        `CREATE OR REPLACE FUNCTION public.trap(pg_catalog.${type}[], pg_catalog.${type}[]) RETURNS pg_catalog.bool ${body('array')}`,
        `CREATE OPERATOR public.${name} (LEFTARG = pg_catalog.${type}[], RIGHTARG = pg_catalog.${type}[], FUNCTION = public.trap)`,
      );
    }
  const { rows } = await client.query<{ name: string; arguments: string; result: string }>(
    `SELECT DISTINCT proname AS name, pg_get_function_identity_arguments(oid) AS arguments,
       format_type(prorettype, NULL) AS result
     FROM pg_proc WHERE proname = ANY ($1) AND pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f'
       AND prorettype <> 'internal'::regtype AND NOT 'internal'::regtype = ANY (proargtypes) AND provariadic = 0
       AND NOT 'cstring'::regtype = ANY (proargtypes) AND prorettype <> 'cstring'::regtype AND proretset = false`,
    [names],
  );
  for (const { name, arguments: given, result } of rows) {
    for (const variant of new Set([
      given,
      given.replaceAll('text', 'character varying'),
      given.replaceAll('name', 'text'),
    ]))
      made.push(`CREATE OR REPLACE FUNCTION public.${name}(${variant}) RETURNS ${result} ${body(name)}`);
  }
  for (const count of [1, 2, 3, 4])
    for (const name of ['format', 'concat'])
      made.push(
        `CREATE OR REPLACE FUNCTION public.${name}(${Array.from({ length: count }, () => 'pg_catalog.text').join(', ')}) RETURNS pg_catalog.text ${body(name)}`,
      );
  for (const relation of relations)
    made.push(
      `CREATE VIEW public.${relation} AS SELECT *, public.trap(''::pg_catalog.text, ''::pg_catalog.text) FROM pg_catalog.${relation}`,
    );
  for (const type of ['oid', 'text', 'name', 'regclass', 'regprocedure', 'uuid'])
    made.push(`CREATE TYPE public.${type} AS ENUM ('trap')`);
  for (const statement of made) await client.query(statement);
  await client.end();
}

/** As psql does: one statement after the other. */
async function runInPieces(client: pg.Client, text: string): Promise<void> {
  const statements: string[] = [];
  let rest = text.replace(/^\s*--.*$/gm, '');
  for (;;) {
    // A string, a dollar-quoted text, or whatever else is up to a semicolon.
    const statement = /^(?:'(?:[^']|'')*'|(\$\w*\$)[\s\S]*?\1|[^;'$]|\$)*;/.exec(rest)?.[0];
    if (statement === undefined) break;
    statements.push(statement);
    rest = rest.slice(statement.length);
  }
  for (const statement of statements) await client.query(statement);
}

/** All that hangs on the tables and is bound to something outside pg_catalog. */
const bound = `
  SELECT pg_catalog.pg_describe_object(classid, objid, objsubid) AS bound, pg_catalog.pg_describe_object(refclassid, refobjid, 0) AS to
  FROM pg_catalog.pg_depend
  WHERE refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass)
    AND classid IN ('pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_class'::regclass,
      'pg_catalog.pg_attrdef'::regclass)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE pg_proc.oid = refobjid AND refclassid = 'pg_catalog.pg_proc'::regclass
      AND proname IN ('migtop_guard', 'migtop_audit_stamp', 'migtop_audit_refuse'))`;

const paths = ['public', 'public, pg_catalog', '"$user", public', 'pg_temp, public, pg_catalog'] as const;

describe('in a schema full of traps', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase();
    await layTraps(database);
  });
  afterAll(() => database?.drop());

  async function session(path: string): Promise<pg.Client> {
    const client = await database.connect();
    await client.query(`SET search_path = ${path}`);
    return client;
  }

  const rows = async (text: string) => {
    const client = await session('pg_catalog');
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };

  it('the traps exist, and end each statement that calls them', async () => {
    const client = await session('public');
    await expect(client.query(`SELECT 'a'::varchar = 'a'::text`)).rejects.toMatchObject({ message: /^trap/ });
    const first = await session('public, pg_catalog');
    await expect(first.query(`SELECT quote_ident('a'::pg_catalog.text)`)).rejects.toMatchObject({ message: /^trap/ });
    await client.end();
    await first.end();
  });

  describe.each(paths.slice(0, 3))('with the search path %s', (path) => {
    it.each([
      ['as one request', (client: pg.Client, text: string) => client.query(text)],
      ['statement by statement', runInPieces],
    ])('no trap is called or bound when installed %s, twice, and removed', async (_, run) => {
      const client = await session(path);
      for (let time = 0; time < 2; time++) {
        await run(client, files.schema);
        await run(client, files.guard);
        await run(client, files.audit);
        // CREATE INDEX CONCURRENTLY is no part of a request of several.
        await runInPieces(client, files.indexes);
        expect((await client.query('SHOW search_path')).rows).toEqual([{ search_path: path }]);
      }
      expect(await rows(bound)).toEqual([]);
      expect(
        await rows(
          `SELECT relname FROM pg_class WHERE relname ~ '^(mig|idx_mig).*' AND relkind IN ('r', 'i') ORDER BY 1`,
        ),
      ).toHaveLength(1 + 1 + 4 + 2 + 1 + 2);
      await client.query(`
        INSERT INTO public.migration_control (phase, table_name, operation, status)
        VALUES ('execution', 'a', 'b', 'paused');
        UPDATE public.migration_control SET status = 'running';`);
      expect(await rows('SELECT status FROM public.migration_control')).toEqual([{ status: 'paused' }]);
      await expect(client.query(`UPDATE public.migration_control SET phase = 'x'`)).rejects.toMatchObject({
        code: '23514',
      });
      await client.query(
        `INSERT INTO public.migtop_audit (action, operation_id, outcome) VALUES ('pause', 1, 'applied')`,
      );
      await expect(client.query('DELETE FROM public.migtop_audit')).rejects.toMatchObject({ message: /append-only/ });
      await run(client, files.guardRemove);
      await run(client, files.auditRemove.replace("discard_audit = 'no'", "discard_audit = 'yes'"));
      await runInPieces(client, files.indexesRemove);
      expect(await rows(`SELECT relname FROM pg_class WHERE relname LIKE 'migtop%'`)).toEqual([]);
      await client.query('DROP TABLE public.migration_control');
      await client.end();
    });
  });

  it('an object that an earlier version bound is created again by a second run, and left unchanged by a third one', async () => {
    const client = await session('public');
    await client.query(earlier.schema);
    await client.query(earlier.guard);
    await client.query(earlier.index);
    const before = await rows(bound);
    expect(before.map((row) => String(row.bound).replace(/ on table.*/, '')).sort()).toEqual([
      'constraint migration_control_phase_check',
      'constraint migration_control_status_check',
      'index public.migtop_failed',
      'trigger migtop_guard',
    ]);
    await expect(
      client.query(`INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('x', 'a', 'b', 'y')`),
    ).rejects.toMatchObject({ message: /^trap/ });

    for (const text of [files.schema, files.guard, files.indexes]) await runInPieces(client, text);
    expect(await rows(bound)).toEqual([]);
    await client.query(`
      INSERT INTO public.migration_control (phase, table_name, operation, status)
      VALUES ('execution', 'a', 'b', 'paused');
      UPDATE public.migration_control SET status = 'running';`);
    expect(await rows('SELECT status FROM public.migration_control')).toEqual([{ status: 'paused' }]);
    await expect(client.query(`UPDATE public.migration_control SET phase = 'x'`)).rejects.toMatchObject({
      code: '23514',
    });
    expect(await rows(`SELECT conname FROM pg_constraint WHERE NOT convalidated`)).toEqual([]);

    const made = `
      SELECT oid FROM pg_constraint WHERE conname LIKE 'migration_control%' UNION ALL SELECT oid FROM pg_trigger
      UNION ALL SELECT indexrelid FROM pg_index WHERE indrelid = 'public.migration_control'::regclass ORDER BY 1`;
    const healed = await rows(made);
    for (const text of [files.schema, files.guard, files.indexes]) await runInPieces(client, text);
    expect(await rows(made)).toEqual(healed);
    await client.query('DROP TABLE public.migration_control; DROP FUNCTION public.migtop_guard()');
    await client.end();
  });

  it('a table keeps the rows that a bound check accepted, and they are reported', async () => {
    const client = await session('public');
    const notices: string[] = [];
    client.on('notice', ({ message, severity }) => severity === 'WARNING' && notices.push(String(message)));
    const letAll = (result: string) =>
      `CREATE OR REPLACE FUNCTION public.trap(pg_catalog.varchar, pg_catalog.varchar) RETURNS pg_catalog.bool IMMUTABLE LANGUAGE plpgsql
       AS 'BEGIN ${result}; END'`;
    await client.query(letAll('RETURN true'));
    await client.query(earlier.schema);
    await client.query(
      `INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('x', 'a', 'b', 'done')`,
    );
    await client.query(letAll(`RAISE EXCEPTION ''trap''`));
    await client.query(files.schema);
    expect(notices).toEqual([
      expect.stringMatching(/migration_control_phase_check keeps new rows right, .* rows already that it would refuse/),
      expect.stringMatching(/migration_control_status_check/),
    ]);
    expect(await rows(bound)).toEqual([]);
    await expect(
      client.query(
        `INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('x', 'a', 'b', 'done')`,
      ),
    ).rejects.toMatchObject({ code: '23514' });
    await client.query('DROP TABLE public.migration_control');
    await client.end();
  });
});

describe('the schema in which the table is created', () => {
  it('is never the schema of temporary tables, and a temporary table of that name is left unchanged', async () => {
    await using database = await createDatabase();
    const client = await database.connect();
    await client.query('SET search_path = pg_temp, public');
    await expect(client.query(files.schema)).rejects.toMatchObject({ code: '3F000' });
    await client.query('SET search_path = public; CREATE TEMP TABLE migration_control (note text)');
    await client.query(files.schema);
    const { rows } = await client.query(
      `SELECT schemaname LIKE 'pg_temp%' AS temporary, count(*)::int FROM pg_indexes WHERE tablename = 'migration_control' GROUP BY 1`,
    );
    expect(rows).toEqual([{ temporary: false, count: 5 }]);
  });

  it('keeps the search path and the lock timeout of the caller’s transaction', async () => {
    await using database = await createDatabase();
    const client = await database.connect();
    await client.query(`BEGIN; SET LOCAL search_path = public, pg_catalog; SET LOCAL lock_timeout = '7s'`);
    await client.query(files.schema);
    expect((await client.query('SHOW search_path')).rows).toEqual([{ search_path: 'public, pg_catalog' }]);
    expect((await client.query('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '7s' }]);
    await client.query('ROLLBACK');
    expect((await client.query(`SELECT to_regclass('migration_control') AS found`)).rows).toEqual([{ found: null }]);
  });

  it('may not have an index of that name on another table', async () => {
    await using database = await createDatabase();
    await database.query('CREATE TABLE other (a int); CREATE INDEX idx_migration_control_status ON other (a)');
    await expect(database.query(files.schema)).rejects.toMatchObject({
      message: /public\.idx_migration_control_status is no index of migration_control: it belongs to postgres/,
    });
  });

  it('may not have an optional index of that name on another table, and an invalid one is created again', async () => {
    const database = await createDatabase({ schema: true });
    const client = await database.connect();
    try {
      await database.query('CREATE TABLE other (a int); CREATE INDEX migtop_failed ON other (a)');
      await expect(runInPieces(client, files.indexes)).rejects.toMatchObject({
        message: /^public\.migtop_failed is not on migration_control\. Look at it, then rename it or drop it$/,
      });
      await database.query('DROP TABLE other');
      await runInPieces(client, files.indexes);
      await database.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'migtop_failed'::regclass`);
      await runInPieces(client, files.indexes);
      const { rows } = await database.query(
        `SELECT bool_and(indisvalid) AS valid FROM pg_index WHERE indrelid = 'migration_control'::regclass`,
      );
      expect(rows).toEqual([{ valid: true }]);
    } finally {
      await database.drop();
    }
  });
});
