import type { Status } from '../domain/operation.ts';
import type { Changes, ChangesRequest, CountingResult } from './changes.ts';
import type { IdRanges } from './id-range.ts';
import { liveStatuses } from './ledger-limits.ts';
import type { RowCache } from './row-cache.ts';

/** What says that something was changed which no poll brought, and what has to be looked at because of it. */
export interface DriftDetection {
  /** All live and failed rows have to be read again. */
  isFullDue(): boolean;
  /** A status of which the table holds another number than the slices do, somewhere. */
  probe(): Status | undefined;
  /** What was counted before this moment may be wrong: the statistics say so. */
  hintAt(): number;
  /** What was counted before this moment may be wrong. */
  hint(takenAt: number): void;
  /**
   * The statistics of the table: more of its rows were updated or deleted than polls brought.
   *
   * @param followed how many changed rows this poll brought
   */
  takeStatistics(changes: Changes, before: Changes, followed: number): void;
  /** What every row of a status says against what is held and what was added up. */
  takeCounts(changes: Changes, request: ChangesRequest, cache: RowCache, ranges: IdRanges): void;
  /** How many of a status each slice has in the table. */
  takeProbe(probe: CountingResult & { kind: 'probe' }, ranges: IdRanges): void;
  clear(): void;
}

/** So many updates of one row between two polls are a worker's that reports often. */
const usualUpdates = 50;

/** @param listed more rows of a status than this are not all held */
export function createDriftDetection(listed: number): DriftDetection {
  let isFullDue = true;
  let hintAt = Number.NEGATIVE_INFINITY;
  let changesSinceHint = 0;
  /** What the statuses counted, less what was held, when all of it had just been read: rows that cannot be. */
  const unheld = new Map<Status, number>();
  const probes = new Set<Status>();

  return {
    isFullDue: () => isFullDue,
    probe: () => probes.values().next().value,
    hintAt: () => hintAt,
    hint(takenAt) {
      hintAt = takenAt;
    },
    takeStatistics(changes, before, followed) {
      changesSinceHint += followed;
      const updated = changes.updated - before.updated;
      const isUnexplained = updated > usualUpdates * (changesSinceHint + 1);
      if (changes.deleted > before.deleted || isUnexplained) hintAt = changes.takenAt;
      if (updated !== 0) changesSinceHint = 0;
    },
    takeCounts(changes, request, cache, ranges) {
      if (request.isFull) isFullDue = false;
      for (const status of liveStatuses) {
        const counted = changes.counts[status];
        if (counted === undefined) continue;
        const holding = cache.inStatus(status);
        const missing = counted - holding;
        if (request.isFull) unheld.set(status, missing);
        // A list that is full has more behind it; it is read again before it runs dry.
        else if (missing < 0 || (missing !== (unheld.get(status) ?? 0) && holding < listed / 2)) isFullDue = true;
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
      unheld.clear();
      probes.clear();
    },
  };
}
