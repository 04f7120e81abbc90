import { type FailureKind, failureKind } from './failure-kind.ts';
import { readMark } from './mark.ts';
import { endedAt, type Operation } from './operation.ts';
import { otherAttempts, type TimedAttempt } from './resolved-failures.ts';
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
  const { id, identity, version, phase, tableName, workerId } = operation;
  return {
    id,
    identity,
    version,
    phase,
    tableName,
    workerId,
    failedAt: endedAt(operation),
    ...kindOf(operation),
    resolution,
  };
}

export function attemptOf(operation: Operation): TimedAttempt {
  return { ...operation, mark: readMark(operation.validationQuery).mark };
}

const triages = new WeakMap<Snapshot, Triage>();

/** The triage of the rows that a snapshot holds, if nothing else is known: later attempts may be missing. */
export function heldTriage(snapshot: Snapshot): Triage {
  const known = triages.get(snapshot);
  if (known !== undefined) return known;
  const others = snapshot.operations.filter(({ status }) => status !== 'failed');
  const attempts = [...snapshot.failures, ...others].map(attemptOf);
  const { resolved, open } = otherAttempts(attempts);
  const failed = snapshot.totals.reduce((sum, { statuses }) => sum + statuses.failed, 0);
  const triage = triageOf(
    snapshot.failures.map((operation) => {
      const by = resolved.get(operation.id) ?? null;
      const failure = failureOf(operation, by === null ? { kind: 'unresolved' } : { kind: 'resolved', by });
      return { ...failure, openAttempt: open.get(operation.id) };
    }),
    snapshot.failures.length >= (snapshot.counts.failed ?? failed),
  );
  triages.set(snapshot, triage);
  return triage;
}
