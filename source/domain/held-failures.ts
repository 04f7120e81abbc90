import { createKinds, type FailureKind } from './failure-kind.ts';
import type { Attempt } from './lineage.ts';
import { readMark } from './mark.ts';
import { type Memo, noMemo } from './memo.ts';
import { endedAt, type Operation } from './operation.ts';
import { otherAttempts } from './resolved-failures.ts';
import type { Snapshot } from './snapshot.ts';
import type { JudgedFailure, Resolution, Triage } from './triage.ts';
import { triageOf } from './triage-tally.ts';

/** A memo has one set of kinds for all messages. */
const allMessages = {};
const kindsOf = (_: typeof allMessages) => createKinds();

/** The kind of a failed operation. */
export function kindOf(operation: Operation, memo: Memo = noMemo): FailureKind {
  return memo(kindsOf, allMessages)(operation.errorMessage);
}

/** Returns the part of a failed operation that the triage keeps. */
export function failureOf(operation: Operation, resolution: Resolution, kind = kindOf(operation)): JudgedFailure {
  const { id, identity, version, phase, tableName, workerId } = operation;
  return {
    id,
    identity,
    version,
    phase,
    tableName,
    workerId,
    failedAt: endedAt(operation),
    ...kind,
    resolution,
  };
}

/** Adds the mark of `migtop/worker` in the validation query; `mark` is null without one. */
export function attemptOf(operation: Operation): Attempt {
  return { ...operation, mark: readMark(operation.validationQuery).mark };
}

/** The triage of the rows that a snapshot holds, if nothing else is known: later attempts may be missing. */
export function heldTriage(snapshot: Snapshot): Triage {
  const kinds = createKinds();
  const others = snapshot.operations.filter(({ status }) => status !== 'failed');
  const attempts = [...snapshot.failures, ...others].map(attemptOf);
  const { resolved, open } = otherAttempts(attempts);
  const ends = new Map(attempts.map(({ id, completedAt }) => [id, completedAt]));
  const failed = snapshot.totals.reduce((sum, { statuses }) => sum + statuses.failed, 0);
  return triageOf(
    snapshot.failures.map((operation) => {
      const by = resolved.get(operation.id) ?? null;
      const resolution: Resolution = by === null ? { kind: 'unresolved' } : { kind: 'resolved', by };
      const failure = failureOf(operation, resolution, kinds(operation.errorMessage));
      const resolvedAt = by === null ? undefined : ends.get(by);
      return { ...failure, openAttempt: open.get(operation.id), resolvedAt };
    }),
    snapshot.failures.length >= (snapshot.counts.failed ?? failed),
  );
}
