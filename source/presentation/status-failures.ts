import type { AuditEntry } from '../domain/audit.ts';
import type { Observation } from '../domain/observation.ts';
import { type OpenRetry, openRetriesByKind, openRetryOf } from '../domain/open-retry.ts';
import type { Operation, Phase } from '../domain/operation.ts';
import { skippedOfKind } from '../domain/skipped-failures.ts';
import type { Resolution } from '../domain/triage.ts';
import type { Zone } from '../domain/zone.ts';
import { localTimestamp } from './figures.ts';
import { suggestionText } from './kind-suggestion.ts';

/** A failed operation in `status --json`. */
export interface StatusFailure {
  readonly id: number;
  readonly phase: Phase;
  readonly tableName: string;
  readonly operation: string;
  readonly errorMessage: string | null;
  readonly kind: string;
  readonly sqlState: string | null;
  /** The operation that has completed the same work since; null if there is none. */
  readonly resolvedBy: number | null;
  /** Who accepted the failure, when and why; null if it was not accepted. */
  readonly accepted: { readonly who: string; readonly at: string | null; readonly note: string } | null;
  /** The retry that is pending, running or paused; null without one. */
  readonly openRetry: OpenRetry | null;
  readonly startedAt: string | null;
  readonly recordsProcessed: number | null;
  readonly totalRecords: number | null;
  readonly workerId: number | null;
}

/** The failures of one kind in `status --json`. */
export interface StatusFailureKind {
  readonly kind: string;
  readonly sqlState: string | null;
  readonly unresolved: number;
  readonly failed: number;
  readonly accepted: number;
  /** `failed` is the sum of `unresolved`, `accepted` and `resolved`. */
  readonly resolved: number;
  /** How many of the unresolved ones have a retry that has not ended. */
  readonly beingRetried: number;
  /** How many of these retries are paused, as far as the poll lists them: no worker retries these failures. */
  readonly pausedRetries: number;
  /** How many failed operations of the kind operators have skipped, as far as the newest actions show: they are not among `failed`. */
  readonly skipped: number;
  /** The table with the most unresolved failures first. */
  readonly tables: readonly string[];
  readonly workers: readonly number[];
  readonly firstSeenAt: string | null;
  readonly lastSeenAt: string | null;
  readonly suggestion: string | null;
}

/** The listed failures, at most `listLimit`, newest first; `kind` and `resolvedBy` are from the triage. */
export function statusFailures(observation: Observation): StatusFailure[] {
  const { snapshot, triage } = observation;
  return snapshot.failures.map((failure) => {
    const { kind, sqlState, resolution } = triage.of(failure.id) ?? unknownState;
    return {
      id: failure.id,
      phase: failure.phase,
      tableName: failure.tableName,
      operation: failure.operation,
      errorMessage: failure.errorMessage,
      kind,
      sqlState,
      ...judged(resolution, snapshot.zone),
      openRetry: openRetryOf(observation, failure),
      ...figuresOf(failure, snapshot.zone),
    };
  });
}

const unknownState = { kind: '', sqlState: null, resolution: { kind: 'unresolved' } } as const;

function judged(resolution: Resolution, zone: Zone | undefined): Pick<StatusFailure, 'resolvedBy' | 'accepted'> {
  if (resolution.kind !== 'accepted')
    return { resolvedBy: resolution.kind === 'resolved' ? resolution.by : null, accepted: null };
  const { who, at, note } = resolution;
  return { resolvedBy: null, accepted: { who, at: localTimestamp(at, zone), note } };
}

function figuresOf({ startedAt, recordsProcessed, totalRecords, workerId }: Operation, zone: Zone | undefined) {
  return { startedAt: localTimestamp(startedAt, zone), recordsProcessed, totalRecords, workerId };
}

/**
 * The kind with the most unresolved failures first; of those with the same number, the one with the newest failure.
 *
 * @param activity the actions of operators, newest first
 */
export function statusFailureKinds(observation: Observation, activity: readonly AuditEntry[]): StatusFailureKind[] {
  const { snapshot, memo } = observation;
  const { zone } = snapshot;
  const retries = openRetriesByKind(observation);
  return observation.triage.kinds.map((one) => ({
    kind: one.kind,
    sqlState: one.sqlState,
    unresolved: one.unresolved,
    failed: one.failed,
    accepted: one.accepted,
    resolved: one.failed - one.unresolved - one.accepted,
    beingRetried: one.retried ?? 0,
    pausedRetries: retries.get(one.kind)?.paused ?? 0,
    skipped: skippedOfKind(one.kind, activity, memo).length,
    tables: one.tables.map(({ tableName }) => tableName),
    workers: one.workers,
    firstSeenAt: localTimestamp(one.firstSeenAt, zone),
    lastSeenAt: localTimestamp(one.lastSeenAt, zone),
    suggestion: suggestionText(one, observation),
  }));
}
