import type { Change, RowOutcome } from '../domain/batch-actions.ts';
import type { Action } from '../domain/transitions.ts';
import { type Marks, noMarks } from './marks.ts';

/** An action that may change many operations at once. */
export type BatchAction = Action | 'retry' | 'undo';

/** The part of the state that belongs to actions on many operations. */
export interface ActingState {
  readonly marks: Marks;
  /** The operations that an action is changing at this moment. */
  readonly writing: readonly number[];
  /** The batch action in progress. */
  readonly running: RunningBatch | null;
  /** The batch action that an undo would take back. */
  readonly undoable: UndoableBatch | null;
  /** The last batch action, with the outcome of each row. */
  readonly last: LastBatch | null;
  /** The changes that `P` made: it takes exactly these back. */
  readonly pausedAll: readonly Change[] | null;
  /** The last reason that was given in this session. */
  readonly lastReason: string | null;
  /** The retry that is watched before the rest of its kind is retried. */
  readonly canary: Canary | null;
}

export interface RunningBatch {
  readonly action: BatchAction | 'mark';
  /** What it acts on: `12 marked operations`, `table brackets`. */
  readonly what: string;
  /** How many rows it changes; null while they are still being read. */
  readonly total: number | null;
  readonly done: number;
}

export interface UndoableBatch {
  readonly action: BatchAction;
  readonly what: string;
  readonly changes: readonly Change[];
}

export interface LastBatch {
  readonly action: BatchAction;
  readonly what: string;
  readonly results: readonly RowOutcome[];
}

export interface Canary {
  readonly failureKind: string;
  /** The operation that was added to the queue. */
  readonly id: number;
  /** The ids of the other failures of the kind. */
  readonly rest: readonly number[];
  /** Whether it has completed: then the next retry is of the rest. */
  readonly isCompleted: boolean;
}

export const idleActing: ActingState = {
  marks: noMarks,
  writing: [],
  running: null,
  undoable: null,
  last: null,
  pausedAll: null,
  lastReason: null,
  canary: null,
};
