import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../source/database/connect.ts';
import { passwordFileProblem } from '../../../source/database/libpq/authentication.ts';
import { dial } from '../../../source/database/libpq/dial.ts';
import { explainDial } from '../../../source/database/libpq/explain-dial.ts';
import { type Keyword, keywords, sessionVariables, variableOf } from '../../../source/database/libpq/keywords.ts';
import { connectionSettings } from '../../../source/database/libpq/settings.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await createDatabase();
  folder = mkdtempSync(join(tmpdir(), 'migtop-variables-'));
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

/** PostgreSQL 18 manual, 34.1.2 and 34.15. */
const keywordsOfManual = `host hostaddr port dbname user password passfile require_auth channel_binding connect_timeout
  client_encoding options application_name fallback_application_name keepalives keepalives_idle keepalives_interval
  keepalives_count tcp_user_timeout replication gssencmode sslmode requiressl sslnegotiation sslcompression sslcert sslkey
  sslkeylogfile sslpassword sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer ssl_min_protocol_version
  ssl_max_protocol_version min_protocol_version max_protocol_version krbsrvname gsslib gssdelegation scram_client_key
  scram_server_key service servicefile target_session_attrs load_balance_hosts oauth_issuer oauth_client_id
  oauth_client_secret oauth_scope`.split(/\s+/);
const variablesOfManual =
  `PGHOST PGSSLNEGOTIATION PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGREQUIREAUTH
  PGCHANNELBINDING PGSERVICE PGSERVICEFILE PGOPTIONS PGAPPNAME PGSSLMODE PGREQUIRESSL PGSSLCOMPRESSION PGSSLCERT PGSSLKEY
  PGSSLCERTMODE PGSSLROOTCERT PGSSLCRL PGSSLCRLDIR PGSSLSNI PGREQUIREPEER PGSSLMINPROTOCOLVERSION PGSSLMAXPROTOCOLVERSION
  PGGSSENCMODE PGKRBSRVNAME PGGSSLIB PGGSSDELEGATION PGCONNECT_TIMEOUT PGCLIENTENCODING PGTARGETSESSIONATTRS
  PGLOADBALANCEHOSTS PGMINPROTOCOLVERSION PGMAXPROTOCOLVERSION PGDATESTYLE PGTZ PGGEQO PGSYSCONFDIR PGLOCALEDIR`.split(
    /\s+/,
  );

describe('the keywords and variables of libpq', () => {
  it('are all known, and all named in docs/connecting.md', () => {
    const guide = readFileSync(new URL('../../../docs/connecting.md', import.meta.url), 'utf8');
    expect(Object.keys(keywords).toSorted()).toEqual(keywordsOfManual.toSorted());
    const read = [
      ...Object.keys(keywords).map((keyword) => variableOf(keyword as Keyword) ?? ''),
      ...Object.keys(sessionVariables),
      'PGSYSCONFDIR',
      'PGLOCALEDIR',
    ].filter((name) => name !== '');
    expect(read.toSorted()).toEqual(variablesOfManual.toSorted());
    const named = (name: string): boolean => guide.includes(`\`${name}\``);
    expect([...keywordsOfManual, ...variablesOfManual].filter((name) => !named(name))).toEqual([]);
  });

  it.each([
    ['sslkeylogfile', 'sslkeylogfile=/tmp/keys', {}],
    ['sslcrldir', '', { PGSSLCRLDIR: '/tmp' }],
    ['requirepeer', '', { PGREQUIREPEER: 'postgres' }],
    ['scram_client_key', 'scram_client_key=eA==', {}],
    ['scram_server_key', 'scram_server_key=eA==', {}],
    ['oauth_issuer', 'oauth_issuer=https://example.org', {}],
    ['oauth_client_id', 'oauth_client_id=x', {}],
    ['oauth_client_secret', 'oauth_client_secret=x', {}],
    ['oauth_scope', 'oauth_scope=x', {}],
    ['gssencmode', '', { PGGSSENCMODE: 'require' }],
    ['replication', 'replication=database', {}],
    ['min_protocol_version', '', { PGMINPROTOCOLVERSION: '3.2' }],
    ['max_protocol_version', 'max_protocol_version=2.0', {}],
  ])('that are not supported are refused by name: %s', (keyword, more, env) => {
    expect(() => connectionSettings(`host=localhost ${more}`, env)).toThrow(`does not support ${keyword}`);
  });
});

describe('PGTZ, PGDATESTYLE, PGGEQO and client_encoding', () => {
  it('are set at the start of the session, except the encoding, which stays UTF-8', async () => {
    const env = { PGTZ: 'Asia/Kolkata', PGDATESTYLE: 'SQL, DMY', PGGEQO: 'off', PGCLIENTENCODING: 'LATIN1' };
    const connection = await connect(connectionSettings(database.url, env));
    const names = ['TimeZone', 'DateStyle', 'geqo', 'client_encoding', 'application_name'];
    const columns = names.map((name) => `pg_catalog.current_setting('${name}') AS "${name}"`).join(', ');
    expect(await connection.read(`SELECT ${columns}`)).toEqual([
      {
        TimeZone: 'Asia/Kolkata',
        DateStyle: 'SQL, DMY',
        geqo: 'off',
        client_encoding: 'UTF8',
        application_name: 'migtop',
      },
    ]);
    await connection.close();
  });

  it.each([
    ['client_encoding', { PGCLIENTENCODING: 'bogus' }],
    ['TimeZone', { PGTZ: 'bogus' }],
    ['DateStyle', { PGDATESTYLE: 'bogus' }],
    ['geqo', { PGGEQO: 'bogus' }],
  ])('are refused with the message of the server: %s', async (name, env) => {
    const settings = connectionSettings(database.url, env);
    const error = await dial(settings, null).then(
      () => expect.fail('it connected'),
      (reason: unknown) => explainDial(reason, settings),
    );
    expect(error.message).toContain(
      name === 'geqo' ? 'parameter "geqo"' : `invalid value for parameter "${name}": "bogus"`,
    );
  });
});

describe('a password file that others may read', () => {
  it('is reported as libpq does, and in the error if it would have been needed', async () => {
    const passwordFile = join(folder, 'passwords');
    writeFileSync(passwordFile, '*:*:*:*:secret\n');
    chmodSync(passwordFile, 0o640);
    const problem = `password file "${passwordFile}" has group or world access; permissions should be u=rw (0600) or less`;
    expect(await passwordFileProblem({ passwordFile })).toBe(problem);
    const url = new URL(database.url);
    url.password = '';
    const settings = connectionSettings(url.href, { PGPASSFILE: passwordFile });
    const error = await dial(settings, null).catch((reason: unknown) => explainDial(reason, settings));
    expect((error as Error).message).toContain(`and none was supplied. The ${problem}`);
    chmodSync(passwordFile, 0o600);
    expect(await passwordFileProblem({ passwordFile })).toBeNull();
    expect(await passwordFileProblem({ passwordFile: folder })).toBe(`password file "${folder}" is not a plain file`);
    expect(await passwordFileProblem({ passwordFile: join(folder, 'none') })).toBeNull();
  });
});

describe('channel_binding=require without TLS', () => {
  it('is refused with the remedy', async () => {
    const settings = connectionSettings(`${database.url}?sslmode=disable&channel_binding=require`, {});
    const error = await dial(settings, null).catch((reason: unknown) => explainDial(reason, settings));
    expect((error as Error).message).toContain('SSL not in use. Add sslmode=require');
  });
});
