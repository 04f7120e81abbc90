import meow from 'meow';
import { DatabaseError } from '../database/database-error.ts';
import type { NamedCounting } from '../domain/progress.ts';
import { isPlainWord, isTableName } from '../domain/quotable.ts';
import { parseSince, type Since, sinceForms } from '../domain/since.ts';

export interface Flags {
  readonly url: string | undefined;
  readonly table: string;
  readonly intervalSeconds: number;
  /** For how long `status` polls for its rates. */
  readonly sampleSeconds: number;
  readonly since: Since | null;
  /** How tables count, by their names, where the user says so. */
  readonly counting: ReadonlyMap<string, NamedCounting>;
  /** Whether to ask for a password: before connecting, never, or where one is needed. */
  readonly askForPassword: 'first' | 'never' | 'if needed';
  readonly readOnly: boolean;
  readonly json: boolean;
  readonly apply: boolean;
  readonly rogue: boolean;
  readonly debug: boolean;
  /** Lines instead of a screen. */
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
    };

const subcommands = ['demo', 'status', 'init'] as const;

export const helpText = `
  Usage
    $ migtop [CONNECTION]            watch a migration, live
    $ migtop demo                    the same, on an embedded PostgreSQL with a migration running in it
    $ migtop status [CONNECTION]     one snapshot as text, or as JSON with --json
    $ migtop init [CONNECTION]       print the SQL that creates migration_control; --apply runs it

  CONNECTION is a URL (postgres://user@host/database), "key=value …" or the name of a database, as psql takes it.
  Without one, DATABASE_URL and the PG* variables say where to connect.

  Options
    --url CONNECTION     the same as the argument
    --table NAME         the table, with or without its schema   [migration_control]
    --interval SECONDS   how often to poll, 0.2 to 60            [1]
    --sample SECONDS     status: for how long to poll for rates while something is running, 0 to 600   [the interval]
    --since WHEN         only operations from there on: an id, 2h, 22:00, "2026-11-25 22:00"
    --counting TABLE=HOW how a table counts, where its rows do not tell: own, batch or cumulative; may be repeated
    -W, --password       ask for a password before connecting
    -w, --no-password    never ask for a password
    --read-only          change nothing, whatever the privileges are
    --theme THEME        colours for a dark or a light background: auto, dark or light   [auto]
    --ambiguous-width N  columns of a sign of ambiguous width: auto, 1 or 2   [auto]
    --plain              no screen: a line for each change, as for a screen reader or a log
    --json               status: as a JSON document
    --apply              init: run the SQL instead of printing it
    --rogue              demo: add a worker that overwrites pauses, to see migtop notice it and the guard stop it
    --debug              say how the table is watched, and on an error show all of it
    --version, --help

  Exit codes
    0 done   1 failed   2 bad arguments   3 unreachable   4 not let in   5 no such table, or not fit   6 no privilege
`;

/**
 * Reads the command line.
 *
 * @throws {DatabaseError} kind `usage`, naming what is wrong and what would be right
 */
export function parseArguments(argv: readonly string[], importMeta: ImportMeta): Invocation {
  const cli = readFlags(argv, importMeta);
  const known = [
    'url',
    'table',
    'interval',
    'sample',
    'since',
    'counting',
    'readOnly',
    'password',
    'noPassword',
    'W',
    'w',
    'json',
    'apply',
    'rogue',
    'debug',
    'plain',
    'theme',
    'ambiguousWidth',
    'help',
    'version',
    'h',
    'V',
  ];
  const unknown = Object.keys(cli.flags).find((flag) => !known.includes(flag));
  if (unknown !== undefined) {
    throw usage(`There is no option ${unknownOption(argv, unknown)}.`);
  }
  const intervalSeconds = interval(text(cli.flags.interval, '--interval', 'a number of seconds'));
  const flags: Flags = {
    url: text(cli.flags.url, '--url', 'a connection URL'),
    table: tableName(text(cli.flags.table, '--table', 'the name of a table')),
    intervalSeconds,
    sampleSeconds: sampleLength(text(cli.flags.sample, '--sample', 'a number of seconds')) ?? intervalSeconds,
    since: since(text(cli.flags.since, '--since', 'an id, a duration or a timestamp')),
    counting: counting(cli.flags.counting),
    askForPassword: passwordRule(argv, cli.flags),
    readOnly: cli.flags.readOnly === true,
    json: cli.flags.json === true,
    apply: cli.flags.apply === true,
    rogue: cli.flags.rogue === true,
    debug: cli.flags.debug === true,
    plain: cli.flags.plain === true,
    theme: choice(cli.flags.theme, '--theme', ['auto', 'dark', 'light']),
    ambiguousWidth: choice(cli.flags.ambiguousWidth, '--ambiguous-width', ['auto', '1', '2']),
  };
  if (cli.flags.help)
    return { command: 'print', text: `\n  ${cli.pkg.description ?? 'migtop'}\n${helpText.trimEnd()}\n`, flags };
  if (cli.flags.version) return { command: 'print', text: `migtop ${cli.pkg.version}`, flags };

  const [first] = cli.input;
  // What looks like a negative number is no flag to the parser.
  const number = cli.input.find((word) => /^-\d/.test(word));
  if (number !== undefined) throw usage(`There is no option ${/^-\d$/.test(number) ? number : 'like that'}.`);
  const command = subcommands.find((name) => name === first) ?? 'monitor';
  const rest = command === 'monitor' ? cli.input : cli.input.slice(1);
  if (command === 'demo' && (rest.length > 0 || flags.url !== undefined))
    throw usage('demo brings its own database and takes no connection.');
  if (rest.length > 1)
    // Not named: it may be a URL with a password in it.
    throw usage(
      `One connection at a time: ${rest.length === 2 ? 'one argument is' : `${rest.length - 1} arguments are`} too many. Put a string with spaces in quotes.`,
    );
  if (rest.length === 1 && flags.url !== undefined)
    throw usage('Name the database once: as the argument or with --url.');
  if (flags.json && command !== 'status') throw usage('--json goes with: migtop status --json.');
  if (cli.flags.sample !== undefined && command !== 'status')
    throw usage('--sample goes with: migtop status --sample SECONDS.');
  if (flags.counting.size > 0 && command === 'init') throw usage('init creates a table and takes no --counting.');
  if (flags.since !== null && command === 'init') throw usage('init creates a table and takes no --since.');
  if (flags.apply && command !== 'init') throw usage('--apply goes with: migtop init --apply.');
  if (flags.rogue && command !== 'demo') throw usage('--rogue goes with: migtop demo --rogue.');
  return { command, connection: rest[0] ?? flags.url, flags };
}

/** What meow makes of the words; it throws where a flag is given twice. */
function readFlags(argv: readonly string[], importMeta: ImportMeta) {
  try {
    return meow(helpText, {
      importMeta,
      argv,
      autoHelp: false,
      autoVersion: false,
      allowUnknownFlags: true,
      flags: {
        url: { type: 'string' },
        table: { type: 'string' },
        interval: { type: 'string' },
        sample: { type: 'string' },
        since: { type: 'string' },
        counting: { type: 'string', isMultiple: true },
        theme: { type: 'string' },
        ambiguousWidth: { type: 'string' },
        readOnly: { type: 'boolean' },
        password: { type: 'boolean', shortFlag: 'W' },
        noPassword: { type: 'boolean', shortFlag: 'w' },
        json: { type: 'boolean' },
        apply: { type: 'boolean' },
        rogue: { type: 'boolean' },
        debug: { type: 'boolean' },
        plain: { type: 'boolean' },
        help: { type: 'boolean', shortFlag: 'h' },
        version: { type: 'boolean', shortFlag: 'V' },
      },
    });
  } catch {
    const twice = ['url', 'table', 'interval', 'sample', 'since', 'theme', 'ambiguous-width'].find(
      (flag) => argv.filter((word) => word === `--${flag}` || word.startsWith(`--${flag}=`)).length > 1,
    );
    // What the parser says may repeat an argument.
    throw usage(twice === undefined ? 'The options cannot be read.' : `--${twice} is given more than once.`);
  }
}

/**
 * An unknown option as a message may name it. It is named where it is a plain word; anything else may be a password, or a
 * part of one. Its value is never repeated.
 */
function unknownOption(argv: readonly string[], flag: string): string {
  const dashed = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const name = dashed.length === 1 ? `-${dashed}` : `--${dashed}`;
  const isTyped = argv.some((word) => word === name || word.startsWith(`${name}=`));
  if (isTyped && isPlainWord(dashed)) return name;
  return 'like one of these arguments (it is not repeated, as it may hold a password)';
}

function tableName(given: string | undefined): string {
  if (given === undefined) return 'migration_control';
  // It would get into the server's log, and into messages.
  if (!isTableName(given))
    throw usage(
      '--table takes the name of a table: name or schema.name, with "double quotes" where SQL needs them. The connection is the argument, or --url.',
    );
  return given;
}

function interval(given: string | undefined): number {
  if (given === undefined) return 1;
  const seconds = Number(given);
  if (given.trim() === '' || !(seconds >= 0.2 && seconds <= 60))
    throw usage(`--interval takes seconds from 0.2 to 60${isNumberLike(given) ? `, not "${given}"` : ''}.`);
  return seconds;
}

function sampleLength(given: string | undefined): number | null {
  if (given === undefined) return null;
  const seconds = Number(given);
  if (given.trim() === '' || !(seconds >= 0 && seconds <= 600))
    throw usage(`--sample takes seconds from 0 to 600${isNumberLike(given) ? `, not "${given}"` : ''}.`);
  return seconds;
}

/** The words of --counting. */
const countingWords: Readonly<Record<string, NamedCounting>> = {
  own: 'own totals',
  batch: 'per batch',
  cumulative: 'cumulative',
};

function counting(given: readonly unknown[] | undefined): ReadonlyMap<string, NamedCounting> {
  const named = new Map<string, NamedCounting>();
  for (const one of given ?? []) {
    const [, tableName, word] = /^(.+)=([^=]*)$/s.exec(String(one)) ?? [];
    const how = word === undefined || !Object.hasOwn(countingWords, word) ? undefined : countingWords[word];
    if (tableName === undefined || how === undefined)
      throw usage('--counting takes TABLE=own, TABLE=batch or TABLE=cumulative.');
    if (named.has(tableName)) throw usage('--counting names a table more than once.');
    named.set(tableName, how);
  }
  return named;
}

function since(given: string | undefined): Since | null {
  const parsed = given === undefined ? null : parseSince(given);
  if (given !== undefined && parsed === null) throw usage(`--since takes ${sinceForms}.`);
  return parsed;
}

/** A number, or nearly one: whatever else was typed may be a password. */
function isNumberLike(given: string): boolean {
  return /^[-+\d.,e ]{0,6}(?:[a-z]{0,3}|NaN|Infinity)$/.test(given);
}

function text(value: unknown, flag: string, what: string): string | undefined {
  if (Array.isArray(value)) throw usage(`${flag} is given more than once.`);
  if (value !== undefined && (typeof value !== 'string' || value.trim() === ''))
    throw usage(`${flag} needs ${what} behind it.`);
  return value;
}

/** As psql takes them; the parser reads --no-password as the opposite of --password. */
function passwordRule(argv: readonly string[], flags: Readonly<Record<string, unknown>>): Flags['askForPassword'] {
  if (argv.some((word) => word.startsWith('--password=')))
    throw usage('--password takes no value: migtop asks for the password. Set PGPASSWORD, or add a line to ~/.pgpass.');
  if (flags.password === true) return 'first';
  return flags.noPassword === true || argv.includes('--no-password') ? 'never' : 'if needed';
}

/** One of a few words; the first one where nothing is given. */
function choice<T extends string>(value: string | string[] | undefined, flag: string, words: readonly [T, ...T[]]): T {
  const given = text(value, flag, `one of ${words.join(', ')}`);
  if (given === undefined) return words[0];
  const found = words.find((word) => word === given);
  if (found === undefined) throw usage(`${flag} must be one of ${words.join(', ')}.`);
  return found;
}

function usage(message: string): DatabaseError {
  return new DatabaseError('usage', `${message} See: migtop --help`);
}
