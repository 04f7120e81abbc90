import type { Notice } from '../domain/notices.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';

/** Calls back with the notices of each change of the state, oldest first; returns how to stop that. */
export function followNotices(
  store: Pick<Store, 'state' | 'subscribe'>,
  listener: (notices: readonly Notice[], state: MonitorState) => void,
): () => void {
  const newNotices = createNewNotices(store.state());
  return store.subscribe(() => {
    const state = store.state();
    const fresh = newNotices(state);
    if (fresh.length > 0) listener(fresh, state);
  });
}

/** Gives the notices of each state that were not given before. */
export function createNewNotices(state?: MonitorState): (state: MonitorState) => readonly Notice[] {
  let last = state?.noticing.last ?? 0;
  return ({ noticing }) => {
    if (noticing.last === last) return [];
    const fresh = noticing.notices.filter(({ number }) => number > last);
    last = noticing.last;
    return fresh;
  };
}
