import type { Target } from '../database/target.ts';
import type { Observation } from '../domain/observation.ts';
import { type Phase, type Status, unreadableCount } from '../domain/operation.ts';
import { tableOutcomeText } from '../domain/progress.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { type Figures, figuresIn } from '../domain/summary.ts';
import { localTimestamp, tooSlowText } from './figures.ts';

/** The figures of the phase that is named beside them (docs/figures.md). */
export type RecordFigures = Omit<Figures, 'outcome'> & { readonly outcome: string | null };

/** The sums of the whole table. Null if it could not be counted. */
export type Summary = Readonly<Record<Status, number | null>> & {
  readonly [Figure in keyof RecordFigures]: RecordFigures[Figure] | null;
} & {
  readonly currentPhase: Phase | null;
  readonly operations: number | null;
  /** How many failed operations neither a later attempt has resolved nor an operator has accepted. */
  readonly unresolved: number | null;
  /** Operations with an unknown phase or status; no other figure includes them. */
  readonly unreadable: number | null;
};

/** The note on totals that were not counted in one snapshot. */
export function countingNotes({ isFollowable, hasVersions, zone }: Target, { coverage, takenAt }: Snapshot): string[] {
  if (coverage.isTooSlow && coverage.countedAt === null) return [tooSlowText];
  if ((isFollowable && hasVersions) || coverage.countedAt === null || coverage.countedAt >= takenAt) return [];
  const since = localTimestamp(coverage.countedAt, zone)?.replace('T', ' ');
  return [
    `the totals were counted in id ranges since ${since}, not in one snapshot: counting all at once takes too long`,
  ];
}

/** Only the listed operations are known, not the totals. */
export function unknownSummary({ snapshot: { counts }, triage }: Observation): Summary {
  return {
    currentPhase: null,
    operations: null,
    pending: null,
    running: counts.running ?? null,
    completed: null,
    failed: counts.failed ?? null,
    paused: counts.paused ?? null,
    skipped: null,
    unresolved: triage.isWhole ? triage.unresolved : null,
    unreadable: null,
    recordsProcessed: null,
    totalRecords: null,
    percent: null,
    recordsBeyond: null,
    recordsWithoutTotal: null,
    isUnclear: null,
    outcome: null,
  };
}

/** The figures of all operations; `unresolved` is null until the triage is complete. */
export function summary(observation: Observation): Summary {
  const { snapshot, migration, triage } = observation;
  return {
    currentPhase: migration.currentPhase,
    operations: migration.operations,
    ...migration.statuses,
    unresolved: triage.isWhole ? triage.unresolved : null,
    unreadable: unreadableCount(snapshot.unreadable),
    ...recordFigures(migration),
  };
}

function recordFigures(summary: Figures): RecordFigures {
  const { outcome } = summary;
  return { ...figuresIn(summary), outcome: outcome === null ? null : tableOutcomeText(outcome) };
}
