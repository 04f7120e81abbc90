import type { Flags } from './arguments.ts';
import type { Opened, SessionBehind } from './choose-target.tsx';
import { chosenSettings, isDatabaseNamed } from './config/configure.ts';
import { isPlain } from './is-plain.ts';
import { open } from './open.ts';
import { polledAhead } from './polled-ahead.ts';
import type { Surroundings } from './surroundings.ts';
import { usage } from './words.ts';

/** `migtop`: the live monitor, on a screen or in lines; one report if there is no terminal. */
export async function runMonitor(
  invocation: { connection: string | undefined; flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  const { connection, flags } = invocation;
  if (isPlain(flags, surroundings)) {
    const { showLines } = await import('./plain.ts');
    return showLines(await open(connection, flags, surroundings), flags, surroundings);
  }
  if (!surroundings.isTerminal && invocation.flags.events.onEvent !== null)
    throw usage('without a terminal the monitor prints one report; for --on-event add --plain, or run migtop wait');
  if (!surroundings.isTerminal) return (await import('./status.ts')).printStatus(invocation, surroundings, false);
  const { config, target } = flags.configured ?? {};
  const hasTargets = config !== undefined && config.targets.length > 0;
  const isOpen = hasTargets && target === null && !isDatabaseNamed(connection, surroundings.env);
  const personal = config?.file == null ? undefined : (await import('./config/personalize.ts')).personalize(config);
  const choose = async (current?: string | null, session?: SessionBehind) =>
    (await import('./choose-target.tsx')).chooseTarget(flags, surroundings, current, session);
  let next: Opened | null = null;
  /** The result of the last action of the session before. */
  let greeting: string | undefined;
  if (isOpen) {
    const chosen = await choose();
    if (chosen.kind !== 'opened') return chosen.kind === 'quit' ? chosen.code : 0;
    next = chosen.opened;
  } else next = { table: await open(connection, flags, surroundings, () => setImmediate(loadScreen)), flags };
  for (;;) {
    const opened: Opened = next;
    next = null;
    const table = polledAhead(opened.table);
    const before = greeting;
    greeting = undefined;
    const { showFullScreen } = await import('./full-screen.tsx');
    const password = () => chosenSettings(connection, opened.flags, surroundings.env).password;
    const custom = config?.commands ?? [];
    const code = await showFullScreen(table, opened.flags, surroundings, {
      personal,
      ...(custom.length > 0
        ? { custom: (await import('./run-custom.ts')).customCommands(custom, surroundings.env, password()) }
        : {}),
      ...(hasTargets ? { choose: (session) => choose(opened.flags.configured?.target?.name ?? null, session) } : {}),
      ...(before === undefined ? {} : { greeting: before }),
      onChosen: (chosen) => {
        next = chosen;
      },
      onLastResult: (text) => {
        if (next !== null) greeting = `the target before: ${text}`;
        return next !== null;
      },
    });
    if (next === null) return code;
  }
}

/**
 * Loads the screen while the server answers the questions about the table. Loading keeps the thread busy: before the connection it
 * would delay the messages that log in.
 */
async function loadScreen(): Promise<void> {
  await import('../screen/terminal/draw.ts').catch(() => {});
  await import('./full-screen.tsx').catch(() => {});
}
