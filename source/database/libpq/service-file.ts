import type { ConnectionParameters } from './keywords.ts';
import { isKeyword } from './keywords.ts';

/** The definition of one service in a service file. */
export type Service =
  | { readonly kind: 'found'; readonly parameters: ConnectionParameters }
  | { readonly kind: 'missing' }
  /** A line that libpq refuses. */
  | { readonly kind: 'wrong'; readonly line: number; readonly problem: string };

/** Maximum length of a line in bytes, as in libpq, with its line end. */
const longestLine = 1022;

/**
 * Reads one section of a connection service file as libpq does (PostgreSQL manual, 34.17, and `parseServiceFile` of
 * libpq): `[name]`, then `keyword=value` lines. White space at both ends of a line and lines that begin with # are ignored;
 * the value is everything after the first =. The first section of a name counts, and in it the first value of a keyword.
 */
export function readService(text: string, name: string): Service {
  const parameters: ConnectionParameters = {};
  let isIn = false;
  const lines = text.split('\n');
  for (const [index, raw] of lines.entries()) {
    // White space in C, which does not include the byte order mark.
    const line = raw.replace(/^[ \t\v\f\r]+|[ \t\v\f\r]+$/g, '');
    const problem = (text: string): Service => ({ kind: 'wrong', line: index + 1, problem: text });
    const lineEnd = index < lines.length - 1 ? 1 : 0;
    if (Buffer.byteLength(raw) + lineEnd > longestLine) return problem(`line too long (maximum ${longestLine} bytes)`);
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (isIn) break;
      isIn = line.startsWith(`[${name}]`);
      continue;
    }
    if (!isIn) continue;
    // libpq would look the service up on an LDAP server.
    if (/^ldaps?:/i.test(line)) return problem('LDAP lookup is not supported');
    const equals = line.indexOf('=');
    if (equals === -1) return problem('not keyword=value');
    const keyword = line.slice(0, equals);
    if (keyword === 'service') return problem('nested service specifications not supported');
    if (keyword === 'servicefile') return problem('nested servicefile specifications not supported');
    // libpq accepts requiressl only in a connection string.
    if (!isKeyword(keyword) || keyword === 'requiressl') return problem('unknown keyword');
    parameters[keyword] ??= line.slice(equals + 1);
  }
  return isIn || Object.keys(parameters).length > 0 ? { kind: 'found', parameters } : { kind: 'missing' };
}
