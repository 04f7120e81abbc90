import { type ExportFormat, exportFormats, type Goal, goals } from '../domain/choices.ts';
import type { FigureCondition } from '../domain/condition.ts';
import type { Until } from '../domain/deadline.ts';
import { nearName } from '../domain/near-name.ts';
import type { NamedCounting } from '../domain/progress.ts';
import { isPlainWord } from '../domain/quotable.ts';
import type { Since } from '../domain/since.ts';
import { type CommandName, commandWords, isVerb, type Verb } from './command-table.ts';
import { completionScript, shells } from './completion.ts';
import type { Configured } from './config/configured.ts';
import { conditionsOf, optionsContradiction } from './contradictions.ts';
import { type EventFlags, eventFlagsOf } from './event-values.ts';
import {
  type AskForPassword,
  choice,
  conditions,
  counting,
  interval,
  passwordRule,
  rateFlag,
  sampleLength,
  since,
  tableName,
  textFlag,
  timeoutFlag,
  until,
} from './flag-values.ts';
import { camelCased, type Flag, flags, takes, usageOf } from './flags.ts';
import { idsFirst, isId, leadingIds, noId, noIds, operationId } from './given-ids.ts';
import { commandHelp, helpText } from './help-text.ts';
import { checkInit, type InitFlags, initFlags } from './init-flags.ts';
import { keyWordText } from './key-words.ts';
import { type OptionParser, readWords, usage } from './words.ts';

export interface Flags {
  readonly url: string | undefined;
  /** The target of `--target`, the file of `--config`, and the production target that `--production` names. */
  readonly target?: string | undefined;
  readonly configFile?: string | undefined;
  readonly production?: string | undefined;
  /** The options that were given on the command line. */
  readonly given?: ReadonlySet<string>;
  /** The configuration file; absent until it is read. */
  readonly configured?: Configured;
  /** The flags as the command line gives them, without the settings of the configuration file. */
  readonly base?: Flags;
  readonly table: string;
  readonly intervalSeconds: number;
  /** How many seconds `status` polls for its rates. */
  readonly sampleSeconds: number;
  readonly since: Since | null;
  readonly until: Until | null;
  /** How tables count, by table name, as `--counting` gives it. */
  readonly counting: ReadonlyMap<string, NamedCounting>;
  readonly askForPassword: AskForPassword;
  /** Whether the totals are kept for the next run, and taken from an earlier one. */
  readonly cache: boolean;
  readonly readOnly: boolean;
  readonly json: boolean;
  /** Whether `status` prints a line of JSON for each poll, or one line for a monitoring system. */
  readonly watch: boolean;
  readonly check: boolean;
  /** The conditions of `status --check`; null for the usual ones. */
  readonly warning: readonly FigureCondition[] | null;
  readonly critical: readonly FigureCondition[] | null;
  /** The goal of `wait`, and the conditions that end it. */
  readonly goal: Goal;
  readonly failOn: readonly FigureCondition[];
  readonly timeoutSeconds: number | null;
  readonly format: ExportFormat;
  /** Whether to leave values out of errors and queries that are copied or printed. */
  readonly redact: boolean;
  /** Which operations an action changes, as a filter. */
  readonly where?: string | undefined;
  readonly reason?: string | undefined;
  readonly dryRun: boolean;
  /** Whether to take over operations whose workers are not proven dead. */
  readonly isUnproven: boolean;
  readonly rowsPerSecond: number | null;
  /** Which events are reported, and how. */
  readonly events: EventFlags;
  readonly apply: boolean;
  readonly init: InitFlags;
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
      readonly command: 'monitor' | 'demo' | 'status' | 'wait' | 'metrics' | 'export' | 'doctor' | 'init';
      readonly connection: string | undefined;
      /** The command that a mistyped word may mean, if it is not the name of a database. */
      readonly near?: CommandName | null;
      /** Why the word is no command, if it is the name of a key. */
      readonly keyWord?: string;
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

/**
 * Parses the command line.
 *
 * @param parser null if `hasOptions` says that none is needed
 * @throws {DatabaseError} kind `usage`, with the mistake and the correct form
 */
export function parseArguments(argv: readonly string[], parser: OptionParser | null): Invocation {
  const cli = readWords(argv, parser);
  const known = [...flags.map(({ name }) => camelCased(name)), ...shortFlags];
  // meow takes --no-cache for the negation of an option --cache, which does not exist.
  const isNoCache = cli.flags.cache === false;
  const unknown = Object.keys(cli.flags).find((flag) => !known.includes(flag) && !(flag === 'cache' && isNoCache));
  if (unknown !== undefined) {
    throw usage(`unknown option${unknownOption(argv, unknown)}`);
  }
  const intervalSeconds = interval(textFlag(cli.flags.interval, 'interval'));
  const given: Flags = {
    url: textFlag(cli.flags.url, 'url'),
    target: textFlag(cli.flags.target, 'target'),
    configFile: textFlag(cli.flags.config, 'config'),
    production: textFlag(cli.flags.production, 'production'),
    given: new Set(flags.map(({ name }) => name).filter((name) => isGiven(cli.flags[camelCased(name)]))),
    table: tableName(textFlag(cli.flags.table, 'table')),
    intervalSeconds,
    sampleSeconds: sampleLength(textFlag(cli.flags.sample, 'sample')) ?? intervalSeconds,
    since: since(textFlag(cli.flags.since, 'since')),
    until: until(textFlag(cli.flags.until, 'until')),
    counting: counting(cli.flags.counting),
    askForPassword: passwordRule(argv, cli.flags),
    cache: !isNoCache,
    readOnly: cli.flags.readOnly === true,
    json: cli.flags.json === true,
    watch: cli.flags.watch === true,
    check: cli.flags.check === true,
    warning: conditions(cli.flags.warning, 'warning'),
    critical: conditions(cli.flags.critical, 'critical'),
    goal: choice(cli.flags.for, 'for', goals),
    failOn: conditions(cli.flags.failOn, 'fail-on') ?? [],
    timeoutSeconds: timeoutFlag(textFlag(cli.flags.timeout, 'timeout')),
    format: choice(cli.flags.format, 'format', exportFormats),
    redact: cli.flags.redact === true,
    where: textFlag(cli.flags.where, 'where'),
    reason: textFlag(cli.flags.reason, 'reason'),
    dryRun: cli.flags.dryRun === true,
    isUnproven: cli.flags.unproven === true,
    rowsPerSecond: rateFlag(textFlag(cli.flags.rate, 'rate')),
    events: eventFlagsOf({
      notify: textFlag(cli.flags.notify, 'notify'),
      onEvent: textFlag(cli.flags.onEvent, 'on-event'),
      listen: textFlag(cli.flags.listen, 'listen'),
    }),
    apply: cli.flags.apply === true,
    init: initFlags(cli.flags),
    rogue: cli.flags.rogue === true,
    incident: cli.flags.incident === true,
    debug: cli.flags.debug === true,
    plain: cli.flags.plain === true,
    theme: choice(cli.flags.theme, 'theme', ['auto', 'dark', 'light']),
    ambiguousWidth: choice(cli.flags.ambiguousWidth, 'ambiguous-width', ['auto', '1', '2']),
  };
  const print = (text: string): Invocation => ({ command: 'print', text, flags: given });
  const [first] = cli.input;
  const command = commandWords.find((name) => name === first) ?? 'monitor';
  const words = command === 'monitor' ? cli.input : cli.input.slice(1);
  if (cli.flags.help) return print(helpOf(command === 'help' ? (words[0] ?? 'help') : first, cli.pkg.description));
  if (cli.flags.version) return print(`migtop ${cli.pkg.version}`);

  // meow does not take a negative number for a flag.
  const number = cli.input.find((word) => /^-\d/.test(word));
  if (number !== undefined) throw usage(`unknown option${/^-\d$/.test(number) ? ` ${number}` : ''}`);
  const near = command === 'monitor' ? nearCommand(first) : null;
  const misplaced = (flags as readonly Flag[]).find(
    (flag) => !takes(flag, command) && isGiven(cli.flags[camelCased(flag.name)]),
  );
  // No database is named like this: the monitor takes one word and no such option.
  const keyWord = command === 'monitor' ? keyWordText(first) : null;
  if (words.length > 1 || misplaced !== undefined) {
    if (keyWord !== null) throw usage(keyWord);
    if (near !== null) throw usage(`unknown command "${first}"; did you mean: migtop ${near}`);
  }
  const isOfOne = command === 'show' || command === 'handoff';
  const ids = isVerb(command) ? leadingIds(words) : [];
  const rest = isOfOne ? words.slice(1) : words.slice(ids.length);
  if (command === 'demo' && (rest.length > 0 || given.url !== undefined || given.target !== undefined))
    throw usage('demo starts its own database and takes no connection');
  if (command === 'version' && rest.length > 0) throw usage('version takes no argument');
  if (isVerb(command) && ids.length === 0 && rest.slice(1).some(isId)) throw usage(idsFirst(command));
  if (isVerb(command) && rest.length > 1) throw usage(noId(rest[0] ?? '', command));
  if (rest.length > 1) throw usage(unexpected(rest[1] ?? '', command));
  if (rest.length === 1 && given.url !== undefined && command !== 'help')
    throw usage('name the database once: as the argument or with --url');
  if (given.target !== undefined && (rest.length > 0 || given.url !== undefined) && command !== 'help')
    throw usage('name the database once: as the argument or with --target');
  if (misplaced !== undefined) throw usage(onlyValid(misplaced, command));
  if (command === 'help') {
    const help = helpOf(words[0], cli.pkg.description);
    if (words[0] !== undefined && !commandWords.some((name) => name === words[0])) throw usage(noCommand(words[0]));
    return print(help);
  }
  if (command === 'version') return print(`migtop ${cli.pkg.version}`);
  if (command === 'completion') {
    const shell = shells.find((one) => one === words[0]);
    if (shell === undefined) throw usage(`completion takes one of ${shells.join(', ')}`);
    return print(completionScript(shell).trimEnd());
  }
  if (command === 'init') checkInit(given);
  const ofRows = (['counting', 'redact', 'since', 'until'] as const).find((name) => isGiven(cli.flags[name]));
  if (command === 'init' && ofRows !== undefined) throw usage(`init creates a table and takes no --${ofRows}`);
  const problem = optionsContradiction(given, command);
  if (problem !== null) throw usage(problem);
  const connection = rest[0] ?? given.url;
  if (isVerb(command)) {
    if (ids.length === 0 && given.where === undefined) throw usage(noIds(rest[0], command));
    return { command, ids, connection, flags: given };
  }
  if (command === 'show' || command === 'handoff')
    return { command, id: operationId(words[0], command), connection, flags: given };
  return {
    command,
    connection,
    ...(keyWord === null ? {} : { keyWord }),
    ...(near === null || keyWord !== null ? {} : { near }),
    flags: given,
  };
}

/** The help of a command; of any other word the help of migtop. @throws {DatabaseError} for the word of a key */
function helpOf(word: string | undefined, description = 'migtop'): string {
  const command = commandWords.find((name) => name === word);
  const keyWord = command === undefined ? keyWordText(word) : null;
  if (keyWord !== null) throw usage(keyWord);
  return command === undefined ? `\n  ${description}\n${helpText.trimEnd()}\n` : `${commandHelp(command).trimEnd()}\n`;
}

/** The command that a word may mean. Only a plain word: any other may be a connection. */
function nearCommand(word: string | undefined): CommandName | null {
  return word === undefined || !isPlainWord(word) ? null : nearName(word, commandWords);
}

/** Why a word, which is not that of a key, is no command. */
function noCommand(word: string): string {
  const near = nearCommand(word);
  const named = isPlainWord(word) ? ` "${word}"` : '';
  return `there is no command${named}${near === null ? '' : `; did you mean: migtop help ${near}`}`;
}

/** `--json is only valid with status, show and pause: migtop status --json`. */
function onlyValid(flag: Flag, command: CommandName): string {
  const commands = flag.commands ?? [];
  const instead = conditionsOf(command, flag.name);
  return `--${flag.name} is only valid with ${commands.join(', ').replace(/, (?!.*, )/, ' and ')}: migtop ${commands[0]} ${usageOf(flag)}${instead === null ? '' : `; ${instead}`}`;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}

/** The argument is shown only if it is a plain word: it may be a URL that contains a password. */
function unexpected(argument: string, command: CommandName): string {
  const named = isPlainWord(argument) ? ` "${argument}"` : '';
  if (command === 'help') return `unexpected argument${named}: help takes one command`;
  return `unexpected argument${named}: migtop takes one connection; quote a string that contains spaces`;
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
