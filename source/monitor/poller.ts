/** Calls `poll` again and again, one at a time. */
export interface Poller {
  start(): void;
  /** Polls at once, or as soon as the running poll has ended. */
  now(): void;
  /** Stops polling until `resume`; the failure of a running poll is ignored. */
  pause(): void;
  resume(): void;
  stop(): void;
}

export interface PollerOptions {
  /** Polls once. Resolves to how many seconds to wait until the next. Rejects where the database is lost. */
  readonly poll: () => Promise<number>;
  readonly onLost: (error: unknown, attempt: number) => void;
}

const firstBackoffMs = 500;
const longestBackoffMs = 10_000;

/** How long to wait before the next attempt to reach a lost database: doubling, up to ten seconds. */
export function backoffMs(attempt: number): number {
  return Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(attempt - 1, 10));
}

/** Polls one at a time; after a loss it tries again with rests of 0.5 to 10 s. The caller ends it with `stop`. */
export function createPoller({ poll, onLost }: PollerOptions): Poller {
  let timer: NodeJS.Timeout | undefined;
  let polling = false;
  let again = false;
  let stopped = false;
  let paused = false;
  let attempt = 0;

  async function run(): Promise<void> {
    clearTimeout(timer);
    if (stopped || paused) return;
    if (polling) {
      again = true;
      return;
    }
    polling = true;
    again = false;
    let waitMs: number;
    try {
      waitMs = (await poll()) * 1000;
      attempt = 0;
    } catch (error) {
      if (!paused) attempt++;
      waitMs = backoffMs(attempt);
      if (!stopped && !paused) onLost(error, attempt);
    }
    polling = false;
    if (stopped || paused) return;
    timer = setTimeout(run, again ? 0 : waitMs);
  }

  return {
    start: () => void run(),
    now: () => void run(),
    pause() {
      paused = true;
      clearTimeout(timer);
    },
    resume() {
      paused = false;
      void run();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
