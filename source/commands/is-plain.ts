import type { Flags } from './arguments.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Whether to write changes as lines: with --plain, and on a terminal with a screen reader. `INK_SCREEN_READER=true` is the
 * convention of Ink's programs.
 */
export function isPlain({ plain }: Flags, { env, stdout }: Surroundings): boolean {
  return plain || (env.INK_SCREEN_READER === 'true' && stdout.isTTY === true);
}
