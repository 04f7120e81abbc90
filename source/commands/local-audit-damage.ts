import { isOutcome, outcomeOfCharacter } from './local-audit-outcomes.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The start of the line for the outcome of an action. */
export const keyStart = '{"key":"';

/** Whether a line, as its ends and its start show, is no line of the audit: lines of other tables are not parsed. */
export function isBroken(line: string): boolean {
  const written = line.trim();
  if (written === '') return false;
  const isObject = written.startsWith('{') && written.endsWith('}');
  return !isObject || !(written.startsWith(keyStart) || written.includes('"table":{') || written.includes('"table":"'));
}

/** The values of an intent that are a text, or null if there is none. */
const texts = ['reason', 'databaseRole', 'osUser', 'host', 'client', 'time', 'on'] as const;
/** Those of each of its operations. */
const textsOfRow = ['fromStatus', 'toStatus', 'seenVersion', 'identity'] as const;

/** Whether values of an intent have wrong types, in a line that can be parsed. */
export function isWrongIntent(line: Fields): boolean {
  if (!isText(line.intent) || !isText(line.action) || !hasTexts(line, texts)) return true;
  if (line.rows === undefined) return isWrongRow(line);
  return !Array.isArray(line.rows) || line.rows.some((row) => !Array.isArray(row) || isWrongRow(fieldsOfRow(row)));
}

/** The fields of one operation of an action on many. */
export function fieldsOfRow(row: readonly unknown[]): Fields {
  const [operationId, fromStatus, toStatus, seenVersion, identity] = row;
  return { operationId, fromStatus, toStatus, seenVersion, identity };
}

/** Whether the line for the outcome of an intent has values that are no outcomes; null is a line that cannot be parsed. */
export function isWrongOutcome(line: Fields | null, intent: Fields): boolean {
  if (line === null || (line.at != null && typeof line.at !== 'number')) return true;
  if (!Array.isArray(intent.rows)) return line.outcome !== null && !isOutcome(line.outcome);
  const { outcomes } = line;
  if (typeof outcomes !== 'string' || outcomes.length !== intent.rows.length) return true;
  return [...outcomes].some((one) => one !== '?' && outcomeOfCharacter(one) === undefined);
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

const hasTexts = (fields: Fields, names: readonly string[]): boolean =>
  names.every((name) => fields[name] == null || typeof fields[name] === 'string');

const isWrongRow = (row: Fields): boolean => !Number.isSafeInteger(row.operationId) || !hasTexts(row, textsOfRow);
