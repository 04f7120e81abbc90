import { keyOf } from '../monitor/commands.ts';
import { notPersonal } from '../monitor/personal.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { writeWithoutWaiting } from '../screen/terminal/write-without-waiting.ts';
import type { Flags } from './arguments.ts';
import { followWithCommand } from './event-command.ts';
import { signalExitCode, signalsThatEnd } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import { createUnseenMonitor } from './unseen-monitor.ts';
import { writeChanges } from './write-changes.ts';

/** How long the command of `--on-event` may still run at the end, in milliseconds. */
const commandGraceMs = 1000;
/** Maximum length of a typed line in characters. */
const longestInput = 1000;

/** The lines that quit when they are typed: here commands have their usual keys. */
const quitWords = [keyOf({ personal: notPersonal }, 'quit'), 'quit'];

/**
 * Runs the monitor without a screen until the user or a signal ends it: writes a summary, then a line for each change, and
 * nothing if only time has passed. Resolves to the exit code.
 *
 * @param failure resolves when the demo's database has failed
 */
export async function showLines(
  table: ControlTable,
  flags: Flags,
  surroundings: Surroundings,
  failure?: Promise<Error>,
): Promise<number> {
  const { stdin, stdout, stderr, now } = surroundings;
  writeWithoutWaiting(stdout);
  writeWithoutWaiting(stderr);
  let crash: unknown;
  let leave: (code: number) => void = () => {};
  const left = new Promise<number>((resolve) => {
    leave = resolve;
  });
  const fail = (error: unknown): void => {
    crash ??= error;
    leave(1);
  };
  surroundings.onSignal(signalsThatEnd(), (signal) => leave(signalExitCode(signal)));
  surroundings.onCrash(fail);
  void failure?.then(fail);
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader closed the pipe (`| head`).
    if (error.code === 'EPIPE') leave(0);
    else if (error.code === 'EIO') leave(signalExitCode('SIGHUP'));
    else fail(new Error(`could not write the output: ${error.message}`, { cause: error }));
  });
  stderr.on('error', () => {});

  const monitor = createUnseenMonitor(table, flags, surroundings, leave);
  for (const note of table.target.notes) stderr.write(`migtop: note: ${note}\n`);
  const eventCommand = followWithCommand(monitor.store, flags, surroundings, (problem) => {
    stderr.write(`migtop: ${problem}\n`);
  });
  const stopWriting = writeChanges(monitor.store, stdout, { now, redact: flags.redact });
  const stopReading = readQuit(surroundings, leave);
  monitor.start();
  const code = await left;
  stopWriting();
  stopReading();
  stdin.unref?.();
  if (crash !== undefined) stderr.write(surroundings.errorReport('migtop: stopped by an error: ', crash));
  await Promise.all([monitor.stop(), eventCommand.close(commandGraceMs)]);
  return code;
}

/** Leaves when the user types `q` and Enter, or ends the input of the terminal (ctrl-d). Returns a function that stops it. */
function readQuit(surroundings: Surroundings, leave: (code: number) => void): () => void {
  const { stdin, isInForeground } = surroundings;
  let line = '';
  const read = (chunk: Buffer | string): void => {
    const lines = `${line}${chunk}`.split('\n');
    line = (lines.pop() ?? '').slice(-longestInput);
    if (lines.some((one) => quitWords.includes(one.trim().toLowerCase()))) leave(0);
  };
  const end = (): void => {
    // Only a terminal: under cron the input is empty from the start.
    if (stdin.isTTY) leave(0);
  };
  const follow = (): void => {
    if (stdin.isTTY && !isInForeground()) stdin.pause();
    else stdin.resume();
  };
  stdin.on('data', read);
  stdin.on('end', end);
  stdin.on('error', end);
  follow();
  const stopListening = surroundings.onSignal(['SIGCONT'], follow);
  // A shell that moves a running job to the foreground sends no signal.
  const timer = stdin.isTTY ? setInterval(follow, 1000) : undefined;
  return () => {
    stopListening();
    clearInterval(timer);
    stdin.off('data', read);
    stdin.off('end', end);
    stdin.pause();
  };
}
