import { initialState } from '../../source/monitor/initial-state.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { target } from './fixtures.ts';

/** A monitor's state before its first poll, in a window of 80x24. */
export function firstState(): MonitorState {
  return initialState({ target, readOnly: null, intervalSeconds: 1, window: { columns: 80, rows: 24 }, nowMs: 0 });
}
