import { setFlagsFromString } from 'node:v8';
import type { Instance } from 'ink';
import { createMonitor } from '../monitor/monitor.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { watchNote } from '../presentation/polling-note.ts';
import { isBackgroundOpen, themeOf } from '../presentation/theme.ts';
import { App } from '../screen/app.tsx';
import { createBackground, mayAsk } from '../screen/input/background.ts';
import { pasteMarksOn } from '../screen/input/use-terminal-input.ts';
import { reachFor } from '../screen/terminal/disputed-width.ts';
import { drawOn } from '../screen/terminal/draw.ts';
import { createTerminalOutput } from '../screen/terminal/terminal-output.ts';
import { writeWithoutWaiting } from '../screen/terminal/write-without-waiting.ts';
import type { Flags } from './arguments.ts';
import { signalExitCode, signalsThatEnd } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import { windowOf } from './window.ts';

export interface FullScreenOptions {
  /** What the operator is told first. */
  readonly greeting?: string;
  /** Resolves when something that the monitor stands on is gone for good: it leaves with that error. */
  readonly failure?: Promise<Error>;
}

/** How long the last words may take on a terminal that nobody reads. */
const slowestGoodbyeMs = 500;

/**
 * Runs the monitor on the whole terminal until the operator leaves, and puts the terminal back as it was, whatever
 * ends it. Resolves to the exit code.
 */
export async function showFullScreen(
  table: ControlTable,
  flags: Flags,
  surroundings: Surroundings,
  more: FullScreenOptions = {},
): Promise<number> {
  const { stdin, stdout, stderr, env, now } = surroundings;
  writeWithoutWaiting(stdout);
  writeWithoutWaiting(stderr);
  let theme = themeOf(env, flags);
  const window = () => windowOf(stdout, env);
  const output = createTerminalOutput(stdout, window(), reachFor(theme));
  let leaving = false;
  let leave: (code: number) => void = () => {};
  const left = new Promise<number>((resolve) => {
    leave = (code) => {
      leaving = true;
      resolve(code);
    };
  });
  let screen: Instance | undefined;
  let crash: unknown;

  const monitor = createMonitor({
    table,
    readOnly: flags.readOnly,
    intervalSeconds: flags.intervalSeconds,
    window: window(),
    greeting: more.greeting ?? (flags.debug ? watchNote(table.target) : null),
    now,
    onQuit: () => leave(0),
    onSuspend: () => void suspend(),
    onRedraw: () => repaint(),
  });

  let suspended = false;
  async function suspend(): Promise<void> {
    if (suspended || screen === undefined) return;
    if (!surroundings.canSuspend()) {
      const text = 'not suspended: no shell is there that could continue it';
      monitor.store.emit({ kind: 'toasted', toast: { tone: 'bad', text, atMs: now() } });
      return;
    }
    suspended = true;
    await background?.settled();
    if (leaving) return;
    show(false);
    // The shell must not find its screen still to be put back.
    await output.flushed(slowestGoodbyeMs);
    // A program that is stopped can end nothing: no lock, no snapshot and no transaction of ours outlives it.
    await monitor.pause();
    if (leaving) return;
    await surroundings.suspend();
    // What woke us may have brought another signal along: one that ends us, and nothing is to be drawn.
    await new Promise((resolve) => setImmediate(resolve));
    if (leaving) return;
    // In the background this stops us, until the shell lets us have the terminal; then the screen is ours too.
    stdin.setRawMode(true);
    monitor.resume();
    monitor.resize(window());
    show(true);
    // Another SIGCONT, after a stop in the background, is told of only now.
    await new Promise((resolve) => setImmediate(resolve));
    suspended = false;
  }

  const background =
    isBackgroundOpen(env, flags) && mayAsk(env)
      ? createBackground(
          (bytes) => void output.stream.write(bytes),
          (isLight) => {
            theme = themeOf(env, { ...flags, theme: isLight ? 'light' : 'dark' });
            if (isLight) repaint();
          },
        )
      : undefined;
  const app = () => <App monitor={monitor} look={theme} onCaret={output.placeCaret} background={background} />;

  function show(on: boolean): void {
    if (!on) {
      screen?.cleanup();
      return;
    }
    output.resize(window());
    screen = drawOn(output, app(), { stdin, stderr });
  }

  function repaint(): void {
    // The screen is the shell's while we are suspended, and when we have left.
    if (suspended || leaving) return;
    output.resize(window());
    output.repaint(() => {
      monitor.resize(window());
      // React would draw the new size in a while; this draws it now.
      screen?.rerender(app());
    });
  }

  /** Somebody else stopped us, or a shell started us in the background: the terminal may be in any mode now. */
  function reclaim(): void {
    if (suspended || leaving || screen === undefined) return;
    // In the background this stops us, until the shell lets us have the terminal. Both, because Node changes nothing where
    // it believes the mode to be right.
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    output.reenter();
    output.stream.write(pasteMarksOn);
    repaint();
  }

  surroundings.onSignal(signalsThatEnd(), (signal) => leave(signalExitCode(signal)));
  surroundings.onSignal(['SIGTSTP'], () => void suspend());
  surroundings.onSignal(['SIGCONT'], reclaim);
  surroundings.onCrash((error) => {
    crash ??= error;
    leave(1);
  });
  void more.failure?.then((error) => {
    crash ??= error;
    leave(1);
  });
  // Not the event `resize` of the stream: a window that had its size back before we could look has lost lines too.
  let isRepaintDue = false;
  surroundings.onSignal(['SIGWINCH'], () => {
    // A window that is dragged sends many at once: one picture is enough for all.
    if (isRepaintDue) return;
    isRepaintDue = true;
    setImmediate(() => {
      isRepaintDue = false;
      repaint();
    });
  });
  // A terminal that has hung up can be neither read nor written, and SIGHUP need not come: another process may lead the session.
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => leave(signalExitCode('SIGHUP')));
  stdin.on('end', () => leave(signalExitCode('SIGHUP')));

  // In the background this stops us before anything is drawn.
  stdin.setRawMode(true);
  show(true);
  // What a poll leaves behind comes so slowly that V8 lets up to 50 MB of it lie about, a third of all that we take; it is
  // to keep to the room that loading the program has made.
  setFlagsFromString('--semi-space-growth-factor=1');
  monitor.start();
  const code = await left;
  await background?.settled();
  screen?.unmount();
  await output.flushed(slowestGoodbyeMs);
  if (crash !== undefined) {
    stderr.write(surroundings.errorReport('migtop: stopped by an error: ', crash));
    if (!flags.debug) stderr.write('Run again with --debug for all of it.\n');
  }
  const wasWriting = monitor.store.state().writing > 0;
  await monitor.stop();
  // Nobody saw the toast of a write that ended after the screen had gone.
  const { toast, writing } = monitor.store.state();
  if (writing > 0) stderr.write('migtop: not known whether the last action was done: it did not end in time\n');
  else if (wasWriting || toast?.unsettled) stderr.write(`migtop: ${toast?.text}\n`);
  return code;
}
