import { type Acceptance, isAbout } from '../domain/acceptance.ts';
import type { FailureKind } from '../domain/failure-kind.ts';
import { failureOf } from '../domain/held-failures.ts';
import { type Operation, operationKey } from '../domain/operation.ts';
import type { JudgedFailure, Resolution } from '../domain/triage.ts';

/** A failed operation in the failure index. */
export interface FailureEntry {
  failure: JudgedFailure;
  /** Tells the versions of the operation apart (`versionOf`). */
  readonly version: string;
  /** The operation that has completed the same work since. */
  by: number | null;
  /** The number of the listing that has read it last. */
  listing: number;
  /** Whether the attempts at its work are known, or looked for: in the totals, by polls, or by a search (later-attempts.ts). */
  isSearched: boolean;
}

/**
 * Returns the entry of a failure.
 *
 * @param before the entry of an earlier version of the row: if that had failed at the same time, its attempts are taken over, so that any write
 *   to a resolved failure does not make it unresolved until they are read again. Of another failure nothing is resolved yet.
 */
export function failureEntry(
  operation: Operation,
  kind: FailureKind,
  { listing, isSearched }: Pick<FailureEntry, 'listing' | 'isSearched'>,
  before?: FailureEntry,
): FailureEntry {
  const failure = failureOf(operation, { kind: 'unresolved' }, kind);
  const entry = { failure, version: versionOf(operation), by: null, listing, isSearched };
  if (before?.failure.identity !== failure.identity || before.failure.failedAt !== failure.failedAt) return entry;
  const { openAttempt, resolvedAt } = before.failure;
  return { ...entry, failure: { ...failure, openAttempt, resolvedAt }, by: before.by };
}

/** Whether a failure is resolved by a later attempt, else accepted for this version of its row, else unresolved. */
export function resolutionOf(
  { failure, by }: Pick<FailureEntry, 'failure' | 'by'>,
  accepted: ReadonlyMap<number, Acceptance>,
): Resolution {
  if (by !== null) return { kind: 'resolved', by };
  const last = accepted.get(failure.id);
  if (last === undefined || !last.isAccepted || !isAbout(last, failure)) return { kind: 'unresolved' };
  return { kind: 'accepted', who: last.who, at: last.at, note: last.note };
}

/** Whether the entry is of this version of the operation. Asked of every listed failure at every poll. */
export function isVersionOf({ failure, version }: FailureEntry, operation: Operation): boolean {
  if (operation.version === null) return version === versionOf(operation);
  return failure.version === operation.version && failure.identity === operation.identity;
}

/** Tells two versions of a row apart, also if the relation has no `xmin`. */
function versionOf(operation: Operation): string {
  const { version, completedAt, startedAt, errorMessage } = operation;
  return `${operationKey(operation)} ${version ?? `${startedAt} ${completedAt} ${errorMessage}`}`;
}
