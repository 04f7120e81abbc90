import { lateSeconds } from '../domain/first-seen.ts';
import type { Changes } from './changes.ts';
import { lowestId } from './id-range.ts';
import type { KeptHorizon } from './kept-ledger.ts';
import { createOpenTransactions } from './open-transactions.ts';
import type { Summed } from './summed.ts';

/** The limits between the polls: which rows the next poll reads again, and which rows are new. */
export interface Horizon {
  /**
   * Takes the lowest and the highest id from the first poll.
   *
   * @param until starts from before it are not read again until this transaction ends; null: until those end that are open now
   */
  begin(changes: Changes, until: number | null): void;
  /** Takes them from a poll that left out new rows: their ids and starts are not read again, as after the first poll. */
  skip(changes: Changes): void;
  /** Takes the highest id and the newest start from a poll. */
  advance(changes: Changes): void;
  /** Whether the transactions that were open at the first poll have all ended. True once. */
  endFirstTransactions(changes: Changes): boolean;
  /** The highest id. */
  top(): bigint;
  /** The lowest id. */
  bottom(): bigint;
  /** Each poll reads the ids above this one again: they may be committed out of order. */
  floor(): bigint;
  /** Whether a row with this id, which no poll has read before, was inserted since the first poll. */
  isNew(id: number): boolean;
  /** Takes the ids that the next poll reads again, of a poll that did not fetch all their rows. */
  setSummed(summed: Pick<Summed, 'lateIds' | 'latePending'>): void;
  /** Whether the last version of a row with this id was added up, and not fetched, and was not pending. */
  wasSummed(id: number): boolean;
  /**
   * Each poll reads operations again that started after this timestamp.
   *
   * @param isPendingCounted whether the pending operations are counted at each poll
   */
  startedAfter(changes: Changes, isPendingCounted: boolean): number;
  /** Whether any operation has started. */
  hasStarts(): boolean;
  /** Forgets the starts and the transactions: another server has others. */
  clear(): void;
  keep(): KeptHorizon;
  resume(kept: KeptHorizon): void;
}

/** @param lateIds maximum number of ids by which a commit may be out of order */
export function createHorizon(lateIds: bigint): Horizon {
  const transactions = createOpenTransactions();
  let top = lowestId;
  let bottom = lowestId;
  /** The highest id at the first poll. */
  let firstTop = lowestId;
  let newestStart = Number.NEGATIVE_INFINITY;
  /** While a transaction is open that was open at the first poll, starts before that poll are not read again. */
  let first: { readonly xmax: number; readonly newestStart: number } | null = null;

  let summed: ReadonlySet<number> = new Set();
  let summedPending: ReadonlySet<number> = new Set();

  const floor = (): bigint => (top - lateIds > lowestId ? top - lateIds : lowestId);

  /** @param until the transaction whose end lets earlier starts be read again; null: they are read again now */
  function leaveOut(changes: Changes, until: number | null): void {
    firstTop = changes.highestId ?? lowestId;
    top = firstTop;
    first = until === null ? null : { xmax: until, newestStart: changes.newestStart ?? Number.NEGATIVE_INFINITY };
  }

  /** The transaction after those that are open; null if none is. */
  const openUntil = ({ xmin, xmax }: Changes): number | null => (xmin < xmax ? xmax : null);

  return {
    begin(changes, until) {
      bottom = changes.lowestId ?? changes.highestId ?? lowestId;
      leaveOut(changes, until ?? openUntil(changes));
    },
    skip: (changes) => leaveOut(changes, openUntil(changes)),
    advance(changes) {
      top = changes.highestId ?? lowestId;
      newestStart = Math.max(newestStart, changes.newestStart ?? newestStart);
      transactions.take(changes.takenAt, changes.xmax);
    },
    endFirstTransactions({ xmin }) {
      if (first === null || xmin < first.xmax) return false;
      first = null;
      return true;
    },
    top: () => top,
    bottom: () => bottom,
    floor,
    isNew: (id) => id > top || (id > firstTop && id > floor() && !summed.has(id)),
    setSummed({ lateIds: ids, latePending }) {
      summed = new Set(ids);
      summedPending = new Set(latePending);
    },
    wasSummed: (id) => summed.has(id) && !summedPending.has(id),
    startedAfter({ xmin, takenAt }, isPendingCounted) {
      // An operation that began and ended in one transaction shows when that transaction ends. The number of pending operations
      // shows it; without that number, starts are read again as far back as the oldest open transaction.
      const since = isPendingCounted ? newestStart : Math.min(newestStart, transactions.notBefore(xmin, takenAt));
      return Math.max(since - lateSeconds, first?.newestStart ?? Number.NEGATIVE_INFINITY);
    },
    hasStarts: () => Number.isFinite(newestStart),
    clear() {
      newestStart = Number.NEGATIVE_INFINITY;
      summed = new Set();
      transactions.clear();
    },
    // A later run does not know which of the last ids were added up: none of them is new to it.
    keep: () => ({
      top,
      bottom,
      firstTop: summed.size > 0 ? top : firstTop,
      newestStart,
      first,
      assigned: transactions.all(),
    }),
    resume(kept) {
      ({ top, bottom, firstTop, newestStart, first } = kept);
      transactions.resume(kept.assigned);
    },
  };
}
