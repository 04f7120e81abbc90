import type { Doubt } from '../domain/checkpoint.ts';
import { cleanLine } from '../domain/clean-text.ts';
import type { Phase, Status } from '../domain/operation.ts';

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

/**
 * The rows of a table do not say how many records are done. Nothing was begun, and no operation was changed, except that one
 * that this worker had claimed is back in the queue. Which options settle it is in the message.
 */
export class AmbiguousCheckpointError extends Error {
  readonly doubt: Doubt;
  readonly phase: Phase;
  readonly tableName: string;
  /** The ids of the operations that leave it open. */
  readonly operations: readonly number[];

  constructor(doubt: Doubt, phase: Phase, tableName: string, operations: readonly number[]) {
    const some = operations.slice(0, mostNamed).join(', ');
    const rest = operations.length > mostNamed ? ` and ${operations.length - mostNamed} more` : '';
    super(
      cleanLine(
        `It is not clear how many records of ${phase} ${tableName} are done: ${doubts[doubt]} (operation ${some}${rest}). ` +
          `Pass ${remediesOf(doubt)}.`,
      ),
    );
    this.name = 'AmbiguousCheckpointError';
    this.doubt = doubt;
    this.phase = phase;
    this.tableName = tableName;
    this.operations = operations;
  }
}

const mostNamed = 10;

/** The options that settle a doubt. */
function remediesOf(doubt: Doubt): string {
  const offset = 'offset (how many records are done)';
  const since = 'since (a time or an id: to leave out the operations of an earlier run)';
  if (doubt === 'overtaken') return offset;
  if (doubt === 'another run')
    return `run (to createMigrationControl: the name of the run to go on with), ${offset} or ${since}`;
  return `${offset}, counting ('batch', 'own' or 'cumulative': how the counters are to be read) or ${since}`;
}

const doubts: Readonly<Record<Doubt, string>> = {
  'own totals': 'each operation has a total of its own',
  either: 'the counters may add up, or each may include the records of those before',
  'more than the total': 'the counters add up to more than the total',
  'several runs': 'the operations may belong to different runs',
  'another run': 'some operations are marked with the name of a run, and others, or this worker, have none',
  'other operations': 'the operations have different names, and may count different records',
  gap: 'the operations may leave records between them undone',
  overtaken: 'a later operation began before the end of this one, and may have done the same records',
  'queued ranges': 'several operations wait in the queue, and each may be a range of the table',
};
