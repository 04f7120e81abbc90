import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { quoteName } from '../../source/domain/quote-name.ts';
import { runCommand } from '../support/command.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

/** Names that SQL takes only in quotes. */
const odd = ['ops-Team', 'Ops', 'it"s', 'user', 'left', '1st'];

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
afterAll(() => database?.drop());

/** A login role with a unique name that SQL accepts only in quotes. */
async function oddRole(name: string): Promise<{ url: string; role: string; drop: () => Promise<void> }> {
  const plain = await database.role();
  const made = new URL(plain);
  const role = `${name}_${made.username.slice(-6)}`;
  const { rows } = await database.query<{ quoted: string }>('SELECT quote_ident($1) AS quoted', [role]);
  const quoted = rows[0]?.quoted ?? '';
  await database.query(`CREATE ROLE ${quoted} LOGIN PASSWORD '${made.password}'`);
  made.username = encodeURIComponent(role);
  return {
    url: made.href,
    role: quoted,
    drop: async () => void (await database.query(`DROP OWNED BY ${quoted}; DROP ROLE ${quoted}`)),
  };
}

async function failure(url: string, table?: string): Promise<string> {
  const opened = await openTable(url, table).catch((error: Error) => error);
  if (!(opened instanceof Error)) {
    await opened.close();
    expect.fail('it could be opened');
  }
  return opened.message;
}

const grantOf = (message: string) => /GRANT .*$/.exec(message)?.[0] ?? '';

describe.each(odd)('a hint for the role %s', (name) => {
  it('quotes it, and is the SQL that fixes the problem: USAGE, SELECT, the audit', async () => {
    const { url, role, drop } = await oddRole(name);
    await database.query(
      `CREATE SCHEMA "Odd-Schema"; CREATE TABLE "Odd-Schema"."Odd" (LIKE migration_control INCLUDING ALL)`,
    );
    try {
      const table = '"Odd-Schema"."Odd"';
      const usage = await failure(url, table);
      expect(usage).toMatch(`GRANT USAGE ON SCHEMA "Odd-Schema" TO ${role}`);
      await database.query(grantOf(usage));
      const select = await failure(url, table);
      expect(select).toMatch(`GRANT SELECT ON "Odd-Schema"."Odd" TO ${role}`);
      await database.query(grantOf(select));
      const audit = (await readSql('options/audit.sql')).replace("= 'migration_control';", `= '"Odd-Schema"."Odd"';`);
      await database.query(audit);
      await database.query(`GRANT UPDATE ON ${table} TO ${role}`);
      const opened = await openTable(url, table);
      const { readOnly } = opened.target;
      await opened.close();
      expect(readOnly).toMatch(`ON "Odd-Schema".migtop_audit TO ${role}`);
      await database.query(grantOf(readOnly ?? ''));
      const again = await openTable(url, table);
      expect(again.target).toMatchObject({ readOnly: null, audit: '"Odd-Schema".migtop_audit' });
      await again.close();
    } finally {
      await database.query('DROP SCHEMA "Odd-Schema" CASCADE');
      await drop();
    }
  });
});

// A message repeats only a name that cannot be a mistyped password.
it.each(odd.filter((name) => /^[\w-]+$/.test(name)))(
  'a hint for %s, which may not connect, names CONNECT and no other privilege',
  async (name) => {
    const { url, role, drop } = await oddRole(name);
    await database.query(`REVOKE CONNECT ON DATABASE ${database.name} FROM PUBLIC`);
    try {
      const error = await connect(connectionSettings(url, {})).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ kind: 'no-privilege' });
      expect(String(error)).toMatch(`GRANT CONNECT ON DATABASE ${database.name} TO ${role}`);
      expect(String(error)).not.toMatch('SELECT');
      await database.query(grantOf(String(error)));
      await (await connect(connectionSettings(url, {}))).close();
    } finally {
      await database.query(`GRANT CONNECT ON DATABASE ${database.name} TO PUBLIC`);
      await drop();
    }
  },
);

it('migtop init names the schema and the role that lacks CREATE, and the owner of an existing table', async () => {
  const { url, role, drop } = await oddRole('ops-Team');
  await database.query(`CREATE SCHEMA "New-Schema"; GRANT USAGE ON SCHEMA "New-Schema" TO ${role}`);
  const at = `${url}?options=${encodeURIComponent('-c search_path="New-Schema"')}`;
  try {
    const refused = await runCommand(['init', '--apply', at]);
    expect(refused).toMatchObject({ code: 6, stdout: '' });
    expect(refused.stderr).toMatch(`GRANT CREATE ON SCHEMA "New-Schema" TO ${role}`);
    await database.query(grantOf(refused.stderr.trim()));
    expect(await runCommand(['init', '--apply', at])).toMatchObject({ code: 0 });
    await database.query(
      'CREATE SCHEMA theirs; CREATE TABLE theirs.migration_control (LIKE migration_control INCLUDING DEFAULTS)',
    );
    await database.query(`GRANT ALL ON SCHEMA theirs TO ${role}`);
    const incomplete = await runCommand(['init', '--apply', at.replace(encodeURIComponent('"New-Schema"'), 'theirs')]);
    expect(incomplete.stderr).toMatch(
      /The table already exists but is incomplete: run migtop init --apply as its owner, postgres\./,
    );
  } finally {
    await database.query('DROP SCHEMA "New-Schema" CASCADE; DROP SCHEMA IF EXISTS theirs CASCADE');
    await drop();
  }
});

it('quotes every identifier as PostgreSQL does', async () => {
  const { rows } = await database.query<{ word: string; quoted: string }>(
    `SELECT word, quote_ident(word) AS quoted FROM (SELECT word FROM pg_get_keywords()
       UNION ALL SELECT unnest(ARRAY['a', 'A', 'a b', 'a"b', '_a1', '1a', 'a$b', 'ä', ''])) AS words`,
  );
  expect(rows.length).toBeGreaterThan(400);
  expect(rows.map(({ word }) => quoteName(word))).toEqual(rows.map(({ quoted }) => quoted));
});
