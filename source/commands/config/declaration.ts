import { keywords } from '../../database/libpq/keywords.ts';
import { tableLines } from '../../presentation/markdown.ts';

/** The values that a key of the configuration file takes. */
export type ConfigType =
  | 'text'
  | 'number'
  | 'whole number'
  | 'true or false'
  | 'list of texts'
  | 'text or number'
  | 'text or list of texts'
  | 'table';

/** A key of the configuration file. The reader and docs/configuration.md read this table and nothing else. */
export interface ConfigKey {
  /** Its path; a part in capital letters stands for any name. */
  readonly path: readonly string[];
  readonly type: ConfigType;
  /** The only texts that it takes, if they are few. */
  readonly words?: readonly string[];
  readonly meaning: string;
  readonly example?: string;
  /** Not listed in the document: another row describes it. */
  readonly isHidden?: true;
}

/** The forms of names that are a part of a key's path in the configuration file. */
export const nameForms = {
  NAME: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
  TABLE: /^.{1,200}$/s,
  COMMAND: /^[a-z][a-z-]{0,39}$/,
} as const;

export type NameForm = keyof typeof nameForms;

/** Whether a part of a key's path stands for a name that the user chose, such as `NAME`. */
export function isNameForm(part: string): part is NameForm {
  return Object.hasOwn(nameForms, part);
}

/** The keywords of libpq that have a separate row. */
const described = ['host', 'port', 'dbname', 'user', 'service', 'password', 'sslmode'];
const otherKeywords = Object.keys(keywords).filter((name) => name !== 'requiressl' && !described.includes(name));

function target(name: string, type: ConfigType, meaning: string, more: Partial<ConfigKey> = {}): ConfigKey {
  return { path: ['targets', 'NAME', name], type, meaning, ...more };
}

function command(name: string, type: ConfigType, meaning: string, more: Partial<ConfigKey> = {}): ConfigKey {
  return { path: ['commands', 'NAME', name], type, meaning, ...more };
}

const themes = ['auto', 'dark', 'light'];
const widths = ['auto', '1', '2'];
const countings = ['own', 'batch', 'cumulative'];

/** The lists whose columns can be chosen: the views, and `kinds`, the kinds of failure in the Failures view. */
export const columnLists = ['overview', 'workers', 'failures', 'kinds', 'tables', 'operations', 'activity'] as const;
export type ColumnList = (typeof columnLists)[number];

export const configKeys: readonly ConfigKey[] = [
  {
    path: ['target'],
    type: 'text',
    meaning: 'the target to connect to if no database is named; without it migtop asks which one',
    example: 'target = "staging"',
  },
  {
    path: ['production_hosts'],
    type: 'list of texts',
    meaning: 'hosts that are production, whatever names them; `*` stands for any characters',
    example: 'production_hosts = ["*.prod.example.com"]',
  },
  { path: ['interval'], type: 'number', meaning: 'seconds between polls, as `--interval`', example: 'interval = 2' },
  { path: ['theme'], type: 'text', words: themes, meaning: 'as `--theme`', example: 'theme = "light"' },
  {
    path: ['ambiguous_width'],
    type: 'text or number',
    words: widths,
    meaning: 'as `--ambiguous-width`',
    example: 'ambiguous_width = 2',
  },
  {
    path: ['read_only'],
    type: 'true or false',
    meaning: '`true`: change nothing, as `--read-only`',
    example: 'read_only = true',
  },
  target('url', 'text', 'the connection, as on the command line', { example: 'url = "postgres://ops@db1/dispatch"' }),
  target('host', 'text', 'the server; the keys of a target override its `url`', { example: 'host = "db1"' }),
  target('port', 'text or number', 'its port', { example: 'port = 5433' }),
  target('dbname', 'text', 'the database', { example: 'dbname = "dispatch"' }),
  target('user', 'text', 'the role', { example: 'user = "ops"' }),
  target('service', 'text', 'the name of a service in `~/.pg_service.conf`', { example: 'service = "dispatch"' }),
  target('password', 'text', 'the password; the file then needs mode 0600. `~/.pgpass` is a better place'),
  target('sslmode', 'text', 'as in libpq', { example: 'sslmode = "verify-full"' }),
  target('KEYWORD', 'text or number', 'any other keyword of [connecting](connecting.md)', {
    example: 'connect_timeout = 5',
  }),
  ...otherKeywords.map((name) => target(name, 'text or number', '', { isHidden: true })),
  target('production', 'true or false', '`true`: it starts read-only until it is unlocked', {
    example: 'production = true',
  }),
  target('table', 'text', 'as `--table`', { example: 'table = "ops.migration_control"' }),
  target('interval', 'number', 'as `--interval`'),
  target('since', 'text or number', 'as `--since`', { example: 'since = "12h"' }),
  target('until', 'text', 'as `--until`', { example: 'until = "06:00"' }),
  target('read_only', 'true or false', 'as `--read-only`'),
  {
    path: ['targets', 'NAME', 'counting', 'TABLE'],
    type: 'text',
    words: countings,
    meaning: 'how the rows of a table count, as `--counting`',
    example: 'counting.brackets = "own"',
  },
  ...columnLists.map(
    (list): ConfigKey => ({
      path: ['columns', list],
      type: 'list of texts',
      meaning: `the columns of ${list === 'kinds' ? 'the kinds of failure in the Failures view' : `the list of the ${list.charAt(0).toUpperCase()}${list.slice(1)} view`}, from left to right`,
      ...(list === 'workers' ? { example: 'workers = ["id", "table", "rec/s", "elapsed"]' } : {}),
    }),
  ),
  {
    path: ['keys', 'COMMAND'],
    type: 'text or list of texts',
    meaning: 'the keys of a command, instead of the usual ones; `[]` for none',
    example: 'skip = "ctrl-s"',
  },
  command('run', 'list of texts', 'the program and its arguments; not run by a shell', {
    example: 'run = ["runbook", "--id", "{id}"]',
  }),
  command('key', 'text', 'its key; without one, only the palette (`:`) runs it', { example: 'key = "W"' }),
  command('title', 'text', 'one line for the help and the palette', { example: 'title = "Open the runbook"' }),
  command('scope', 'text', 'what it is about: the row under the cursor has to be one', {
    words: ['operation', 'failure', 'table'],
    example: 'scope = "failure"',
  }),
  command('background', 'true or false', '`true`: do not show its output, only its exit code'),
  command('timeout', 'number', 'seconds until it is ended, 1 to 3600 (30)', { example: 'timeout = 120' }),
  command('password', 'true or false', '`true`: it gets `PGPASSWORD`, if migtop has a password'),
];

/** The keys as a Markdown table. */
export function configTable(): string {
  const rows = configKeys
    .filter(({ isHidden }) => isHidden !== true)
    .map(({ path, type, words, meaning, example }) => [
      `\`${path.join('.')}\``,
      words === undefined ? type : words.map((word) => `\`${word}\``).join(', '),
      meaning,
      example === undefined ? '' : `\`${example}\``,
    ]);
  return tableLines(['Key', 'Value', 'Meaning', 'Example'], rows).join('\n');
}
