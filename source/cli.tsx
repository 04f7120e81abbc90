import { setTimeout as sleep } from 'node:timers/promises';
import { completing, completionMs } from './commands/completing.ts';
import { isDiskHanging } from './commands/disk-work.ts';
import { errorReport, secretsOfProcess } from './commands/error-report.ts';
import { checkCode, exitCode } from './commands/exit-codes.ts';
import { isInForeground, isOrphaned } from './commands/process-group.ts';
import { runArguments } from './commands/run-arguments.ts';
import { createSignalListeners } from './commands/signals.ts';
import type { Surroundings } from './commands/surroundings.ts';
import { isUtf8 } from './domain/locale.ts';

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

process.exitCode = await runArguments(argv, {
  importMeta: import.meta,
  surroundings,
  onDebug(isOn) {
    debug = isOn;
  },
});

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
