import type { Changes, ChangesRequest, Worked } from './changes.ts';
import type { HeldRows } from './held-rows.ts';
import { liveStatuses } from './ledger-limits.ts';
import type { Status } from './operation.ts';
import type { Slices } from './slice.ts';

/** What says that something was changed which no poll brought, and what has to be looked at because of it. */
export interface Doubts {
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
  takeCounts(changes: Changes, request: ChangesRequest, held: HeldRows, slices: Slices): void;
  /** How many of a status each slice has in the table. */
  takeProbe(probe: Worked & { kind: 'probe' }, slices: Slices): void;
  clear(): void;
}

/** So many updates of one row between two polls are a worker's that reports often. */
const usualUpdates = 50;

/** @param listed more rows of a status than this are not all held */
export function createDoubts(listed: number): Doubts {
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
    takeCounts(changes, request, held, slices) {
      if (request.isFull) isFullDue = false;
      for (const status of liveStatuses) {
        const counted = changes.counts[status];
        if (counted === undefined) continue;
        const holding = held.inStatus(status);
        const missing = counted - holding;
        if (request.isFull) unheld.set(status, missing);
        // A list that is full has more behind it; it is read again before it runs dry.
        else if (missing < 0 || (missing !== (unheld.get(status) ?? 0) && holding < listed / 2)) isFullDue = true;
      }
      if (slices.all().some((slice) => slice.countedAt === null || slice.isStale)) return;
      for (const [status, counted] of Object.entries(changes.counts) as [Status, number][]) {
        if (slices.inStatus(status) !== counted) probes.add(status);
      }
    },
    takeProbe({ status, slices: probed, counts }, slices) {
      probes.delete(status);
      probed.forEach((slice, index) => {
        if (slice.countedAt !== null && slices.inStatus(status, slice) !== counts[index]) slices.markStale(slice);
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
