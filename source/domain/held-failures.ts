import { type FailureKind, failureKind } from './failure-kind.ts';
import { readMark } from './mark.ts';
import { endedAt, type Operation } from './operation.ts';
import { resolvedBy, type TimedAttempt } from './resolved-failures.ts';
import type { Snapshot } from './snapshot.ts';
import { type JudgedFailure, type Resolution, type Triage, triageOf } from './triage.ts';

/** Kept: the row cache has the same object for each version of a row. */
const kinds = new WeakMap<Operation, FailureKind>();

/** The kind of a failed operation. */
export function kindOf(operation: Operation): FailureKind {
  const known = kinds.get(operation);
  if (known !== undefined) return known;
  const kind = failureKind(operation.errorMessage);
  kinds.set(operation, kind);
  return kind;
}

export function failureOf(operation: Operation, resolution: Resolution): JudgedFailure {
  const { id, phase, tableName, workerId } = operation;
  return { id, phase, tableName, workerId, failedAt: endedAt(operation), ...kindOf(operation), resolution };
}

export function attemptOf(operation: Operation): TimedAttempt {
  return { ...operation, mark: readMark(operation.validationQuery).mark };
}

const triages = new WeakMap<Snapshot, Triage>();

/** The triage of the rows that a snapshot holds, if nothing else is known: later attempts may be missing. */
export function heldTriage(snapshot: Snapshot): Triage {
  const known = triages.get(snapshot);
  if (known !== undefined) return known;
  const completed = snapshot.operations.filter(({ status }) => status === 'completed');
  const resolved = resolvedBy([...snapshot.failures, ...completed].map(attemptOf));
  const failed = snapshot.totals.reduce((sum, { statuses }) => sum + statuses.failed, 0);
  const triage = triageOf(
    snapshot.failures.map((operation) => {
      const by = resolved.get(operation.id) ?? null;
      return failureOf(operation, by === null ? { kind: 'unresolved' } : { kind: 'resolved', by });
    }),
    snapshot.failures.length >= (snapshot.counts.failed ?? failed),
  );
  triages.set(snapshot, triage);
  return triage;
}
