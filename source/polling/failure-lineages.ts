import { createMemo } from '../domain/memo.ts';
import type { Operation } from '../domain/operation.ts';
import { tableKey } from '../domain/rate-keys.ts';
import type { Snapshot, Total } from '../domain/snapshot.ts';
import { createEvidence, type EvidenceRow } from '../domain/works.ts';
import {
  type AttemptsOfFailure,
  createFailureLineage,
  type DecidedRows,
  type FailureLineage,
} from './failure-lineage.ts';

type Place = Pick<Operation, 'phase' | 'tableName'>;

/** The lineage of the failures of each phase and table (failure-lineage.ts). */
export interface FailureLineages {
  put(failure: Operation): void;
  remove(id: number, place: Place): void;
  /** Takes the rows of a poll and of its totals. */
  offer(snapshot: Snapshot): void;
  /** Whether failures were added since this was asked last: rows that were offered before may be their attempts. */
  hasGrown(): boolean;
  /** Takes rows that were read with their queries. */
  offerRows(rows: readonly Operation[]): void;
  wanted(limit: number): readonly number[];
  take(asked: readonly number[], rows: readonly Operation[]): void;
  resolve(): Iterable<AttemptsOfFailure>;
}

/** For how many seconds rows that were read are kept: no poll shows that a row was deleted that ended long ago. */
const keptSeconds = 60;

/**
 * Makes the lineage of a phase and table when a failure of it is put or its totals have one. Every `keptSeconds` of
 * snapshots, all lineages forget the rows that they keep.
 */
export function createFailureLineages(): FailureLineages {
  const lineages = new Map<string, FailureLineage>();
  const kept: DecidedRows = { rows: 0 };
  const memo = createMemo();
  const evidenceOf = createEvidence();
  let forgottenAt = Number.NEGATIVE_INFINITY;
  /** The totals whose rows were offered, and the lists of rows: a new total may have the same. */
  const offered = new WeakSet<Total | readonly EvidenceRow[] | Total['attempts']>();

  const keyOf = ({ phase, tableName }: Place): string => tableKey(phase, tableName);

  function lineageOf(place: Place): FailureLineage {
    const known = lineages.get(keyOf(place));
    if (known !== undefined) return known;
    const lineage = createFailureLineage(kept);
    lineages.set(keyOf(place), lineage);
    return lineage;
  }

  function* changed(): Generator<FailureLineage> {
    for (const lineage of lineages.values()) if (lineage.isChanged()) yield lineage;
  }

  return {
    put: (failure) => lineageOf(failure).put(failure.id, evidenceOf(failure)),
    remove: (id, place) => lineages.get(keyOf(place))?.remove(id),
    offer({ totals, operations, takenAt }) {
      if (Math.abs(takenAt - forgottenAt) >= keptSeconds) {
        for (const lineage of lineages.values()) lineage.forget();
        forgottenAt = takenAt;
      }
      for (const total of totals) {
        if (total.statuses.failed === 0) continue;
        const lineage = lineageOf(total);
        const hasGrown = lineage.hasGrown();
        if (!hasGrown && offered.has(total)) continue;
        offered.add(total);
        const isKnown = (rows: readonly EvidenceRow[] | Total['attempts']): boolean => !hasGrown && offered.has(rows);
        const works = isKnown(total.attempts) ? [] : total.attempts;
        offered.add(total.attempts);
        for (const rows of [total.rows, ...works]) {
          if (rows.length === 0 || isKnown(rows)) continue;
          offered.add(rows);
          lineage.offer(rows);
        }
      }
      for (const operation of operations) {
        if (operation.status !== 'failed') lineages.get(keyOf(operation))?.offer([memo(evidenceOf, operation)]);
      }
    },
    hasGrown: () => [...lineages.values()].filter((lineage) => lineage.hasGrown()).length > 0,
    offerRows(rows) {
      for (const row of rows) lineages.get(keyOf(row))?.offer([evidenceOf(row)]);
    },
    wanted(limit) {
      const ids: number[] = [];
      for (const lineage of changed()) if (ids.length < limit) ids.push(...lineage.wanted(limit - ids.length));
      return ids;
    },
    take(asked, rows) {
      const read = new Map(rows.map((row) => [row.id, row]));
      for (const lineage of lineages.values()) lineage.take(asked, read);
    },
    *resolve() {
      for (const lineage of changed()) yield* lineage.resolve();
    },
  };
}
