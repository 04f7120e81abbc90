import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { cleanText } from '../../domain/clean-text.ts';
import { isPlainName, isPlainPath } from '../../domain/quotable.ts';
import { DatabaseError } from '../database-error.ts';
import { parseConninfo } from './conninfo.ts';
import { homeDirectory } from './home-directory.ts';
import { type ConnectionParameters, type Keyword, keywordRefusal, keywords, variableOf } from './keywords.ts';
import { readService } from './service-file.ts';
import { type SessionSettings, sessionSettings } from './startup-message.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** One of the servers to try. */
export interface Server {
  /** `host` as given: a host name, an address or a socket directory; `hostaddr` if only that was given. */
  readonly name: string;
  /** Whether `host` was given or is the default; false if only `hostaddr` was given. */
  readonly isNamed: boolean;
  /** Where to connect: `hostaddr` if given, else `name`. */
  readonly address: string;
  readonly port: number;
  /** The port as typed: lines of the password file are compared with it. */
  readonly portText: string;
}

/** The required kind of session (PostgreSQL manual, 34.1.2, `target_session_attrs`). */
export type SessionKind = (typeof sessionKinds)[number];
const sessionKinds = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;

/** Where and how to connect, with libpq's defaults filled in. */
export interface Settings {
  /** At least one, in the order in which they are tried. */
  readonly servers: readonly Server[];
  readonly user: string;
  readonly database: string;
  /** Null: use the password file, then the prompt. */
  readonly password: string | null;
  readonly passwordFile: string;
  /** For each address of a server; null: the system's timeout. */
  readonly connectTimeoutMs: number | null;
  readonly options: string | undefined;
  readonly applicationName: string;
  /** Session settings in the startup message; the server refuses an invalid value. */
  readonly session: SessionSettings;
  readonly sessionKind: SessionKind;
  /** Whether the servers, and the addresses of one, are tried in random order. */
  readonly isBalanced: boolean;
  /** Where libpq looks for its default files. */
  readonly homeDirectory: string;
  readonly keepAlive: KeepAlive;
  readonly parameters: ConnectionParameters;
}

/** TCP keepalives; 0 seconds and null mean the system's defaults. */
export interface KeepAlive {
  readonly enabled: boolean;
  readonly idleSeconds: number;
  readonly intervalSeconds: number | null;
  readonly count: number | null;
}

/** Debian's libpq, then PostgreSQL's own. */
const socketDirectories = ['/var/run/postgresql', '/tmp'];
/** Where packaged PostgreSQL looks for the system-wide service file. */
const systemDirectories = ['/etc/postgresql-common', '/etc/sysconfig/pgsql', '/usr/local/pgsql/etc'];
/** The system's default of `tcp_keepalive_time` in seconds (tcp(7)). */
const usualIdleSeconds = 7200;
const defaultTimeoutMs = 10_000;
/** Maximum timer of Node in seconds: a longer one fires at once. */
const longestTimerSeconds = 2_147_483;

/**
 * Determines the connection settings as libpq does: from the connection string, then the service that it or `PGSERVICE`
 * names, then the PG* variables, then the defaults.
 *
 * @param given the URL, `keyword=value` string or database name of the command line, or the parameters of a target; if undefined,
 *   `DATABASE_URL` is used
 * @throws {DatabaseError} kind `usage`
 */
export function connectionSettings(given: string | ConnectionParameters | undefined, env: Environment): Settings {
  // A space at the end may belong to a value.
  const text = typeof given === 'object' ? '' : (given ?? env.DATABASE_URL?.trim() ?? '');
  const typed = typeof given === 'object' ? given : text.trim() === '' ? {} : parseConninfo(text);
  if (Object.keys(typed).length === 0 && !namesDatabase(env)) {
    throw usage(
      'No database is named. Name one: migtop postgres://user@host/database, migtop "host=… dbname=…", DATABASE_URL, or PGHOST and PGDATABASE; `migtop demo` needs none.',
    );
  }
  const parameters: ConnectionParameters = { ...fromEnvironment(env), ...fromService(typed, env), ...typed };
  for (const keyword of Object.keys(parameters) as Keyword[]) {
    const why = keywordRefusal(keyword, parameters[keyword] ?? '');
    if (why !== null) throw usage(`migtop does not support ${keyword} with this value: ${why}.`);
  }
  return settingsOf(parameters, env);
}

/** Whether the PG* variables name a server or a database. */
export function namesDatabase(env: Environment): boolean {
  return ['PGSERVICE', 'PGHOST', 'PGHOSTADDR', 'PGDATABASE', 'PGPORT', 'PGUSER'].some(
    (name) => (env[name] ?? '') !== '',
  );
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
      if (index === 0 && own !== undefined) throw usage('Service file not found: check PGSERVICEFILE or servicefile.');
      continue;
    }
    const service = readService(readTextFile('service file', file), name);
    if (service.kind === 'found') return service.parameters;
    if (service.kind === 'wrong')
      throw usage(`Syntax error in service file "${file}", line ${service.line}: ${service.problem}.`);
  }
  throw usage(
    'Definition of service not found: no service file (~/.pg_service.conf) has the name that service or PGSERVICE gives.',
  );
}

/** Fills in the defaults. @throws {DatabaseError} kind `usage` */
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
    // libpq has no timeout by default; a user who watches a screen needs one.
    connectTimeoutMs:
      timeout === null
        ? defaultTimeoutMs
        : timeout <= 0 || timeout > longestTimerSeconds
          ? null
          : Math.max(2, timeout) * 1000,
    options: parameters.options || undefined,
    session: sessionSettings(parameters, env),
    // psql also ignores a fallback_application_name in the connection string.
    applicationName: parameters.application_name ?? 'migtop',
    sessionKind: oneOf('target_session_attrs', parameters.target_session_attrs ?? 'any', sessionKinds),
    isBalanced: oneOf('load_balance_hosts', balance, ['disable', 'random']) === 'random',
    keepAlive: keepAliveOf(parameters, servers),
    parameters,
  };
}

/** The ranges are those of libpq and Linux. If all servers are sockets, or with `keepalives=0`, the values are not read. */
function keepAliveOf(parameters: ConnectionParameters, servers: readonly Server[]): Settings['keepAlive'] {
  const isUsed = servers.some(({ address }) => !isSocket(address)) && integerOf(parameters, 'keepalives') !== 0;
  if (!isUsed) return { enabled: false, idleSeconds: 0, intervalSeconds: null, count: null };
  const idle = integerOf(parameters, 'keepalives_idle');
  const ranges = { keepalives_idle: 32_767, keepalives_interval: 32_767, keepalives_count: 127 } as const;
  for (const [keyword, highest] of Object.entries(ranges) as [keyof typeof ranges, number][]) {
    const number = integerOf(parameters, keyword) ?? 1;
    if (number < 1 || number > highest)
      throw usage(`Invalid ${keyword} value. Use a whole number from 1 to ${highest}.`);
  }
  integerOf(parameters, 'tcp_user_timeout');
  const intervalSeconds = integerOf(parameters, 'keepalives_interval');
  const count = integerOf(parameters, 'keepalives_count');
  // Node sets the interval and the count only together with the idle seconds.
  const usual = intervalSeconds === null && count === null ? 0 : usualIdleSeconds;
  return { enabled: true, idleSeconds: idle ?? usual, intervalSeconds, count };
}

/** `host`, `hostaddr` and `port` are lists of equal length; a single port counts for all hosts (PostgreSQL manual, 34.1.1.3). */
function serversOf({ host, hostaddr, port }: ConnectionParameters): Server[] {
  const names = host ? host.split(',') : [];
  const addresses = hostaddr ? hostaddr.split(',') : [];
  if (names.length > 0 && addresses.length > 0 && names.length !== addresses.length)
    throw usage(
      `Could not match ${names.length} host names to ${addresses.length} hostaddr values. Give as many of each.`,
    );
  const count = Math.max(1, names.length, addresses.length);
  const ports = port ? port.split(',') : [];
  if (ports.length > 1 && ports.length !== count)
    throw usage(`Could not match ${ports.length} port numbers to ${count} hosts. Give one port, or one for each host.`);
  return Array.from({ length: count }, (_, index) => {
    const portText = ports[ports.length === 1 ? 0 : index] || '5432';
    const portNumber = portOf(portText);
    const numeric = addresses[index] || null;
    if (numeric !== null && isIP(numeric) === 0)
      throw usage('hostaddr must be a numeric address. Give a host name as host=….');
    const name = names[index] || null;
    // An invalid host name may be part of a password; resolving it would send it to a name server.
    if (name !== null && !isPlainName(name.replace(/^@/, '')))
      throw usage(
        'host must be a host name, an address or a socket directory. Write host=…, port=…, user=… and password=… separately.',
      );
    const address = numeric ?? name ?? localHost(portNumber);
    return { name: name ?? address, isNamed: name !== null || numeric === null, address, port: portNumber, portText };
  });
}

function portOf(text: string): number {
  const trimmed = text.trim();
  if (trimmed === '') return 5432;
  const port = /^[+-]?\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  // Not repeated: in a mistyped URL it may be the password.
  if (!(port >= 1 && port <= 65535)) throw usage('Invalid port number. Use a whole number from 1 to 65535.');
  return port;
}

function localHost(port: number): string {
  if (process.platform === 'win32') return 'localhost';
  return socketDirectories.find((directory) => existsSync(`${directory}/.s.PGSQL.${port}`)) ?? defaultSocketDirectory();
}

function defaultSocketDirectory(): string {
  return socketDirectories.find((directory) => existsSync(directory)) ?? '/tmp';
}

/** Whether a directory is libpq's default socket directory, which password files call localhost. */
export function isDefaultSocketDirectory(path: string): boolean {
  return path === defaultSocketDirectory();
}

/** Whether an address is the directory of a socket, or a name in the abstract namespace (`@…`). */
export function isSocket(address: string): boolean {
  return address.startsWith('/') || address.startsWith('@');
}

/** The path of a server's socket; a path in the abstract namespace begins with NUL (unix(7)). */
export function socketPath({ address, port }: Server): string {
  const path = `${address}/.s.PGSQL.${port}`;
  return path.startsWith('@') ? `\0${path.slice(1)}` : path;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw usage(
      'Local user does not exist: the user id of this process has no passwd entry. Name the database user with user=… or PGUSER.',
    );
  }
}

/** A number as libpq parses it, with optional white space around it. Null if it is not given. */
function integerOf(parameters: ConnectionParameters, keyword: Keyword): number | null {
  const text = parameters[keyword]?.trim();
  if (text === undefined) return null;
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(number) < 2 ** 31)) throw usage(`Invalid integer value for connection option "${keyword}".`);
  return number;
}

/** Returns the value as one of the allowed ones. @throws {DatabaseError} kind `usage`, with these */
export function oneOf<T extends string>(keyword: Keyword, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw usage(`Invalid ${keyword} value. Use one of: ${allowed.join(', ')}.`);
  return found;
}

/** Reads a file. @throws {DatabaseError} kind `usage`, with its path unless the path may be a password */
export function readTextFile(label: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new DatabaseError(
      'usage',
      `Could not read ${label}${isPlainPath(path) ? ` "${path}"` : ''}. Check its path and permissions.`,
      error,
      isPlainPath(path) ? [] : [path, cleanText(path)],
    );
  }
}

function usage(message: string): DatabaseError {
  return new DatabaseError('usage', message);
}
