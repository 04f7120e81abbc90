import { readFile, stat } from 'node:fs/promises';
import { DatabaseError } from '../database-error.ts';
import { type AllowedAuthentication, type AuthenticationMethod, authenticationMethods } from './guarded-stream.ts';
import type { ConnectionParameters } from './keywords.ts';
import { findPassword } from './password-file.ts';
import { isDefaultSocketDirectory, oneOf, type Server, type Settings } from './settings.ts';

/**
 * What `require_auth` and `channel_binding` allow a server to ask for (PostgreSQL manual, 34.1.2).
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
    throw new DatabaseError('usage', 'require_auth cannot mix methods with and without "!".');
  const methods = names.map((name) => oneOf('require_auth', name.replace(/^!/, ''), authenticationMethods));
  if (new Set(methods).size < methods.length)
    throw new DatabaseError('usage', 'require_auth names a method more than once.');
  return new Set(negated.length > 0 ? authenticationMethods.filter((method) => !methods.includes(method)) : methods);
}

/** The password of the password file for a server; null where there is none, or where others may read the file. */
export async function passwordFromFile(
  { passwordFile, database, user }: Settings,
  { name, isNamed, port }: Server,
): Promise<string | null> {
  try {
    const file = await stat(passwordFile);
    // As libpq: nobody waits for a pipe that nobody writes to.
    if (!file.isFile()) return null;
    const { mode } = file;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) return null;
    const host = !isNamed || isDefaultSocketDirectory(name) ? 'localhost' : name;
    return findPassword(await readFile(passwordFile, 'utf8'), { host, port: String(port), database, user });
  } catch {
    return null;
  }
}
