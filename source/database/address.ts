import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { userInfo } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import { cleanText } from '../domain/clean-text.ts';
import { isPlainPath } from '../domain/quotable.ts';
import { badPort, type ConnectionParameters, validPort } from './conninfo.ts';
import { DatabaseError } from './database-error.ts';

/** Where the database is and how to get in, with every default filled in. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  readonly passfile: string | undefined;
  readonly connectTimeoutMs: number;
  readonly options: string | undefined;
  readonly applicationName: string;
  /** The ways of encrypting to try, in this order: libpq's `prefer` tries with TLS and then without. */
  readonly encryption: readonly (false | ConnectionOptions)[];
}

/** A timer that is set to more goes off at once. */
const longestTimerMs = 2 ** 31 - 1;

const socketDirectories = ['/var/run/postgresql', '/tmp'];

/**
 * Fills in what the parameters leave open, as libpq does: the local socket where there is one, the system user, the
 * database of the user's name, `sslmode=prefer`.
 *
 * @throws {DatabaseError} kind `usage`, for a bad port, timeout or sslmode, or a certificate file that cannot be read
 */
export function addressOf(parameters: ConnectionParameters): Address {
  const portText = parameters.port ?? '5432';
  if (!validPort(portText)) throw badPort();
  const port = Number(portText);
  const host = parameters.hostaddr ?? parameters.host ?? localHost(port);
  const user = parameters.user ?? userInfo().username;
  const timeoutSeconds = Number(parameters.connect_timeout ?? 10);
  if (!Number.isFinite(timeoutSeconds))
    throw new DatabaseError('usage', 'connect_timeout must be a number of seconds.');
  return {
    host,
    port,
    user,
    database: parameters.dbname ?? user,
    password: parameters.password,
    passfile: parameters.passfile,
    connectTimeoutMs: timeoutSeconds > 0 ? Math.min(Math.max(2, timeoutSeconds) * 1000, longestTimerMs) : 10_000,
    options: parameters.options,
    applicationName: parameters.application_name ?? 'migtop',
    encryption: host.startsWith('/') ? [false] : encryptionOf(parameters),
  };
}

function localHost(port: number): string {
  return socketDirectories.find((directory) => existsSync(`${directory}/.s.PGSQL.${port}`)) ?? 'localhost';
}

/** libpq's sslmode (PostgreSQL manual, 34.19.1) in the terms of Node's TLS. */
function encryptionOf(parameters: ConnectionParameters): readonly (false | ConnectionOptions)[] {
  const files: ConnectionOptions = {};
  const { host, hostaddr } = parameters;
  // hostaddr says only how to get there: the certificate has to be that of host.
  if (host !== undefined && hostaddr !== undefined) {
    files.host = host;
    if (isIP(host) === 0) files.servername = host;
  }
  if (parameters.sslcert) files.cert = read('sslcert', parameters.sslcert);
  if (parameters.sslkey) files.key = read('sslkey', parameters.sslkey);
  const isSystem = parameters.sslrootcert === 'system';
  const authority = parameters.sslrootcert && !isSystem ? read('sslrootcert', parameters.sslrootcert) : undefined;
  const unverified: ConnectionOptions = { ...files, rejectUnauthorized: false };
  const authorityOnly: ConnectionOptions = {
    ...files,
    ...(authority && { ca: authority }),
    checkServerIdentity: () => undefined,
  };
  // Anybody can have a certificate that the system's authorities vouch for: without the name it proves nothing.
  const mode = parameters.sslmode ?? (isSystem ? 'verify-full' : 'prefer');
  if (isSystem && mode !== 'verify-full')
    throw new DatabaseError('usage', 'sslrootcert=system takes sslmode=verify-full only.');
  switch (mode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, unverified];
    case 'prefer':
      return [unverified, false];
    case 'require':
    case 'no-verify':
      // With an authority at hand, libpq verifies it under `require` too.
      return [authority && mode === 'require' ? authorityOnly : unverified];
    case 'verify-ca':
      return [authorityOnly];
    case 'verify-full':
      return [{ ...files, ...(authority && { ca: authority }) }];
    default:
      throw new DatabaseError(
        'usage',
        `sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full${mistakenModes.includes(mode) ? `, not "${mode}"` : ''}.`,
      );
  }
}

/** Those that other libraries take. Nothing else is repeated: it may be a part of a password. */
const mistakenModes: readonly string[] = ['on', 'off', 'true', 'false', 'yes', 'no', 'required', 'enabled', 'disabled'];

function read(keyword: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new DatabaseError(
      'usage',
      `The file of ${keyword} cannot be read${isPlainPath(path) ? `: ${path}` : ''}. Check the path and its permissions.`,
      error,
      isPlainPath(path) ? [] : [path, cleanText(path)],
    );
  }
}
