import type { Window } from '../presentation/window.ts';
import type { Store } from './store.ts';
import type { Typed } from './typed.ts';

/** The running monitor, without a screen. */
export interface Monitor {
  readonly store: Store;
  start(): void;
  /** Takes the input of one chunk from the terminal, in order: a held key arrives as several at once. */
  take(typed: readonly Typed[]): void;
  /** Handles keys, given by their names. */
  press(chords: readonly string[]): void;
  resize(window: Window): void;
  /** Stops polling until `resume`, and resolves when no statement of migtop runs on the server any more. */
  pause(): Promise<void>;
  resume(): void;
  /** Stops polling, cancels the statements that run on the server, and closes the connections. */
  stop(): Promise<void>;
}
