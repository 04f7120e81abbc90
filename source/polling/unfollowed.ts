import type { Connection } from '../database/connection.ts';
import { readTagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { WorkDone } from './counting-rest.ts';
import { createRangeCounter, type RangeCounter, type RangeSizes } from './range-counter.ts';
import { isTimeout, listedCounts, snapshotRead, wholeSnapshot } from './whole-count.ts';

/** A table whose changes cannot be followed: every poll counts the whole table, if one statement can do that in time. */
export interface Unfollowed {
  /**
   * @param before the previous snapshot: operations that were live in it are read again, and those that started since
   * @param watched ids to read whether they are live or not
   */
  poll(before: Snapshot | null, watched: readonly number[]): Promise<Snapshot>;
  /** Counts the next range if the table is too large for one statement; null if it is not. */
  work(): Promise<WorkDone | null>;
}

/** Maximum time in seconds of a statement that reads the whole table, so that its snapshot ends within 10 s even if migtop is killed. */
export const wholeSeconds = 9;

/** If a round over all ranges takes less than this, in seconds, the next poll tries to count the whole table again. */
const quickRoundSeconds = 4;

/**
 * If counting the whole table takes too long for one statement, polls read only the lists, and the totals are counted in id ranges
 * between polls: the ranges are of different moments, and the totals are as old as the start of the round.
 */
export function createUnfollowed(
  connection: Connection,
  target: () => Target,
  seconds: number = wholeSeconds,
  sizes?: RangeSizes,
): Unfollowed {
  let ranges: RangeCounter | null = null;
  let isTriedWhole = true;
  let takenAt = 0;

  async function read(before: Snapshot | null, watched: readonly number[], isCounted: boolean): Promise<Snapshot> {
    const one = snapshotRead(target(), { before, watched, seconds: isCounted ? seconds : wholeSeconds, isCounted });
    const [tagged = []] = await readTagged(connection, target(), [one]);
    const snapshot = wholeSnapshot(tagged, target().zone);
    return isCounted ? snapshot : { ...snapshot, counts: listedCounts(tagged) };
  }

  async function readLists(before: Snapshot | null, watched: readonly number[]): Promise<Snapshot> {
    const snapshot = await read(before, watched, false);
    // Only now: if the lists cannot be read either, it is not the counting that takes too long.
    isTriedWhole = false;
    takenAt = snapshot.takenAt;
    ranges ??= createRangeCounter(connection, target, sizes);
    const { totals, coverage, unreadable } = ranges.counted();
    return { ...snapshot, totals, coverage, unreadable: [...unreadable, ...snapshot.unreadable] };
  }

  return {
    async poll(before, watched) {
      if (!isTriedWhole) return readLists(before, watched);
      try {
        const snapshot = await read(before, watched, true);
        ranges = null;
        return snapshot;
      } catch (error) {
        if (!isTimeout(error)) throw error;
        return readLists(before, watched);
      }
    },
    async work() {
      if (ranges === null) return null;
      const wasCounted = ranges.tookSeconds() !== null;
      const { restSeconds, state } = await ranges.next(takenAt);
      const isWhole = state === 'whole' && !wasCounted;
      if (state === 'whole' && (ranges.tookSeconds() ?? 0) < quickRoundSeconds) isTriedWhole = true;
      return { restSeconds, isWhole, ...(state === 'too slow' ? { isTooSlow: true } : {}) };
    },
  };
}
