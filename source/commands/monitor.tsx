import type { Flags } from './arguments.ts';
import { open } from './open.ts';
import { isPlain, showLines } from './plain.ts';
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
  // Load the screen while waiting for the database.
  const [table, screen] = await Promise.all([
    open(invocation.connection, invocation.flags, surroundings),
    import('./full-screen.tsx'),
  ]);
  return screen.showFullScreen(table, invocation.flags, surroundings);
}
