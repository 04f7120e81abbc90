import { createMonitor } from '../monitor/monitor.ts';
import { plainNews, plainSummary, plainTitle } from '../monitor/plain-news.ts';
import type { MonitorState } from '../monitor/state.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { writeWithoutWaiting } from '../screen/terminal/write-without-waiting.ts';
import type { Flags } from './arguments.ts';
import { signalExitCode, signalsThatEnd } from './signals.ts';
import type { Surroundings } from './surroundings.ts';

/** How long a line keeps the next ones waiting: what changes meanwhile is told together. */
const lineEveryMs = 1000;
/** The same for operations that begin and complete. */
const routineEveryMs = 5000;
/** A line that a user types is not longer. */
const longestInput = 1000;

/**
 * Whether changes are told in lines: where the user asked for it, and on a terminal that is read out to its user.
 * `INK_SCREEN_READER=true` is the sign that programs made with Ink take.
 */
export function isPlain({ plain }: Flags, { env, stdout }: Surroundings): boolean {
  return plain || (env.INK_SCREEN_READER === 'true' && stdout.isTTY === true);
}

/**
 * Runs the monitor in lines, without a screen, until the user or a signal ends it: first a summary, then a line for each
 * change. Nothing is written where nothing but the time has changed. Resolves to the exit code.
 *
 * @param failure resolves when something that the monitor stands on is gone
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
    // A reader that has had enough (`| head`).
    if (error.code === 'EPIPE') leave(0);
    else if (error.code === 'EIO') leave(signalExitCode('SIGHUP'));
    else fail(new Error(`The output cannot be written: ${error.message}`, { cause: error }));
  });
  stderr.on('error', () => {});

  const monitor = createMonitor({
    table,
    // There are no keys that could change anything.
    readOnly: true,
    intervalSeconds: flags.intervalSeconds,
    window: { columns: 80, rows: 24 },
    greeting: null,
    now,
    onQuit: () => leave(0),
    onSuspend: () => {},
    onRedraw: () => {},
  });
  for (const note of table.target.notes) stderr.write(`migtop: note: ${note}\n`);
  const stopTelling = tell(monitor.store, stdout, now);
  const stopReading = readQuit(surroundings, leave);
  monitor.start();
  const code = await left;
  stopTelling();
  stopReading();
  stdin.unref?.();
  if (crash !== undefined) stderr.write(surroundings.errorReport('migtop: stopped by an error: ', crash));
  await monitor.stop();
  return code;
}

/** Writes what changes, at most a line a second in the long run. Returns how to stop that. */
function tell(
  store: { state(): MonitorState; subscribe(listener: () => void): () => void },
  stdout: NodeJS.WriteStream,
  now: () => number,
): () => void {
  let told = store.state();
  let hasSummary = false;
  let isBusy = false;
  let quietUntilMs = 0;
  let routineAtMs = 0;
  let timer: NodeJS.Timeout | undefined;

  function write(lines: readonly string[]): void {
    told = store.state();
    quietUntilMs = now() + lines.length * lineEveryMs;
    routineAtMs = now() + Math.max(lines.length * lineEveryMs, routineEveryMs);
    isBusy = true;
    // A terminal that takes nothing now gets the sum of what has changed when it does.
    stdout.write(lines.map((line) => `${line}\n`).join(''), () => {
      isBusy = false;
      look();
    });
  }

  function look(): void {
    clearTimeout(timer);
    if (isBusy) return;
    const state = store.state();
    const waitMs = quietUntilMs - now();
    if (waitMs > 0) {
      timer = setTimeout(look, waitMs);
      return;
    }
    if (!hasSummary && state.latest !== null) {
      hasSummary = true;
      const { urgent } = plainNews(told, state);
      write([...urgent, ...plainSummary(state)]);
      return;
    }
    const { urgent, routine } = plainNews(told, state);
    if (urgent.length > 0 || (routine.length > 0 && now() >= routineAtMs)) write([...urgent, ...routine]);
    else if (routine.length > 0) timer = setTimeout(look, routineAtMs - now());
  }

  write([plainTitle(told)]);
  quietUntilMs = 0;
  const unsubscribe = store.subscribe(look);
  return () => {
    clearTimeout(timer);
    isBusy = true;
    unsubscribe();
  };
}

/** Leaves when the user types `q` and Enter, or ends the input of the terminal (ctrl-d). Returns how to stop reading. */
function readQuit(surroundings: Surroundings, leave: (code: number) => void): () => void {
  const { stdin, isInForeground } = surroundings;
  let line = '';
  const read = (chunk: Buffer | string): void => {
    const lines = `${line}${chunk}`.split('\n');
    line = (lines.pop() ?? '').slice(-longestInput);
    if (lines.some((one) => /^\s*q(?:uit)?\s*$/i.test(one))) leave(0);
  };
  const end = (): void => {
    // An input that is empty from the start, as under cron, ends nothing.
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
  // A shell that brings a running job to the front sends no signal.
  const timer = stdin.isTTY ? setInterval(follow, 1000) : undefined;
  return () => {
    stopListening();
    clearInterval(timer);
    stdin.off('data', read);
    stdin.off('end', end);
    stdin.pause();
  };
}
