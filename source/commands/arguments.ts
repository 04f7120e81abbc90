import { parseUntil, type Until, untilForms } from '../domain/deadline.ts';
import type { NamedCounting } from '../domain/progress.ts';
import { isPlainWord, isTableName } from '../domain/quotable.ts';
import { parseSince, type Since, sinceForms } from '../domain/since.ts';
import { camelCased, type Flag, type FlagName, flags, isVerb, takes, usageOf, type Verb, verbs } from './flags.ts';
import { helpText } from './help-text.ts';
import { type OptionParser, readWords, usage } from './words.ts';

export interface Flags {
  readonly url: string | undefined;
  readonly table: string;
  readonly intervalSeconds: number;
  /** How many seconds `status` polls for its rates. */
  readonly sampleSeconds: number;
  readonly since: Since | null;
  readonly until: Until | null;
  /** How tables count, by table name, as `--counting` gives it. */
  readonly counting: ReadonlyMap<string, NamedCounting>;
  /** When to ask for a password: before connecting, never, or if the server requires one. */
  readonly askForPassword: 'first' | 'never' | 'if needed';
  readonly readOnly: boolean;
  readonly json: boolean;
  /** Whether to leave values out of errors and queries that are copied or printed. */
  readonly redact: boolean;
  /** Which operations an action changes, as a filter. */
  readonly where?: string | undefined;
  readonly reason?: string | undefined;
  readonly dryRun: boolean;
  readonly rowsPerSecond: number | null;
  readonly apply: boolean;
  readonly rogue: boolean;
  readonly incident: boolean;
  readonly debug: boolean;
  /** Whether to write lines instead of a full screen. */
  readonly plain: boolean;
  readonly theme: 'auto' | 'dark' | 'light';
  readonly ambiguousWidth: 'auto' | '1' | '2';
}

export type Invocation =
  | { readonly command: 'print'; readonly text: string; readonly flags: Flags }
  | {
      readonly command: 'monitor' | 'demo' | 'status' | 'init';
      readonly connection: string | undefined;
      readonly flags: Flags;
    }
  | ActInvocation
  | {
      readonly command: 'show' | 'handoff';
      readonly id: number;
      readonly connection: string | undefined;
      readonly flags: Flags;
    };

/** A command that does the same as the key of an action. */
export interface ActInvocation {
  readonly command: Verb;
  readonly ids: readonly number[];
  readonly connection: string | undefined;
  readonly flags: Flags;
}

/** The short flags: meow reports an unknown one by its letter. */
const shortFlags = flags.flatMap((flag) => ('short' in flag ? [flag.short] : []));

const subcommands = ['demo', 'status', 'show', 'handoff', 'init', ...verbs] as const;

/**
 * Parses the command line.
 *
 * @param parser null if `hasOptions` says that none is needed
 * @throws {DatabaseError} kind `usage`, with the mistake and the correct form
 */
export function parseArguments(argv: readonly string[], parser: OptionParser | null): Invocation {
  const cli = readWords(argv, parser);
  const known = [...flags.map(({ name }) => camelCased(name)), ...shortFlags];
  const unknown = Object.keys(cli.flags).find((flag) => !known.includes(flag));
  if (unknown !== undefined) {
    throw usage(`unknown option${unknownOption(argv, unknown)}`);
  }
  const intervalSeconds = interval(text(cli.flags.interval, 'interval'));
  const given: Flags = {
    url: text(cli.flags.url, 'url'),
    table: tableName(text(cli.flags.table, 'table')),
    intervalSeconds,
    sampleSeconds: sampleLength(text(cli.flags.sample, 'sample')) ?? intervalSeconds,
    since: since(text(cli.flags.since, 'since')),
    until: until(text(cli.flags.until, 'until')),
    counting: counting(cli.flags.counting),
    askForPassword: passwordRule(argv, cli.flags),
    readOnly: cli.flags.readOnly === true,
    json: cli.flags.json === true,
    redact: cli.flags.redact === true,
    where: text(cli.flags.where, 'where'),
    reason: text(cli.flags.reason, 'reason'),
    dryRun: cli.flags.dryRun === true,
    rowsPerSecond: rate(text(cli.flags.rate, 'rate')),
    apply: cli.flags.apply === true,
    rogue: cli.flags.rogue === true,
    incident: cli.flags.incident === true,
    debug: cli.flags.debug === true,
    plain: cli.flags.plain === true,
    theme: choice(cli.flags.theme, 'theme', ['auto', 'dark', 'light']),
    ambiguousWidth: choice(cli.flags.ambiguousWidth, 'ambiguous-width', ['auto', '1', '2']),
  };
  if (cli.flags.help)
    return { command: 'print', text: `\n  ${cli.pkg.description ?? 'migtop'}\n${helpText.trimEnd()}\n`, flags: given };
  if (cli.flags.version) return { command: 'print', text: `migtop ${cli.pkg.version}`, flags: given };

  const [first] = cli.input;
  // meow does not take a negative number for a flag.
  const number = cli.input.find((word) => /^-\d/.test(word));
  if (number !== undefined) throw usage(`unknown option${/^-\d$/.test(number) ? ` ${number}` : ''}`);
  const command = subcommands.find((name) => name === first) ?? 'monitor';
  const isOfOne = command === 'show' || command === 'handoff';
  const words = command === 'monitor' ? cli.input : cli.input.slice(1);
  const ids = isVerb(command) ? leadingIds(words) : [];
  const rest = isOfOne ? words.slice(1) : words.slice(ids.length);
  if (command === 'demo' && (rest.length > 0 || given.url !== undefined))
    throw usage('demo starts its own database and takes no connection');
  if (rest.length > 1) throw usage(unexpected(rest[1] ?? ''));
  if (rest.length === 1 && given.url !== undefined)
    throw usage('name the database once: as the argument or with --url');
  const misplaced = (flags as readonly Flag[]).find(
    (flag) => !takes(flag, command) && isGiven(cli.flags[camelCased(flag.name)]),
  );
  if (misplaced !== undefined)
    throw usage(
      `--${misplaced.name} is only valid with ${misplaced.command?.replace(/, (?!.*, )/, ' and ')}: migtop ${misplaced.command?.split(', ')[0]} ${usageOf(misplaced)}`,
    );
  if (given.rogue && given.incident) throw usage('--incident has a worker that overwrites pauses; leave out --rogue');
  if (given.counting.size > 0 && command === 'init') throw usage('init creates a table and takes no --counting');
  if (given.redact && command === 'init') throw usage('init prints no data and takes no --redact');
  if (given.since !== null && command === 'init') throw usage('init creates a table and takes no --since');
  if (given.until !== null && command === 'init') throw usage('init creates a table and takes no --until');
  const connection = rest[0] ?? given.url;
  if (isVerb(command)) {
    if (ids.length === 0 && given.where === undefined)
      throw usage(`${command} takes the ids of operations, or --where FILTER: migtop ${command} ID… [CONNECTION]`);
    return { command, ids, connection, flags: given };
  }
  if (isOfOne) return { command, id: operationId(words[0], command), connection, flags: given };
  return { command, connection, flags: given };
}

/** The numbers at the beginning: a database whose name is a number is named with --url. */
function leadingIds(words: readonly string[]): number[] {
  const end = words.findIndex((word) => !/^\d{1,16}$/.test(word) || !Number.isSafeInteger(Number(word)));
  return words.slice(0, end === -1 ? words.length : end).map(Number);
}

/** The id of an operation. It is shown only if it is a number: another word may be a connection. */
function operationId(given: string | undefined, command: string): number {
  if (given === undefined) throw usage(`${command} takes the id of an operation: migtop ${command} ID`);
  const id = Number(given);
  if (!/^\d{1,19}$/.test(given) || !Number.isSafeInteger(id))
    throw usage(`${command} takes the id of an operation first: migtop ${command} ID [CONNECTION]`);
  return id;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false;
}

/** The argument is shown only if it is a plain word: it may be a URL that contains a password. */
function unexpected(argument: string): string {
  return `unexpected argument${isPlainWord(argument) ? ` "${argument}"` : ''}: migtop takes one connection; quote a string that contains spaces`;
}

/**
 * How a message shows an unknown option: only if it is a plain word, because anything else may be part of a password. Its
 * value is never shown.
 */
function unknownOption(argv: readonly string[], flag: string): string {
  const dashed = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const name = dashed.length === 1 ? `-${dashed}` : `--${dashed}`;
  const isTyped = argv.some((word) => word === name || word.startsWith(`${name}=`));
  if (isTyped && isPlainWord(dashed)) return ` ${name}`;
  return ' (not shown, because it may contain a password)';
}

function tableName(given: string | undefined): string {
  if (given === undefined) return 'migration_control';
  // The name appears in the server's log and in messages, and may be a password.
  if (!isTableName(given))
    throw usage(
      '--table takes a name or schema.name, in double quotes where SQL needs them; give the connection as the argument or with --url',
    );
  return given;
}

function interval(given: string | undefined): number {
  if (given === undefined) return 1;
  const seconds = Number(given);
  if (given.trim() === '' || !(seconds >= 0.2 && seconds <= 60))
    throw usage(`--interval takes 0.2 to 60 seconds${isNumberLike(given) ? `, not "${given}"` : ''}`);
  return seconds;
}

function sampleLength(given: string | undefined): number | null {
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

function counting(given: unknown): ReadonlyMap<string, NamedCounting> {
  const named = new Map<string, NamedCounting>();
  for (const one of Array.isArray(given) ? given : []) {
    const [, tableName, word] = /^(.+)=([^=]*)$/s.exec(String(one)) ?? [];
    const how = word === undefined || !Object.hasOwn(countingWords, word) ? undefined : countingWords[word];
    if (tableName === undefined || how === undefined)
      throw usage('--counting takes TABLE=own, TABLE=batch or TABLE=cumulative');
    if (named.has(tableName)) throw usage('--counting names a table more than once');
    named.set(tableName, how);
  }
  return named;
}

function rate(given: string | undefined): number | null {
  if (given === undefined) return null;
  const [, number] = /^(\d{1,6}(?:\.\d{1,3})?)(?:\/s)?$/.exec(given) ?? [];
  if (number === undefined || Number(number) <= 0)
    throw usage('--rate takes a number of operations a second, such as 50/s');
  return Number(number);
}

function since(given: string | undefined): Since | null {
  const parsed = given === undefined ? null : parseSince(given);
  if (given !== undefined && parsed === null) throw usage(`--since takes ${sinceForms}`);
  return parsed;
}

function until(given: string | undefined): Until | null {
  const parsed = given === undefined ? null : parseUntil(given);
  if (given !== undefined && parsed === null) throw usage(`--until takes ${untilForms}`);
  return parsed;
}

/** Whether a text is a number or nearly one: any other text may be a password. */
function isNumberLike(given: string): boolean {
  return /^[-+\d.,e ]{0,6}(?:[a-z]{0,3}|NaN|Infinity)$/.test(given);
}

function text(value: unknown, name: FlagName): string | undefined {
  if (Array.isArray(value)) throw usage(`--${name} is given more than once`);
  if (value !== undefined && (typeof value !== 'string' || value.trim() === '')) {
    const flag: Flag | undefined = flags.find((one) => one.name === name);
    throw usage(`--${name} needs ${flag?.needs ?? 'a value'}`);
  }
  return value;
}

/** As in psql; meow takes --no-password for the negation of --password. */
function passwordRule(argv: readonly string[], flags: Readonly<Record<string, unknown>>): Flags['askForPassword'] {
  if (argv.some((word) => word.startsWith('--password=')))
    throw usage(
      '--password takes no value, it makes migtop ask for one; or set PGPASSWORD, or add a line to ~/.pgpass',
    );
  if (flags.password === true) return 'first';
  return flags.noPassword === true || argv.includes('--no-password') ? 'never' : 'if needed';
}

/** One of a few words; the first one by default. */
function choice<T extends string>(value: unknown, name: FlagName, words: readonly [T, ...T[]]): T {
  const given = text(value, name);
  if (given === undefined) return words[0];
  const found = words.find((word) => word === given);
  if (found === undefined) throw usage(`--${name} takes one of ${words.join(', ')}`);
  return found;
}
