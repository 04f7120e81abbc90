import { DatabaseError } from '../../database/database-error.ts';
import { nearName } from '../../domain/near-name.ts';
import { shownPath } from './config-file.ts';
import { type ConfigKey, type ConfigType, configKeys, isNameForm, nameForms } from './declaration.ts';
import type { Position } from './positions.ts';

/** Maximum number of entries of one table, and of elements of one list. */
const mostEntries = 500;
/** Maximum length of a text in characters. */
const longestText = 10_000;

const rows: readonly ConfigKey[] = configKeys.filter(({ path }) => !path.includes('KEYWORD'));

/** Makes errors that name the file, the line and the column of a key. */
export function problemAt(
  file: string,
  positions: ReadonlyMap<string, Position>,
): (path: readonly string[], problem: string) => DatabaseError {
  return (path, problem) => {
    let at: Position | undefined;
    for (let length = path.length; length > 0 && at === undefined; length--)
      at = positions.get(JSON.stringify(path.slice(0, length)));
    const where = at === undefined ? shownPath(file) : `${shownPath(file)}:${at.line}:${at.column}`;
    return new DatabaseError('usage', `${where}: ${problem}`);
  };
}

/**
 * Checks that every key of the file is declared, and that its value has the declared type.
 *
 * @throws what `wrong` makes, about the first key that is wrong
 */
export function checkKeys(
  table: Readonly<Record<string, unknown>>,
  wrong: (path: readonly string[], problem: string) => Error,
  above: readonly string[] = [],
): void {
  const within = rows.filter(({ path }) => path.length > above.length && above.every((part, i) => fits(path[i], part)));
  const parts = [...new Set(within.map(({ path }) => path[above.length] ?? ''))];
  const names = Object.keys(table);
  if (names.length > mostEntries) throw wrong(above, `more than ${mostEntries} entries`);
  for (const name of names) {
    const path = [...above, name];
    if (!parts.some((part) => fits(part, name))) throw wrong(path, unknownKey(path, parts));
    const matching = within.filter((row) => fits(row.path[above.length], name));
    const leaf = matching.find((row) => row.path.length === path.length);
    const value = table[name];
    if (leaf !== undefined) checkValue(leaf, value, (problem) => wrong(path, `${written(path)} ${problem}`));
    else if (isTable(value)) checkKeys(value, wrong, path);
    else throw wrong(path, `${written(path)} has to be a table: [${written(path)}]`);
  }
}

function fits(part: string | undefined, name: string): boolean {
  if (part === undefined) return false;
  return isNameForm(part) ? nameForms[part].test(name) : part === name;
}

function unknownKey(path: readonly string[], parts: readonly string[]): string {
  const name = path.at(-1) ?? '';
  const form = parts.find(isNameForm);
  if (form === 'COMMAND') return `${plain(name)} is not the name of a command (docs/configuration.md lists them)`;
  if (form !== undefined) return 'the name has to be up to 64 letters, digits, _, . and -';
  const near = nearName(name, parts);
  const where = path.length === 1 ? '' : ` in [${written(path.slice(0, -1))}]`;
  const remedy =
    near === null
      ? `: use one of ${parts.slice(0, 12).join(', ')}${parts.length > 12 ? ', …' : ''}`
      : `; did you mean: ${near}`;
  return `unknown key ${plain(name)}${where}${remedy}`;
}

/** A path for a message. */
function written(path: readonly string[]): string {
  return path.map((part) => (/^[\w-]{1,64}$/.test(part) ? part : '…')).join('.');
}

function plain(name: string): string {
  return /^[\w.-]{1,64}$/.test(name) ? `"${name}"` : '(not shown)';
}

const takes: Readonly<Record<Exclude<ConfigType, 'table'>, string>> = {
  text: 'takes a text, in quotes',
  number: 'takes a number',
  'whole number': 'takes a whole number',
  'true or false': 'takes true or false',
  'list of texts': 'takes a list of texts: ["…", "…"]',
  'text or number': 'takes a text or a number',
  'text or list of texts': 'takes a text, or a list of texts: ["…", "…"]',
};

function checkValue({ type, words }: ConfigKey, value: unknown, wrong: (problem: string) => Error): void {
  if (type === 'table') return;
  if (!hasType(type, value)) throw wrong(takes[type]);
  const texts = Array.isArray(value) ? value : [value];
  if (texts.length > mostEntries) throw wrong(`has more than ${mostEntries} elements`);
  for (const text of texts) {
    if (typeof text !== 'string') continue;
    if (text.length > longestText) throw wrong(`is longer than ${longestText} characters`);
    if (/\p{Cc}/u.test(text)) throw wrong('contains a control character');
  }
  if (words !== undefined && !words.includes(String(value))) throw wrong(`takes one of ${words.join(', ')}`);
}

function hasType(type: Exclude<ConfigType, 'table'>, value: unknown): boolean {
  const isText = typeof value === 'string';
  const isNumber = typeof value === 'number' && Number.isFinite(value);
  const areTexts = Array.isArray(value) && value.every((one) => typeof one === 'string');
  switch (type) {
    case 'text':
      return isText;
    case 'number':
      return isNumber;
    case 'whole number':
      return isNumber && Number.isSafeInteger(value);
    case 'true or false':
      return typeof value === 'boolean';
    case 'list of texts':
      return areTexts;
    case 'text or number':
      return isText || isNumber;
    case 'text or list of texts':
      return isText || areTexts;
  }
}

/** Whether a TOML value is a table; a date and an array are none. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
