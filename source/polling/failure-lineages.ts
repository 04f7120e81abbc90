import { createMemo } from '../domain/memo.ts';
import { isLive, type Operation } from '../domain/operation.ts';
import { tableKey } from '../domain/rate-keys.ts';
import type { Snapshot, Total } from '../domain/snapshot.ts';
import { operationsIn } from '../domain/summary.ts';
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
  /** Adds a failure or replaces its last version. @param before where that was */
  put(failure: Operation, before?: Place | null): void;
  remove(id: number, place: Place): void;
  /** Takes the rows of a poll and of its totals. */
  offer(snapshot: Snapshot): void;
  /** Whether failures were added since this was asked last: rows that were offered before may be their attempts. */
  hasGrown(): boolean;
  /** Takes rows that were read with their queries. */
  offerRows(rows: readonly Operation[]): void;
  wanted(limit: number): readonly number[];
  take(asked: readonly number[], rows: readonly Operation[]): void;
  /** Attempts that may be none any more, at most `limit`: those that polls have shown, else those to read again. */
  doubted(limit: number): { readonly ids: readonly number[]; readonly isShown: boolean };
  /** Takes the attempts that were doubted. */
  confirm(asked: readonly number[], rows: readonly Operation[]): void;
  resolve(): Iterable<AttemptsOfFailure>;
}

/** For how many seconds rows that were read are kept: no poll shows that a row was deleted that ended long ago. */
const keptSeconds = 60;

/**
 * Makes the lineage of a phase and table when a failure of it is put or its totals have one. Every `keptSeconds` of
 * snapshots, all lineages forget the rows that they keep. All attempts are read again each time that the whole table was counted again;
 * those of a phase and table also when it has fewer operations than before.
 */
export function createFailureLineages(): FailureLineages {
  const lineages = new Map<string, FailureLineage>();
  /** Where each attempt is known. */
  const homes = new Map<number, FailureLineage>();
  /** The attempts that are to be read again: those that polls have shown to be other rows now, or gone; and others. */
  const shown = new Set<number>();
  const others = new Set<number>();
  /** The live attempts in the last list of operations. */
  let listed = new Set<number>();
  const operationsOf = new Map<string, number>();
  /** When all attempts were read, or began to be read again; null before the table is counted. */
  let confirmedAt: number | null = null;
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
    const lineage: FailureLineage = createFailureLineage(kept, (id, isCandidate) => {
      const home = homes.get(id);
      if (isCandidate) homes.set(id, lineage);
      else if (home === lineage) homes.delete(id);
      if (isCandidate && home !== lineage) home?.drop(id);
    });
    lineages.set(keyOf(place), lineage);
    return lineage;
  }

  function doubt(lineage: FailureLineage): void {
    for (const id of lineage.attempts()) others.add(id);
  }

  /** Doubts the attempts that may have been deleted or changed since they were read. */
  function doubtByTotals({ totals, coverage, takenAt }: Pick<Snapshot, 'totals' | 'coverage' | 'takenAt'>): void {
    const now = new Map(totals.map((total) => [keyOf(total), operationsIn(total.statuses)]));
    for (const [key, lineage] of lineages) {
      if ((now.get(key) ?? 0) < (operationsOf.get(key) ?? 0)) doubt(lineage);
      operationsOf.set(key, now.get(key) ?? 0);
    }
    const { countedAt } = coverage;
    if (countedAt === null) return;
    if (confirmedAt !== null && countedAt > confirmedAt) for (const lineage of lineages.values()) doubt(lineage);
    if (confirmedAt === null || countedAt > confirmedAt || takenAt < confirmedAt) confirmedAt = takenAt;
  }

  /** Takes the rows of a poll. Live ones that it does not list any more may be gone. */
  function follow(operations: readonly Operation[]): void {
    const before = listed;
    listed = new Set();
    for (const operation of operations) {
      const { id, status } = operation;
      before.delete(id);
      const home = homes.get(id);
      const lineage = lineages.get(keyOf(operation));
      const evidence = memo(evidenceOf, operation);
      if (home !== undefined && (home !== lineage || status === 'failed')) home.drop(id);
      else if (home?.follow(operation, evidence.work) === false) shown.add(id);
      if (status === 'failed') continue;
      lineage?.offer([evidence]);
      if (isLive(status) && homes.has(id)) listed.add(id);
    }
    for (const id of before) if (homes.has(id)) shown.add(id);
  }

  function offerRows(rows: readonly Operation[]): void {
    for (const row of rows) lineages.get(keyOf(row))?.offer([evidenceOf(row)]);
  }

  function* changed(): Generator<FailureLineage> {
    for (const lineage of lineages.values()) if (lineage.isChanged()) yield lineage;
  }

  return {
    put(failure, before = null) {
      if (before !== null && keyOf(before) !== keyOf(failure)) lineages.get(keyOf(before))?.remove(failure.id);
      homes.get(failure.id)?.drop(failure.id);
      lineageOf(failure).put(failure.id, evidenceOf(failure), before !== null);
    },
    remove: (id, place) => lineages.get(keyOf(place))?.remove(id),
    offer({ totals, operations, coverage, takenAt }) {
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
        const works = [total.attempts, total.crowds ?? []].flatMap((of) => {
          const isOld = isKnown(of);
          offered.add(of);
          return isOld ? [] : of;
        });
        for (const rows of [total.rows, ...works]) {
          if (rows.length === 0 || isKnown(rows)) continue;
          offered.add(rows);
          lineage.offer(rows);
        }
      }
      follow(operations);
      doubtByTotals({ totals, coverage, takenAt });
    },
    hasGrown: () => [...lineages.values()].filter((lineage) => lineage.hasGrown()).length > 0,
    offerRows,
    wanted(limit) {
      const ids: number[] = [];
      for (const lineage of changed()) if (ids.length < limit) ids.push(...lineage.wanted(limit - ids.length));
      return ids;
    },
    take(asked, rows) {
      const read = new Map(rows.map((row) => [row.id, row]));
      for (const lineage of lineages.values()) lineage.take(asked, read);
      // Rows that others repeat: no poll and no total has shown them.
      offerRows(rows.filter(({ id, status }) => status !== 'failed' && !homes.has(id)));
    },
    doubted(limit) {
      const isShown = shown.size > 0;
      return { ids: [...(isShown ? shown : others)].slice(0, limit), isShown };
    },
    confirm(asked, rows) {
      const read = new Map(rows.map((row) => [row.id, row]));
      const changed = asked.flatMap((id) => {
        shown.delete(id);
        others.delete(id);
        const row = read.get(id) ?? null;
        return homes.get(id)?.confirm(id, row) && row !== null ? [row] : [];
      });
      offerRows(changed);
    },
    *resolve() {
      for (const lineage of changed()) yield* lineage.resolve();
    },
  };
}
