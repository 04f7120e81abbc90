import { flushCompileCache } from 'node:module';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { Instance } from 'ink';
import { messageOf } from '../database/database-error.ts';
import type { CustomCommands } from '../monitor/custom-running.ts';
import { createMonitor } from '../monitor/monitor.ts';
import type { Personal } from '../monitor/personal.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { watchNote } from '../presentation/polling-note.ts';
import { isBackgroundOpen, themeOf } from '../presentation/theme.ts';
import { App } from '../screen/app.tsx';
import { createBackground, mayAsk } from '../screen/input/background.ts';
import { pasteMarksOn } from '../screen/input/use-terminal-input.ts';
import { clipboardBytes, toClipboard } from '../screen/terminal/clipboard.ts';
import { reachFor } from '../screen/terminal/disputed-width.ts';
import { drawOn } from '../screen/terminal/draw.ts';
import { createTerminalOutput } from '../screen/terminal/terminal-output.ts';
import { writeWithoutWaiting } from '../screen/terminal/write-without-waiting.ts';
import type { Flags } from './arguments.ts';
import type { Chosen, Opened, SessionBehind } from './choose-target.tsx';
import { shownPath, writeCopy } from './copied-file.ts';
import { followWithCommand } from './event-command.ts';
import { notifyTerminal } from './notifier.ts';
import { signalExitCode, signalsThatEnd } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import { windowOfTerminal } from './window.ts';
import { keepYoungSpace } from './young-space.ts';

export interface FullScreenOptions {
  /** The first message on the screen. */
  readonly greeting?: string;
  /** The command that connects to the database of the demo. */
  readonly connectWith?: string;
  /** Resolves when the demo's database has failed: the monitor leaves with that error. */
  readonly failure?: Promise<Error>;
  /** Settings of the configuration file, and its commands. */
  readonly personal?: Personal | undefined;
  readonly custom?: CustomCommands;
  /** Shows the targets to choose from while the monitor goes on; absent if there are none. */
  readonly choose?: (session: SessionBehind) => Promise<Chosen>;
  /** Takes the table that the operator has chosen; the monitor then leaves. */
  readonly onChosen?: (opened: Opened) => void;
  /** Takes the result of an action that ended after the screen was removed; false: it is written to stderr. */
  readonly onLastResult?: (text: string) => boolean;
}

/** How long the first frame waits, in milliseconds: until the first poll is sent, and signals that arrived before are handled. */
const firstFrameMs = 5;

/** How long after the first frame the compiled code is written for the next start, in milliseconds. */
const writeCodeMs = 2000;

/** How long the command of `--on-event` may still run after the operator has left, in milliseconds. */
const commandGraceMs = 1000;

/** Maximum time to write the rest of the output to a terminal that does not read, in milliseconds. */
const maximumFlushMs = 500;

/**
 * Runs the monitor on the whole terminal until the operator leaves. Restores the terminal, whatever ends the monitor.
 * Resolves to the exit code.
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
  const window = () => windowOfTerminal(stdout, env);
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
    until: flags.until,
    greeting: more.greeting ?? (flags.debug ? watchNote(table.target) : null),
    now,
    nextTurn,
    redact: flags.redact,
    async onCopy({ text, fileName }) {
      void output.stream.write(toClipboard(text, env));
      const isCut = Buffer.byteLength(text) > clipboardBytes;
      try {
        return { file: shownPath(await writeCopy(fileName, text, env), env), problem: null, isCut };
      } catch (error) {
        return { file: null, problem: messageOf(error), isCut };
      }
    },
    session: {
      targetName: flags.configured?.target?.name ?? null,
      mayChangeTarget: more.choose !== undefined,
      ...(more.connectWith !== undefined && { connectWith: more.connectWith }),
    },
    personal: more.personal,
    ...(more.custom === undefined ? {} : { custom: more.custom }),
    onChangeTarget: () => void changeTarget(),
    onQuit: () => leave(0),
    onSuspend: () => void suspend(),
    onRedraw: () => repaint(),
  });

  const stopNotifying = notifyTerminal(monitor.store, flags, surroundings, (bytes) => {
    if (suspended || leaving || screen === undefined) return false;
    void output.stream.write(bytes);
    return true;
  });
  let hasScreen = true;
  const eventCommand = followWithCommand(monitor.store, flags, surroundings, (text) => {
    if (hasScreen) monitor.store.emit({ kind: 'toasted', toast: { tone: 'bad', text, atMs: now() } });
    else stderr.write(`migtop: ${text}\n`);
  });

  let suspended = false;
  async function suspend(): Promise<void> {
    if (suspended || screen === undefined) return;
    if (!surroundings.canSuspend()) {
      const text = 'cannot suspend: no shell could resume migtop';
      monitor.store.emit({ kind: 'toasted', toast: { tone: 'bad', text, atMs: now() } });
      return;
    }
    suspended = true;
    await background?.settled();
    if (leaving) return;
    show(false);
    // The terminal has to be restored before the shell writes to it.
    await output.flushed(maximumFlushMs);
    // A stopped program cannot end anything: end every lock, snapshot and transaction first.
    await monitor.pause();
    if (leaving) return;
    await surroundings.suspend();
    // A signal that ends migtop may have arrived together with SIGCONT: then nothing is drawn.
    await new Promise((resolve) => setImmediate(resolve));
    if (leaving) return;
    // In the background this stops migtop until the shell moves it to the foreground; then it may draw.
    stdin.setRawMode(true);
    monitor.resume();
    monitor.resize(window());
    show(true);
    // Another SIGCONT, after a stop in the background, is delivered only now.
    await new Promise((resolve) => setImmediate(resolve));
    suspended = false;
  }

  /** While the choice is on the screen, the monitor is as if suspended, but polls. */
  async function changeTarget(): Promise<void> {
    if (suspended || screen === undefined || more.choose === undefined) return;
    suspended = true;
    await background?.settled();
    if (leaving) return;
    show(false);
    await output.flushed(maximumFlushMs);
    const chosen = await more.choose({ pause: () => monitor.pause(), resume: () => monitor.resume() });
    if (leaving) {
      if (chosen.kind === 'opened') await chosen.opened.table.close();
      return;
    }
    if (chosen.kind === 'quit') return leave(chosen.code);
    if (chosen.kind === 'opened') {
      more.onChosen?.(chosen.opened);
      return leave(0);
    }
    stdin.setRawMode(true);
    suspended = false;
    monitor.resize(window());
    show(true);
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
  const app = () => (
    <App monitor={monitor} theme={theme} onCaret={output.placeCaret} onLayout={output.layOut} background={background} />
  );

  function show(on: boolean): void {
    if (!on) {
      screen?.cleanup();
      return;
    }
    output.resize(window());
    screen = drawOn(output, app(), { stdin, stderr });
  }

  function repaint(): void {
    // While migtop is suspended, and after it has left, the terminal belongs to the shell.
    if (suspended || leaving) return;
    output.resize(window());
    output.repaint(() => {
      monitor.resize(window());
      // React would draw the new size later; this draws it now.
      screen?.rerender(app());
    });
  }

  /** Takes the terminal back after SIGCONT from another program, or a start in the background: it may be in any mode. */
  function reclaim(): void {
    if (suspended || leaving || screen === undefined) return;
    // In the background this stops migtop until the shell moves it to the foreground. Off and on, because Node does nothing
    // if it assumes that the mode is already set.
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    output.reenter();
    output.stream.write(pasteMarksOn);
    repaint();
  }

  const stops = [
    surroundings.onSignal(signalsThatEnd(), (signal) => leave(signalExitCode(signal))),
    surroundings.onSignal(['SIGTSTP'], () => void suspend()),
    surroundings.onSignal(['SIGCONT'], reclaim),
  ];
  surroundings.onCrash((error) => {
    crash ??= error;
    leave(1);
  });
  void more.failure?.then((error) => {
    crash ??= error;
    leave(1);
  });
  // Not the stream's `resize` event: it is not sent if the window has its old size again, but lines may be lost.
  let isRepaintDue = false;
  stops.push(
    surroundings.onSignal(['SIGWINCH'], () => {
      // Dragging a window sends many signals at once: one repaint is enough.
      if (isRepaintDue) return;
      isRepaintDue = true;
      setImmediate(() => {
        isRepaintDue = false;
        repaint();
      });
    }),
  );
  // After a hang-up reading and writing fail. SIGHUP may not arrive: only the leader of the session gets it.
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => leave(signalExitCode('SIGHUP')));
  stdin.on('end', () => leave(signalExitCode('SIGHUP')));

  // In the background this stops migtop before anything is drawn.
  stdin.setRawMode(true);
  monitor.start();
  // Drawn while the server answers the first poll: the frame with its data takes less time if it is not the first one.
  await sleep(firstFrameMs);
  if (leaving) stdin.setRawMode(false);
  else show(true);
  keepYoungSpace();
  // A program that works for some milliseconds a second would optimize one function after the other for minutes, which takes more
  // CPU time than the faster code saves. Maglev still compiles what is called often.
  setFlagsFromString('--no-turbofan');
  // Node writes the compiled code when it exits: not if it is killed, and after some hours without the code for the start.
  setTimeout(flushCompileCache, writeCodeMs).unref();
  const code = await left;
  stopNotifying();
  await background?.settled();
  screen?.unmount();
  await output.flushed(maximumFlushMs);
  if (crash !== undefined) {
    stderr.write(surroundings.errorReport('migtop: stopped by an error: ', crash));
    if (!flags.debug) stderr.write('Run again with --debug for details.\n');
  }
  const wasWriting = monitor.store.state().writing > 0;
  hasScreen = false;
  await Promise.all([monitor.stop(), eventCommand.close(commandGraceMs)]);
  // The result of an action that ended after the screen was removed.
  const { toast, writing } = monitor.store.state();
  const unanswered = 'the last action may have been applied: no answer in time';
  const result = writing > 0 ? unanswered : wasWriting || toast?.unsettled ? toast?.text : undefined;
  if (result !== undefined && more.onLastResult?.(result) !== true) stderr.write(`migtop: ${result}\n`);
  for (const stop of stops) stop();
  return code;
}
