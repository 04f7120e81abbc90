import type { MonitorEvent } from './event.ts';
import { reduce } from './reduce.ts';
import type { MonitorState } from './state.ts';

/** Holds the state; the only place where it changes. */
export interface Store {
  state(): MonitorState;
  emit(event: MonitorEvent): void;
  /** Calls back after every change; returns how to stop that. */
  subscribe(listener: () => void): () => void;
}

/** Holds the state. Listeners run at once, in the order in which they subscribed, and only if the state has changed. */
export function createStore(initial: MonitorState): Store {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    state: () => state,
    emit(event) {
      const next = reduce(state, event);
      if (next === state) return;
      state = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
