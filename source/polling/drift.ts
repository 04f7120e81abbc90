import type { Status } from '../domain/operation.ts';
import type { Changes, ChangesRequest, CountingResult } from './changes.ts';
import type { IdRanges } from './id-range.ts';
import type { KeptDrift } from './kept-ledger.ts';
import { liveStatuses } from './ledger-limits.ts';
import type { RowCache } from './row-cache.ts';

/** Finds changes that no poll has read, from counts and statistics, and decides what to read again. */
export interface DriftDetection {
  /** Whether all live and failed rows have to be read again. */
  isFullDue(): boolean;
  /** The live and failed statuses with more rows than polls follow: a full read leaves them out. */
  many(): ReadonlySet<Status>;
  /** A status of which the table and the id ranges have different numbers of rows. */
  probe(): Status | undefined;
  /** Counts from before this time may be wrong. */
  hintAt(): number;
  /** The same after an earlier run: nothing is counted as a routine check between two runs, so old counts may be wrong too. */
  keptSince(takenAt: number): number;
  /** Sets `hintAt`. */
  hint(takenAt: number): void;
  /**
   * Compares the statistics of the table with the polls: whether more rows were updated or deleted than polls have read.
   *
   * @param followed how many changed rows this poll has read
   * @param live how many rows workers may have updated many times since the poll before
   */
  takeStatistics(changes: Changes, before: Changes, followed: number, live: number): void;
  /** Compares the counts of the statuses with the row cache and with the id ranges. */
  takeCounts(changes: Changes, request: ChangesRequest, cache: RowCache, ranges: IdRanges): void;
  /** Compares the counts of a probe with the id ranges, and marks those that differ as stale. */
  takeProbe(probe: CountingResult & { kind: 'probe' }, ranges: IdRanges): void;
  clear(): void;
  keep(): KeptDrift;
  resume(kept: KeptDrift): void;
}

/** Maximum number of updates per changed row and poll that workers explain. */
const maxUpdatesPerRow = 50;

/** Maximum number of updates per live row and second that workers explain, if the last poll is long ago. */
const maxUpdatesPerSecond = 2;
/** From how many seconds on it is long ago. */
const longAgoSeconds = 60;

/** After this age in seconds a kept count is repeated. */
const longestUncheckedSeconds = 86_400;

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
  const many = new Set<Status>();

  return {
    isFullDue: () => isFullDue,
    many: () => many,
    probe: () => probes.values().next().value,
    hintAt: () => hintAt,
    keptSince: (takenAt) => Math.max(hintAt, takenAt - longestUncheckedSeconds),
    hint(takenAt) {
      hintAt = takenAt;
    },
    takeStatistics(changes, before, followed, live) {
      changesSinceHint += followed;
      const updated = changes.updated - before.updated;
      const seconds = changes.takenAt - before.takenAt;
      const inserted = Math.max(0, Number((changes.highestId ?? 0n) - (before.highestId ?? 0n)));
      const expected =
        seconds < longAgoSeconds ? 0 : maxUpdatesPerSecond * seconds * live + maxUpdatesPerRow * inserted;
      const isUnexplained = updated > maxUpdatesPerRow * (changesSinceHint + 1) + expected;
      // Statistics that went backwards were reset, or lost in a crash: what they would have shown is not known.
      const isReset = updated < 0 || changes.deleted < before.deleted;
      if (changes.deleted > before.deleted || isUnexplained || isReset) hintAt = changes.takenAt;
      if (updated !== 0) changesSinceHint = 0;
    },
    takeCounts(changes, request, cache, ranges) {
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
    },
    keep: () => ({ hintAt, changesSinceHint }),
    resume(kept) {
      ({ hintAt, changesSinceHint } = kept);
    },
  };
}
