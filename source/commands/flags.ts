import { exportFormats, goals } from '../domain/choices.ts';
import { conditionForms } from '../domain/condition.ts';
import { tableLines, withinCell } from '../presentation/markdown.ts';
import { type CommandName, verbs } from './command-table.ts';
import { eventFlags } from './event-flags.ts';
import type { Flag } from './flag.ts';

export type { Flag } from './flag.ts';

const screen = ['monitor', 'demo'] as const;
const printing = ['status', 'show', 'doctor', ...verbs] as const;
const watching = ['status', 'wait', 'metrics', 'export', 'show', 'handoff', 'doctor', ...verbs] as const;
/** The commands that read the table. */
const reading = ['monitor', 'demo', ...watching] as const;
/** The commands that connect to a database that is named. */
const connecting = ['monitor', ...watching, 'init'] as const;

export const flags = [
  {
    name: 'url',
    value: 'CONNECTION',
    affects: connecting,
    help: 'where to connect; the same as the argument',
    needs: 'a connection URL or "key=value …"',
  },
  {
    name: 'target',
    value: 'NAME',
    affects: connecting,
    completes: 'targets',
    help: 'a target of the configuration file, instead of a connection',
    needs: 'the name of a target',
  },
  {
    name: 'config',
    value: 'FILE',
    affects: [...connecting, 'demo'],
    completes: 'files',
    help: 'the configuration file; also MIGTOP_CONFIG',
    fallback: '~/.config/migtop/config.toml',
    needs: 'a file',
  },
  {
    name: 'production',
    value: 'NAME',
    commands: [...verbs, 'init'],
    completes: 'targets',
    help: 'the production target that may be changed',
    needs: 'the name of the production target',
  },
  {
    name: 'table',
    value: 'NAME',
    affects: [...reading, 'init'],
    help: 'the control table, with or without its schema',
    fallback: 'migration_control',
    needs: 'a name',
  },
  {
    name: 'interval',
    value: 'SECONDS',
    affects: [...screen, 'status', 'wait', 'metrics', 'takeover'],
    help: 'seconds between polls, 0.2 to 60; increased automatically if the database is slow',
    fallback: '1',
    needs: 'a number of seconds',
  },
  {
    name: 'sample',
    value: 'SECONDS',
    commands: ['status', 'doctor'],
    help: 'seconds to poll for rates and pauses, 0 to 600; 0: not at all',
    fallback: 'the interval',
    ownHelp: { doctor: 'seconds to watch paused operations, 0 to 600; 0: not at all' },
    ownFallback: { doctor: '1' },
    needs: 'a number of seconds',
  },
  {
    name: 'since',
    value: 'WHEN',
    affects: reading,
    help: 'only operations that began since: an id, 2h, 22:00, "2026-11-25 22:00"',
    needs: 'an id, a duration or a timestamp',
  },
  {
    name: 'until',
    value: 'WHEN',
    affects: [...screen, 'status', 'wait', 'metrics'],
    help: 'a deadline to compare with the ETA: 06:00, "2026-11-26 06:00", 2h (from now)',
    needs: 'a time, a timestamp or a duration',
  },
  {
    name: 'counting',
    value: 'TABLE=HOW',
    isMultiple: true,
    affects: [...screen, 'status', 'wait', 'metrics', 'show', 'handoff'],
    help: 'how the rows of a table count, if unclear: own, batch or cumulative; may be repeated',
    needs: 'TABLE=own, TABLE=batch or TABLE=cumulative',
  },
  {
    name: 'no-cache',
    affects: reading,
    help: 'neither use nor keep the totals of an earlier run (also with MIGTOP_NO_CACHE=1)',
  },
  { name: 'password', short: 'W', affects: connecting, help: 'ask for a password before connecting' },
  { name: 'no-password', short: 'w', affects: connecting, help: 'never ask for a password' },
  { name: 'read-only', affects: [...screen, ...verbs], help: 'change nothing, even if privileges allow it' },
  {
    name: 'theme',
    value: 'THEME',
    affects: screen,
    words: ['auto', 'dark', 'light'],
    help: 'colours for a dark or a light background: auto, dark or light',
    fallback: 'auto',
    needs: 'one of auto, dark, light',
  },
  {
    name: 'ambiguous-width',
    value: 'N',
    affects: screen,
    words: ['auto', '1', '2'],
    help: 'columns of a character of ambiguous width (East Asian): auto, 1 or 2',
    fallback: 'auto',
    needs: 'one of auto, 1, 2',
  },
  {
    name: 'plain',
    affects: screen,
    help: 'no full screen: one line for each change, for screen readers and logs',
  },
  {
    name: 'where',
    value: 'FILTER',
    commands: [...verbs, 'export'],
    help: 'those that match, such as "table:cases"',
    needs: 'a filter',
  },
  { name: 'reason', value: 'TEXT', commands: verbs, help: 'why, for the audit', needs: 'a text' },
  { name: 'dry-run', commands: verbs, help: 'print what would be changed, and change nothing' },
  { name: 'unproven', commands: ['takeover'], help: 'also operations whose workers are not proven dead' },
  {
    name: 'rate',
    value: 'N/s',
    commands: verbs,
    help: 'maximum number of operations to change in a second',
    needs: 'a number such as 50/s',
  },
  { name: 'watch', commands: ['status'], help: 'print a line of JSON for each poll, until it is interrupted' },
  {
    name: 'check',
    commands: ['status'],
    help: 'print one line, with an exit code for a monitoring system (Nagios, Icinga)',
  },
  {
    name: 'warning',
    value: 'CONDITIONS',
    isMultiple: true,
    commands: ['status'],
    help: 'with --check: when the state is WARNING',
    fallback: 'unresolved>0,late',
    needs: conditionForms,
  },
  {
    name: 'critical',
    value: 'CONDITIONS',
    isMultiple: true,
    commands: ['status'],
    help: 'with --check: when the state is CRITICAL',
    fallback: 'stalled>0',
    needs: conditionForms,
  },
  {
    name: 'for',
    value: 'STATE',
    commands: ['wait'],
    words: goals,
    help: 'the state to wait for: done, idle or failed',
    fallback: 'done',
    needs: 'one of done, idle, failed',
  },
  {
    name: 'fail-on',
    value: 'CONDITIONS',
    isMultiple: true,
    commands: ['wait'],
    help: 'exit code 1 if one is true (stalled: 7): unresolved>5%, stalled>0, age>60s, late',
    needs: conditionForms,
  },
  {
    name: 'timeout',
    value: 'DURATION',
    commands: ['status', 'wait', 'takeover'],
    help: 'exit code 8 after this time: 90s, 2h (takeover: how long to watch)',
    ownHelp: {
      status: 'end with exit code 8 (with --check: UNKNOWN) after this time: 90s, 2h',
      wait: 'end with exit code 8 after this time: 90s, 2h',
      takeover: 'maximum time to watch the workers: 90s, 2h',
    },
    needs: 'a duration such as 90s or 2h',
  },
  {
    name: 'format',
    value: 'FORMAT',
    commands: ['export'],
    words: exportFormats,
    help: 'csv or ndjson',
    fallback: 'csv',
    needs: 'one of csv, ndjson',
  },
  { name: 'json', commands: printing, help: 'print a JSON document' },
  {
    name: 'redact',
    affects: reading,
    help: 'leave values out of errors and queries that are copied or printed',
  },
  ...eventFlags,
  { name: 'guard', commands: ['init'], help: 'also the trigger that keeps workers from undoing an operator' },
  { name: 'audit', commands: ['init'], help: 'also the table that records the actions of operators' },
  { name: 'roles', commands: ['init'], help: 'also the roles migtop_viewer and migtop_operator' },
  {
    name: 'indexes',
    commands: ['init'],
    help: 'also two indexes: for migtop status, and for tables with very many failures',
  },
  { name: 'remove', commands: ['init'], help: 'remove these options instead of installing them' },
  { name: 'discard-audit', commands: ['init'], help: 'with --audit --remove: remove the audit even if it has rows' },
  { name: 'apply', commands: ['init'], help: 'run the SQL instead of printing it; asks first on a terminal' },
  { name: 'yes', commands: ['init'], help: 'with --apply: do not ask' },
  { name: 'rogue', commands: ['demo'], help: 'add a worker that overwrites pauses' },
  {
    name: 'incident',
    commands: ['demo'],
    help: 'show a migration in trouble: failures, stalls, a pause, a worker that overwrites pauses',
  },
  { name: 'debug', help: 'show how migtop reads the table, and all details of errors' },
  { name: 'version', short: 'V', help: 'print the version' },
  { name: 'help', short: 'h', help: 'print the help of a command' },
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
export function takes({ commands }: Flag, command: CommandName): boolean {
  return commands === undefined || commands.includes(command);
}

/** Whether an option has an effect on a command. */
export function affects(flag: Flag, command: CommandName): boolean {
  return takes(flag, command) && (flag.affects === undefined || flag.affects.includes(command));
}

/** The help of an option, with its commands and its default. */
export function helpOf({ help, commands, fallback }: Flag): string {
  const only = commands === undefined ? '' : `${commands.join(', ')}: `;
  return `${only}${help}${fallback === undefined ? '' : ` [${fallback}]`}`;
}

/** Returns the option as the help of one command shows it. */
export function ownHelpOf({ commands: _, ownHelp, ownFallback, ...flag }: Flag, command: CommandName): string {
  const fallback = ownFallback?.[command] ?? flag.fallback;
  return helpOf({ ...flag, help: ownHelp?.[command] ?? flag.help, ...(fallback !== undefined && { fallback }) });
}

/** Options for `--help`, one line each. */
export function optionLines(listed: readonly Flag[], help: (flag: Flag) => string): string[] {
  const width = Math.max(...listed.map((flag) => usageOf(flag).length));
  return listed.map((flag) => `    ${usageOf(flag).padEnd(width)}  ${help(flag)}`);
}

/** The options as a Markdown table. */
export function optionTable(): string {
  const rows = (flags as readonly Flag[]).map((flag) => [`\`${withinCell(usageOf(flag))}\``, helpOf(flag)]);
  return tableLines(['Option', 'Meaning'], rows).join('\n');
}
