import { DatabaseError, messageOf } from '../database/database-error.ts';
import { unknownLine } from '../presentation/unknown-line.ts';
import { parseArguments } from './arguments.ts';
import { checkCode, exitCodeOf } from './exit-codes.ts';
import { print } from './print.ts';
import type { Surroundings } from './surroundings.ts';
import { asksForPackage, hasOptions, withCommandHelp } from './words.ts';

interface Run {
  /** That of a module of this package: its package.json has the name and the version. */
  readonly importMeta: ImportMeta;
  readonly surroundings: Surroundings;
  /** Called when the command line has been read, with whether it has `--debug`. */
  readonly onDebug: (isOn: boolean) => void;
}

/** Runs a command line, and reports its error. Returns the exit code. */
export async function runArguments(
  argv: readonly string[],
  { importMeta, surroundings, onDebug }: Run,
): Promise<number> {
  let isDebug = argv.includes('--debug');
  try {
    const needsParser = hasOptions(argv) || asksForPackage(argv);
    const parser = needsParser ? { meow: (await import('meow')).default, importMeta } : null;
    const typed = parseArguments(argv, parser);
    isDebug = typed.flags.debug;
    onDebug(isDebug);
    const invocation =
      typed.command === 'print'
        ? typed
        : await (await import('./config/configure.ts')).configured(typed, surroundings.env);
    return await run(invocation, surroundings).catch((error) => {
      throw withSuggestion(error, invocation);
    });
  } catch (error) {
    return report(withCommandHelp(error, argv), argv, surroundings, isDebug);
  }
}

async function run(invocation: ReturnType<typeof parseArguments>, surroundings: Surroundings): Promise<number> {
  switch (invocation.command) {
    case 'print':
      await print(surroundings.stdout, `${invocation.text}\n`);
      return 0;
    case 'monitor': {
      const { runMonitor } = await import('./monitor.tsx');
      return runMonitor(invocation, surroundings);
    }
    case 'demo':
      return (await import('./demo.ts')).runDemo(invocation, surroundings);
    case 'status':
      return (await import('./status.ts')).runStatus(invocation, surroundings);
    case 'wait':
      return (await import('./wait.ts')).runWait(invocation, surroundings);
    case 'metrics':
      return (await import('./metrics.ts')).runMetrics(invocation, surroundings);
    case 'export':
      return (await import('./export.ts')).runExport(invocation, surroundings);
    case 'show':
    case 'handoff':
      return (await import('./show.ts')).runShow(invocation, surroundings);
    case 'pause':
    case 'resume':
    case 'skip':
    case 'retry':
    case 'takeover':
      return (await import('./act.ts')).runAct(invocation, surroundings);
    case 'doctor':
      return (await import('./doctor.ts')).runDoctor(invocation, surroundings);
    case 'init':
      return (await import('./init.ts')).runInit(invocation, surroundings);
  }
}

/** The error; with what a word may mean, if there is no database of that name or no server: a target, or a mistyped command. */
function withSuggestion(error: unknown, invocation: ReturnType<typeof parseArguments>): unknown {
  if (!(error instanceof DatabaseError) || invocation.command === 'print') return error;
  const { command, connection, flags } = invocation;
  const target = flags.configured?.config.targets.find(({ name }) => name === connection);
  const near = 'near' in invocation ? (invocation.near ?? null) : null;
  const program = command === 'monitor' ? 'migtop ' : '';
  const keyWord = 'keyWord' in invocation && target === undefined ? invocation.keyWord : undefined;
  const meant = target === undefined ? (near === null ? null : `migtop ${near}`) : `${program}--target ${target.name}`;
  const kinds = ['no-database', 'unreachable', ...(target === undefined ? [] : ['authentication', 'no-table'])];
  if ((meant === null && keyWord === undefined) || !kinds.includes(error.kind)) return error;
  return new DatabaseError(
    error.kind,
    `${error.message.replace(/\.?$/, '.')} ${keyWord ?? `Or did you mean: ${meant}`}`,
    error,
    error.secrets,
  );
}

/** Writes one line about the error; with --debug also the stacks. A monitoring system reads its state from stdout. */
function report(
  error: unknown,
  argv: readonly string[],
  { stdout, stderr, errorReport }: Surroundings,
  isDebug: boolean,
): number {
  if (argv.includes('--check')) {
    stdout.on('error', () => {});
    stdout.write(`${unknownLine(messageOf(error))}\n`, (lost) => {
      if (lost !== null && lost !== undefined) stderr.write(`migtop: ${messageOf(error)}\n`);
    });
    if (isDebug) stderr.write(errorReport('migtop: ', error));
    return checkCode.unknown;
  }
  stderr.write(errorReport('migtop: ', error));
  return exitCodeOf(error);
}
