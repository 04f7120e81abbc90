import type { Ambiguity } from '../domain/checkpoint.ts';
import { cleanLine } from '../domain/clean-text.ts';
import type { Phase, Status } from '../domain/operation.ts';

/**
 * The control table does not exist (`no-table`), or a row has a value that the library cannot read (`unreadable`). The message
 * names the remedy.
 */
export class ControlTableError extends Error {
  readonly kind: 'no-table' | 'unreadable';

  constructor(kind: 'no-table' | 'unreadable', message: string) {
    super(cleanLine(message));
    this.name = 'ControlTableError';
    this.kind = kind;
  }
}

/** The operation's status does not allow the transition. Nothing was changed. */
export class TransitionError extends Error {
  readonly id: number;
  /** The operation's status. */
  readonly from: Status;
  /** The status that was requested. */
  readonly to: Status;

  constructor(id: number, from: Status, to: Status) {
    super(`Cannot change operation ${id} to ${to}: it is ${from}. ${remedies[from]}`);
    this.name = 'TransitionError';
    this.id = id;
    this.from = from;
    this.to = to;
  }
}

const remedies: Readonly<Record<Status, string>> = {
  pending: 'Claim it first, with claimNext() or runBatches({ operation }).',
  running: 'Wait until it ends.',
  paused: 'Wait until an operator resumes it, with waitWhilePaused().',
  completed: 'It has already ended.',
  failed: 'Repeat its work with retryOperation().',
  skipped: 'An operator skipped it; leave it alone.',
};

/** No operation has this id: its row was deleted, or never existed. */
export class OperationGoneError extends Error {
  readonly id: number;

  constructor(id: number) {
    super(
      `There is no operation ${id}: its row was deleted, or never existed. List open operations with findIncompleteOperations().`,
    );
    this.name = 'OperationGoneError';
    this.id = id;
  }
}

/** The operation belongs to another worker, or to another process with the same worker id. Nothing was changed. */
export class OperationTakenError extends Error {
  readonly id: number;
  /** `worker_id` of the row; null if it names no worker. */
  readonly workerId: number | null;

  constructor(id: number, workerId: number | null, isReclaimed = false) {
    const owner = workerId === null ? 'no worker' : `${isReclaimed ? 'another process of ' : ''}worker ${workerId}`;
    const since = isReclaimed ? ', which claimed it later' : '';
    super(
      `Operation ${id} belongs to ${owner}${since}. If that worker is dead, take the operation over with takeOver().`,
    );
    this.name = 'OperationTakenError';
    this.id = id;
    this.workerId = workerId;
  }
}

/**
 * The rows of a table do not say how many records are done. Nothing was started and no operation was changed, except that an
 * operation that this worker had claimed is pending again. The message names the options that resolve it.
 */
export class AmbiguousCheckpointError extends Error {
  /** Why it is ambiguous. */
  readonly reason: Ambiguity;
  readonly phase: Phase;
  readonly tableName: string;
  /** The ids of the operations that cause it. */
  readonly operations: readonly number[];

  constructor(
    reason: Ambiguity,
    phase: Phase,
    tableName: string,
    operations: readonly number[],
    remedy: Pick<Remedy, 'atLeast'> & { readonly run?: RunRemedy | null } = {},
  ) {
    const some = operations.slice(0, maxNamedOperations).join(', ');
    const rest = operations.length > maxNamedOperations ? ` and ${operations.length - maxNamedOperations} more` : '';
    super(
      cleanLine(
        `It is not clear how many records of ${phase} ${tableName} are done: ${reasons[reason]} (operation ${some}${rest}). ` +
          `Pass ${remedyOf({ reason, run: null, ...remedy })}.`,
      ),
    );
    this.name = 'AmbiguousCheckpointError';
    this.reason = reason;
    this.phase = phase;
    this.tableName = tableName;
    this.operations = operations;
  }
}

const maxNamedOperations = 10;

/** Which `run` a worker has to name: that of the rows, none as the rows, or a new one. */
export type RunRemedy = keyof typeof runRemedies;

const runRemedies = {
  same: 'run to createMigrationControl (the name of the run to continue)',
  none: 'no run to createMigrationControl (to continue the operations without one)',
  another: 'another run to createMigrationControl (it does not count the operations of this run)',
} as const;

interface Remedy {
  readonly reason: Ambiguity;
  readonly atLeast?: number | undefined;
  readonly run: RunRemedy | null;
}

/** Where no way to read the counters says how many records are done. */
const withoutCounting: ReadonlySet<Ambiguity> = new Set(['another run', 'begun again', 'gap', 'no counter', 'undone']);

/** The options that resolve an ambiguity. */
function remedyOf({ reason, atLeast, run }: Remedy): string {
  const offset = `offset (how many records are done${(atLeast ?? 0) === 0 ? '' : `: ${atLeast} or more`})`;
  const since = 'since (a time or an id: excludes the operations of an earlier run)';
  if (reason === 'overtaken') return offset;
  const counting = "counting ('batch', 'own' or 'cumulative': how to read the counters)";
  const options = [
    ...(run === null ? [] : [runRemedies[run]]),
    offset,
    ...(withoutCounting.has(reason) ? [] : [counting]),
  ];
  return `${options.join(', ')} or ${since}`;
}

const reasons: Readonly<Record<Ambiguity, string>> = {
  'own totals': 'each operation has its own total',
  either: 'the counters may add up, or each may include the records of the operations before it',
  'begun again': 'a part of the work was begun again, and some of its records may be counted twice',
  'more than the total': 'the counters add up to more than the total',
  'several runs': 'the operations may belong to different runs',
  'another run': 'some operations are marked with the name of a run, and others, or this worker, have none',
  'other operations': 'the operations have different names, and may count different records',
  gap: 'records before the last ones that were done may be missing',
  'no counter': 'an operation does not say how many records it did',
  undone: 'records that were done may have been undone since',
  overtaken: 'a later operation started before this one ended, and may have migrated the same records',
  'queued ranges': 'several operations are pending, and each may be a range of the table',
};
