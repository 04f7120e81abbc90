import { figureNames } from '../domain/condition.ts';
import { tableLines, withinCell } from '../presentation/markdown.ts';
import { exitCode } from './exit-codes.ts';

/** A command. `--help`, the manual page, the completions and docs/operators.md read this table and nothing else. */
interface CommandRow {
  /** As it is typed; `monitor` is the command without a word. */
  readonly name: string;
  /** The arguments after it on the command line. */
  readonly takes: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** More about it, a sentence each, for its own help. */
  readonly details: readonly string[];
  readonly examples: readonly { readonly line: string; readonly what: string }[];
  readonly exitCodes: readonly number[];
}

const { done, failed, usage, unreachable, access, noTable, noPrivilege } = exitCode;
/** The exit codes of a command that reads the table. */
const reading = [done, failed, usage, unreachable, access, noTable, noPrivilege];

const ofAction = [
  'It has the same rules, audit and results as the key in the monitor: an operation is changed only if it still has the status that was read.',
  'Give ids, or --where FILTER with the filter language of the monitor. --dry-run prints what would be changed.',
  'A production target needs --production NAME, else the exit code is 2. It is 1 if an operation was refused, or does not exist.',
];

export const commands = [
  {
    name: 'monitor',
    takes: '[CONNECTION]',
    summary: 'watch a migration, live',
    details: [
      'If standard output is not a terminal, it prints one report, as status does.',
      'If no database is named, it shows the targets of the configuration file to choose from.',
    ],
    examples: [
      { line: 'migtop dispatch', what: 'the database of that name' },
      { line: 'migtop postgres://ops@db1/dispatch --since 2h', what: 'only the operations of the last two hours' },
      { line: 'migtop dispatch --until 06:00', what: 'compare the ETA with a deadline' },
      { line: "migtop dispatch --on-event 'tell.sh #migration'", what: 'run a command for each event' },
      { line: 'migtop --target prod', what: 'a target of the configuration file' },
    ],
    exitCodes: reading,
  },
  {
    name: 'demo',
    takes: '',
    summary: 'watch a simulated migration in an embedded PostgreSQL',
    details: ['The database is removed when you quit.'],
    examples: [
      { line: 'migtop demo', what: 'a migration with a few failures' },
      { line: 'migtop demo --incident', what: 'one that has stopped in places, to practise on' },
    ],
    exitCodes: [done, failed, usage],
  },
  {
    name: 'status',
    takes: '[CONNECTION]',
    summary: 'print one report as text, or as JSON with --json; also --watch and --check',
    details: [
      '--watch prints a line of JSON for each poll, and connects again if the connection is lost. --check prints one line with performance data, as monitoring plugins do; its exit codes are 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.',
      `A condition compares a figure with a limit: unresolved>5, unresolved>5% (of all operations), stalled>0, paused>0, age>60s, eta>2h, rate<100. The condition late is true if the deadline of --until will be missed. Figures: ${figureNames.join(', ')}; eta is the later end of the ETA. The rate and the ETA are sampled only for a condition on one of them, for late, or with --sample.`,
    ],
    examples: [
      { line: 'migtop status dispatch', what: 'a report for people' },
      { line: "migtop status dispatch --json | jq '.summary.unresolved'", what: 'one figure for a script' },
      { line: 'migtop status dispatch --watch --interval 10', what: 'a line of JSON every ten seconds' },
      { line: "migtop status dispatch --check --critical 'unresolved>5%,stalled>0'", what: 'for Nagios or Icinga' },
    ],
    exitCodes: [...reading, exitCode.timedOut],
  },
  {
    name: 'wait',
    takes: '[CONNECTION]',
    summary: 'wait until the migration is done, idle or has failed',
    details: [
      'done: nothing is open, and no failure is unresolved. idle: nothing is running. failed: a failure is unresolved, even if it existed before.',
      'It shows a progress bar on a terminal, else a line for each change. It reconnects as the monitor does.',
      'The exit code is 0 if the migration is in that state, 1 if a condition of --fail-on is true or nothing is open but failures are unresolved, 7 if the condition is about stalled operations, 8 after --timeout or the deadline of --until. Conditions are those of migtop status.',
    ],
    examples: [
      {
        line: "migtop wait dispatch --fail-on 'unresolved>5%' --timeout 2h",
        what: 'a job that waits for the migration',
      },
      { line: 'migtop wait dispatch --for idle', what: 'wait until no operation is running' },
    ],
    exitCodes: [...reading, exitCode.stalled, exitCode.timedOut],
  },
  {
    name: 'metrics',
    takes: '[CONNECTION]',
    summary: 'serve the figures for Prometheus, until it is interrupted',
    details: [
      'It polls as the monitor does, over one connection, and reconnects. A scrape of /metrics reads no database; /healthz answers 200 while the last poll is current, else 503.',
      'Only programs on this machine can connect, unless --listen names another address. It prints the address when it listens.',
      'docs/alerts.yml and docs/grafana-dashboard.json of the project are for these metrics.',
    ],
    examples: [
      { line: 'migtop metrics dispatch', what: 'http://127.0.0.1:9645/metrics' },
      { line: 'migtop metrics dispatch --listen 10.0.1.4:9645 --interval 5', what: 'also for other machines' },
    ],
    exitCodes: reading,
  },
  {
    name: 'export',
    takes: '[CONNECTION]',
    summary: 'print operations as CSV or NDJSON: all, or those that match a filter',
    details: [
      'It prints the oldest first, with whole errors and queries. It reads page by page and holds no snapshot.',
      'The CSV follows RFC 4180. An apostrophe is put before a text that a spreadsheet would take for a formula; NDJSON has the exact texts.',
    ],
    examples: [
      { line: 'migtop export dispatch > operations.csv', what: 'all operations' },
      {
        line: "migtop export dispatch --format ndjson --where 'is:unresolved' | jq -r .errorMessage",
        what: 'the errors of all unresolved failures',
      },
    ],
    exitCodes: reading,
  },
  {
    name: 'show',
    takes: 'ID [CONNECTION]',
    summary: 'print everything about one operation as text, or as JSON with --json',
    details: ['It prints error, queries, progress, attempts at the same work, actions of operators, and all fields.'],
    examples: [
      { line: 'migtop show 4711 dispatch', what: 'one operation as text' },
      { line: "migtop show 4711 dispatch --json | jq -r '.operation.errorMessage'", what: 'its error in full' },
    ],
    exitCodes: reading,
  },
  {
    name: 'handoff',
    takes: 'ID [CONNECTION]',
    summary: 'print everything about one operation as Markdown, for a ticket or a colleague',
    details: ['--redact leaves out values in errors and queries.'],
    examples: [{ line: 'migtop handoff 4711 dispatch --redact > ticket.md', what: 'without values' }],
    exitCodes: reading,
  },
  {
    name: 'pause',
    takes: 'ID… [CONNECTION]',
    summary: 'pause running or pending operations',
    details: ofAction,
    examples: [
      { line: "migtop pause 4711 4712 dispatch --reason 'replica lag'", what: 'two operations' },
      { line: "migtop pause dispatch --where 'table:brackets status:running,pending'", what: 'all of one table' },
    ],
    exitCodes: reading,
  },
  {
    name: 'resume',
    takes: 'ID… [CONNECTION]',
    summary: 'resume paused operations',
    details: ofAction,
    examples: [{ line: "migtop resume dispatch --where 'by:ops2 status:paused'", what: 'what ops2 has paused' }],
    exitCodes: reading,
  },
  {
    name: 'skip',
    takes: 'ID… [CONNECTION]',
    summary: 'skip operations that are not running',
    details: ofAction,
    examples: [
      { line: 'migtop skip dispatch --where \'kind:"foreign key"\' --dry-run', what: 'only print what it would do' },
    ],
    exitCodes: reading,
  },
  {
    name: 'retry',
    takes: 'ID… [CONNECTION]',
    summary: 'retry failed or skipped operations: add new pending ones',
    details: ofAction,
    examples: [{ line: "migtop retry dispatch --where 'is:unresolved' --rate 50/s", what: 'all unresolved failures' }],
    exitCodes: reading,
  },
  {
    name: 'takeover',
    takes: 'ID… [CONNECTION]',
    summary: "put dead workers' operations into the queue again",
    details: [
      'An operation is taken over only if its worker is proven dead: the worker named its connections, is not behind a pooler, and has had none for twice the usual time between two reports of the table (10 minutes if that is unknown). It watches for that long, up to --timeout (10 minutes).',
      'With --unproven it does not watch, and also takes over operations whose workers may be alive. It never takes over an operation whose worker is connected or has just reported.',
      ...ofAction,
    ],
    examples: [
      { line: "migtop takeover dispatch --where 'is:dead'", what: 'all operations of dead workers' },
      { line: 'migtop takeover 4711 dispatch --unproven', what: 'if you know that its worker is dead' },
    ],
    exitCodes: reading,
  },
  {
    name: 'doctor',
    takes: '[CONNECTION]',
    summary: 'check the control table and the migration, and print what mends them',
    details: [
      'It changes nothing. It prints each problem with its rows and the SQL that mends it.',
      'It checks the sequence, constraints, indexes, counters, timestamps, time zones, stalls, workers, pauses, failures, validations, the ranges of the source queries, deleted rows and open transactions.',
      'A check that does not end in its time limit is listed as not checked.',
    ],
    examples: [
      { line: 'migtop doctor dispatch', what: 'all checks' },
      { line: "migtop doctor dispatch --json | jq -r '.findings[] | select(.sql) | .sql'", what: 'only the SQL' },
    ],
    exitCodes: [...reading, exitCode.warnings, exitCode.errors],
  },
  {
    name: 'init',
    takes: '[CONNECTION]',
    summary: 'print the SQL that creates migration_control and its options; --apply runs it',
    details: [
      'An existing table keeps its rows. With a connection it says what is installed already, and prints the SQL that --apply would run.',
      'All of it is one transaction, apart from indexes and the check of existing rows. Running it again repairs what was changed.',
      '--apply prints the SQL before it runs it: on a terminal it asks then; in a script it prints to standard error.',
      '--table names an existing table that the options are for.',
    ],
    examples: [
      { line: 'migtop init > migration_control.sql', what: 'to read the SQL first' },
      { line: 'migtop init --apply dispatch', what: 'create the table' },
      { line: 'migtop init --guard --audit dispatch', what: 'what is installed, and the SQL' },
      { line: 'migtop init --guard --audit --apply --yes dispatch', what: 'install two options, in a script' },
      { line: 'migtop init --guard --remove --apply dispatch', what: 'remove one' },
    ],
    exitCodes: reading,
  },
  {
    name: 'completion',
    takes: 'bash|zsh|fish',
    summary: 'print the script that completes commands and options in a shell',
    details: [
      'It also completes targets and ids of operations. For ids it connects, for at most a second, if that needs no prompt.',
    ],
    examples: [{ line: 'migtop completion bash > /etc/bash_completion.d/migtop', what: 'for all users' }],
    exitCodes: [done, usage],
  },
  {
    name: 'help',
    takes: '[COMMAND]',
    summary: 'print this help, or the help of a command',
    details: [],
    examples: [{ line: 'migtop help status', what: 'the same as migtop status --help' }],
    exitCodes: [done, usage],
  },
  {
    name: 'version',
    takes: '',
    summary: 'print the version',
    details: ['--version does the same. A report of a problem should name it.'],
    examples: [{ line: 'migtop version', what: 'for a report of a problem' }],
    exitCodes: [done, usage],
  },
] as const satisfies readonly CommandRow[];

export type CommandName = (typeof commands)[number]['name'];
/** A command as far as all of them have the same form. */
export type AnyCommand = CommandRow & { readonly name: CommandName };

export const everyCommand: readonly AnyCommand[] = commands;

/** The words that name a command. */
export const commandWords: readonly Exclude<CommandName, 'monitor'>[] = commands.flatMap(({ name }) =>
  name === 'monitor' ? [] : [name],
);

/** The commands that do the same as the keys of actions. */
export const verbs = ['pause', 'resume', 'skip', 'retry', 'takeover'] as const satisfies readonly CommandName[];
export type Verb = (typeof verbs)[number];

/** Whether a command does the same as the key of an action: pause, resume, skip, retry, takeover. */
export function isVerb(command: string): command is Verb {
  return verbs.some((verb) => verb === command);
}

/** How a command is typed: `migtop show ID [CONNECTION]`. */
export function synopsis({ name, takes }: AnyCommand): string {
  return ['migtop', ...(name === 'monitor' ? [] : [name]), ...(takes === '' ? [] : [takes])].join(' ');
}

/** The commands as a Markdown table. */
export function commandTable(): string {
  const rows = everyCommand.map((command) => [`\`${withinCell(synopsis(command))}\``, command.summary]);
  return tableLines(['Command', 'What it does'], rows).join('\n');
}
