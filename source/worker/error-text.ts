import { cleanText } from '../domain/clean-text.ts';

/** Maximum length of a stored error, in UTF-16 units. A longer one keeps its beginning and its end. */
const maxLength = 8_000;
/** Maximum number of errors described: the error and its causes. */
const maxErrors = 10;
const cutMark = '\n… (cut) …\n';

/**
 * The text for `error_message`: the error's message with SQLSTATE and detail, then its causes, one per line. Without control
 * characters (PostgreSQL rejects NUL), at most 8,000 characters; a longer text is cut in the middle.
 */
export function describeError(error: unknown): string {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  let current: unknown = error;
  while (lines.length < maxErrors && !seen.has(current)) {
    seen.add(current);
    lines.push(`${lines.length === 0 ? '' : 'caused by: '}${describeOne(current)}`);
    const next = read(current, 'cause') ?? firstOf(read(current, 'errors'));
    if (next === undefined || next === null) break;
    current = next;
  }
  return cut(cleanText(lines.join('\n')));
}

/** Whether PostgreSQL rolled back the transaction, and it can be retried: SQLSTATE class 40 (deadlock, serialization failure). */
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

/** An error may have a getter or a toString that throws; describing it must not fail. */
function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  if (text.length <= maxLength) return text;
  const half = Math.floor((maxLength - cutMark.length) / 2);
  return `${text.slice(0, half).toWellFormed()}${cutMark}${text.slice(-half).toWellFormed()}`;
}
