import { type Connection, mostReads, overPool, type WriteLimits } from './connection.ts';
import { dial } from './libpq/dial.ts';
import { DialError, PasswordNeededError } from './libpq/dial-error.ts';
import { explainDial } from './libpq/explain-dial.ts';
import { createPool } from './libpq/pool.ts';
import type { Settings } from './libpq/settings.ts';
import type { WriteLock } from './write-lock.ts';

/** Maximum idle time of a connection that is used again: a firewall may have dropped an older one. */
const idleMs = 10_000;

/**
 * Connects as psql does (docs/connecting.md), and reconnects whenever a connection is needed and there is none.
 *
 * @param password the password that the user typed, if the settings have none
 * @param limits the limits of writes, if not the usual ones
 * @param lock decides whether migtop may write
 * @throws {DatabaseError} with the reason and the remedy, if it cannot connect
 */
export async function connect(
  settings: Settings,
  password: string | null = null,
  limits?: WriteLimits,
  lock?: WriteLock,
): Promise<Connection> {
  const open = () => dial(settings, password);
  const pool = createPool(open, mostReads + 1, idleMs);
  try {
    const first = await pool.connect();
    first.release(false);
    await lock?.connected({ ...first.endpoint, database: settings.database });
    return overPool(pool, open, settings, first.endpoint.server, limits, lock);
  } catch (error) {
    throw explainDial(error, settings);
  }
}

/** Whether the connection failed because of a missing password, so that migtop should ask for it. */
export function needsPassword(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof PasswordNeededError) return true;
    if (each instanceof DialError && each.failures.some((failure) => failure.error instanceof PasswordNeededError))
      return true;
  }
  return false;
}
