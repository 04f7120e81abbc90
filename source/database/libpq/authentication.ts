import { readFile, stat } from 'node:fs/promises';
import { isPlainPath } from '../../domain/quotable.ts';
import { DatabaseError } from '../database-error.ts';
import { type AllowedAuthentication, type AuthenticationMethod, authenticationMethods } from './guarded-stream.ts';
import type { ConnectionParameters } from './keywords.ts';
import { findPassword } from './password-file.ts';
import { isDefaultSocketDirectory, oneOf, type Server, type Settings } from './settings.ts';

/**
 * The authentication requests that `require_auth` and `channel_binding` allow (PostgreSQL manual, 34.1.2).
 *
 * @throws {DatabaseError} kind `usage`
 */
export function allowedAuthentication(parameters: ConnectionParameters): AllowedAuthentication {
  return {
    methods: methodsOf(parameters.require_auth ?? ''),
    channelBinding: oneOf('channel_binding', parameters.channel_binding ?? 'prefer', ['disable', 'prefer', 'require']),
  };
}

function methodsOf(list: string): ReadonlySet<AuthenticationMethod> {
  if (list === '') return new Set(authenticationMethods);
  const names = list.split(',').map((name) => name.trim());
  const negated = names.filter((name) => name.startsWith('!'));
  if (negated.length > 0 && negated.length < names.length)
    throw new DatabaseError('usage', 'Negative require_auth methods cannot be mixed with non-negative methods.');
  const methods = names.map((name) => oneOf('require_auth', name.replace(/^!/, ''), authenticationMethods));
  if (new Set(methods).size < methods.length)
    throw new DatabaseError('usage', 'A require_auth method is specified more than once.');
  return new Set(negated.length > 0 ? authenticationMethods.filter((method) => !methods.includes(method)) : methods);
}

/** Why libpq does not use an existing password file; null if it uses it, or if there is none. */
export async function passwordFileProblem({ passwordFile }: Pick<Settings, 'passwordFile'>): Promise<string | null> {
  try {
    const file = await stat(passwordFile);
    const label = `password file${isPlainPath(passwordFile) ? ` "${passwordFile}"` : ''}`;
    // As libpq: reading a pipe without a writer would never end.
    if (!file.isFile()) return `${label} is not a plain file`;
    if (process.platform === 'win32' || (file.mode & 0o077) === 0) return null;
    return `${label} has group or world access; permissions should be u=rw (0600) or less`;
  } catch {
    return null;
  }
}

/** The password that the password file has for a server; null if it has none, or if the file is not used. */
export async function passwordFromFile(settings: Settings, { name, portText: port }: Server): Promise<string | null> {
  const { passwordFile, database, user } = settings;
  if ((await passwordFileProblem(settings)) !== null) return null;
  try {
    const host = isDefaultSocketDirectory(name) ? 'localhost' : name;
    return findPassword(await readFile(passwordFile, 'utf8'), { host, port, database, user });
  } catch {
    return null;
  }
}
