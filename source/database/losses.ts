import { cleanLine } from '../domain/clean-text.ts';
import { DatabaseError, sqlState, sqlStateOf } from './database-error.ts';
import type { Ended } from './libpq/pool.ts';
import type { Answer } from './message.ts';

/** A connection that the server or the network has ended. */
export interface Loss {
  readonly problem: string;
  readonly agoSeconds: number;
}

/** How many are kept until they are taken. */
const mostLosses = 20;

/** The connections that were lost while they were in use, and those that the pool has lost. */
export function createLosses(takeIdle: () => readonly Ended[]): {
  /** Takes note of the answer on a connection that is not alive any more. */
  note(answer: Answer): void;
  /** The losses since this was called last, oldest first; none of connections that were only idle for too long. */
  take(): readonly Loss[];
} {
  let inUse: readonly Ended[] = [];
  return {
    note(answer) {
      const error = 'error' in answer ? answer.error : null;
      // An exchange that migtop itself gave up has such an error.
      if (!(error instanceof DatabaseError)) inUse = [...inUse, { error, atMs: performance.now() }].slice(-mostLosses);
    },
    take() {
      const all = [...inUse, ...takeIdle()].sort((a, b) => a.atMs - b.atMs);
      inUse = [];
      return all
        .filter(({ error }) => sqlStateOf(error) !== sqlState.idleSessionTimeout)
        .map(({ error, atMs }) => ({
          problem: cleanLine(error instanceof Error ? error.message : 'the server closed the connection'),
          agoSeconds: (performance.now() - atMs) / 1000,
        }));
    },
  };
}
