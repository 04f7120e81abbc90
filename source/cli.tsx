import { setTimeout as sleep } from 'node:timers/promises';
import { parseArguments } from './commands/arguments.ts';
import { completing, completionMs } from './commands/completing.ts';
import { isDiskHanging } from './commands/disk-work.ts';
import { errorReport, secretsOfProcess } from './commands/error-report.ts';
import { checkCode, exitCode, exitCodeOf } from './commands/exit-codes.ts';
import { print } from './commands/print.ts';
import { isInForeground, isOrphaned } from './commands/process-group.ts';
import { createSignalListeners } from './commands/signals.ts';
import type { Surroundings } from './commands/surroundings.ts';
import { asksForPackage, hasOptions, withCommandHelp } from './commands/words.ts';
import { DatabaseError, messageOf } from './database/database-error.ts';
import { isUtf8 } from './domain/locale.ts';
import { unknownLine } from './presentation/unknown-line.ts';

/** Handles uncaught exceptions while the screen is shown. */
let onCrash: ((error: unknown) => void) | null = null;

if (!isUtf8(process.env)) {
  const { writeInAscii } = await import('./commands/ascii-output.ts');
  for (const stream of [process.stdout, process.stderr]) writeInAscii(stream);
}

// A closed standard error (`2>&1 | head`) changes no exit code: who reads standard output still gets all of it.
process.stderr.on('error', () => {});

/** For how many milliseconds migtop waits for signals that were sent while it was stopped. */
const lateSignalMs = 30;

// The only place that uses the process; everything else gets what it needs as an argument.
const surroundings: Surroundings = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  isTerminal: Boolean(process.stdin.isTTY && process.stdout.isTTY) && process.env.TERM !== 'dumb',
  // Monotonic: setting the system clock does not change it.
  now: () => performance.now(),
  date: () => Date.now(),
  onSignal: createSignalListeners(process, exit),
  onCrash(listener) {
    onCrash = listener;
  },
  isInForeground: () => isInForeground(process.pid),
  canSuspend: () => !isOrphaned(process.pid),
  async suspend() {
    const continued = new Promise<void>((resolve) => process.once('SIGCONT', () => resolve()));
    // The whole process group, as ctrl-z does: npm or npx has to stop too, or the shell does not continue.
    // A listener for a signal alone does not keep Node running.
    const running = setInterval(() => {}, 60_000);
    process.kill(0, 'SIGSTOP');
    await continued;
    clearInterval(running);
    // A signal that was sent before SIGCONT, to end migtop, may be handled after it.
    await sleep(lateSignalMs);
  },
  exit,
  errorReport: (intro, error) => errorReport(intro, error, { debug, secrets }),
};

// A window that was resized while migtop was stopped sent SIGWINCH to another process; this makes Node read the size again.
process.on('SIGCONT', () => process.emit('SIGWINCH', 'SIGWINCH'));

const argv = process.argv.slice(2);
// The default title shows the arguments, and with them a password, to all users.
process.title = 'migtop';
let debug = argv.includes('--debug');
const secrets = secretsOfProcess(argv, process.env);

// By default Node prints uncaught exceptions and warnings, with unfiltered texts of the server, over the screen. (An unhandled
// rejection becomes an uncaught exception.)
process.on('uncaughtException', (error) => {
  if (onCrash !== null) return onCrash(error);
  process.stderr.write(surroundings.errorReport('migtop: stopped by an error: ', error));
  // Its line may have failed to be written: 1 would be a warning.
  exit(argv.includes('--check') ? checkCode.unknown : exitCode.failed);
});
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (debug && onCrash === null) process.stderr.write(surroundings.errorReport('migtop: warning: ', warning));
});

if (argv[0] === completing) {
  // The shells call it for the next word. It never delays them, and prints no error.
  setTimeout(() => exit(0), completionMs);
  const [{ runComplete }, { default: meow }] = await Promise.all([import('./commands/complete.ts'), import('meow')]);
  await runComplete(argv.slice(1), { meow, importMeta: import.meta }, surroundings).catch(() => {});
  exit(0);
}

try {
  const needsParser = hasOptions(argv) || asksForPackage(argv);
  const parser = needsParser ? { meow: (await import('meow')).default, importMeta: import.meta } : null;
  const typed = parseArguments(argv, parser);
  debug = typed.flags.debug;
  const invocation =
    typed.command === 'print'
      ? typed
      : await (await import('./commands/config/configure.ts')).configured(typed, process.env);
  process.exitCode = await run(invocation).catch((error) => {
    throw withSuggestion(error, invocation);
  });
} catch (error) {
  process.exitCode = report(withCommandHelp(error, argv));
}

// Everything is closed. A socket that does not close must not delay the exit, nor a disk that does not answer.
if (isDiskHanging()) exit(Number(process.exitCode));
setTimeout(() => isDiskHanging() && exit(Number(process.exitCode)), 600).unref();
setTimeout(() => exit(Number(process.exitCode)), 2000).unref();

/** Ends the process. `process.exit` waits for all threads of Node, and so for a disk that does not answer. */
function exit(code: number): never {
  // Another program in the place of this one ends the threads too, and has an exit code, which a signal has not.
  if (isDiskHanging() && process.execve !== undefined) process.execve('/bin/sh', ['sh', '-c', `exit ${code}`], {});
  if (isDiskHanging()) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}

async function run(invocation: ReturnType<typeof parseArguments>): Promise<number> {
  switch (invocation.command) {
    case 'print':
      await print(process.stdout, `${invocation.text}\n`);
      return 0;
    case 'monitor': {
      const { runMonitor } = await import('./commands/monitor.tsx');
      return runMonitor(invocation, surroundings);
    }
    case 'demo':
      return (await import('./commands/demo.ts')).runDemo(invocation, surroundings);
    case 'status':
      return (await import('./commands/status.ts')).runStatus(invocation, surroundings);
    case 'wait':
      return (await import('./commands/wait.ts')).runWait(invocation, surroundings);
    case 'metrics':
      return (await import('./commands/metrics.ts')).runMetrics(invocation, surroundings);
    case 'export':
      return (await import('./commands/export.ts')).runExport(invocation, surroundings);
    case 'show':
    case 'handoff':
      return (await import('./commands/show.ts')).runShow(invocation, surroundings);
    case 'pause':
    case 'resume':
    case 'skip':
    case 'retry':
    case 'takeover':
      return (await import('./commands/act.ts')).runAct(invocation, surroundings);
    case 'doctor':
      return (await import('./commands/doctor.ts')).runDoctor(invocation, surroundings);
    case 'init':
      return (await import('./commands/init.ts')).runInit(invocation, surroundings);
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
function report(error: unknown): number {
  if (argv.includes('--check')) {
    process.stdout.on('error', () => {});
    process.stdout.write(`${unknownLine(messageOf(error))}\n`, (lost) => {
      if (lost !== null && lost !== undefined) process.stderr.write(`migtop: ${messageOf(error)}\n`);
    });
    if (debug) process.stderr.write(surroundings.errorReport('migtop: ', error));
    return checkCode.unknown;
  }
  process.stderr.write(surroundings.errorReport('migtop: ', error));
  return exitCodeOf(error);
}
