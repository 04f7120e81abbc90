import type { Operation, Status } from './operation.ts';

/** What an operator can do with an operation. */
export type Action = 'pause' | 'resume' | 'skip';

/** How `completed_at` changes: it is kept, set to now if the operation has no end, or cleared. */
export type CompletedAt = 'keep' | 'set' | 'clear';

/** A change of one operation's status that is allowed from the status it was seen in. */
export interface Transition {
  readonly id: number;
  readonly from: Status;
  readonly to: Status;
  readonly completedAt: CompletedAt;
  /** The version (xmin) that the row must still have, or null for any. Undo alone asks for one. */
  readonly version: string | null;
  /** What the row must still be (`Operation.identity`); null for whatever has the id. */
  readonly identity: string | null;
}

export type Decision = { kind: 'allowed'; transition: Transition } | { kind: 'refused'; reason: string };

type Subject = Pick<Operation, 'id' | 'status' | 'startedAt'> & { readonly identity: string | null };

/**
 * Whether an action may be done to an operation as it was last seen, and what it would write.
 *
 * pause: running or pending. resume: paused, back to what it was paused from; where that is not known, to running if it
 * had started, else to pending. skip: pending, paused
 * or failed; a running operation must be paused first, so that its worker stops before its work is given up.
 *
 * @param pausedFrom the status that this program paused it from, null where it did not. A row that was put back into the
 *   queue may still have its started_at: nobody is at it, so it must not become running.
 */
export function decide(action: Action, operation: Subject, pausedFrom: Status | null = null): Decision {
  const { status } = operation;
  switch (action) {
    case 'pause':
      if (status === 'running' || status === 'pending') return allowed(operation, 'paused', 'keep');
      return refused(status === 'paused' ? 'already paused' : `already ${status}`);
    case 'resume':
      if (status === 'paused') {
        const waits = operation.startedAt === null || pausedFrom === 'pending';
        return allowed(operation, waits ? 'pending' : 'running', 'keep');
      }
      return refused(status === 'running' ? 'already running' : `it is ${status}, not paused`);
    case 'skip':
      if (status === 'pending' || status === 'paused' || status === 'failed')
        return allowed(operation, 'skipped', 'set');
      return refused(status === 'running' ? 'pause it first' : `already ${status}`);
  }
}

/**
 * The move that takes back another, as long as nobody has touched the row since.
 *
 * @param done the move that was made
 * @param version the version of the row that it left behind
 * @param hadCompletedAt whether `completed_at` was filled before it
 */
export function undoOf(done: Transition, version: string, hadCompletedAt: boolean): Transition {
  return {
    id: done.id,
    from: done.to,
    to: done.from,
    completedAt: done.completedAt === 'set' && !hadCompletedAt ? 'clear' : 'keep',
    version,
    identity: done.identity,
  };
}

/** The outcome of a transition. All of them are expected: only a bug is thrown. */
export type Outcome =
  | {
      readonly kind: 'applied';
      /** The version of the row after the transition. */
      readonly version: string;
      /** Whether `completed_at` was filled before it. */
      readonly hadCompletedAt: boolean;
      /** When it was made, on the database's clock. */
      readonly at: number;
      /** Committed on this server, and not confirmed by a synchronous standby in time. */
      readonly isUnconfirmed: boolean;
    }
  /** Another session was faster: the status that it has now. */
  | { readonly kind: 'stale'; readonly actual: string }
  /** The row with that id is another operation now: its phase, table and operation. */
  | { readonly kind: 'changed'; readonly now: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'locked'; readonly pid: number | null; readonly application: string | null }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It was sent, and the server's answer did not arrive: it may have been made or not. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** Nothing was sent, so nothing was changed. */
  | { readonly kind: 'unsent'; readonly reason: string };

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

function refused(reason: string): Decision {
  return { kind: 'refused', reason };
}
