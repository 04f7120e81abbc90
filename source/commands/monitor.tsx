import type { Flags } from './arguments.ts';
import { open } from './open.ts';
import { isPlain, showLines } from './plain.ts';
import { printStatus } from './status.ts';
import type { Surroundings } from './surroundings.ts';

/** `migtop`: the live monitor, on a screen or in lines; a plain snapshot where there is no terminal to draw on. */
export async function runMonitor(
  invocation: { connection: string | undefined; flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  if (isPlain(invocation.flags, surroundings)) {
    const table = await open(invocation.connection, invocation.flags, surroundings);
    return showLines(table, invocation.flags, surroundings);
  }
  if (!surroundings.isTerminal) return printStatus(invocation, surroundings, false);
  // The screen is loaded while the database answers.
  const [table, screen] = await Promise.all([
    open(invocation.connection, invocation.flags, surroundings),
    import('./full-screen.tsx'),
  ]);
  return screen.showFullScreen(table, invocation.flags, surroundings);
}
