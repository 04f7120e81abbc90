import type { Connection } from './connection.ts';
import { sqlFor } from './sql.ts';
import { helpMs, resultWithin } from './waits.ts';

/**
 * The share of the time in which the messages of an action on many run, after the first rows. One message takes 10 to 15 ms of a
 * processor for 200 rows, and the program as much again for 1,000. PostgreSQL then has as many old versions of rows to clean up. With
 * 5 % workers that use all processors kept 0.89 to 0.95 of their throughput; 4 % keep them above 0.9, and change 100,000 rows in four
 * minutes.
 */
const usualShare = 0.04;

/** The share for the first rows: most actions have no more. */
const firstShare = 0.2;
const firstRows = 2000;

/** The share while no other session works. */
const aloneShare = 0.5;

/** For how long no other session may have worked, in milliseconds, and how often that is looked up. */
const aloneMs = 1000;
const lookMs = 250;

/** Maximum rest: a message that waited for a lock took long, but was no load. */
const mostRestMs = 4000;

/** How many milliseconds to rest after a message that changed `rows` rows, if an action may change at most `rowsPerSecond`. */
export function rateRestMs(rows: number, rowsPerSecond: number, tookMs: number): number {
  return Math.max(0, (rows / rowsPerSecond) * 1000 - tookMs);
}

/** How an action on many rests between two messages, so that the workers keep their throughput. */
export interface ActionRest {
  /**
   * How long to rest after a message, in milliseconds. A busy server needs longer for a message, and so gets a longer rest.
   *
   * @param tookMs how long the message took
   * @param done how many rows the action has changed
   */
  restMs(tookMs: number, done: number): Promise<number>;
}

/** Begins with others presumed at work. @param now milliseconds on a monotonic clock */
export function createActionRest(
  { read }: Pick<Connection, 'read'>,
  now: () => number = () => performance.now(),
): ActionRest {
  let lookedMs = Number.NEGATIVE_INFINITY;
  let lastOthersMs = now();

  async function isAlone(): Promise<boolean> {
    if (now() - lookedMs >= lookMs) {
      lookedMs = now();
      const rows = await resultWithin(read(sqlFor('others-at-work', 'migration_control')), helpMs);
      if (rows?.[0]?.others !== 0) lastOthersMs = now();
    }
    return now() - lastOthersMs >= aloneMs;
  }

  return {
    async restMs(tookMs, done) {
      const share = done < firstRows ? firstShare : (await isAlone()) ? aloneShare : usualShare;
      return Math.min(mostRestMs, tookMs * (1 / share - 1));
    },
  };
}
