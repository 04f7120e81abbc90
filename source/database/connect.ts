import { type Connection, mostReads, overPool, type WriteLimits } from './connection.ts';
import { dial } from './libpq/dial.ts';
import { DialError, PasswordNeededError } from './libpq/dial-error.ts';
import { explainDial } from './libpq/explain-dial.ts';
import { createPool } from './libpq/pool.ts';
import type { Settings } from './libpq/settings.ts';

/** One that was idle for longer may have been dropped by a firewall: a write does not try its luck with it. */
const idleMs = 10_000;

/**
 * Connects as psql does (docs/connecting.md), and again whenever a connection is needed and there is none.
 *
 * @param password what the user typed where the settings have none
 * @param limits other limits for writes than usual
 * @throws {DatabaseError} with the remedy, for whatever keeps it from connecting
 */
export async function connect(
  settings: Settings,
  password: string | null = null,
  limits?: WriteLimits,
): Promise<Connection> {
  const open = () => dial(settings, password);
  const pool = createPool(open, mostReads + 1, idleMs);
  try {
    const first = await pool.connect();
    first.release(false);
    return overPool(pool, open, settings, first.endpoint.server, limits);
  } catch (error) {
    throw explainDial(error, settings);
  }
}

/** Whether a password is what is missing, so that it is worth while to ask for one. */
export function needsPassword(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof PasswordNeededError) return true;
    if (each instanceof DialError && each.failures.some((failure) => failure.error instanceof PasswordNeededError))
      return true;
  }
  return false;
}
