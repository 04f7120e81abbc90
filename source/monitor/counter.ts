import type { Patient, WorkDone } from '../polling/counting-rest.ts';

/** Counts the table between polls, id range by id range, while there is something to count. */
export interface Counter {
  start(): void;
  /** Stops counting until `resume`. */
  pause(): void;
  resume(): void;
  stop(): void;
}

export interface CounterOptions {
  /** @param isDue whether a count that can wait is due */
  readonly work: (isDue: (kind: Patient) => boolean) => Promise<WorkDone | null>;
  /** Called when the totals or the triage have become complete. */
  readonly onWhole: () => void;
}

/** How often to check whether there is something to count. */
const idleMs = 1000;
/** How long to wait after an error: the polls find a lost database again. */
const afterErrorMs = 5000;

/** Runs `work` again and again, with the rests that it asks for; after an error it waits `afterErrorMs`. */
export function createCounter({ work, onWhole }: CounterOptions): Counter {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let paused = false;
  let isRunning = false;
  /** When the next count that can wait is due. */
  const dueMs = { check: Number.NEGATIVE_INFINITY, guess: Number.NEGATIVE_INFINITY };

  async function run(): Promise<void> {
    isRunning = true;
    let waitMs = idleMs;
    try {
      const done = await work((kind) => performance.now() >= dueMs[kind]);
      const restMs = (done?.restSeconds ?? 0) * 1000;
      if (done?.waits !== undefined) dueMs[done.waits] = performance.now() + restMs;
      // Other counts do not wait for it.
      if (done !== null) waitMs = done.waits === undefined ? restMs : Math.min(idleMs, restMs);
      if ((done?.isWhole || done?.isTriaged) && !stopped) onWhole();
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
      // A count that is still running starts the next one itself.
      if (!stopped && timer !== undefined && !isRunning) timer = setTimeout(run, 0);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
