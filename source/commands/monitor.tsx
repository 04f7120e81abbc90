import type { Flags } from './arguments.ts';
import { open } from './open.ts';
import { isPlain, showLines } from './plain.ts';
import { polledAhead } from './polled-ahead.ts';
import { printStatus } from './status.ts';
import type { Surroundings } from './surroundings.ts';

/** `migtop`: the live monitor, on a screen or in lines; one report if there is no terminal. */
export async function runMonitor(
  invocation: { connection: string | undefined; flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  if (isPlain(invocation.flags, surroundings)) {
    const table = await open(invocation.connection, invocation.flags, surroundings);
    return showLines(table, invocation.flags, surroundings);
  }
  if (!surroundings.isTerminal) return printStatus(invocation, surroundings, false);
  const opening = open(invocation.connection, invocation.flags, surroundings);
  // Loading keeps the thread busy. The libraries of the screen are loaded while the server begins the session, and the screen
  // while it answers the first poll.
  setImmediate(() => void import('../screen/terminal/draw.ts').catch(() => {}));
  const table = polledAhead(await opening);
  const { showFullScreen } = await import('./full-screen.tsx');
  return showFullScreen(table, invocation.flags, surroundings);
}
