import { useInput, usePaste } from 'ink';
import type { Monitor } from '../monitor/monitor.ts';
import { chordsOf } from './chords.ts';

/** Hands the terminal's keys and pasted text to the monitor. */
export function useKeys(monitor: Monitor): void {
  useInput((input, key) => monitor.press(chordsOf(input, key)));
  usePaste((pasted) => monitor.paste(pasted));
}
