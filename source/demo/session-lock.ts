/** A user of PGlite's only session: a client or the simulation. */
export interface SessionUser {
  /** Called if it holds the session too long while others wait: it must `leave`. */
  terminate(): void;
}

/** Whether the session is free after a job, or the user holds it with an open transaction or an incomplete request. */
export type LeftLock = 'free' | 'held';

/**
 * Lets one user at a time run a job on the session, in the order of their calls. A user with an open transaction holds the
 * session until the transaction ends: otherwise the jobs of others would run inside it.
 */
export interface SessionLock {
  /** Runs a job when the session is free. Rejects with the job's error, or if the user leaves before. */
  run<T>(sessionUser: SessionUser, job: () => Promise<{ left: LeftLock; result: T }>): Promise<T>;
  /** Rejects the waiting jobs of a user. If it holds the session, runs `reset` before the next user's job. */
  leave(sessionUser: SessionUser, reset: () => Promise<void>): Promise<void>;
}

interface Waiting {
  readonly sessionUser: SessionUser;
  run(): Promise<LeftLock>;
  giveUp(): void;
}

/** @param idleTimeoutMs how long a user may hold the session without a job while others wait, in milliseconds */
export function createSessionLock(idleTimeoutMs: number): SessionLock {
  let waiting: Waiting[] = [];
  let holder: SessionUser | null = null;
  let isRunning = false;
  let idleTimer: NodeJS.Timeout | undefined;

  async function drain(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    clearTimeout(idleTimer);
    for (let next = take(); next !== undefined; next = take()) {
      holder = next.sessionUser;
      if ((await next.run()) === 'free') holder = null;
    }
    isRunning = false;
    if (holder !== null) idleTimer = setTimeout(onIdleTimeout, idleTimeoutMs, holder);
  }

  function take(): Waiting | undefined {
    const index = holder === null ? 0 : waiting.findIndex((one) => one.sessionUser === holder);
    return index === -1 ? undefined : waiting.splice(index, 1)[0];
  }

  function onIdleTimeout(sessionUser: SessionUser): void {
    if (waiting.length > 0) sessionUser.terminate();
    else idleTimer = setTimeout(onIdleTimeout, idleTimeoutMs, sessionUser);
  }

  function enqueue<T>(sessionUser: SessionUser, job: () => Promise<{ left: LeftLock; result: T }>): Promise<T> {
    return new Promise((resolve, reject) => {
      waiting.push({
        sessionUser,
        async run() {
          try {
            const { left, result } = await job();
            resolve(result);
            return left;
          } catch (error) {
            reject(error);
            return 'free';
          }
        },
        giveUp: () => reject(new Error('the connection was closed')),
      });
      drain();
    });
  }

  return {
    run: enqueue,
    async leave(sessionUser, reset) {
      const [own, others] = [
        waiting.filter((one) => one.sessionUser === sessionUser),
        waiting.filter((one) => one.sessionUser !== sessionUser),
      ];
      waiting = others;
      for (const one of own) one.giveUp();
      if (holder !== sessionUser) return;
      await enqueue(sessionUser, async () => ({ left: 'free', result: await reset() }));
    },
  };
}
