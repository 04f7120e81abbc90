import type { Operation } from '../domain/operation.ts';
import type { Snapshot, Total } from '../domain/snapshot.ts';
import { createEvidence } from './evidence.ts';
import { evidenceFrom } from './failure-entry.ts';
import { type AttemptsOfFailure, createFailureLineage, type FailureLineage } from './failure-lineage.ts';

type Place = Pick<Operation, 'phase' | 'tableName'>;

/** The lineage of the failures of each phase and table (failure-lineage.ts). */
export interface FailureLineages {
  put(failure: Operation): void;
  remove(id: number, place: Place): void;
  /** Takes the rows of a poll and of its totals. */
  offer(snapshot: Snapshot): void;
  /** Takes rows that were read with their queries. */
  offerRows(rows: readonly Operation[]): void;
  wanted(limit: number): readonly number[];
  take(asked: readonly number[], rows: readonly Operation[]): void;
  resolve(): Iterable<AttemptsOfFailure>;
}

export function createFailureLineages(): FailureLineages {
  const lineages = new Map<string, FailureLineage>();
  /** The totals whose rows were offered. */
  const offered = new WeakSet<Total>();
  const evidenceOfRow = createEvidence();

  const keyOf = ({ phase, tableName }: Place): string => `${phase} ${tableName}`;

  function lineageOf(place: Place): FailureLineage {
    const known = lineages.get(keyOf(place));
    if (known !== undefined) return known;
    const lineage = createFailureLineage();
    lineages.set(keyOf(place), lineage);
    return lineage;
  }

  return {
    put: (failure) => lineageOf(failure).put(failure.id, evidenceFrom(failure)),
    remove: (id, place) => lineages.get(keyOf(place))?.remove(id),
    offer({ totals, operations }) {
      for (const total of totals) {
        if (total.statuses.failed === 0) continue;
        const lineage = lineageOf(total);
        if (!lineage.hasGrown() && offered.has(total)) continue;
        offered.add(total);
        lineage.offer(total.rows);
        lineage.offer(total.attempts);
      }
      for (const operation of operations) {
        if (operation.status !== 'failed') lineages.get(keyOf(operation))?.offer([evidenceOfRow(operation)]);
      }
    },
    offerRows(rows) {
      for (const row of rows) lineages.get(keyOf(row))?.offer([evidenceFrom(row)]);
    },
    wanted(limit) {
      const ids: number[] = [];
      for (const lineage of lineages.values()) if (ids.length < limit) ids.push(...lineage.wanted(limit - ids.length));
      return ids;
    },
    take(asked, rows) {
      const read = new Map(rows.map((row) => [row.id, row]));
      for (const lineage of lineages.values()) lineage.take(asked, read);
    },
    *resolve() {
      for (const lineage of lineages.values()) yield* lineage.resolve();
    },
  };
}
