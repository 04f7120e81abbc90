import type { Target } from '../database/target.ts';
import type { Observation } from '../domain/observation.ts';
import { type OpenRetries, openRetriesOf } from '../domain/open-retry.ts';
import { type Phase, type Status, unreadableCount } from '../domain/operation.ts';
import { tableOutcomeText } from '../domain/progress.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { type Figures, figuresIn } from '../domain/summary.ts';
import { localTimestamp, tooSlowText } from './figures.ts';

/** The figures of the phase that is named beside them (docs/figures.md). */
export type RecordFigures = Omit<Figures, 'outcome'> & { readonly outcome: string | null };

/** The retries of unresolved failures; null until it is known which failures are. */
export interface RetryFigures {
  /** How many of the failures have a retry that has not ended. */
  readonly beingRetried: number | null;
  /** How many of these retries are paused, as far as the poll lists them. */
  readonly pausedRetries: number | null;
}

/** The sums of the whole table. Null if it could not be counted. */
export type Summary = Readonly<Record<Status, number | null>> & {
  readonly [Figure in keyof RecordFigures]: RecordFigures[Figure] | null;
} & RetryFigures & {
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
export function unknownSummary(observation: Observation): Summary {
  const { counts } = observation.snapshot;
  return {
    currentPhase: null,
    operations: null,
    pending: null,
    running: counts.running ?? null,
    completed: null,
    failed: counts.failed ?? null,
    paused: counts.paused ?? null,
    skipped: null,
    ...unresolvedFigures(observation),
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
  const { snapshot, migration } = observation;
  return {
    currentPhase: migration.currentPhase,
    operations: migration.operations,
    ...migration.statuses,
    ...unresolvedFigures(observation),
    unreadable: unreadableCount(snapshot.unreadable),
    ...recordFigures(migration),
  };
}

/** The figures of some open retries. @param isKnown whether it is known which failures are unresolved */
export function retryFigures(retries: OpenRetries | undefined, isKnown: boolean): RetryFigures {
  return {
    beingRetried: isKnown ? (retries?.open ?? 0) : null,
    pausedRetries: isKnown ? (retries?.paused ?? 0) : null,
  };
}

function unresolvedFigures(observation: Observation): RetryFigures & Pick<Summary, 'unresolved'> {
  const { isWhole, unresolved } = observation.triage;
  return { unresolved: isWhole ? unresolved : null, ...retryFigures(openRetriesOf(observation), isWhole) };
}

function recordFigures(summary: Figures): RecordFigures {
  const { outcome } = summary;
  return { ...figuresIn(summary), outcome: outcome === null ? null : tableOutcomeText(outcome) };
}
