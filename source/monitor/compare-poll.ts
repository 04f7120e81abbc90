import { type Observation, observe } from '../domain/observation.ts';
import { isOtherTable, type Snapshot } from '../domain/snapshot.ts';
import { paceAfter } from './pace.ts';
import type { MonitorState } from './state.ts';

/** A snapshot compared with a state, before the state takes it. */
export interface ComparedPoll {
  readonly before: Pick<MonitorState, 'latest' | 'carried' | 'pace' | 'peaksOfAll'>;
  readonly latest: Observation;
  readonly pace: NonNullable<MonitorState['pace']>;
}

/** The part of a state that the next snapshot is compared with: nothing of it, if that is of another table. */
export function comparableWith<State extends ComparedPoll['before']>(state: State, snapshot: Snapshot): State {
  if (!isOtherTable(state.latest?.snapshot, snapshot)) return state;
  return { ...state, latest: null, pace: null, peaksOfAll: null, carried: null };
}

/**
 * Compares a snapshot with the state in several turns of the event loop: a key that is pressed meanwhile waits for one of them.
 *
 * @param nextTurn resolves after the keys that have arrived were taken; without it, the state compares the snapshot when it takes it
 */
export async function comparePoll(
  state: () => MonitorState,
  snapshot: Snapshot,
  nextTurn: (() => Promise<void>) | undefined,
): Promise<{ readonly compared?: ComparedPoll }> {
  if (nextTurn === undefined) return {};
  await nextTurn();
  const before = state();
  const known = comparableWith(before, snapshot);
  const latest = observe(known.latest, snapshot, known.carried);
  await nextTurn();
  const pace = paceAfter(known.pace, latest, known.peaksOfAll);
  await nextTurn();
  return { compared: { before, latest, pace } };
}

/** The comparison, if the state has not changed since in what it was made from; else null. */
export function comparedWith(state: MonitorState, compared: ComparedPoll | undefined): ComparedPoll | null {
  if (compared === undefined) return null;
  const { latest, carried, pace, peaksOfAll } = compared.before;
  const isSame = latest === state.latest && carried === state.carried && pace === state.pace;
  return isSame && peaksOfAll === state.peaksOfAll ? compared : null;
}
