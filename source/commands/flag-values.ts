import { type FigureCondition, parseConditions } from '../domain/condition.ts';
import { parseUntil, type Until, untilForms, untilProblem } from '../domain/deadline.ts';
import type { NamedCounting } from '../domain/progress.ts';
import { isTableName } from '../domain/quotable.ts';
import { parseSince, type Since, sinceForms, sinceProblem } from '../domain/since.ts';
import { type Flag, type FlagName, flags } from './flags.ts';
import { usage } from './words.ts';

// Reads the values of options. A message repeats a value only if it cannot be a password.

/** The name of the control table, with or without its schema. @throws {DatabaseError} kind `usage` */
export function tableName(given: string | undefined): string {
  if (given === undefined) return 'migration_control';
  // The name appears in the server's log and in messages, and may be a password.
  if (!isTableName(given))
    throw usage(
      '--table takes a name or schema.name, in double quotes where SQL needs them; give the connection as the argument or with --url',
    );
  return given;
}

/** The seconds between polls, 0.2 to 60; 1 without the option. @throws {DatabaseError} kind `usage` */
export function interval(given: string | undefined): number {
  if (given === undefined) return 1;
  const seconds = Number(given);
  if (given.trim() === '' || !(seconds >= 0.2 && seconds <= 60))
    throw usage(`--interval takes 0.2 to 60 seconds${isNumberLike(given) ? `, not "${given}"` : ''}`);
  return seconds;
}

/** The seconds of `--sample`, 0 to 600; null without the option. @throws {DatabaseError} kind `usage` */
export function sampleLength(given: string | undefined): number | null {
  if (given === undefined) return null;
  const seconds = Number(given);
  if (given.trim() === '' || !(seconds >= 0 && seconds <= 600))
    throw usage(`--sample takes 0 to 600 seconds${isNumberLike(given) ? `, not "${given}"` : ''}`);
  return seconds;
}

/** The values of --counting. */
const countingWords: Readonly<Record<string, NamedCounting>> = {
  own: 'own totals',
  batch: 'per batch',
  cumulative: 'cumulative',
};

/** How tables count, by name, as `--counting` names them. @throws {DatabaseError} kind `usage`, also for a table named twice */
export function counting(given: unknown): ReadonlyMap<string, NamedCounting> {
  const named = new Map<string, NamedCounting>();
  for (const one of textFlags(given, 'counting')) {
    const [, tableName, word] = /^(.+)=([^=]*)$/s.exec(one) ?? [];
    const how = word === undefined || !Object.hasOwn(countingWords, word) ? undefined : countingWords[word];
    if (tableName === undefined || how === undefined)
      throw usage('--counting takes TABLE=own, TABLE=batch or TABLE=cumulative');
    if (named.has(tableName)) throw usage('--counting names a table more than once');
    named.set(tableName, how);
  }
  return named;
}

/** The conditions of an option that may be given several times; null without it. @throws {DatabaseError} kind `usage` */
export function conditions(given: unknown, name: FlagName): readonly FigureCondition[] | null {
  const texts = textFlags(given, name);
  if (texts.length === 0) return null;
  return texts.flatMap((text) => {
    const parsed = parseConditions(text);
    if (parsed.kind === 'wrong') throw usage(`--${name} ${parsed.problem}`);
    return parsed.conditions;
  });
}

/** The seconds of `--timeout`, more than 0; null without the option. @throws {DatabaseError} kind `usage` */
export function timeoutFlag(given: string | undefined): number | null {
  if (given === undefined) return null;
  const parsed = parseSince(given);
  if (parsed?.kind !== 'ago' || parsed.seconds === 0) throw usage('--timeout takes a duration such as 90s or 2h');
  return parsed.seconds;
}

/** The operations a second of `--rate`, more than 0; null without the option. @throws {DatabaseError} kind `usage` */
export function rateFlag(given: string | undefined): number | null {
  if (given === undefined) return null;
  const [, number] = /^(\d{1,6}(?:\.\d{1,3})?)(?:\/s)?$/.exec(given) ?? [];
  if (number === undefined || Number(number) <= 0)
    throw usage('--rate takes a number of operations a second, such as 50/s');
  return Number(number);
}

/** The restriction of `--since`; null without the option. @throws {DatabaseError} kind `usage` */
export function since(given: string | undefined): Since | null {
  const parsed = given === undefined ? null : parseSince(given);
  if (given !== undefined && parsed === null) throw usage(`--since: ${sinceProblem(given)}; it takes ${sinceForms}`);
  return parsed;
}

/** The deadline of `--until`; null without the option. @throws {DatabaseError} kind `usage` */
export function until(given: string | undefined): Until | null {
  const parsed = given === undefined ? null : parseUntil(given);
  if (given !== undefined && parsed === null) throw usage(`--until: ${untilProblem(given)}; it takes ${untilForms}`);
  return parsed;
}

/** Whether a text is a number or nearly one: any other text may be a password. */
function isNumberLike(given: string): boolean {
  return /^[-+\d.,e ]{0,6}(?:[a-z]{0,3}|NaN|Infinity)$/.test(given);
}

/** The text of an option, undefined without it. @throws {DatabaseError} kind `usage` if it is empty or given twice */
export function textFlag(value: unknown, name: FlagName): string | undefined {
  if (Array.isArray(value)) throw usage(`--${name} is given more than once`);
  if (value !== undefined && (typeof value !== 'string' || value.trim() === '')) throw usage(needsValue(name));
  return value;
}

/** The texts of an option that may be repeated, none without it. @throws {DatabaseError} kind `usage` if one is empty */
function textFlags(values: unknown, name: FlagName): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(values) ? values : [];
  return texts.map((text) => {
    if (typeof text !== 'string' || text.trim() === '') throw usage(needsValue(name));
    return text;
  });
}

function needsValue(name: FlagName): string {
  const flag: Flag | undefined = flags.find((one) => one.name === name);
  return `--${name} needs ${flag?.needs ?? 'a value'}`;
}

/** When to ask for a password: before connecting, never, or if the server requires one. */
export type AskForPassword = 'first' | 'never' | 'if needed';

/** As in psql; meow takes --no-password for the negation of --password. */
export function passwordRule(argv: readonly string[], flags: Readonly<Record<string, unknown>>): AskForPassword {
  if (argv.some((word) => word.startsWith('--password=')))
    throw usage(
      '--password takes no value, it makes migtop ask for one; or set PGPASSWORD, or add a line to ~/.pgpass',
    );
  if (flags.password === true) return 'first';
  return flags.noPassword === true || argv.includes('--no-password') ? 'never' : 'if needed';
}

/** One of a few words; the first one by default. */
export function choice<T extends string>(value: unknown, name: FlagName, words: readonly [T, ...T[]]): T {
  const given = textFlag(value, name);
  if (given === undefined) return words[0];
  const found = words.find((word) => word === given);
  if (found === undefined) throw usage(`--${name} takes one of ${words.join(', ')}`);
  return found;
}
