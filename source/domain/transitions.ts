import type { Operation, Status } from './operation.ts';

/** An action of an operator on an operation. */
export type Action = 'pause' | 'resume' | 'skip';

/** How `completed_at` changes: it is kept, set to now if the operation has no end, or cleared. */
export type CompletedAt = 'keep' | 'set' | 'clear';

/** A change of one operation's status that is allowed from the status it was seen in. */
export interface Transition {
  readonly id: number;
  readonly from: Status;
  readonly to: Status;
  readonly completedAt: CompletedAt;
  /** The version (xmin) that the row must still have; null for any. Only the undo of a skip, a retry or a take over requires one. */
  readonly version: string | null;
  /** The `Operation.identity` that the row must still have; null for any row with the id. */
  readonly identity: string | null;
}

export type Decision = { kind: 'allowed'; transition: Transition } | { kind: 'refused'; reason: Refusal };

/** Why an operation's status does not allow an action. */
export type Refusal =
  /** The action would not change it. */
  | { readonly kind: 'already'; readonly status: Status }
  /** The action does nothing to an operation of this status. */
  | { readonly kind: 'wrong-status'; readonly status: Status }
  /** Another action is required first. */
  | { readonly kind: 'do-first'; readonly action: Action }
  /** Its worker is alive (`why`). */
  | { readonly kind: 'alive'; readonly why: string }
  /** It is not proven that its worker is dead (`why`): it is taken over one by one only. */
  | { readonly kind: 'unproven'; readonly why: string }
  /** Another attempt at its work makes a retry needless (`why`). */
  | { readonly kind: 'attempt'; readonly why: string }
  /** The operation `by` has completed its work since: a skip would give up nothing. */
  | { readonly kind: 'resolved'; readonly by: number }
  /** Another batch size would be wrong for it (`why`). */
  | { readonly kind: 'size'; readonly why: string }
  /** Another operator has acted on it since. */
  | { readonly kind: 'acted'; readonly by: string }
  /** It was put back into the queue since: as running, nobody would work on it. */
  | { readonly kind: 'requeued' }
  /** Its row was deleted since it was marked. */
  | { readonly kind: 'gone' };

type Subject = Pick<Operation, 'id' | 'status' | 'startedAt'> &
  Partial<Pick<Operation, 'workerId' | 'completedAt' | 'errorMessage'>> & { readonly identity: string | null };

/**
 * Whether an action is allowed on an operation as it was last seen, and the transition that it makes.
 *
 * - pause: a running or pending operation.
 * - resume: a paused operation, to the status that it was paused from; if that is unknown, or it was put back into the queue
 *   since, to running if its worker may still have it, else to pending (`waitsForWorker`).
 * - skip: a pending, paused or failed operation. A running one must be paused first, so that its worker stops before its
 *   work is given up.
 *
 * @param pausedFrom the status from which it was paused; null if unknown
 */
export function decide(action: Action, operation: Subject, pausedFrom: Status | null = null): Decision {
  const { status } = operation;
  switch (action) {
    case 'pause':
      if (status === 'running' || status === 'pending') return allowed(operation, 'paused', 'keep');
      return refused({ kind: 'already', status });
    case 'resume':
      if (status === 'paused') {
        const waits =
          pausedFrom === null || hasLostWorker(operation) ? waitsForWorker(operation) : pausedFrom === 'pending';
        return allowed(operation, waits ? 'pending' : 'running', 'keep');
      }
      return refused({ kind: status === 'running' ? 'already' : 'wrong-status', status });
    case 'skip':
      if (status === 'pending' || status === 'paused' || status === 'failed')
        return allowed(operation, 'skipped', 'set');
      return refused(status === 'running' ? { kind: 'do-first', action: 'pause' } : { kind: 'already', status });
  }
}

/**
 * The transition that undoes another. An undo of a skip needs the version that the skip wrote. A pause or a resume changes nothing
 * but the status, which is all that its undo needs: a worker that reports progress since has changed the row too.
 *
 * @param done the transition that was applied
 * @param version the version of the row after it
 * @param hadCompletedAt whether `completed_at` was set before it
 */
export function undoOf(done: Transition, version: string, hadCompletedAt: boolean): Transition {
  return {
    id: done.id,
    from: done.to,
    to: done.from,
    completedAt: done.completedAt === 'set' && !hadCompletedAt ? 'clear' : 'keep',
    version: isPauseOrResume(done) ? null : version,
    identity: done.identity,
  };
}

/** Whether a transition is a pause or a resume, or the undo of one. */
export function isPauseOrResume({ from, to, completedAt }: Pick<Transition, 'from' | 'to' | 'completedAt'>): boolean {
  return completedAt === 'keep' && ((isOpenStatus(from) && to === 'paused') || (from === 'paused' && isOpenStatus(to)));
}

const isOpenStatus = (status: Status): boolean => status === 'running' || status === 'pending';

/** A new operation: its row as it was added. */
export interface AddedOperation {
  readonly id: number;
  readonly version: string;
  readonly identity: string;
}

/** The transition that takes a retry out of the queue again, if no session has claimed it. */
export function undoOfRetry({ id, version, identity }: AddedOperation): Transition {
  return { id, from: 'pending', to: 'skipped', completedAt: 'set', version, identity };
}

/** The outcome of a transition. All of them are expected, so none is thrown. */
export type Outcome =
  | {
      readonly kind: 'applied';
      /** The version of the row after the transition. */
      readonly version: string;
      /** Whether `completed_at` was set before it. */
      readonly hadCompletedAt: boolean;
      /** When it was applied, on the database's clock. */
      readonly at: number;
      /** Committed on this server, but a synchronous standby did not confirm it in time. */
      readonly isUnconfirmed: boolean;
      /** The operation that a retry has added to the queue. */
      readonly added?: AddedOperation;
      /** The values that a take over has cleared, as an undo sends them back; absent if there is no undo. */
      readonly before?: string;
    }
  /** Another session changed the status first, to `actual`. `by`: who it was, where that is known: `worker 3`, `ops2@bastion`. */
  | { readonly kind: 'stale'; readonly actual: string; readonly by?: string }
  /** The row with that id is another operation now: `now` is its phase, table and operation. */
  | { readonly kind: 'changed'; readonly now: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'locked'; readonly pid: number | null; readonly application: string | null }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It was sent, but the server's answer did not arrive: it may have been applied or not. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** It was sent, the answer was lost, and the database showed later that it changed nothing and never will. */
  | { readonly kind: 'not applied' }
  /** It was not sent, so nothing was changed. */
  | { readonly kind: 'not sent'; readonly reason: string };

/** Whether a paused operation was put back into the queue during the pause. Some programs write no start, but a worker. */
const hasLostWorker = ({ startedAt, workerId }: Subject): boolean => startedAt === null && (workerId ?? null) === null;

/**
 * Whether a paused operation evidently waited for a worker when it was paused: it has no start or no worker; or it has an end or
 * an error, from an earlier attempt, and was put back into the queue. As running, it would have no worker.
 */
function waitsForWorker({ startedAt, workerId, completedAt, errorMessage }: Subject): boolean {
  return startedAt === null || workerId === null || (completedAt ?? errorMessage ?? null) !== null;
}

function allowed(operation: Subject, to: Status, completedAt: CompletedAt): Decision {
  return {
    kind: 'allowed',
    transition: {
      id: operation.id,
      from: operation.status,
      to,
      completedAt,
      version: null,
      identity: operation.identity,
    },
  };
}

function refused(reason: Refusal): Decision {
  return { kind: 'refused', reason };
}
