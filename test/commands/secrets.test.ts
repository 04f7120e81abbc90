import fc from 'fast-check';
import meow from 'meow';
import { describe, expect, inject, it } from 'vitest';
import { parseArguments } from '../../source/commands/arguments.ts';
import { errorReport, secretsOfProcess } from '../../source/commands/error-report.ts';
import { explain } from '../../source/database/database-error.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { runProgram } from '../support/program.ts';

/** The two halves of a password, which no message may hold. */
const first = 'Wr0ngPwA';
const second = 'SecreT77';

/** Texts between the halves: all that has a meaning in a URL, in a conninfo string or to a shell. */
const between = [
  '',
  '&',
  '@',
  '/',
  '?',
  '#',
  ':',
  ' ',
  "'",
  '"',
  '=',
  '%',
  ',',
  ';',
  '\\',
  '+',
  '&x=',
  ' x=',
  '@x/',
  ' lowercase',
  '://',
  '%zz',
  '\n',
];

const connections: readonly ((secret: string) => string)[] = [
  (secret) => `postgres://ana:${secret}@db1/d`,
  (secret) => `postgres://ana:${secret}@db1:5432/d?sslmode=require`,
  (secret) => `postgres://:${secret}@/d`,
  (secret) => `postgres://ana:12${secret}@db1/d`,
  (secret) => `postgres://ana:12/${secret}@db1/d`,
  (secret) => `postgres://ana:12?user=${secret}@db1/d`,
  (secret) => `postgres://ana/${secret}@db1/d`,
  (secret) => `postgres://db1/d?password=${secret}`,
  (secret) => `postgres://db1/d?user=ana&password=${secret}&sslmode=require`,
  (secret) => `postgres://db1/d?pasword=${secret}`,
  (secret) => `postgres:/ana:${secret}@db1/d`,
  (secret) => `postgres//ana:${secret}@db1/d`,
  (secret) => `postgress://ana:${secret}@db1/d`,
  (secret) => `jdbc:postgresql://ana:${secret}@db1/d`,
  (secret) => `${secret}://ana@db1/d`,
  (secret) => `ana:${secret}@db1/d`,
  (secret) => `ana:${secret}@db1`,
  (secret) => `host=db1 password=${secret} dbname=d`,
  (secret) => `host=db1 password='${secret} dbname=d`,
  (secret) => `host=db1 Password=${secret} dbname=d`,
  (secret) => `host=db1 passwd=${secret}`,
  (secret) => `host=ana:${secret}@db1 dbname=d`,
  (secret) => `host=db1 user=ana:${secret} dbname=d`,
  (secret) => `host=db1 dbname=postgres://ana:${secret}@db1/d`,
  (secret) => `host=db1 port=${secret}`,
  (secret) => `host=db1 sslmode=${secret}`,
  (secret) => `host=db1 connect_timeout=${secret}`,
  (secret) => `host=db1 sslmode=verify-ca sslrootcert=${secret}`,
];

const commandLines: readonly ((connection: string) => string[])[] = [
  (connection) => [connection],
  (connection) => ['status', connection],
  (connection) => ['--url', connection],
  (connection) => [`--url=${connection}`],
  (connection) => [`--uri=${connection}`],
  (connection) => [`--${connection}`],
  (connection) => [`-${connection}`],
  (connection) => ['--table', connection],
  (connection) => [`--table=${connection}`, 'dispatch'],
  (connection) => ['--table', `"${connection}"`],
  (connection) => ['--interval', connection],
  (connection) => ['--url', connection, '--url', connection],
  (connection) => [connection, connection],
  (connection) => ['init', '--apply', connection],
  (connection) => ['demo', connection],
  (connection) => [`--json=${connection}`],
  (connection) => [`--no-${connection}`],
  (connection) => ['--password', connection],
  (connection) => [`--password=${connection}`],
  (connection) => connection.split(' '),
];

/** Everything that may be written on the way from a command line to a server that refuses it. */
function written(argv: readonly string[], env: Record<string, string> = {}): string {
  const report = (error: unknown): string =>
    errorReport('migtop: ', error, { debug: true, secrets: secretsOfProcess(argv, env) });
  try {
    const invocation = parseArguments(argv, { meow, importMeta: import.meta });
    if (invocation.command === 'print') return invocation.text;
    const { servers, user, database } = connectionSettings(invocation.connection, env);
    const [{ name: host, port } = { name: '', port: 0 }] = servers;
    const address = { host, port, user, database };
    const server = (code: string, message: string) => Object.assign(new Error(message), { code, severity: 'FATAL' });
    return [
      server('28000', `no pg_hba.conf entry for host "${host}", user "${user}", database "${database}"`),
      server('28P01', `password authentication failed for user "${user}"`),
      server('3D000', `database "${database}" does not exist`),
      server('53300', `too many connections for role "${user}"`),
      server('XX000', `connection to ${host} failed for ${user} on ${database}`),
      Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }),
      Object.assign(new Error(`connect ENOENT ${host}/.s.PGSQL.5432`), { code: 'ENOENT' }),
    ]
      .map((error) => report(explain(error, address)))
      .join('');
  } catch (error) {
    return report(error);
  }
}

/** The line that repeats a part of the password. */
function leakIn(text: string): string | null {
  return text.split('\n').find((line) => line.includes(first) || line.includes(second)) ?? null;
}

describe('a password', () => {
  it('is in no message, whatever is mistyped around it', () => {
    // Each connection in each command line, and each of them with each separator.
    const [plain] = commandLines;
    for (const [row, connection] of connections.entries())
      for (const [column, commandLine] of commandLines.entries())
        for (const [index, separator] of between.entries()) {
          if (commandLine !== plain && index !== (row + column) % between.length) continue;
          const argv = commandLine(connection(`${first}${separator}${second}`));
          const text = written(argv);
          expect({ argv, leak: leakIn(text) }).toEqual({ argv, leak: null });
        }
  });

  it('is in no message, whatever is left out of the string around it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...connections),
        fc.constantFrom(...commandLines),
        fc.constantFrom(...between),
        fc.nat(40),
        fc.constantFrom('', ' ', ':', '@', '&', '=', '"', '%'),
        (connection, commandLine, separator, at, instead) => {
          const typed = connection(`${first}${separator}${second}`);
          // One character of what stands around the password is mistyped.
          const index = at % Math.max(1, typed.indexOf(first));
          // A URL without its colon, @ or slash is another valid URL: it has no password.
          fc.pre(!/[:@=/]/.test(typed[index] ?? ''));
          const argv = commandLine(typed.slice(0, index) + instead + typed.slice(index + 1));
          const text = written(argv);
          expect({ argv, leak: leakIn(text) }).toEqual({ argv, leak: null });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each(['DATABASE_URL', 'PGHOST', 'PGPORT', 'PGPASSWORD', 'PGSSLMODE', 'PGSSLROOTCERT', 'PGCONNECT_TIMEOUT'])(
    'in %s is in no message',
    (name) => {
      for (const connection of connections) {
        const env = { PGDATABASE: 'd', PGSSLMODE: 'verify-ca', [name]: connection(`${first}&${second}`) };
        const text = written([], env);
        expect({ env, leak: leakIn(text) }).toEqual({ env, leak: null });
      }
    },
  );
});

describe('text that may be repeated', () => {
  it.each([
    [['postgres://ana@db1/dispatch'], '"ana"'],
    [['postgres://ana@db1/dispatch'], '"dispatch"'],
    [['postgres://ana@db1/dispatch'], 'db1'],
    [['host=/var/run/postgresql dbname=my-db'], '"my-db"'],
    [['host=::1 dbname=d'], '::1'],
    [['host=db1 user=ana@cloud dbname=d'], '"ana@cloud"'],
    [['--bogus'], '--bogus'],
    [['postgres://db1/d?colour=red'], 'colour'],
    [['--interval', '99'], '"99"'],
  ])('%j', (argv, word) => {
    expect(written(argv)).toContain(word);
  });
});

describe('the program', () => {
  it('repeats no password that a server or a library repeats, not even with --debug', async () => {
    const { hostname, port } = new URL(inject('postgresUrl'));
    const at = `host=${hostname} port=${port}`;
    const runs = await Promise.all(
      [
        [`${at} user='ana:${first} ${second}' dbname=d`],
        [`${at} user=ana dbname='postgres://ana:${first}@${second}/d'`],
        ['--table', `postgres://u:${first}@h/${second}`, `${at} dbname=d`],
        [`postgres://db1/d?password=${first}&${second}`],
        ['status', `postgres:/u:${first}@${second}`],
        [`--password=${first}`, second],
      ].map((argv) => runProgram([...argv, '--debug'])),
    );
    for (const { code, stdout, stderr } of runs) {
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/^migtop: /);
      expect(stdout + stderr).not.toContain(first);
      expect(stdout + stderr).not.toContain(second);
    }
  });
});
