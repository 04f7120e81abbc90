import { readTogether } from '../database/bounds.ts';
import type { Connection } from '../database/connection.ts';
import type { Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { WorkDone } from './counting-rest.ts';
import { createRangeCounter, type RangeCounter, type RangeSizes } from './range-counter.ts';
import { isTimeout, listedCounts, snapshotOf, snapshotRead } from './whole-count.ts';

/** A table whose changes cannot be followed: every poll counts all of it, as long as one statement can do so in time. */
export interface Unfollowed {
  /**
   * @param before the snapshot before this one: what was live in it is read again, and what began since
   * @param watched ids to read whether they are live or not
   */
  poll(before: Snapshot | null, watched: readonly number[]): Promise<Snapshot>;
  /** Counts the next range, where the table is too large for one statement; null where it is not. */
  work(): Promise<WorkDone | null>;
}

/** How long a statement may take that reads all of the table: its snapshot must be gone in 10 s, whatever becomes of us. */
export const wholeSeconds = 9;

/** A table whose ranges took less than this together is counted whole again: a lock or a busy moment was in the way. */
const againSeconds = 4;

/**
 * Where counting all of it takes longer than a statement may, polls read the lists alone, and the totals are counted in id
 * ranges between them: not of one moment, and as old as the beginning of the round.
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
    const [rows = []] = await readTogether(connection, target(), [one]);
    const tagged = rows as unknown as Tagged[];
    return isCounted ? snapshotOf(tagged) : { ...snapshotOf(tagged), counts: listedCounts(tagged) };
  }

  async function readLists(before: Snapshot | null, watched: readonly number[]): Promise<Snapshot> {
    const snapshot = await read(before, watched, false);
    // Where the lists cannot be read either, it is not the counting that takes too long.
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
      if (state === 'whole' && (ranges.tookSeconds() ?? 0) < againSeconds) isTriedWhole = true;
      return { restSeconds, isWhole, ...(state === 'too slow' ? { isTooSlow: true } : {}) };
    },
  };
}
