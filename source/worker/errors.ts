import { cleanLine } from '../domain/clean-text.ts';
import type { Status } from '../domain/operation.ts';

/** The control table is not there, or holds what the library cannot read. The message names the remedy where there is one. */
export class ControlTableError extends Error {
  readonly kind: 'no-table' | 'unreadable';

  constructor(kind: 'no-table' | 'unreadable', message: string) {
    super(cleanLine(message));
    this.name = 'ControlTableError';
    this.kind = kind;
  }
}

/** A change of an operation's status that the library does not make, because it is not what the caller took it for. */
export class TransitionError extends Error {
  readonly id: number;
  /** What the operation is. */
  readonly from: Status;
  /** What it was to become. */
  readonly to: Status;

  constructor(id: number, from: Status, to: Status) {
    super(`Operation ${id} cannot become ${to}: it is ${from}. ${remedies[from]}`);
    this.name = 'TransitionError';
    this.id = id;
    this.from = from;
    this.to = to;
  }
}

const remedies: Readonly<Record<Status, string>> = {
  pending: 'It waits in the queue: claim it first (claimNext, or runBatches with the operation).',
  running: 'It is under way.',
  paused: 'An operator paused it: wait until it goes on (waitWhilePaused), or leave it.',
  completed: 'It has ended.',
  failed: 'It has ended: repeat its work with retryOperation.',
  skipped: 'An operator has given it up.',
};

/** There is no operation with that id (any more). */
export class OperationGoneError extends Error {
  readonly id: number;

  constructor(id: number) {
    super(`There is no operation ${id}: its row was deleted, or never was.`);
    this.name = 'OperationGoneError';
    this.id = id;
  }
}

/** The operation is another worker's. */
export class OperationTakenError extends Error {
  readonly id: number;
  /** Whose it is; null where the row names no worker. */
  readonly workerId: number | null;

  constructor(id: number, workerId: number | null) {
    const owner = workerId === null ? 'no worker' : `worker ${workerId}`;
    super(`Operation ${id} is not this worker's: it belongs to ${owner}. Leave it, or take it over (takeOver).`);
    this.name = 'OperationTakenError';
    this.id = id;
    this.workerId = workerId;
  }
}
