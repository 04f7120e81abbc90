import { existsSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { isPlainPath } from '../../domain/quotable.ts';
import { DatabaseError } from '../database-error.ts';
import type { ConnectionParameters, Keyword } from './keywords.ts';
import { isSocket, oneOf, readText, type Server, type Settings } from './settings.ts';

/** One way of encrypting a connection: not at all, or by TLS. */
export type Encryption =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'tls';
      /** Whether the handshake begins at once, without asking for it (`sslnegotiation=direct`). */
      readonly direct: boolean;
      /** Whether the connection goes on in clear text where the server answers that it has no TLS. */
      readonly isOptional: boolean;
      readonly options: ConnectionOptions;
    };

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
const plain: Encryption = { kind: 'none' };

/**
 * The ways of encrypting that `sslmode` allows, in the order in which libpq tries them at every connection (PostgreSQL
 * manual, 34.19.1). The files of ~/.postgresql are read where they are there.
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
  if (direct && isWeak) throw usage(`sslnegotiation=direct needs sslmode=require or stronger, not ${mode}.`);
  // Anybody can have a certificate that the system's authorities vouch for: without the name it proves nothing.
  if (isSystem && mode !== 'verify-full') throw usage(`sslrootcert=system needs sslmode=verify-full, not ${mode}.`);
  // Checked also where nothing is encrypted.
  const certificateMode = oneOf('sslcertmode', parameters.sslcertmode ?? 'allow', ['disable', 'allow']);
  // Else no handshake could succeed, and `prefer` would go on in clear text.
  const range = versionsOf(parameters);
  // PostgreSQL does not encrypt what goes through a socket of the machine.
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
    throw usage('sslmode=verify-full needs the name of the host: add host=….');
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
  // libpq verifies the authority wherever it has one, also under `prefer`.
  const isVerified = mode === 'verify-full' || mode === 'verify-ca' || authority !== null;
  return {
    host: server.name,
    ...(isIP(server.name) === 0 && (parameters.sslsni ?? '1').startsWith('1') && { servername: server.name }),
    ...(authority !== null && { ca: authority }),
    ...(authority !== null && revoked !== null && { crl: readText('sslcrl file', revoked) }),
    rejectUnauthorized: isVerified,
    checkServerIdentity: (_, certificate) =>
      mode === 'verify-full' ? checkServerIdentity(server.name, certificate) : undefined,
    ALPNProtocols: ['postgresql'],
  };
}

function authorityOf(parameters: ConnectionParameters, mode: string, homeDirectory: string): string | null {
  const path = parameters.sslrootcert || join(homeDirectory, '.postgresql', 'root.crt');
  if (existsSync(path)) return readText('sslrootcert file', path);
  if (!mode.startsWith('verify')) return null;
  throw usage(
    `sslmode=${mode} needs the certificate of an authority, and ${isPlainPath(path) ? path : 'its file'} is not there. Name it with sslrootcert=FILE, or use sslrootcert=system.`,
  );
}

function certificateOf({ parameters, homeDirectory }: Settings): ConnectionOptions {
  const certificate = existing(parameters.sslcert || join(homeDirectory, '.postgresql', 'postgresql.crt'));
  if (certificate === null) return {};
  const key = parameters.sslkey || join(homeDirectory, '.postgresql', 'postgresql.key');
  if (!existsSync(key)) {
    throw usage(
      `There is a certificate, but ${isPlainPath(key) ? `no private key ${key}` : 'its private key is not there'}. Name it with sslkey=FILE.`,
    );
  }
  const { mode: permissions, uid } = statSync(key);
  const allowed = uid === 0 ? 0o027 : 0o077;
  if (process.platform !== 'win32' && (permissions & allowed) !== 0) {
    throw usage(
      `The private key${isPlainPath(key) ? ` ${key}` : ''} can be used by others. Take that away with: chmod 600 FILE`,
    );
  }
  return {
    cert: readText('sslcert file', certificate),
    key: readText('sslkey file', key),
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
    throw usage('ssl_max_protocol_version must not be below ssl_min_protocol_version, which is TLSv1.2 by default.');
  return { minVersion, maxVersion };
}

function versionOf(parameters: ConnectionParameters, keyword: Keyword): (typeof versions)[number] | null {
  const text = parameters[keyword];
  if (text === undefined || text === '') return null;
  const found = versions.find((version) => version.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw usage(`${keyword} must be one of ${versions.join(', ')}.`);
  return found;
}

function usage(message: string): DatabaseError {
  return new DatabaseError('usage', message);
}
