import type { WorkDone } from '../database/watch.ts';

/** Counts the table between polls, piece by piece, for as long as there is something to count. */
export interface Counter {
  start(): void;
  stop(): void;
}

export interface CounterOptions {
  readonly work: () => Promise<WorkDone | null>;
  /** The totals have just become whole. */
  readonly onWhole: () => void;
}

/** How often to look whether something has become due. */
const idleMs = 1000;
/** A database that could not be reached is the polls' to find again. */
const afterErrorMs = 5000;

export function createCounter({ work, onWhole }: CounterOptions): Counter {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function run(): Promise<void> {
    let waitMs = idleMs;
    try {
      const done = await work();
      if (done !== null) waitMs = done.restSeconds * 1000;
      if (done?.isWhole && !stopped) onWhole();
    } catch {
      waitMs = afterErrorMs;
    }
    if (!stopped) timer = setTimeout(run, waitMs);
  }

  return {
    start() {
      if (!stopped && timer === undefined) timer = setTimeout(run, 0);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
