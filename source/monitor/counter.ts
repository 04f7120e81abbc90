import type { WorkDone } from '../polling/counting-rest.ts';

/** Counts the table between polls, piece by piece, for as long as there is something to count. */
export interface Counter {
  start(): void;
  /** Counts no more until `resume`. */
  pause(): void;
  resume(): void;
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
  let paused = false;
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    let waitMs = idleMs;
    try {
      const done = await work();
      if (done !== null) waitMs = done.restSeconds * 1000;
      if (done?.isWhole && !stopped) onWhole();
    } catch {
      waitMs = afterErrorMs;
    }
    isRunning = false;
    if (!stopped && !paused) timer = setTimeout(run, waitMs);
  }

  return {
    start() {
      if (!stopped && timer === undefined) timer = setTimeout(run, 0);
    },
    pause() {
      paused = true;
      clearTimeout(timer);
    },
    resume() {
      paused = false;
      // One that is still under way goes on by itself.
      if (!stopped && timer !== undefined && !isRunning) timer = setTimeout(run, 0);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
