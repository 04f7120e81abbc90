import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { cleanText } from '../../domain/clean-text.ts';
import { isPlainName, isPlainPath } from '../../domain/quotable.ts';
import { DatabaseError } from '../database-error.ts';
import { parseConninfo } from './conninfo.ts';
import { homeDirectory } from './home-directory.ts';
import { type ConnectionParameters, type Keyword, keywords, refusalOf, variableOf } from './keywords.ts';
import { readService } from './service-file.ts';
import { type SessionSettings, sessionSettings } from './startup-message.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** One server that may be connected to. */
export interface Server {
  /** As it was named: a host name, an address, or the directory of a socket; its address where only that was given. */
  readonly name: string;
  /** Whether `host` was given, or is the default; else only `hostaddr` was. */
  readonly isNamed: boolean;
  /** Where to connect to, if `hostaddr` says so; else `name`. */
  readonly address: string;
  readonly port: number;
  /** The port as it was typed: password files are compared with that. */
  readonly portText: string;
}

/** Which kind of session is wanted (PostgreSQL manual, 34.1.2, `target_session_attrs`). */
export type SessionKind = (typeof sessionKinds)[number];
const sessionKinds = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;

/** What is to be connected to, with every default of libpq filled in. */
export interface Settings {
  /** At least one, in the order in which they are tried. */
  readonly servers: readonly Server[];
  readonly user: string;
  readonly database: string;
  /** Null: look it up in the password file, then ask. */
  readonly password: string | null;
  readonly passwordFile: string;
  /** For each address of a server; null waits for as long as the system does. */
  readonly connectTimeoutMs: number | null;
  readonly options: string | undefined;
  readonly applicationName: string;
  /** Settings of the session that the server is asked for when it is connected to; it refuses a wrong value. */
  readonly session: SessionSettings;
  readonly sessionKind: SessionKind;
  /** Whether the servers, and the addresses of one, are tried in random order. */
  readonly isBalanced: boolean;
  /** Where libpq looks for files that are not named. */
  readonly homeDirectory: string;
  readonly keepAlive: KeepAlive;
  readonly parameters: ConnectionParameters;
}

/** How TCP finds out that a connection is dead; 0 seconds, and null, leave it to the system. */
export interface KeepAlive {
  readonly enabled: boolean;
  readonly idleSeconds: number;
  readonly intervalSeconds: number | null;
  readonly count: number | null;
}

/** Debian's libpq, then PostgreSQL's own. */
const socketDirectories = ['/var/run/postgresql', '/tmp'];
/** Where a PostgreSQL from a package looks for the service file of the whole machine. */
const systemDirectories = ['/etc/postgresql-common', '/etc/sysconfig/pgsql', '/usr/local/pgsql/etc'];
/** After so long the system asks whether a connection is alive where nothing is said (tcp(7)). */
const usualIdleSeconds = 7200;
const defaultTimeoutMs = 10_000;
/** A timer of Node that is longer fires at once. */
const longestTimerSeconds = 2_147_483;

/**
 * Finds out what to connect to as libpq does: the connection string, then the service that it or `PGSERVICE` names, then
 * the PG* variables, then the defaults.
 *
 * @param given the URL, `keyword=value` string or database name that the user typed; else `DATABASE_URL`
 * @throws {DatabaseError} kind `usage`
 */
export function connectionSettings(given: string | undefined, env: Environment): Settings {
  // A blank at the end may belong to a value.
  const text = given ?? env.DATABASE_URL?.trim() ?? '';
  const typed = text.trim() === '' ? {} : parseConninfo(text);
  const isNamed =
    Object.keys(typed).length > 0 ||
    ['PGSERVICE', 'PGHOST', 'PGHOSTADDR', 'PGDATABASE', 'PGPORT', 'PGUSER'].some((name) => (env[name] ?? '') !== '');
  if (!isNamed) {
    throw usage(
      'No database is named. Name one: migtop postgres://user@host/database, or "host=… dbname=…", DATABASE_URL, PGHOST and PGDATABASE; `migtop demo` needs none.',
    );
  }
  const parameters: ConnectionParameters = { ...fromEnvironment(env), ...fromService(typed, env), ...typed };
  for (const keyword of Object.keys(parameters) as Keyword[]) {
    const why = refusalOf(keyword, parameters[keyword] ?? '');
    if (why !== null) throw usage(`migtop cannot connect with ${keyword}: ${why}.`);
  }
  return settingsOf(parameters, env);
}

function fromEnvironment(env: Environment): ConnectionParameters {
  const found: ConnectionParameters = {};
  for (const keyword of Object.keys(keywords) as Keyword[]) {
    const variable = variableOf(keyword);
    const value = variable === undefined ? undefined : env[variable];
    if (value !== undefined) found[keyword] = value;
  }
  return found;
}

function fromService(typed: ConnectionParameters, env: Environment): ConnectionParameters {
  const name = typed.service ?? env.PGSERVICE;
  if (name === undefined) return {};
  const own = typed.servicefile ?? env.PGSERVICEFILE;
  const directories = env.PGSYSCONFDIR === undefined ? systemDirectories : [env.PGSYSCONFDIR];
  const files = [
    own ?? join(homeDirectory(env), '.pg_service.conf'),
    ...directories.map((one) => join(one, 'pg_service.conf')),
  ];
  for (const [index, file] of files.entries()) {
    if (!existsSync(file)) {
      if (index === 0 && own !== undefined)
        throw usage('The file that PGSERVICEFILE or servicefile names is not there.');
      continue;
    }
    const service = readService(readText('service file', file), name);
    if (service.kind === 'found') return service.parameters;
    if (service.kind === 'wrong')
      throw usage(`Line ${service.line} of the service file ${file} cannot be used: ${service.problem}.`);
  }
  throw usage('The service that service or PGSERVICE names is in no service file (~/.pg_service.conf).');
}

/** Fills in what the parameters leave open. @throws {DatabaseError} kind `usage` */
export function settingsOf(parameters: ConnectionParameters, env: Environment = {}): Settings {
  const home = homeDirectory(env);
  const user = parameters.user ?? systemUser();
  const timeout = integerOf(parameters, 'connect_timeout');
  const servers = serversOf(parameters);
  oneOf('gssencmode', parameters.gssencmode ?? 'prefer', ['disable', 'prefer']);
  const balance = parameters.load_balance_hosts ?? 'disable';
  return {
    servers,
    user,
    database: parameters.dbname || user,
    password: parameters.password || null,
    passwordFile: parameters.passfile || join(home, '.pgpass'),
    homeDirectory: home,
    // libpq waits for ever where nothing is said; nobody who looks at a screen does.
    connectTimeoutMs:
      timeout === null
        ? defaultTimeoutMs
        : timeout <= 0 || timeout > longestTimerSeconds
          ? null
          : Math.max(2, timeout) * 1000,
    options: parameters.options || undefined,
    session: sessionSettings(parameters, env),
    // psql too has a fallback_application_name of its own, whatever the string says.
    applicationName: parameters.application_name ?? 'migtop',
    sessionKind: oneOf('target_session_attrs', parameters.target_session_attrs ?? 'any', sessionKinds),
    isBalanced: oneOf('load_balance_hosts', balance, ['disable', 'random']) === 'random',
    keepAlive: keepAliveOf(parameters, servers),
    parameters,
  };
}

/** What libpq and Linux take; nothing is read for connections through sockets alone, or with `keepalives=0`. */
function keepAliveOf(parameters: ConnectionParameters, servers: readonly Server[]): Settings['keepAlive'] {
  const isUsed = servers.some(({ address }) => !isSocket(address)) && integerOf(parameters, 'keepalives') !== 0;
  if (!isUsed) return { enabled: false, idleSeconds: 0, intervalSeconds: null, count: null };
  const idle = integerOf(parameters, 'keepalives_idle');
  const ranges = { keepalives_idle: 32_767, keepalives_interval: 32_767, keepalives_count: 127 } as const;
  for (const [keyword, highest] of Object.entries(ranges) as [keyof typeof ranges, number][]) {
    const number = integerOf(parameters, keyword) ?? 1;
    if (number < 1 || number > highest) throw usage(`${keyword} must be a whole number from 1 to ${highest}.`);
  }
  integerOf(parameters, 'tcp_user_timeout');
  const intervalSeconds = integerOf(parameters, 'keepalives_interval');
  const count = integerOf(parameters, 'keepalives_count');
  // Node sets an interval and a count beside a number of idle seconds only.
  const usual = intervalSeconds === null && count === null ? 0 : usualIdleSeconds;
  return { enabled: true, idleSeconds: idle ?? usual, intervalSeconds, count };
}

/** `host`, `hostaddr` and `port` are lists of one length; a single port is for all (PostgreSQL manual, 34.1.1.3). */
function serversOf({ host, hostaddr, port }: ConnectionParameters): Server[] {
  const names = host ? host.split(',') : [];
  const addresses = hostaddr ? hostaddr.split(',') : [];
  if (names.length > 0 && addresses.length > 0 && names.length !== addresses.length)
    throw usage(`There are ${names.length} hosts and ${addresses.length} hostaddr: name as many of each.`);
  const count = Math.max(1, names.length, addresses.length);
  const ports = port ? port.split(',') : [];
  if (ports.length > 1 && ports.length !== count)
    throw usage(`There are ${ports.length} ports and ${count} hosts: name one port, or as many as hosts.`);
  return Array.from({ length: count }, (_, index) => {
    const portText = ports[ports.length === 1 ? 0 : index] || '5432';
    const portNumber = portOf(portText);
    const numeric = addresses[index] || null;
    if (numeric !== null && isIP(numeric) === 0)
      throw usage('hostaddr must be a numeric address; name a host with host=…');
    const name = names[index] || null;
    // A name that is none may be a part of a password, and would be asked of a name server.
    if (name !== null && !isPlainName(name.replace(/^@/, '')))
      throw usage(
        'host must be the name or the address of a host, or the directory of a socket. Write host=… port=… user=… password=… each for itself.',
      );
    const address = numeric ?? name ?? localHost(portNumber);
    return { name: name ?? address, isNamed: name !== null || numeric === null, address, port: portNumber, portText };
  });
}

function portOf(text: string): number {
  const trimmed = text.trim();
  if (trimmed === '') return 5432;
  const port = /^[+-]?\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  // Not repeated: a mistyped URL may have its password here.
  if (!(port >= 1 && port <= 65535)) throw usage('The port must be a whole number from 1 to 65535.');
  return port;
}

function localHost(port: number): string {
  if (process.platform === 'win32') return 'localhost';
  return socketDirectories.find((directory) => existsSync(`${directory}/.s.PGSQL.${port}`)) ?? defaultSocketDirectory();
}

function defaultSocketDirectory(): string {
  return socketDirectories.find((directory) => existsSync(directory)) ?? '/tmp';
}

/** Whether a directory is the one that libpq takes where no host is named: password files call it localhost. */
export function isDefaultSocketDirectory(path: string): boolean {
  return path === defaultSocketDirectory();
}

export function isSocket(address: string): boolean {
  return address.startsWith('/') || address.startsWith('@');
}

/** The path of a server's socket; one in the abstract namespace begins with NUL (unix(7)). */
export function socketPath({ address, port }: Server): string {
  const path = `${address}/.s.PGSQL.${port}`;
  return path.startsWith('@') ? `\0${path.slice(1)}` : path;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw usage(
      'This process runs as a user that the system does not know: name the database user with user=… or PGUSER.',
    );
  }
}

/** A number as libpq reads one: blanks around it, nothing else. Null where it is not given. */
function integerOf(parameters: ConnectionParameters, keyword: Keyword): number | null {
  const text = parameters[keyword]?.trim();
  if (text === undefined) return null;
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(number) < 2 ** 31)) throw usage(`${keyword} must be a whole number below 2147483648.`);
  return number;
}

export function oneOf<T extends string>(keyword: Keyword, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw usage(`${keyword} must be one of ${allowed.join(', ')}.`);
  return found;
}

/** @throws {DatabaseError} kind `usage`, naming the file */
export function readText(what: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new DatabaseError(
      'usage',
      `The ${what} ${isPlainPath(path) ? `${path} ` : ''}cannot be read. Check the path and its permissions.`,
      error,
      isPlainPath(path) ? [] : [path, cleanText(path)],
    );
  }
}

function usage(message: string): DatabaseError {
  return new DatabaseError('usage', message);
}
