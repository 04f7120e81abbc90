import { cleanText } from '../domain/clean-text.ts';

/** More than this of an error nobody reads; the ends of a long one are where the news is. */
const longestText = 8_000;
const mostCauses = 10;
const cutMark = '\n… (cut) …\n';

/**
 * What of an error goes into `error_message`: its message with SQLSTATE and detail, then what it was caused by, one a
 * line. Free of control characters (PostgreSQL refuses NUL), at most 8,000 characters, cut in its middle.
 */
export function describeError(error: unknown): string {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  let current: unknown = error;
  while (lines.length < mostCauses && !seen.has(current)) {
    seen.add(current);
    lines.push(`${lines.length === 0 ? '' : 'caused by: '}${describeOne(current)}`);
    const next = read(current, 'cause') ?? firstOf(read(current, 'errors'));
    if (next === undefined || next === null) break;
    current = next;
  }
  return cut(cleanText(lines.join('\n')));
}

/** PostgreSQL has undone the whole transaction and asks to be asked again: a deadlock, a serialization failure. */
export function isRolledBack(error: unknown): boolean {
  const code = read(error, 'code');
  return typeof code === 'string' && /^40[0-9A-Z]{3}$/.test(code);
}

function describeOne(error: unknown): string {
  if (typeof error === 'string') return error;
  const message = read(error, 'message');
  if (typeof message !== 'string') return String(safely(() => JSON.stringify(error)) ?? safely(() => String(error)));
  const text = message === '' ? String(read(error, 'name') ?? 'unknown error') : message;
  const code = read(error, 'code');
  const detail = read(error, 'detail');
  return `${text}${typeof code === 'string' ? ` (${code})` : ''}${typeof detail === 'string' ? `\n${detail}` : ''}`;
}

function read(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return safely(() => (value as Record<string, unknown>)[name]);
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

/** An error may bring a getter or a toString that throws: reporting it must not fail of that. */
function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  if (text.length <= longestText) return text;
  const half = Math.floor((longestText - cutMark.length) / 2);
  return `${text.slice(0, half).toWellFormed()}${cutMark}${text.slice(-half).toWellFormed()}`;
}
