import type { Changes, CountingResult, CountingWork } from './changes.ts';
import { highestId, type IdRange, type IdRanges } from './id-range.ts';

type RangeWork = CountingWork & { readonly kind: 'range' };
export type RangeResult = CountingResult & { readonly kind: 'range' };

/**
 * Counts id ranges for the first time on a second connection, while the first one polls and counts others: `migtop status` on a
 * large table takes half the time.
 *
 * Such a count has a separate snapshot, between two polls: the last one that was taken before it began, and the first one that is
 * sent after its answer. A row that changed between these is in the answers of the polls in that time. So if these have no row of
 * its id range, the range has the same rows in the snapshot of the last one of them, and its count is taken with that poll. Else it
 * is dropped, and the range is counted again.
 */
export interface CountingBeside {
  /** Begins to count a range, if there is one and the second connection is free. */
  begin(): void;
  /** The counts that have arrived: take them with a poll that is sent after this call. */
  arrived(): RangeResult[];
  /** A poll was answered. @param arrived those that can be taken with it @returns those that this poll does not contradict */
  polled(changes: Changes, arrived: readonly RangeResult[]): RangeResult[];
  /** Counts that could not be taken: their ranges are counted again. */
  drop(arrived: readonly RangeResult[]): void;
  /** Whether a count has not been taken yet. */
  isBusy(): boolean;
  /** Resolves when the running count has ended. */
  ended(): Promise<void>;
}

/** Parts of the ledger and of the watch. */
interface Parts {
  readonly ranges: () => IdRanges;
  /** The lowest id of the table; null if the gaps between ids are too large for blocks of ids to be good ranges. */
  readonly bottom: () => bigint | null;
  /** How many ids a block has. */
  readonly ids: number;
  /** Never rejects; null if it could not be counted. */
  readonly count: (work: RangeWork) => Promise<RangeResult | null>;
}

/** Whether at least a quarter of the ids of a range that was just counted are rows: then blocks of ids are good ranges. */
export function hasFewGaps({ first, last }: IdRange, rows: number): boolean {
  return last !== highestId && BigInt(rows) * 4n > last - first;
}

/**
 * Runs at most one count at a time. It leaves the highest uncounted range to the first connection, and takes none that has
 * more than `ids` ids.
 */
export function createCountingBeside({ ranges, bottom, ids, count }: Parts): CountingBeside {
  let running: { readonly range: IdRange; isTouched: boolean; readonly done: Promise<void> } | null = null;
  let waiting: RangeResult[] = [];

  function mark(range: IdRange, isElsewhere: boolean): void {
    ranges().setElsewhere(range, isElsewhere);
  }

  function next(): IdRange | null {
    const lowest = bottom();
    if (lowest === null) return null;
    ranges().cutBlocks(ids, lowest);
    const free = ranges()
      .all()
      .filter(({ countedAt, isElsewhere }) => countedAt === null && !isElsewhere);
    // The first connection counts the highest one. The lowest one has the ids that are not cut into blocks yet.
    const range = free.at(-2);
    return range !== undefined && range.last - range.first < BigInt(ids) ? range : null;
  }

  const isTouched = ({ first, last }: IdRange, { operations, unreadable }: Changes): boolean =>
    operations.some(({ id }) => id >= first && id <= last) ||
    unreadable.some((row) => row.kind === 'row' && row.id >= first && row.id <= last);

  return {
    begin() {
      if (running !== null) return;
      const range = next();
      if (range === null) return;
      mark(range, true);
      const done = count({ kind: 'range', range, limit: null, urgency: 'hurried' }).then((result) => {
        const wasTouched = running?.isTouched === true;
        running = null;
        if (result === null || wasTouched) mark(range, false);
        else waiting.push(result);
      });
      running = { range, isTouched: false, done };
    },
    arrived() {
      const arrived = waiting;
      waiting = [];
      return arrived;
    },
    polled(changes, arrived) {
      if (running !== null && isTouched(running.range, changes)) running.isTouched = true;
      const kept = (results: readonly RangeResult[]): RangeResult[] => {
        for (const { range } of results) if (isTouched(range, changes)) mark(range, false);
        return results.filter(({ range }) => !isTouched(range, changes));
      };
      // Counts that arrived after this poll was sent are taken with a later poll.
      waiting = kept(waiting);
      return kept(arrived).filter(({ range }) => ranges().all().includes(range));
    },
    drop(arrived) {
      for (const { range } of arrived) mark(range, false);
    },
    isBusy: () => running !== null || waiting.length > 0,
    async ended() {
      await running?.done;
    },
  };
}
