/** An option of the command line. The parser, `--help` and docs/operators.md read this table and nothing else. */
export interface Flag {
  /** As it is typed, without the dashes. */
  readonly name: string;
  readonly short?: string;
  /** The placeholder of its value; absent if it takes none. */
  readonly value?: string;
  readonly isMultiple?: true;
  /** The only commands that it is valid with, separated by commas; absent if nearly all take it. */
  readonly command?: 'status' | 'init' | 'demo' | typeof ofActions | typeof ofJson;
  readonly help: string;
  /** Its default, as the help shows it. */
  readonly fallback?: string;
  /** The required value, for the message if it is missing. */
  readonly needs?: string;
}

/** The commands that do the same as the keys of actions. */
export const verbs = ['pause', 'resume', 'skip', 'retry'] as const;
export type Verb = (typeof verbs)[number];

export function isVerb(command: string): command is Verb {
  return verbs.some((verb) => verb === command);
}

const ofActions = 'pause, resume, skip, retry';
const ofJson = `status, show, ${ofActions}` as const;

export const flags = [
  {
    name: 'url',
    value: 'CONNECTION',
    help: 'where to connect; the same as the argument',
    needs: 'a connection URL or "key=value …"',
  },
  {
    name: 'table',
    value: 'NAME',
    help: 'the control table, with or without its schema',
    fallback: 'migration_control',
    needs: 'a name',
  },
  {
    name: 'interval',
    value: 'SECONDS',
    help: 'seconds between polls, 0.2 to 60; increased automatically if the database is slow',
    fallback: '1',
    needs: 'a number of seconds',
  },
  {
    name: 'sample',
    value: 'SECONDS',
    command: 'status',
    help: 'how long to poll for rates, 0 to 600; 0: no rates',
    fallback: 'the interval',
    needs: 'a number of seconds',
  },
  {
    name: 'since',
    value: 'WHEN',
    help: 'only operations from this point on: an id, 2h, 22:00, "2026-11-25 22:00"',
    needs: 'an id, a duration or a timestamp',
  },
  {
    name: 'until',
    value: 'WHEN',
    help: 'the deadline, compared with the ETA: 06:00, "2026-11-26 06:00", 2h from now on',
    needs: 'a time, a timestamp or a duration',
  },
  {
    name: 'counting',
    value: 'TABLE=HOW',
    isMultiple: true,
    help: 'how the rows of a table count, if unclear: own, batch or cumulative; may be repeated',
    needs: 'TABLE=own, TABLE=batch or TABLE=cumulative',
  },
  { name: 'password', short: 'W', help: 'ask for a password before connecting' },
  { name: 'no-password', short: 'w', help: 'never ask for a password' },
  { name: 'read-only', help: 'change nothing, even if privileges allow it' },
  {
    name: 'theme',
    value: 'THEME',
    help: 'colours for a dark or a light background: auto, dark or light',
    fallback: 'auto',
    needs: 'one of auto, dark, light',
  },
  {
    name: 'ambiguous-width',
    value: 'N',
    help: 'columns of a character of ambiguous width (East Asian): auto, 1 or 2',
    fallback: 'auto',
    needs: 'one of auto, 1, 2',
  },
  { name: 'plain', help: 'no full screen: one line for each change, for screen readers and logs' },
  {
    name: 'where',
    value: 'FILTER',
    command: ofActions,
    help: 'the operations that match this filter, as typed after /',
    needs: 'a filter',
  },
  { name: 'reason', value: 'TEXT', command: ofActions, help: 'why, for the audit', needs: 'a text' },
  { name: 'dry-run', command: ofActions, help: 'print what would be changed, and change nothing' },
  {
    name: 'rate',
    value: 'N/s',
    command: ofActions,
    help: 'maximum number of operations to change in a second',
    needs: 'a number such as 50/s',
  },
  { name: 'json', command: ofJson, help: 'print a JSON document' },
  { name: 'redact', help: 'leave values out of errors and queries that are copied or printed' },
  { name: 'apply', command: 'init', help: 'run the SQL instead of printing it' },
  { name: 'rogue', command: 'demo', help: 'add a worker that overwrites pauses' },
  { name: 'incident', command: 'demo', help: 'a migration in trouble: failures, stalls, a colleague who paused one' },
  { name: 'debug', help: 'show how migtop reads the table, and all details of errors' },
  { name: 'version', short: 'V', help: 'print the version' },
  { name: 'help', short: 'h', help: 'print this help' },
] as const satisfies readonly Flag[];

export type FlagName = (typeof flags)[number]['name'];

/** The name that meow uses: `readOnly`. */
export function camelCased(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The flags in meow's format. */
export function parserFlags() {
  return Object.fromEntries(
    (flags as readonly Flag[]).map(({ name, short, value, isMultiple }) => [
      camelCased(name),
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        ...(short === undefined ? {} : { shortFlag: short }),
        ...(isMultiple ? { isMultiple } : {}),
      },
    ]),
  );
}

/** How an option is written: `-W, --password`, `--table NAME`. */
export function usageOf({ name, short, value }: Flag): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

/** Whether an option is valid with a command. */
export function takes({ command }: Flag, name: string): boolean {
  return command === undefined || command.split(', ').includes(name);
}

/** The help of an option, with its command and its default. */
export function helpOf({ help, command, fallback }: Flag): string {
  return `${command === undefined ? '' : `${command}: `}${help}${fallback === undefined ? '' : ` [${fallback}]`}`;
}

/** The options for `--help`, one line each. */
export function optionLines(): string {
  const width = Math.max(...flags.map((flag) => usageOf(flag).length));
  return flags.map((flag) => `    ${usageOf(flag).padEnd(width)}  ${helpOf(flag)}`).join('\n');
}

/** The options as a Markdown table. */
export function optionTable(): string {
  const rows = (flags as readonly Flag[]).map((flag) => [`\`${usageOf(flag).replaceAll('|', '\\|')}\``, helpOf(flag)]);
  return [['Option', 'Meaning'], ['---', '---'], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
