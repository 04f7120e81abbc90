import { type Status, statuses } from '../domain/operation.ts';
import type { Changes, ChangesRequest, CountingResult } from './changes.ts';
import { bothExpected, type Expected, nothingExpected } from './expected-updates.ts';
import type { IdRange, IdRanges } from './id-range.ts';
import type { KeptDrift } from './kept-ledger.ts';
import { liveStatuses } from './ledger-limits.ts';
import type { RowCache } from './row-cache.ts';

/** Finds changes that no poll has read, from counts and statistics, and decides what to read again. */
export interface DriftDetection {
  /** Whether all live and failed rows have to be read again. */
  isFullDue(): boolean;
  /** The live and failed statuses with more rows than polls follow: a full read leaves them out. */
  many(): ReadonlySet<Status>;
  /**
   * Too many rows changed in two polls, one after the other: polls leave out the statuses of `many` until all transactions have ended that
   * are open now, since they would read the same rows again. Of a table without row versions they always would.
   */
  leaveOutMany(changes: Pick<Changes, 'operations' | 'xmax'>): void;
  /** The transaction whose end, and that of all before it, ends that; null if polls leave out nothing. */
  leftOutUntil(): number | null;
  /** Whether polls leave out a status, except for the rows that they name and those that have just started. */
  isLeftOut(status: Status): boolean;
  /** A status of which the table and the id ranges have different numbers of rows. */
  probe(): Status | undefined;
  /** Counts from before this time may be wrong. */
  hintAt(): number;
  /**
   * As `hintAt`, after an earlier run: nothing is counted as a routine check between two runs, so old counts may be wrong too.
   */
  keptSince(takenAt: number): number;
  /** Sets `hintAt`. */
  hint(takenAt: number): void;
  /**
   * Compares the statistics of the table with the polls: whether more rows were inserted, updated or deleted than polls have read. If
   * the statistics were reset, it marks the counts as stale; if the poll before was not a moment ago, `judgeStatistics` does.
   *
   * @param read.followed how many changed rows this poll has read
   * @param read.expected how many updates they need; null if the poll before was a moment ago
   * @param read.upTo above this id there are new rows that are counted later; null if there are none
   */
  takeStatistics(
    changes: Changes,
    before: Changes,
    read: { readonly followed: number; readonly expected: Expected | null; readonly upTo: bigint | null },
    ranges: IdRanges,
  ): void;
  /** Marks the counts as stale if the statistics of `takeStatistics` are not explained, once the new rows above `upTo` are counted. */
  judgeStatistics(ranges: IdRanges): void;
  /** Compares the counts of the statuses with the row cache and with the id ranges. */
  takeCounts(changes: Changes, request: ChangesRequest, cache: RowCache, ranges: IdRanges): void;
  /** Compares the counts of a probe with the id ranges, and marks those that differ as stale. */
  takeProbe(probe: CountingResult & { kind: 'probe' }, ranges: IdRanges): void;
  clear(): void;
  keep(): KeptDrift;
  resume(kept: KeptDrift): void;
}

/** Maximum number of updates per changed row that workers explain between two polls of one run. */
const maxUpdatesPerRow = 50;

/**
 * How many updates and inserts need no explanation after a longer time without polls, nor are missed. The statistics are some seconds late,
 * transactions are rolled back, and operations are paused and resumed.
 */
const fewUnexplained = 1000;

/** How many updates of each row that polls had read before may be shown late. */
const updatesPerLateRow = 3;

/** If a larger share of the counted rows was deleted, the totals are wrong until their ranges are counted again. */
const mostDeleted = 0.1;

/** After this age in seconds a kept count is repeated. */
const longestUncheckedSeconds = 86_400;

/** The differences of the statistics since the poll before, and how many of them are explained already. */
interface Waiting {
  readonly inserted: number;
  readonly updated: number;
  /** How many ids there are above the highest one of the poll before. */
  readonly ids: number;
  readonly expected: Expected;
  readonly at: number;
  readonly upTo: bigint | null;
}

function differenceOf(changes: Changes, before: Changes): Record<'inserted' | 'updated' | 'deleted', number> {
  return {
    inserted: changes.inserted - before.inserted,
    updated: changes.updated - before.updated,
    deleted: changes.deleted - before.deleted,
  };
}

const rowsIn = (ranges: IdRanges): number => statuses.reduce((sum, status) => sum + ranges.inStatus(status), 0);

/**
 * @param listed maximum number of rows of a status in the row cache
 * @param mostFollowed maximum number of rows of a status that polls follow
 */
export function createDriftDetection(listed: number, mostFollowed: number): DriftDetection {
  let isFullDue = true;
  let hintAt = Number.NEGATIVE_INFINITY;
  let changesSinceHint = 0;
  /** How many rows of each status were counted but not cached at the last full read: rows that cannot be read. */
  const uncached = new Map<Status, number>();
  const probes = new Set<Status>();
  /** A difference of the statistics that waits for the count of new rows. */
  let waiting: Waiting | null = null;
  const many = new Set<Status>();
  /** The statuses of `many` are left out until this transaction and all before it have ended; null if they are not. */
  let leftOutUntil: number | null = null;

  function noteDrift(since: number, ranges: IdRanges): void {
    hintAt = Math.max(hintAt, since);
    ranges.markOlder(since);
  }

  return {
    isFullDue: () => isFullDue,
    many: () => many,
    leaveOutMany({ operations, xmax }) {
      leftOutUntil = operations.some(({ version }) => version === null) ? Number.POSITIVE_INFINITY : xmax;
    },
    leftOutUntil: () => leftOutUntil,
    isLeftOut: (status) => leftOutUntil !== null && many.has(status),
    probe: () => probes.values().next().value,
    hintAt: () => hintAt,
    keptSince: (takenAt) => Math.max(hintAt, takenAt - longestUncheckedSeconds),
    hint(takenAt) {
      hintAt = takenAt;
    },
    takeStatistics(changes, before, { followed, expected, upTo }, ranges) {
      const since = changesSinceHint;
      changesSinceHint += followed;
      const { inserted, updated, deleted } = differenceOf(changes, before);
      const isMany = expected === null && updated > maxUpdatesPerRow * (changesSinceHint + 1);
      if (updated !== 0) changesSinceHint = 0;
      // If statistics were reset, or lost in a crash, the changes that they had counted are not known.
      const isReset = changes.resets !== before.resets || Math.min(inserted, updated, deleted) < 0;
      if (isMany || deleted > 0) hintAt = changes.takenAt;
      if (deleted > 0 && deleted > mostDeleted * rowsIn(ranges)) noteDrift(changes.takenAt, ranges);
      if (isReset) {
        waiting = null;
        noteDrift(changes.takenAt, ranges);
      }
      if (isReset || expected === null) return;
      if (waiting !== null) noteDrift(waiting.at, ranges);
      const ids = Math.max(0, Number((changes.highestId ?? 0n) - (before.highestId ?? 0n)));
      // Statistics of changes that the last polls of the earlier run had read already may arrive late.
      const late = { added: 0, updates: updatesPerLateRow * since };
      waiting = { inserted, updated, ids, expected: bothExpected(expected, late), at: changes.takenAt, upTo };
    },
    judgeStatistics(ranges) {
      if (waiting === null) return;
      const { inserted, updated, ids, at, upTo } = waiting;
      const isMissing = ({ first, countedAt, isStale }: IdRange): boolean =>
        upTo !== null && first > upTo && (countedAt === null || isStale);
      if (ranges.all().some(isMissing)) return;
      const uncounted = upTo === null ? nothingExpected : ranges.expectedAbove(upTo);
      const { added, updates } = bothExpected(waiting.expected, uncounted);
      waiting = null;
      const isUnexplained = updated > updates + fewUnexplained;
      // Inserts that are rolled back take ids, too. Where the inserts of new rows are missing, the server does not count.
      const isOdd = inserted > Math.max(ids, added) + fewUnexplained || inserted < added - fewUnexplained;
      if (isUnexplained || isOdd) noteDrift(at, ranges);
    },
    takeCounts(changes, request, cache, ranges) {
      if (leftOutUntil !== null && changes.xmin >= leftOutUntil) {
        leftOutUntil = null;
        // Polls did not see the changes of the rows that were left out.
        if (many.size > 0) hintAt = changes.takenAt;
      }
      // Where the first poll reached its limit, it may have left out failed rows: the next one reads these without `many`.
      if (request.isFull) isFullDue = request.since === null && changes.operations.length >= request.limit;
      for (const status of liveStatuses) {
        const counted = changes.counts[status];
        if (counted === undefined) continue;
        if (counted > mostFollowed) many.add(status);
        else many.delete(status);
        const cached = cache.inStatus(status);
        const missing = counted - cached;
        if (request.isFull) uncached.set(status, missing);
        // If the list is full there are more rows than it holds; it is read again when it is half empty.
        else if (missing < 0 || (missing !== (uncached.get(status) ?? 0) && cached < listed / 2)) isFullDue = true;
      }
      if (ranges.all().some((range) => range.countedAt === null || range.isStale)) return;
      for (const [status, counted] of Object.entries(changes.counts) as [Status, number][]) {
        if (ranges.inStatus(status) !== counted) probes.add(status);
      }
    },
    takeProbe({ status, ranges: probed, counts }, ranges) {
      probes.delete(status);
      probed.forEach((range, index) => {
        if (range.countedAt !== null && ranges.inStatus(status, range) !== counts[index]) ranges.markStale(range);
      });
    },
    clear() {
      isFullDue = true;
      hintAt = Number.NEGATIVE_INFINITY;
      uncached.clear();
      probes.clear();
      many.clear();
      leftOutUntil = null;
      waiting = null;
    },
    // A later run does not know what the rows need that were not counted yet.
    keep: () => ({ hintAt: Math.max(hintAt, waiting?.at ?? hintAt), changesSinceHint }),
    resume(kept) {
      ({ hintAt, changesSinceHint } = kept);
    },
  };
}
