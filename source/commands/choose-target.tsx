import { messageOf } from '../database/database-error.ts';
import { productionMatch } from '../domain/production.ts';
import { visibleName } from '../domain/visible-name.ts';
import { createChoice } from '../monitor/choice.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { themeOf } from '../presentation/theme.ts';
import { ChoiceScreen } from '../screen/choice.tsx';
import { pasteMarksOn } from '../screen/input/use-terminal-input.ts';
import { reachFor } from '../screen/terminal/disputed-width.ts';
import { drawOn } from '../screen/terminal/draw.ts';
import { createTerminalOutput } from '../screen/terminal/terminal-output.ts';
import type { Flags } from './arguments.ts';
import { chosenSettings, withPreferences } from './config/configure.ts';
import type { Configured } from './config/configured.ts';
import { openAt } from './open.ts';
import { signalExitCode, signalsThatEnd } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import { windowOfTerminal } from './window.ts';

/** An opened table, and the flags with the settings of its target. */
export interface Opened {
  readonly table: ControlTable;
  readonly flags: Flags;
}

/** The result of the choice: a table, the session before, or the exit code. */
export type Chosen =
  | { readonly kind: 'opened'; readonly opened: Opened }
  | { readonly kind: 'returned' }
  | { readonly kind: 'quit'; readonly code: number };

/** The session that goes on while another target is chosen: suspended with migtop, it holds nothing on the server. */
export interface SessionBehind {
  pause(): Promise<void>;
  resume(): void;
}

const maximumFlushMs = 500;

/**
 * Shows the targets of the configuration file on the whole terminal until one is connected or the operator leaves.
 *
 * @param current the target of the session that Esc returns to; undefined if there is no session
 * @param session that session, if it goes on during the choice
 */
export async function chooseTarget(
  flags: Flags,
  surroundings: Surroundings,
  current?: string | null,
  session?: SessionBehind,
): Promise<Chosen> {
  const { stdin, stdout, stderr, env } = surroundings;
  const { configured } = flags;
  if (configured === undefined) return { kind: 'returned' };
  const theme = themeOf(env, flags);
  const window = () => windowOfTerminal(stdout, env);
  const output = createTerminalOutput(stdout, window(), reachFor(theme));
  let choose: (chosen: Chosen) => void = () => {};
  const choosing = new Promise<Chosen>((resolve) => {
    choose = resolve;
  });
  let isOver = false;
  const choice = createChoice({
    targets: listOf(flags, configured, env),
    window: window(),
    current: current ?? null,
    mayReturn: current !== undefined,
    async connect(name, ask, signal) {
      try {
        const opened = await openTarget(name, flags.base ?? flags, configured, surroundings, ask);
        if (signal.aborted || isOver) await opened.table.close();
        else choose({ kind: 'opened', opened });
        return null;
      } catch (error) {
        return messageOf(error);
      }
    },
    onReturn: () => choose({ kind: 'returned' }),
    onQuit: () => choose({ kind: 'quit', code: 0 }),
    onRedraw: () => redraw(),
    onSuspend: () => void suspend(),
  });
  const stops = [
    surroundings.onSignal(signalsThatEnd(), (signal) => choose({ kind: 'quit', code: signalExitCode(signal) })),
    surroundings.onSignal(['SIGWINCH'], () => setImmediate(redraw)),
    surroundings.onSignal(['SIGTSTP'], () => void suspend()),
    surroundings.onSignal(['SIGCONT'], reclaim),
  ];
  const hungUp = (): void => choose({ kind: 'quit', code: signalExitCode('SIGHUP') });
  for (const stream of [stdin, stdout, stderr]) stream.on('error', hungUp);
  stdin.on('end', hungUp);
  stdin.setRawMode(true);
  const app = <ChoiceScreen choice={choice} theme={theme} />;
  let screen = drawOn(output, app, { stdin, stderr });

  let isSuspended = false;
  async function suspend(): Promise<void> {
    if (isOver || isSuspended || !surroundings.canSuspend()) return;
    isSuspended = true;
    screen.cleanup();
    // The terminal has to be restored before the shell writes to it.
    await output.flushed(maximumFlushMs);
    await session?.pause();
    if (isOver) return;
    await surroundings.suspend();
    // A signal that ends migtop may have arrived together with SIGCONT: then nothing is drawn.
    await new Promise((resolve) => setImmediate(resolve));
    if (isOver) return;
    // In the background this stops migtop until the shell moves it to the foreground; then it may draw.
    stdin.setRawMode(true);
    session?.resume();
    output.resize(window());
    choice.resize(window());
    screen = drawOn(output, <ChoiceScreen choice={choice} theme={theme} />, { stdin, stderr });
    // Another SIGCONT, after a stop in the background, is delivered only now.
    await new Promise((resolve) => setImmediate(resolve));
    isSuspended = false;
  }

  /** Takes the terminal back after SIGCONT from another program: it may be in any mode. */
  function reclaim(): void {
    if (isOver || isSuspended) return;
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    output.reenter();
    output.stream.write(pasteMarksOn);
    redraw();
  }

  function redraw(): void {
    if (isOver || isSuspended) return;
    output.resize(window());
    output.repaint(() => {
      choice.resize(window());
      screen.rerender(<ChoiceScreen choice={choice} theme={theme} />);
    });
  }

  const chosen = await choosing;
  isOver = true;
  for (const stop of stops) stop();
  for (const stream of [stdin, stdout, stderr]) stream.off('error', hungUp);
  stdin.off('end', hungUp);
  if (!isSuspended) screen.cleanup();
  await output.flushed(maximumFlushMs);
  return chosen;
}

/** Opens the table of a target with its settings. @throws {DatabaseError} */
async function openTarget(
  name: string,
  base: Flags,
  { config, rules }: Configured,
  surroundings: Surroundings,
  ask: (user: string) => Promise<string | null>,
): Promise<Opened> {
  const target = config.targets.find((one) => one.name === name) ?? null;
  const flags = withPreferences(base, { config, rules, target });
  const settings = chosenSettings(undefined, flags, surroundings.env);
  // A warning would be written over the screen.
  const table = await openAt(settings, flags, surroundings, { ask, warn: () => {} });
  return { table, flags };
}

function listOf(flags: Flags, { config, rules }: Configured, env: Surroundings['env']) {
  return config.targets.map((target) => {
    const { name } = target;
    try {
      const settings = chosenSettings(undefined, { ...flags, configured: { config, rules, target } }, env);
      const { servers, user, database } = settings;
      const hosts = servers.map((server) => (server.name.startsWith('/') ? 'local' : server.name));
      const isProduction =
        target.production ||
        servers.some(
          (server) =>
            productionMatch({ names: [server.name, server.address], port: server.port, database }, rules) !== null,
        );
      return { name, place: visibleName(`${user}@${hosts.join(',')}/${database}`), isProduction };
    } catch (error) {
      return { name, place: messageOf(error), isProduction: target.production };
    }
  });
}
