import { DatabaseError } from './database-error.ts';
import type { Endpoint } from './libpq/open-socket.ts';

/** The server that a connection leads to, and the database. */
export interface ConnectedPlace extends Endpoint {
  readonly database: string;
}

/**
 * Decides whether migtop may write over a connection. `Connection` asks it before each message that is not a read-only
 * transaction, from wherever it is sent: no other code has to.
 */
export interface WriteLock {
  /** Is told of each server that a connection was opened to. */
  connected(place: ConnectedPlace): Promise<void>;
  /** Why nothing may be written there; null if it may. */
  whyLocked(place: ConnectedPlace): Promise<string | null>;
}

/** Allows all writes. */
export const noLock: WriteLock = {
  connected: async () => {},
  whyLocked: async () => null,
};

/** The error of a message that was not sent because of the lock. */
export function refused(why: string): DatabaseError {
  return new DatabaseError('failed', `${why}: nothing was sent`);
}
