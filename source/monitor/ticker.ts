import { type MonitorState, toastMs } from './state.ts';
import type { Store } from './store.ts';

/** Draws the passing time between polls: the age of the data, and the end of a message. */
export interface Ticker {
  start(): void;
  stop(): void;
}

/** After how long without a new time the screen gets one, in milliseconds. */
const tickMs = 1000;

/** How long a poll that is due at that time may take before the screen gets a new time without it. */
const pollGraceMs = 300;

/** A poll sets the time too, so each second has one frame and not two as long as polls are answered. */
export function createTicker(store: Store, now: () => number): Ticker {
  let timer: NodeJS.Timeout | undefined;

  function run(): void {
    if (now() >= tickAt(store.state())) store.emit({ kind: 'ticked', nowMs: now() });
    timer = setTimeout(run, Math.max(1, tickAt(store.state()) - now()));
  }

  return {
    start() {
      timer = setTimeout(run, tickMs);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}

/** When the screen needs a new time, in milliseconds of the clock of `nowMs`. */
export function tickAt({
  nowMs,
  receivedAtMs,
  interval,
  toast,
}: Pick<MonitorState, 'nowMs' | 'receivedAtMs' | 'interval' | 'toast'>): number {
  const pollMs = receivedAtMs + interval.actualSeconds * 1000;
  const isPollNear = Math.abs(pollMs - nowMs - tickMs) <= pollGraceMs;
  const timeMs = isPollNear ? Math.max(nowMs + tickMs, pollMs + pollGraceMs) : nowMs + tickMs;
  // Only a tick removes a message whose time is over.
  return toast === null ? timeMs : Math.min(timeMs, toast.atMs + toastMs + 1);
}
