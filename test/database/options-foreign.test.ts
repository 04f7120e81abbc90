import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Transition } from '../../source/domain/transitions.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

const audit = await readSql('options/audit.sql');
const auditRemove = await readSql('options/audit-remove.sql');
const guard = await readSql('options/guard.sql');
const guardRemove = await readSql('options/guard-remove.sql');

/** The audit table as its first version made it. */
const versionOne = `
  CREATE TABLE migtop_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    database_role text NOT NULL DEFAULT session_user, os_user text, host text, client text, action text NOT NULL,
    operation_id bigint NOT NULL, from_status text, to_status text, actual_status text, reason text, outcome text NOT NULL);
  CREATE FUNCTION migtop_audit_stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN NEW.at := clock_timestamp(); NEW.database_role := session_user; RETURN NEW; END $$;
  CREATE TRIGGER migtop_audit_stamp BEFORE INSERT ON migtop_audit FOR EACH ROW EXECUTE FUNCTION migtop_audit_stamp();
  INSERT INTO migtop_audit (action, operation_id, from_status, to_status, outcome) VALUES ('pause', 1, 'running', 'paused', 'moved')`;
/** The bodies and triggers of earlier guards. */
const earlierGuards: [body: string, trigger: string][] = [
  [
    `
BEGIN
  IF coalesce(current_setting('migtop.operator', true), '') = '' THEN
    NEW.status := OLD.status;
    NEW.completed_at := OLD.completed_at;
  END IF;
  RETURN NEW;
END
`,
    `BEFORE UPDATE ON migration_control FOR EACH ROW
     WHEN (OLD.status IN ('paused', 'skipped') AND NEW.status IS DISTINCT FROM OLD.status)`,
  ],
  [
    `
BEGIN
  IF OLD.status IN ('paused', 'skipped') AND coalesce(current_setting('migtop.operator', true), '') = '' THEN
    NEW.status := OLD.status;
    NEW.completed_at := OLD.completed_at;
  END IF;
  RETURN NEW;
END
`,
    'BEFORE UPDATE OF status ON migration_control FOR EACH ROW WHEN (NEW.status <> OLD.status)',
  ],
];
const swallow = (name: string) =>
  `CREATE FUNCTION ${name} RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`;

const pause: Transition = { id: 1, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity: null };

let database: TestDatabase;
/** A role that may create in the schema, and its url. */
let stranger: string;
let strangerUrl: string;
let owner: string;
let ownerUrl: string;

beforeAll(async () => {
  database = await createDatabase();
  strangerUrl = await database.role();
  ownerUrl = await database.role();
  stranger = new URL(strangerUrl).username;
  owner = new URL(ownerUrl).username;
});
afterAll(() => database?.drop());

beforeEach(async () => {
  await database.query(`CREATE SCHEMA IF NOT EXISTS public; GRANT ALL ON SCHEMA public TO PUBLIC`);
  await as(ownerUrl, await readSql('migration_control.sql'));
  await as(
    ownerUrl,
    `INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'cases', 'batch', 'running')`,
  );
});
afterEach(() => database.query('DROP SCHEMA public CASCADE'));

async function as(url: string, text: string): Promise<void> {
  const client = await database.connect(url);
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function withTable<T>(work: (table: OpenedTable) => Promise<T>, url = database.url): Promise<T> {
  await using table = await openTable(url);
  return await work(table);
}

const found = (url?: string) =>
  withTable(async ({ target: { guarded, audit: name, auditVersion, notes, readOnly } }) => {
    return { guarded, audit: name, auditVersion, notes, readOnly };
  }, url);

/** Relations that cannot be the audit, and the note. `{{stranger}}` is replaced by the role. */
const foreignAudits: [what: string, lay: string, why: RegExp | string][] = [
  ['a table of another role', `SET ROLE {{stranger}}; ${versionOne}`, 'it belongs to {{stranger}}'],
  [
    'a table of another role with a trigger that keeps rows out',
    `SET ROLE {{stranger}}; ${versionOne}; ${swallow('swallow()')};
     CREATE TRIGGER swallow BEFORE INSERT ON migtop_audit FOR EACH ROW EXECUTE FUNCTION swallow()`,
    'it belongs to {{stranger}}',
  ],
  ['a view', `CREATE VIEW migtop_audit AS SELECT 1 AS id`, 'it is not an ordinary table'],
  [
    'a view of another role',
    `SET ROLE {{stranger}}; CREATE VIEW migtop_audit AS SELECT 1 AS id`,
    'it belongs to {{stranger}}',
  ],
  ['a sequence', `CREATE SEQUENCE migtop_audit`, 'it is not an ordinary table'],
  ['a table of another shape', `CREATE TABLE migtop_audit (note text)`, 'its column id is missing'],
  ['a table without columns', `CREATE TABLE migtop_audit ()`, 'its column id is missing'],
  [
    'a column of another type',
    `${versionOne}; ALTER TABLE migtop_audit ALTER reason TYPE varchar`,
    /its column reason is (of another type|missing or not)/,
  ],
  ['an unlogged table', versionOne.replace('CREATE TABLE', 'CREATE UNLOGGED TABLE'), 'it is not an ordinary table'],
  [
    'row-level security',
    `${versionOne}; ALTER TABLE migtop_audit ENABLE ROW LEVEL SECURITY`,
    'it has row-level security',
  ],
  ['a rule', `${versionOne}; CREATE RULE nothing AS ON INSERT TO migtop_audit DO INSTEAD NOTHING`, 'it has a rule'],
  ['a child', `${versionOne}; CREATE TABLE child () INHERITS (migtop_audit)`, 'it inherits, or is inherited from'],
  [
    'a trigger of another role that holds TRIGGER',
    `${versionOne}; GRANT TRIGGER ON migtop_audit TO {{stranger}}; SET ROLE {{stranger}}; ${swallow('swallow()')};
     CREATE TRIGGER swallow AFTER INSERT ON migtop_audit FOR EACH ROW EXECUTE FUNCTION swallow()`,
    /trigger swallow.* belongs to {{stranger}}/,
  ],
  [
    'a trigger of its owner that may reject rows',
    `${versionOne}; ${swallow('swallow()')};
     CREATE TRIGGER swallow BEFORE INSERT ON migtop_audit FOR EACH ROW EXECUTE FUNCTION swallow()`,
    /trigger swallow/,
  ],
  [
    'a trigger whose condition calls another role’s function',
    `${versionOne}; GRANT TRIGGER ON migtop_audit TO {{stranger}}; SET ROLE {{stranger}};
     CREATE FUNCTION peek(text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
     CREATE TRIGGER late AFTER INSERT ON migtop_audit FOR EACH ROW WHEN (peek(NEW.reason)) EXECUTE FUNCTION migtop_audit_stamp()`,
    /(it calls peek of {{stranger}}|it has the trigger late)/,
  ],
  [
    'a default that calls another role’s function',
    `SET ROLE {{stranger}}; CREATE FUNCTION peek() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$; RESET ROLE;
     ${versionOne}; ALTER TABLE migtop_audit ALTER reason SET DEFAULT peek()`,
    /calls (function public\.)?peek/,
  ],
  [
    'a check that calls another role’s operator',
    `SET ROLE {{stranger}}; CREATE FUNCTION peek(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
     CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = peek); RESET ROLE;
     ${versionOne}; ALTER TABLE migtop_audit ADD CHECK (action === 'x')`,
    /calls (operator public\.)?===/,
  ],
  [
    'a column of another role’s type',
    `SET ROLE {{stranger}}; CREATE DOMAIN odd AS text; RESET ROLE; ${versionOne}; ALTER TABLE migtop_audit ADD more odd`,
    'it has the column more',
  ],
  [
    'a column that every row must fill',
    `TRUNCATE_FIRST; ALTER TABLE migtop_audit ADD more text NOT NULL`,
    'it has the column more',
  ],
];

function laid(text: string): string {
  return text
    .replace('TRUNCATE_FIRST', () => versionOne.replace(/INSERT INTO[^;]*$/, 'SELECT 1'))
    .replaceAll('{{stranger}}', stranger);
}

function saying(why: RegExp | string): RegExp {
  return new RegExp(
    (typeof why === 'string' ? why.replace(/[().]/g, '\\$&') : why.source).replaceAll('{{stranger}}', stranger),
  );
}

describe('an object with the name of the audit table', () => {
  it.each(foreignAudits)('%s is not used, and that is reported', async (_, lay, why) => {
    await as(database.url, laid(lay));
    for (const url of [database.url, ownerUrl]) {
      const { audit: name, notes, readOnly } = await found(url);
      expect(name).toBeNull();
      expect(readOnly).toBeNull();
      const [note = ''] = notes.filter((one) => one.includes('migtop_audit'));
      expect(note).toMatch(saying(why));
      expect(note).toMatch(
        /^public\.migtop_audit is not used as the audit: .*\. Actions are recorded in the local audit$/,
      );
    }
    await withTable(async (table) => {
      expect((await table.act(pause)).kind).toMatch(/moved|applied/);
      expect(table.logged.map(({ outcome }) => outcome)).toEqual(['applied']);
    });
  });

  it.each(foreignAudits)('%s is refused at the installation, with owner and remedy', async (_, lay, why) => {
    await as(database.url, laid(lay));
    const objects = `SELECT count(*)::int FROM pg_proc WHERE pronamespace = 'public'::regnamespace`;
    const before = (await database.query(objects)).rows;
    const error = await as(database.url, audit).catch((thrown: Error & { hint?: string }) => thrown);
    expect(String(error)).toMatch(/public\.migtop_audit is not used as the audit: /);
    expect(String(error)).toMatch(saying(why));
    expect(error).toMatchObject({ hint: expect.stringMatching(/ALTER TABLE public\.migtop_audit RENAME TO/) });
    expect((await database.query(objects)).rows).toEqual(before);
  });

  it('a view of another role is not read by the removal', async () => {
    await as(database.url, laid('SET ROLE {{stranger}}; CREATE VIEW migtop_audit AS SELECT 1 AS id'));
    await expect(as(database.url, auditRemove)).rejects.toMatchObject({ message: /it belongs to/ });
  });

  it('the real audit table is used by all roles that may write it, whichever trusted role has installed it', async () => {
    for (const installer of [ownerUrl, database.url]) {
      await as(installer, audit);
      await as(installer, audit);
      for (const url of [ownerUrl, database.url])
        expect(await found(url)).toMatchObject({
          audit: 'public.migtop_audit',
          auditVersion: 3,
          notes: [],
          readOnly: null,
        });
      await as(installer, auditRemove);
    }
  });

  it('the owner may have a trigger after the INSERT', async () => {
    await as(ownerUrl, audit);
    await as(
      ownerUrl,
      `${swallow('tell()')}; CREATE TRIGGER tell AFTER INSERT ON migtop_audit FOR EACH ROW EXECUTE FUNCTION tell()`,
    );
    await as(ownerUrl, audit);
    expect(await found()).toMatchObject({ audit: 'public.migtop_audit', notes: [] });
  });

  it.each(['migtop_audit_stamp', 'migtop_audit_refuse'])('another role’s function %s() is refused', async (name) => {
    await as(strangerUrl, swallow(`${name}()`));
    const error = await as(database.url, audit).catch((thrown: Error & { hint?: string }) => thrown);
    expect(String(error)).toMatch(`the function public.${name}() is not the audit's: it belongs to ${stranger}`);
    expect(error).toMatchObject({ hint: expect.stringMatching(`DROP FUNCTION public.${name}\\(\\) CASCADE`) });
    expect((await database.query(`SELECT to_regclass('migtop_audit') AS found`)).rows).toEqual([{ found: null }]);
  });

  it('is not installed by a role that is not trusted', async () => {
    await as(ownerUrl, `GRANT ALL ON migration_control TO ${stranger}`);
    await expect(as(strangerUrl, audit)).rejects.toMatchObject({
      code: '42501',
      hint: `Run migtop init --audit --apply as its owner, ${owner}.`,
    });
  });

  it('is installed once by two sessions at the same time', async () => {
    await Promise.all([as(database.url, audit), as(ownerUrl, audit).catch(() => {}), as(database.url, audit)]);
    expect(await found()).toMatchObject({ audit: 'public.migtop_audit', notes: [] });
  });
});

describe('functions of the audit that its owner has altered', () => {
  it.each(['migtop_audit_stamp', 'migtop_audit_refuse'])(
    '%s(): the table is not used until the audit is installed again',
    async (name) => {
      for (const alter of [
        swallow(`${name}()`).replace('CREATE', 'CREATE OR REPLACE'),
        `ALTER FUNCTION ${name}() SECURITY DEFINER`,
        `ALTER FUNCTION ${name}() SET search_path = public`,
      ]) {
        await as(ownerUrl, audit);
        expect(await found()).toMatchObject({ audit: 'public.migtop_audit', notes: [] });
        await as(ownerUrl, alter);
        expect(await found()).toMatchObject({
          audit: null,
          notes: [
            `public.migtop_audit is not used as the audit: its function ${name}() was altered. Actions are recorded in the local audit`,
          ],
        });
      }
    },
  );

  it.each([
    ['is gone', (name: string) => `DROP TRIGGER ${name} ON migtop_audit`],
    ['is off', (name: string) => `ALTER TABLE migtop_audit DISABLE TRIGGER ${name}`],
  ])('a trigger of the audit that %s is reported', async (_, alter) => {
    await as(ownerUrl, audit);
    await as(ownerUrl, alter('migtop_audit_refuse'));
    expect(await found()).toMatchObject({
      audit: 'public.migtop_audit',
      notes: ['public.migtop_audit lacks its trigger migtop_audit_refuse: run migtop init --audit --apply'],
    });
    await as(ownerUrl, audit);
    expect(await found()).toMatchObject({ audit: 'public.migtop_audit', notes: [] });
  });
});

describe('an audit table of version 1', () => {
  it('is used as it is, and a note names the upgrade', async () => {
    await as(ownerUrl, versionOne);
    expect(await found()).toMatchObject({
      audit: 'public.migtop_audit',
      auditVersion: 1,
      readOnly: null,
      notes: ['public.migtop_audit is of an earlier version: run migtop init --audit --apply'],
    });
    await withTable(async (table) => {
      expect((await table.act(pause)).kind).toMatch(/moved|applied/);
      expect((await table.activity()).map(({ key, outcome }) => [key, outcome])).toEqual([
        [null, 'applied'],
        [null, 'applied'],
      ]);
      expect(table.logged).toEqual([]);
    });
  });

  it('is upgraded in place: rows, their roles and ids stay', async () => {
    await as(ownerUrl, versionOne);
    const early = await database.role({ grants: ['SELECT, UPDATE ON migration_control'] });
    await as(
      ownerUrl,
      `GRANT SELECT, INSERT (os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason, outcome)
         ON migtop_audit TO ${new URL(early).username}`,
    );
    const { rows: before } = await database.query('SELECT * FROM migtop_audit');
    await as(ownerUrl, audit);
    await as(ownerUrl, audit);
    const { rows: after } = await database.query('SELECT * FROM migtop_audit');
    expect(after).toEqual(
      before.map((row) => ({
        ...row,
        action_key: null,
        table_oid: null,
        control_table: null,
        operation_identity: null,
        row_version: null,
      })),
    );
    expect(await found(early)).toMatchObject({
      audit: 'public.migtop_audit',
      auditVersion: 3,
      notes: [],
      readOnly: null,
    });
    await withTable(async (table) => {
      await table.act(pause);
      expect((await table.activity()).map(({ key, outcome }) => [typeof key, outcome])).toEqual([
        ['string', 'applied'],
        ['object', 'applied'],
      ]);
    }, early);
    await expect(as(ownerUrl, 'DELETE FROM migtop_audit')).rejects.toMatchObject({ message: /append-only/ });
    const { rows: comment } = await database.query(`SELECT obj_description('migtop_audit'::regclass) AS text`);
    expect(comment).toEqual([{ text: expect.stringMatching(/Version 3/) }]);
  });
});

describe('an audit table of version 2', () => {
  it('is used as it is, also to look up an action, and is upgraded in place', async () => {
    await as(ownerUrl, audit);
    await as(ownerUrl, 'ALTER TABLE migtop_audit DROP COLUMN operation_identity');
    expect(await found()).toMatchObject({
      audit: 'public.migtop_audit',
      auditVersion: 2,
      readOnly: null,
      notes: ['public.migtop_audit is of an earlier version: run migtop init --audit --apply'],
    });
    await withTable(async (table) => {
      expect((await table.act(pause)).kind).toBe('applied');
      expect((await table.activity()).map(({ key, identity }) => [typeof key, identity])).toEqual([
        ['string', undefined],
      ]);
    });
    await as(ownerUrl, audit);
    expect(await found()).toMatchObject({ auditVersion: 3, notes: [] });
  });
});

describe('an object with the name of the guard', () => {
  const foreign = `the trigger migtop_guard is not that of migtop init --guard: `;

  it('another role’s function is refused at the installation', async () => {
    await as(strangerUrl, swallow('migtop_guard()'));
    const error = await as(database.url, guard).catch((thrown: Error & { hint?: string }) => thrown);
    expect(String(error)).toMatch(`the function public.migtop_guard() is not the guard's: it belongs to ${stranger}`);
    expect(error).toMatchObject({ hint: expect.stringMatching(/DROP FUNCTION public\.migtop_guard\(\) CASCADE/) });
    await expect(as(ownerUrl, guard)).rejects.toMatchObject({ message: /belongs to/ });
    expect((await database.query('SELECT FROM pg_trigger WHERE NOT tgisinternal')).rows).toEqual([]);
  });

  it('another role’s trigger is not the guard, that is reported, and an installation replaces it with the guard', async () => {
    await as(ownerUrl, `GRANT ALL ON migration_control TO ${stranger}`);
    await as(
      strangerUrl,
      `${swallow('own()')}; CREATE TRIGGER migtop_guard BEFORE UPDATE OF status ON migration_control FOR EACH ROW EXECUTE FUNCTION own()`,
    );
    expect(await found(ownerUrl)).toMatchObject({
      guarded: false,
      notes: [`${foreign}its function own() belongs to ${stranger}`],
    });
    await as(ownerUrl, guard);
    expect(await found(ownerUrl)).toMatchObject({ guarded: true, notes: [] });
    await as(ownerUrl, guardRemove);
    expect(await found(ownerUrl)).toMatchObject({ guarded: false, notes: [] });
    // The function of the other trigger is not ours to drop.
    expect((await database.query(`SELECT to_regprocedure('own()') IS NULL AS gone`)).rows).toEqual([{ gone: false }]);
  });

  it.each([
    ['calls another function of the owner', `EXECUTE FUNCTION other()`, 'it calls the function other()'],
    [
      'has a condition of another role’s',
      'WHEN (peek(NEW.status)) EXECUTE FUNCTION migtop_guard()',
      'its condition calls peek of {{stranger}}',
    ],
  ])('a trigger that %s is not the guard, and is created again', async (_, how, why) => {
    await as(ownerUrl, guard);
    await as(strangerUrl, `CREATE FUNCTION peek(varchar) RETURNS boolean LANGUAGE sql AS 'SELECT false'`);
    await as(
      ownerUrl,
      `${swallow('other()')}; DROP TRIGGER migtop_guard ON migration_control;
       CREATE TRIGGER migtop_guard BEFORE UPDATE OF status ON migration_control FOR EACH ROW ${how}`,
    );
    expect(await found(ownerUrl)).toMatchObject({
      guarded: false,
      notes: [`${foreign}${why.replace('{{stranger}}', stranger)}`],
    });
    await as(ownerUrl, guard);
    expect(await found(ownerUrl)).toMatchObject({ guarded: true, notes: [] });
  });

  it('a function whose body was changed is created again', async () => {
    await as(ownerUrl, guard);
    await as(ownerUrl, swallow('migtop_guard()').replace('CREATE', 'CREATE OR REPLACE'));
    await as(ownerUrl, guard);
    await as(
      ownerUrl,
      `UPDATE migration_control SET status = 'paused'; UPDATE migration_control SET status = 'running'`,
    );
    expect((await database.query('SELECT status FROM migration_control')).rows).toEqual([{ status: 'paused' }]);
  });

  it.each([
    [
      'another body',
      swallow('migtop_guard()').replace('CREATE', 'CREATE OR REPLACE'),
      'its function migtop_guard() was altered',
    ],
    [
      'a body that runs as its owner',
      'ALTER FUNCTION migtop_guard() SECURITY DEFINER',
      'its function migtop_guard() was altered',
    ],
    [
      'its own search path',
      'ALTER FUNCTION migtop_guard() SET search_path = public',
      'its function migtop_guard() was altered',
    ],
    ['no own search path', 'ALTER FUNCTION migtop_guard() RESET ALL', 'its function migtop_guard() was altered'],
    [
      'another setting',
      "ALTER FUNCTION migtop_guard() SET session_replication_role = 'replica'",
      'its function migtop_guard() was altered',
    ],
    [
      'a string that differs in blanks',
      `DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('migtop_guard()'::regprocedure), 'paused', 'pau sed'); END $do$`,
      'its function migtop_guard() was altered',
    ],
    [
      'a trigger without a condition, after the update',
      `DROP TRIGGER migtop_guard ON migration_control; CREATE TRIGGER migtop_guard AFTER UPDATE ON migration_control
       FOR EACH ROW EXECUTE FUNCTION migtop_guard()`,
      'its event or condition was altered',
    ],
    [
      'a condition that is never true',
      `DROP TRIGGER migtop_guard ON migration_control; CREATE TRIGGER migtop_guard BEFORE UPDATE OF status ON migration_control
       FOR EACH ROW WHEN (NEW.status <> OLD.status AND false) EXECUTE FUNCTION migtop_guard()`,
      'its event or condition was altered',
    ],
  ])('a guard that its owner gave %s is not used, until it is installed again', async (_, alter, why) => {
    await as(ownerUrl, guard);
    expect(await found(ownerUrl)).toMatchObject({ guarded: true, notes: [] });
    await as(database.url, alter);
    expect(await found(ownerUrl)).toMatchObject({ guarded: false, notes: [`${foreign}${why}`] });
    expect(await found()).toMatchObject({ guarded: false, notes: expect.arrayContaining([`${foreign}${why}`]) });
    await as(ownerUrl, guard);
    expect(await found(ownerUrl)).toMatchObject({ guarded: true, notes: [] });
  });

  it.each(earlierGuards)(
    'an earlier version is used as the guard, and a note names the upgrade',
    async (body, trigger) => {
      await as(
        ownerUrl,
        `CREATE FUNCTION migtop_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$${body}$$;
       CREATE TRIGGER migtop_guard ${trigger} EXECUTE FUNCTION migtop_guard()`,
      );
      expect(await found(ownerUrl)).toMatchObject({
        guarded: true,
        notes: ['the guard is of an earlier version: run migtop init --guard --apply'],
      });
      await as(ownerUrl, guard);
      expect(await found(ownerUrl)).toMatchObject({ guarded: true, notes: [] });
    },
  );

  it('is installed once by two sessions at the same time', async () => {
    const ends = await Promise.allSettled([as(ownerUrl, guard), as(ownerUrl, guard), as(ownerUrl, guard)]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await found(ownerUrl)).toMatchObject({ guarded: true, notes: [] });
  });
});
