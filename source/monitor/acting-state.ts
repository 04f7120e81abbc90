import type { BulkPlan, Change, RowOutcome } from '../domain/bulk-actions.ts';
import type { Action } from '../domain/transitions.ts';
import { type Marks, noMarks } from './marks.ts';

/** An action that may change many operations at once. */
export type BulkAction = ManyAction | 'undo';

/** An action on marks, a table or a kind of failure. */
export type ManyAction = Action | 'retry' | 'takeover' | 'batch size';

/** The part of the state that belongs to actions on many operations. */
export interface ActingState {
  readonly marks: Marks;
  /** How many operations were marked before no row of them was left; 0 once the operator knows, has acted, or marks others. */
  readonly lostMarks: number;
  /** The operations that an action is changing at this moment. */
  readonly writing: readonly number[];
  /** The action on many in progress. */
  readonly running: RunningBulk | null;
  /** The action on many that an undo would take back. */
  readonly undoable: UndoableBulk | null;
  /** The last actions on several operations with the outcome of each row, oldest first. */
  readonly bulkActions: readonly LastBulk[];
  /** The last action on many, for a reason that is added to it. */
  readonly lastActed: OwnAction | null;
  /** The changes that `P` made: it takes exactly these back. */
  readonly pausedAll: readonly Change[] | null;
  /** The last reason that was given in this session. */
  readonly lastReason: string | null;
  /** The retry that is watched before the rest of its kind is retried. */
  readonly canary: Canary | null;
}

export interface RunningBulk {
  readonly action: BulkAction | 'mark' | 'accept';
  /** The operations that it changes, in words: `12 marked operations`, `table brackets`. */
  readonly what: string;
  /** How many rows it changes; null while they are still being read. */
  readonly total: number | null;
  readonly done: number;
}

export interface UndoableBulk {
  /** The part of the key that all its actions share (`bulkOf`). */
  readonly key: string;
  readonly action: BulkAction;
  readonly what: string;
  readonly changes: readonly Change[];
  /** When it was done, on the database's clock; absent if unknown. */
  readonly at?: number;
}

export interface LastBulk {
  /** The part of the key that all its actions share (`bulkOf`). */
  readonly key: string;
  readonly action: BulkAction;
  readonly what: string;
  readonly results: readonly RowOutcome[];
  /** The rows that were refused before anything was sent. */
  readonly refused: BulkPlan['refused'];
  /** When the last row was changed, on the database's clock; null if none was. */
  readonly at: number | null;
}

/** An action that was applied, to one operation or to many. */
export interface OwnAction {
  readonly action: string;
  readonly what: string;
  /** When, on the database's clock. */
  readonly at: number;
  /** The operations as the audit names them. */
  readonly rows: readonly {
    readonly operationId: number;
    readonly identity: string | null;
    readonly from: string;
    readonly to: string;
  }[];
}

/** How many actions on many are kept. */
export const mostBulkActions = 5;

export interface Canary {
  readonly failureKind: string;
  /** The operation that was added to the queue. */
  readonly id: number;
  readonly identity: string;
  /** When it was added, on the database's clock. */
  readonly since: number;
  /** The ids of the other failures of the kind. */
  readonly rest: readonly number[];
  /** Whether it has completed: then the next retry is of the rest. */
  readonly isCompleted: boolean;
}

export const idleActing: ActingState = {
  marks: noMarks,
  lostMarks: 0,
  writing: [],
  running: null,
  undoable: null,
  bulkActions: [],
  lastActed: null,
  pausedAll: null,
  lastReason: null,
  canary: null,
};
