import { existsSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { isPlainPath } from '../../domain/quotable.ts';
import { DatabaseError } from '../database-error.ts';
import type { ConnectionParameters, Keyword } from './keywords.ts';
import { isSocket, oneOf, readTextFile, type Server, type Settings } from './settings.ts';

/** How a connection is encrypted: not at all, or by TLS. */
export type Encryption =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'tls';
      /** Whether the handshake begins without a request for it (`sslnegotiation=direct`). */
      readonly direct: boolean;
      /** Whether the connection continues unencrypted if the server answers that it does not support TLS. */
      readonly isOptional: boolean;
      readonly options: ConnectionOptions;
    };

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
const plain: Encryption = { kind: 'none' };

/**
 * The encryptions that `sslmode` allows, in the order in which libpq tries them at every connection (PostgreSQL manual,
 * 34.19.1). Reads the files in ~/.postgresql that exist.
 *
 * @throws {DatabaseError} kind `usage`
 */
export function encryptionsOf(settings: Settings, server: Server): readonly Encryption[] {
  const { parameters } = settings;
  const isSystem = parameters.sslrootcert === 'system';
  const required = parameters.requiressl?.startsWith('1') ? 'require' : 'prefer';
  const mode = oneOf('sslmode', parameters.sslmode ?? (isSystem ? 'verify-full' : required), modes);
  const direct = oneOf('sslnegotiation', parameters.sslnegotiation ?? 'postgres', ['postgres', 'direct']) === 'direct';
  const isWeak = mode === 'disable' || mode === 'allow' || mode === 'prefer';
  if (direct && isWeak)
    throw usage(
      `Weak sslmode "${mode}" may not be used with sslnegotiation=direct. Use require, verify-ca or verify-full.`,
    );
  // The system's authorities sign certificates for anyone: a certificate proves nothing unless its name is checked.
  if (isSystem && mode !== 'verify-full')
    throw usage(`Weak sslmode "${mode}" may not be used with sslrootcert=system. Use verify-full.`);
  // Checked even if nothing is encrypted.
  const certificateMode = oneOf('sslcertmode', parameters.sslcertmode ?? 'allow', ['disable', 'allow']);
  // With an empty range no handshake could succeed, and `prefer` would continue unencrypted.
  const range = versionsOf(parameters);
  // PostgreSQL does not encrypt connections over Unix-domain sockets.
  if (mode === 'disable' || isSocket(server.address)) return [plain];
  const tls: Encryption = {
    kind: 'tls',
    direct,
    isOptional: mode === 'prefer',
    options: {
      ...optionsOf(settings, server, mode),
      ...(certificateMode === 'allow' && certificateOf(settings)),
      ...range,
    },
  };
  if (mode === 'verify-full' && !server.isNamed)
    throw usage('Host name must be specified for a verified SSL connection: add host=….');
  if (mode === 'allow') return [plain, tls];
  return mode === 'prefer' ? [tls, plain] : [tls];
}

function optionsOf(
  { parameters, homeDirectory }: Settings,
  server: Server,
  mode: (typeof modes)[number],
): ConnectionOptions {
  const authority = parameters.sslrootcert === 'system' ? null : authorityOf(parameters, mode, homeDirectory);
  const revoked = existing(parameters.sslcrl || join(homeDirectory, '.postgresql', 'root.crl'));
  // libpq verifies the certificate whenever it has a root certificate, also under `prefer`.
  const isVerified = mode === 'verify-full' || mode === 'verify-ca' || authority !== null;
  return {
    host: server.name,
    ...(isIP(server.name) === 0 && (parameters.sslsni ?? '1').startsWith('1') && { servername: server.name }),
    ...(authority !== null && { ca: authority }),
    ...(authority !== null && revoked !== null && { crl: readTextFile('sslcrl file', revoked) }),
    rejectUnauthorized: isVerified,
    // By default Node compares the certificate with the name of the server: `servername`, else `host`.
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    ALPNProtocols: ['postgresql'],
  };
}

function authorityOf(parameters: ConnectionParameters, mode: string, homeDirectory: string): string | null {
  const path = parameters.sslrootcert || join(homeDirectory, '.postgresql', 'root.crt');
  if (existsSync(path)) return readTextFile('sslrootcert file', path);
  if (!mode.startsWith('verify')) return null;
  throw usage(
    `Root certificate file${isPlainPath(path) ? ` "${path}"` : ''} does not exist; sslmode=${mode} needs it. Name another with sslrootcert=FILE, or use sslrootcert=system.`,
  );
}

function certificateOf({ parameters, homeDirectory }: Settings): ConnectionOptions {
  const certificate = existing(parameters.sslcert || join(homeDirectory, '.postgresql', 'postgresql.crt'));
  if (certificate === null) return {};
  const key = parameters.sslkey || join(homeDirectory, '.postgresql', 'postgresql.key');
  if (!existsSync(key)) {
    throw usage(
      `Certificate present, but not private key file${isPlainPath(key) ? ` "${key}"` : ''}. Name it with sslkey=FILE.`,
    );
  }
  const { mode: permissions, uid } = statSync(key);
  const allowed = uid === 0 ? 0o027 : 0o077;
  if (process.platform !== 'win32' && (permissions & allowed) !== 0) {
    throw usage(
      `Private key file${isPlainPath(key) ? ` "${key}"` : ''} has group or world access. Remove it with: chmod 600 FILE`,
    );
  }
  return {
    cert: readTextFile('sslcert file', certificate),
    key: readTextFile('sslkey file', key),
    ...(parameters.sslpassword && { passphrase: parameters.sslpassword }),
  };
}

function existing(path: string): string | null {
  return existsSync(path) ? path : null;
}

function versionsOf(parameters: ConnectionParameters): Pick<ConnectionOptions, 'minVersion' | 'maxVersion'> {
  const minVersion = versionOf(parameters, 'ssl_min_protocol_version') ?? 'TLSv1.2';
  const maxVersion = versionOf(parameters, 'ssl_max_protocol_version');
  if (maxVersion === null) return { minVersion };
  if (versions.indexOf(maxVersion) < versions.indexOf(minVersion))
    throw usage(
      'Invalid SSL protocol version range: ssl_max_protocol_version is lower than ssl_min_protocol_version (default TLSv1.2).',
    );
  return { minVersion, maxVersion };
}

function versionOf(parameters: ConnectionParameters, keyword: Keyword): (typeof versions)[number] | null {
  const text = parameters[keyword];
  if (text === undefined || text === '') return null;
  const found = versions.find((version) => version.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw usage(`Invalid ${keyword} value. Use one of: ${versions.join(', ')}.`);
  return found;
}

function usage(message: string): DatabaseError {
  return new DatabaseError('usage', message);
}
