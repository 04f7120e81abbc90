import type { ConnectionParameters } from './keywords.ts';
import { isKeyword } from './keywords.ts';

/** What a service file says of one service. */
export type Service =
  | { readonly kind: 'found'; readonly parameters: ConnectionParameters }
  | { readonly kind: 'missing' }
  /** A line that libpq refuses. */
  | { readonly kind: 'wrong'; readonly line: number; readonly problem: string };

/** How many bytes libpq takes in a line, with its line end. */
const longestLine = 1022;

/**
 * Reads one section of a connection service file as libpq does (PostgreSQL manual, 34.17, and `parseServiceFile` of
 * libpq): `[name]`, then `keyword=value` lines; blanks at both ends of a line and lines that begin with # do not count; a
 * value is everything behind the first =. The first section of that name counts, and in it the first value of a keyword.
 */
export function readService(text: string, name: string): Service {
  const parameters: ConnectionParameters = {};
  let isIn = false;
  const lines = text.split('\n');
  for (const [index, raw] of lines.entries()) {
    // The blanks of C: a byte order mark is none.
    const line = raw.replace(/^[ \t\v\f\r]+|[ \t\v\f\r]+$/g, '');
    const problem = (what: string): Service => ({ kind: 'wrong', line: index + 1, problem: what });
    const lineEnd = index < lines.length - 1 ? 1 : 0;
    if (Buffer.byteLength(raw) + lineEnd > longestLine) return problem(`it is longer than ${longestLine} bytes`);
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (isIn) break;
      isIn = line.startsWith(`[${name}]`);
      continue;
    }
    if (!isIn) continue;
    // libpq would ask an LDAP server for the rest.
    if (/^ldaps?:/i.test(line)) return problem('migtop cannot look up a service by LDAP');
    const equals = line.indexOf('=');
    if (equals === -1) return problem('it is not keyword=value');
    const keyword = line.slice(0, equals);
    if (keyword === 'service') return problem('a service cannot name another service');
    if (keyword === 'servicefile') return problem('a service cannot name another service file');
    // libpq takes requiressl from a connection string alone.
    if (!isKeyword(keyword) || keyword === 'requiressl') return problem('the keyword is unknown');
    parameters[keyword] ??= line.slice(equals + 1);
  }
  return isIn || Object.keys(parameters).length > 0 ? { kind: 'found', parameters } : { kind: 'missing' };
}
