import { isPlainName, isPlainWord } from '../domain/quotable.ts';
import { DatabaseError } from './database-error.ts';

/** Connection parameters by libpq's keywords (PostgreSQL manual, 34.1.2), as far as migtop knows them. */
export type ConnectionParameters = Partial<Record<Keyword, string>>;

const keywords = [
  'host',
  'hostaddr',
  'port',
  'dbname',
  'user',
  'password',
  'passfile',
  'sslmode',
  'sslcert',
  'sslkey',
  'sslrootcert',
  'connect_timeout',
  'options',
  'application_name',
] as const;
export type Keyword = (typeof keywords)[number];

/** Keywords of libpq that change nothing that migtop does; taken and left aside so that a working string works here. */
const ignored = new Set([
  'fallback_application_name',
  'client_encoding',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'tcp_user_timeout',
  'target_session_attrs',
  'gssencmode',
  'channel_binding',
  'sslcompression',
  'sslsni',
  'krbsrvname',
]);

const environment: Readonly<Record<Keyword, string>> = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  sslmode: 'PGSSLMODE',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslrootcert: 'PGSSLROOTCERT',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  options: 'PGOPTIONS',
  application_name: 'PGAPPNAME',
};

/**
 * Reads where to connect to, as PostgreSQL's own tools do: a URL or `key=value` string, else `DATABASE_URL`, with
 * the PG* variables for what it leaves out.
 *
 * @param given the URL, `key=value` string or bare database name that the user typed, if any
 * @throws {DatabaseError} kind `usage`, when nothing names a database or the string cannot be read
 */
export function connectionParameters(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ConnectionParameters {
  const text = given ?? env.DATABASE_URL;
  const named = text === undefined || text.trim() === '' ? {} : parseConninfo(text.trim());
  const fromEnvironment: ConnectionParameters = {};
  for (const keyword of keywords) {
    const value = env[environment[keyword]];
    if (value !== undefined && value !== '') fromEnvironment[keyword] = value;
  }
  if (
    Object.keys(named).length === 0 &&
    !['host', 'hostaddr', 'dbname', 'port', 'user'].some((keyword) => keyword in fromEnvironment)
  ) {
    throw new DatabaseError(
      'usage',
      'No database is named. Name one: migtop postgres://user@host/database, or "host=… dbname=…", DATABASE_URL, PGHOST and PGDATABASE; `migtop demo` needs none.',
    );
  }
  return checked({ ...fromEnvironment, ...named });
}

/** Reads a URL, a `key=value` string, or the bare name of a database. */
export function parseConninfo(text: string): ConnectionParameters {
  if (/^postgres(ql)?:\/\//i.test(text)) return parseUrl(text);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw new DatabaseError(
      'usage',
      `${scheme(text)} is not a PostgreSQL address. Write postgres://user@host:5432/database`,
    );
  }
  if (text.includes('=')) return parseKeyValues(text);
  // A URL that lost its scheme may hold a password, and errors name the database.
  if (/[:/@]/.test(text)) {
    throw new DatabaseError(
      'usage',
      'That is neither a URL nor the name of a database. Write postgres://user@host:5432/database, or dbname=… for a name with : / or @ in it.',
    );
  }
  return { dbname: text };
}

function parseUrl(text: string): ConnectionParameters {
  // The authority may be empty (`postgres:///db`) or name several hosts, neither of which URL() takes.
  const match = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(text);
  if (match === null) throw unreadable();
  const [, credentials = '', authority = '', database = '', query = ''] = match;
  // A password with an unencoded @ / or ? spills into host, port, database or parameters, which errors name.
  const mayHoldUser = credentials === '' && !authority.includes(':');
  if (authority.includes('@') || database.includes('@') || (query.includes('@') && !mayHoldUser)) throw unreadable();
  if (authority.includes(',')) throw severalHosts();
  const result: ConnectionParameters = {};
  const colon = credentials.indexOf(':');
  const user = colon === -1 ? credentials : credentials.slice(0, colon);
  if (user !== '') result.user = decode(user);
  if (colon !== -1) result.password = decode(credentials.slice(colon + 1));
  const address = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority);
  if (address === null) throw unreadable();
  const host = (address[1] ?? '').replace(/^\[(.*)\]$/, '$1');
  if (host !== '') result.host = decode(host);
  if (address[2]) result.port = address[2];
  if (database !== '') result.dbname = decode(database);
  // Not URLSearchParams: that reads + as a blank, which libpq does not, and takes any percent-encoding.
  for (const [index, parameter] of query.split('&').entries()) {
    if (parameter === '') continue;
    const equals = parameter.includes('=') ? parameter.indexOf('=') : parameter.length;
    const name = decode(parameter.slice(0, equals));
    const value = decode(parameter.slice(equals + 1));
    const isTls = name === 'ssl' && value === 'true';
    if (!isTls && !isKnown(name) && query.includes('@')) throw unreadable();
    assign(result, isTls ? 'sslmode' : name, isTls ? 'require' : value, index === 0 && credentials === '');
  }
  return checked(result);

  function decode(part: string): string {
    try {
      return decodeURIComponent(part);
    } catch {
      throw unreadable();
    }
  }

  // The text itself is never repeated: it may hold a password.
  function unreadable(): DatabaseError {
    return new DatabaseError(
      'usage',
      'The connection URL cannot be read. Write postgres://user:password@host:port/database, with special characters percent-encoded.',
    );
  }
}

function parseKeyValues(text: string): ConnectionParameters {
  const result: ConnectionParameters = {};
  // key = value, where a value with spaces stands in single quotes, and \ escapes ' and \. Elsewhere ' is a letter.
  const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*|))(?=\s|$)/gsy;
  let end = 0;
  for (let match = pair.exec(text); match !== null; match = pair.exec(text)) {
    assign(result, match[1] ?? '', (match[2] ?? match[3] ?? '').replace(/\\(.)/gs, '$1'), end === 0);
    end = pair.lastIndex;
  }
  if (text.slice(end).trim() !== '') {
    throw new DatabaseError(
      'usage',
      `The connection string cannot be read after character ${end}. Write key=value pairs, with values that hold spaces in single quotes: "host=db1 dbname=dispatch"`,
    );
  }
  return checked(result);
}

function isKnown(name: string): boolean {
  return ignored.has(name) || keywords.some((known) => known === name);
}

/** @param isFirst whether nothing stands before it, of which it might be a part: of a password with a blank or an & in it */
function assign(result: ConnectionParameters, name: string, value: string, isFirst: boolean): void {
  if (ignored.has(name)) return;
  const keyword = keywords.find((known) => known === name);
  if (keyword === undefined) {
    throw new DatabaseError(
      'usage',
      `The connection string has a parameter that migtop does not know${isFirst && isPlainWord(name) ? `: ${name}` : ' (it is not repeated, as it may be a part of a password: quote or percent-encode that)'}. Known are: ${keywords.join(', ')}.`,
    );
  }
  if (value !== '') result[keyword] = value;
}

function checked(parameters: ConnectionParameters): ConnectionParameters {
  if (parameters.host?.includes(',')) throw severalHosts();
  if (parameters.port !== undefined && !validPort(parameters.port)) {
    throw badPort();
  }
  for (const keyword of ['host', 'hostaddr'] as const) {
    const value = parameters[keyword];
    if (value !== undefined && !isPlainName(value))
      throw new DatabaseError(
        'usage',
        `${keyword} must be the name or the address of a host, or the directory of a socket. Write host=… port=… user=… password=… each for itself.`,
      );
  }
  return parameters;
}

/** The port is not repeated: it may be a part of a password. */
export function badPort(): DatabaseError {
  return new DatabaseError('usage', 'The port must be a number from 1 to 65535.');
}

export function validPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

function severalHosts(): DatabaseError {
  return new DatabaseError('usage', 'Several hosts in one connection string are not supported: name the one to watch.');
}

const otherSchemes = [
  'mysql',
  'mariadb',
  'http',
  'https',
  'jdbc',
  'mongodb',
  'redis',
  'sqlite',
  'sqlserver',
  'oracle',
  'mssql',
  'postgress',
  'postgre',
  'pg',
];

/** Named where it is one that is known: anything else before :// may be a part of a password. */
function scheme(text: string): string {
  const name = text.slice(0, text.indexOf(':')).toLowerCase();
  return otherSchemes.includes(name) ? `${name}://` : 'What stands before ://';
}
