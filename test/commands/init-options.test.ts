import meow from 'meow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseArguments } from '../../source/commands/arguments.ts';
import { planRetries } from '../../source/domain/bulk-actions.ts';
import { parseSince } from '../../source/domain/since.ts';
import { statementsIn, withoutComments } from '../../source/domain/sql-statements.ts';
import { decide } from '../../source/domain/transitions.ts';
import { runCommand } from '../support/command.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database?.query('DROP OWNED BY migtop_viewer, migtop_operator').catch(() => {});
  await database?.drop();
});

const init = (...args: string[]) => runCommand(['init', ...args]);
const everything = ['--guard', '--audit', '--roles', '--indexes'];

async function isThere(name: string): Promise<boolean> {
  const { rows } = await database.query(
    `SELECT FROM pg_trigger WHERE tgname = $1
     UNION ALL SELECT FROM pg_class WHERE relname = $1
     UNION ALL SELECT FROM pg_roles WHERE rolname = $1`,
    [name],
  );
  return rows.length > 0;
}

describe('without a connection', () => {
  it('prints the table and the options that are asked for, and connects to nothing', async () => {
    const [table, guard, audit, indexes, roles] = await Promise.all(
      ['migration_control', 'options/guard', 'options/audit', 'options/indexes', 'options/roles'].map((file) =>
        readSql(`${file}.sql`),
      ),
    );
    const all = await init('--indexes', '--guard', '--audit', '--roles');
    expect(all).toMatchObject({ code: 0, stderr: '' });
    expect(all.stdout).toBe([table, guard, audit, roles, indexes].join('\n'));
    const other = await init('--guard', '--table', 'app.control');
    expect(other.stdout).toBe(guard?.replace("'migration_control'", "'app.control'"));
    const others = await init('--indexes', '--table', 'app.control');
    expect(others.stdout.match(/''app\.control''| ON app\.control \(/g)).toHaveLength(3);
  });

  it('prints what removes them', async () => {
    const { stdout } = await init('--audit', '--guard', '--remove', '--discard-audit');
    const [audit, guard] = await Promise.all([
      readSql('options/audit-remove.sql'),
      readSql('options/guard-remove.sql'),
    ]);
    expect(stdout).toBe([audit.replace("discard_audit = 'no'", "discard_audit = 'yes'"), guard].join('\n'));
  });

  it.each([
    [['--remove'], 'init --remove takes --guard, --audit, --roles or --indexes'],
    [['--yes'], '--yes is only valid with --apply'],
    [['--audit', '--discard-audit'], '--discard-audit is only valid with --audit --remove'],
  ])('refuses %s', (args, why) => {
    expect(() => parseArguments(['init', ...args], { meow, importMeta: import.meta })).toThrow(why);
  });
});

describe('with --apply', () => {
  it('installs the table and all options, says what it did, and changes nothing the second time', async () => {
    const first = await init(...everything, '--apply', '--yes', database.url);
    expect(first).toMatchObject({ code: 0 });
    for (const sql of ['CREATE TABLE', 'migtop_guard', 'migtop_audit', 'migtop_viewer', 'CREATE INDEX CONCURRENTLY'])
      expect(first.stderr).toContain(sql);
    expect(first.stdout.split('\n')).toEqual([
      `created migration_control in database "${database.name}" at 127.0.0.1`,
      'installed the guard on public.migration_control',
      'installed the audit on public.migration_control',
      'installed the roles on public.migration_control',
      'installed the indexes on public.migration_control',
      '',
    ]);
    for (const name of ['migtop_guard', 'migtop_audit', 'migtop_viewer', 'migtop_operator', 'migtop_failed'])
      expect(await isThere(name)).toBe(true);

    const second = await init(...everything, '--apply', database.url);
    expect(second.stdout).toBe(
      [
        'the guard is already installed on public.migration_control',
        'the audit is already installed on public.migration_control',
        'the roles are already installed on public.migration_control',
        'the indexes are already installed on public.migration_control',
        '',
      ].join('\n'),
    );
  });

  it('repairs what was changed since', async () => {
    await database.query('ALTER TABLE migration_control DISABLE TRIGGER migtop_guard');
    await database.query('DROP TRIGGER migtop_audit_refuse ON migtop_audit');
    await database.query('GRANT DELETE ON migration_control TO migtop_viewer');
    await database.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'migtop_failed'::regclass");
    const { stdout } = await init(...everything, '--apply', database.url);
    expect(stdout.match(/^repaired the \w+/gm)).toEqual([
      'repaired the guard',
      'repaired the audit',
      'repaired the roles',
      'repaired the indexes',
    ]);
    expect((await init(...everything, '--apply', database.url)).stdout).not.toContain('repaired');
  });

  it('reports what is installed already, with the SQL that it would run', async () => {
    const { stdout } = await init('--guard', database.url);
    expect(stdout).toMatch(/^-- public\.migration_control exists\n-- the guard is installed\n\nBEGIN;\n/);
    expect(stdout).toContain("SET LOCAL migtop.control_table = 'public.migration_control';");
    expect(stdout).not.toContain('CREATE TABLE');
    expect(stdout.match(/^COMMIT;$/gm)).toHaveLength(1);
  });

  it('reports PUBLIC’s privileges, which make the roles useless', async () => {
    await database.query('GRANT DELETE ON migration_control TO PUBLIC');
    const { stderr } = await init('--roles', '--apply', database.url);
    await database.query('REVOKE DELETE ON migration_control FROM PUBLIC');
    expect(stderr).toContain(
      '\nmigtop: note: migtop_operator may DELETE, migtop_viewer may DELETE: PUBLIC or another role has granted it\n',
    );
  });

  it('changes nothing if one of them fails', async () => {
    await using other = await createDatabase({ schema: true });
    await other.query('CREATE TABLE migtop_audit (id int)');
    const { code, stdout, stderr } = await init('--guard', '--audit', '--apply', other.url);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /\nmigtop: Cannot install the guard and the audit: public\.migtop_audit is not used as the audit: /,
    );
    expect((await other.query("SELECT FROM pg_trigger WHERE tgname = 'migtop_guard'")).rows).toEqual([]);
    const stranger = await other.role({ grants: ['USAGE ON SCHEMA public'] });
    const refused = await init('--guard', '--apply', stranger);
    expect(refused.code).toBe(6);
    expect(refused.stderr).toMatch(/Run migtop init --guard --apply as its owner, /);
    expect(await init('--guard', '--apply', '--table', 'public.nothing', other.url)).toMatchObject({ code: 5 });
  });

  it('serves a table with an odd name in another schema', async () => {
    await database.query('CREATE SCHEMA "Odd \'one"');
    await database.query('CREATE TABLE "Odd \'one"."a\\b ""c" (LIKE migration_control INCLUDING ALL)');
    const named = ['--table', '"Odd \'one"."a\\b ""c"'];
    const { code, stdout } = await init('--guard', '--indexes', ...named, '--apply', database.url);
    expect([code, stdout.match(/^installed the \w+/gm)]).toEqual([0, ['installed the guard', 'installed the indexes']]);
    const removed = await init('--guard', '--indexes', '--remove', ...named, '--apply', database.url);
    expect([removed.code, removed.stdout.match(/^removed the \w+/gm)]).toEqual([
      0,
      ['removed the guard', 'removed the indexes'],
    ]);
    expect(await isThere('migtop_guard')).toBe(true);
  });
});

describe('the roles', () => {
  async function login(role: string): Promise<string> {
    const url = await database.role();
    await database.query(`GRANT ${role} TO ${new URL(url).username}`);
    return url;
  }
  const refused = { code: '42501' };

  it('let a viewer read, and do nothing else', async () => {
    const url = await login('migtop_viewer');
    const viewer = await database.connect(url);
    await viewer.query('SELECT * FROM migration_control');
    await viewer.query('SELECT * FROM migtop_audit');
    for (const forbidden of [
      "UPDATE migration_control SET status = 'paused'",
      'UPDATE migration_control SET completed_at = NULL',
      "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 't', 'o', 'pending')",
      'DELETE FROM migration_control',
      'TRUNCATE migration_control',
      'SELECT id FROM migration_control FOR UPDATE',
      "INSERT INTO migtop_audit (action, operation_id, outcome) VALUES ('pause', 1, 'applied')",
      "SELECT nextval('migration_control_id_seq')",
      "SELECT setval('migration_control_id_seq', 1)",
      'CREATE TRIGGER mine BEFORE UPDATE ON migration_control FOR EACH ROW EXECUTE FUNCTION migtop_guard()',
      'ALTER TABLE migration_control ADD mine int',
      'DROP TABLE migtop_audit',
    ])
      await expect(viewer.query(forbidden), forbidden).rejects.toMatchObject(refused);
    const table = await openTable(url);
    await table.poll([]);
    expect(table.target.readOnly).toMatch(/has no UPDATE privilege/);
    await table.close();
  });

  it('let an operator do every action of migtop, and nothing else', async () => {
    await database.query(`INSERT INTO migration_control (phase, table_name, operation, status, batch_size, source_query, started_at)
      VALUES ('execution', 'brackets', 'batch', 'running', 10, 'SELECT 1 LIMIT 10', now()),
        ('execution', 'brackets', 'batch', 'failed', 10, 'SELECT 1 LIMIT 10 OFFSET 10', now())`);
    const url = await login('migtop_operator');
    const table = await openTable(url);
    const { operations, failures } = await table.poll([]);
    expect(table.target).toMatchObject({ readOnly: null, guarded: true, audit: 'public.migtop_audit' });
    const pause = decide('pause', operations[0] as (typeof operations)[number]);
    if (pause.kind !== 'allowed') throw new Error('cannot pause');
    expect((await table.act(pause.transition)).kind).toBe('applied');
    const { changes } = planRetries(failures);
    const retry = await table.retryMany(changes, { action: 'retry', reason: 'again' });
    expect(retry.map(({ outcome }) => outcome.kind)).toEqual(['applied']);
    await table.restrict(parseSince('1h'));
    await table.close();

    const operator = await database.connect(url);
    for (const forbidden of [
      "UPDATE migration_control SET source_query = ''",
      'UPDATE migration_control SET records_processed = 0',
      "UPDATE migration_control SET table_name = 'x'",
      'UPDATE migration_control SET id = 99',
      "INSERT INTO migration_control (id, phase, table_name, operation, status) VALUES (99, 'execution', 't', 'o', 'pending')",
      'DELETE FROM migration_control',
      'TRUNCATE migration_control',
      "INSERT INTO migtop_audit (action, operation_id, outcome, database_role) VALUES ('pause', 1, 'applied', 'eve')",
      "INSERT INTO migtop_audit (action, operation_id, outcome, at) VALUES ('pause', 1, 'applied', now())",
      'UPDATE migtop_audit SET reason = NULL',
      'DELETE FROM migtop_audit',
      "SELECT setval('migration_control_id_seq', 1)",
      'ALTER TABLE migration_control DISABLE TRIGGER migtop_guard',
    ])
      await expect(operator.query(forbidden), forbidden).rejects.toMatchObject(refused);
  });

  it('refuse a role of that name that may log in', async () => {
    await database.query('ALTER ROLE migtop_viewer LOGIN');
    const { code, stderr } = await init('--roles', '--apply', database.url);
    await database.query('ALTER ROLE migtop_viewer NOLOGIN');
    expect([code, stderr]).toEqual([1, expect.stringContaining('the role migtop_viewer is not used: it may log in')]);
  });
});

describe('with --remove', () => {
  it('removes the options, and an audit with rows only on request', async () => {
    const kept = await init('--audit', '--remove', '--apply', database.url);
    expect([kept.code, kept.stderr]).toEqual([1, expect.stringContaining('--discard-audit')]);
    const { code, stdout } = await init(...everything, '--remove', '--discard-audit', '--apply', database.url);
    expect(code).toBe(0);
    expect(stdout).toContain('removed the audit from public.migration_control\n');
    for (const name of ['migtop_guard', 'migtop_audit', 'migtop_failed']) expect(await isThere(name)).toBe(false);
    const again = await init('--guard', '--remove', '--apply', database.url);
    expect(again.stdout).toBe('the guard is not installed on public.migration_control\n');
  });
});

describe('the division of a text into statements', () => {
  it('keeps semicolons in quotes, dollar quotes and comments', () => {
    const text = "SELECT ';', \"a;b\"; -- one; two\nDO $x$ BEGIN; $$;$$ END $x$;\n/* ; */ SELECT E'\\';' ;\n-- end\n";
    expect(statementsIn(text).map(withoutComments)).toEqual([
      'SELECT \';\', "a;b"',
      'DO $x$ BEGIN; $$;$$ END $x$',
      "/* ; */ SELECT E'\\';'",
    ]);
  });
});
