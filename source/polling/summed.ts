import type { Operation } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { HistorySpan, SummedGain } from '../domain/snapshot.ts';

/**
 * If very many operations are added, a row for each of them costs the server and the program more than all the rest of a poll.
 * Then the server adds up the new rows, in the snapshot of the poll: range.sql counts all ids above the highest one of the poll before,
 * and summed.sql returns the gains of the operations that have ended since. The poll fetches the rows
 * that later polls have to know: live and failed ones, and those of transactions that the next poll reads again.
 */
export interface Summed {
  /** All rows above the highest id of the poll before, including those that the poll fetched. */
  readonly counted: RangeCount;
  readonly history: readonly HistorySpan[];
  /** The gains of the rows that the poll did not fetch. */
  readonly gains: readonly SummedGain[];
  /** The ids that the next poll reads again: a row with another id is new. */
  readonly lateIds: readonly number[];
  /** The pending rows among them: they are in the sums, and the next poll may read that they have begun. */
  readonly latePending: readonly number[];
}

/** Decides when new rows are added up. */
export interface Summing {
  /** Whether enough new rows end that the next poll adds them up. */
  isDue(): boolean;
  /** Takes how many rows of a poll were new and had ended. */
  take(ended: number, takenAt: number): void;
  /** Adding up took too long, or the ledger begins again. */
  end(): void;
}

/** Minimum time for a rate: between two polls of which one counts an id range, few rows are added. */
const shortestSeconds = 0.5;

/** @param perSecond how many new rows have to end in a second */
export function createSumming(perSecond: number): Summing {
  let isDue = false;
  let since: number | null = null;
  let rows = 0;

  return {
    isDue: () => isDue,
    take(ended, takenAt) {
      rows += ended;
      since ??= takenAt;
      const seconds = takenAt - since;
      if (seconds >= 0 && seconds < shortestSeconds) return;
      // Half of the rows are enough to go on: a change of the method is no gain.
      isDue = rows >= (isDue ? 0.5 : 1) * perSecond * Math.max(seconds, shortestSeconds);
      since = takenAt;
      rows = 0;
    },
    end() {
      isDue = false;
      since = null;
      rows = 0;
    },
  };
}

/** How many rows of a poll are new and have ended; without versions none, since then no rows can be left out. */
export function endedAbove(operations: readonly Operation[], top: bigint): number {
  return operations.reduce((rows, { id, status, version }) => {
    const isEnded = status === 'completed' && version !== null && id > top;
    return rows + Number(isEnded);
  }, 0);
}
