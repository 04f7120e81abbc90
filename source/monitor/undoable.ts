import type { SeenFailure } from '../domain/acceptance.ts';
import type { Transition } from '../domain/transitions.ts';
import type { UndoableBulk } from './acting-state.ts';

/** An action that `u` can take back. */
export type Undoable =
  | { readonly kind: 'one'; readonly action: UndoableTransition }
  | { readonly kind: 'many'; readonly action: UndoableBulk }
  | { readonly kind: 'accepted'; readonly failures: readonly SeenFailure[] };

export interface UndoableTransition {
  /** The transition that takes it back. */
  readonly undo: Transition;
  readonly tableName: string;
  /** The version (xmin) that the row had before; absent if unknown. */
  readonly versionBefore?: string | null;
  /** The version that the action wrote; absent if unknown. */
  readonly versionAfter?: string;
}

/** A row that an undo has changed back: the version that it had before the action, and the one that it has now. */
export interface ChangedBack extends Pick<Transition, 'id' | 'identity'> {
  readonly versionBefore: string | null | undefined;
  readonly version: string;
}
