import type { SeenFailure } from '../domain/acceptance.ts';
import type { Transition } from '../domain/transitions.ts';
import type { UndoableBatch } from './acting-state.ts';

/** An action that `u` can take back. */
export type Undoable =
  | { readonly kind: 'one'; readonly action: UndoableTransition }
  | { readonly kind: 'many'; readonly action: UndoableBatch }
  | { readonly kind: 'accepted'; readonly failures: readonly SeenFailure[] };

export interface UndoableTransition {
  /** The transition that takes it back. */
  readonly undo: Transition;
  readonly tableName: string;
}
