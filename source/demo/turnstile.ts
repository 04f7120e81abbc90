/** Somebody who uses the one session that PGlite has. */
export interface Visitor {
  /** It has kept the session from the others for too long, and will have to `leave`. */
  evict(): void;
}

/** Whether a visitor may be followed by another one, or has left a transaction or half a request behind. */
export type Left = 'free' | 'held';

/**
 * Lets one visitor at a time use the session, in the order in which they come. A visitor that leaves it in the middle
 * of a transaction goes on alone until that has ended: the others would run inside it otherwise.
 */
export interface Turnstile {
  /** Runs a job when its turn has come. Rejects with what the job rejects with, and when the visitor leaves before. */
  run<T>(visitor: Visitor, job: () => Promise<{ left: Left; result: T }>): Promise<T>;
  /** Forgets what a visitor still wanted, and runs `tidy` if it holds the session, before anybody else comes in. */
  leave(visitor: Visitor, tidy: () => Promise<void>): Promise<void>;
}

interface Waiting {
  readonly visitor: Visitor;
  run(): Promise<Left>;
  giveUp(): void;
}

/** @param patienceMs how long a visitor may hold the session idle while others wait */
export function createTurnstile(patienceMs: number): Turnstile {
  let waiting: Waiting[] = [];
  let holder: Visitor | null = null;
  let isRunning = false;
  let patience: NodeJS.Timeout | undefined;

  async function drain(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    clearTimeout(patience);
    for (let next = take(); next !== undefined; next = take()) {
      holder = next.visitor;
      if ((await next.run()) === 'free') holder = null;
    }
    isRunning = false;
    if (holder !== null) patience = setTimeout(losePatience, patienceMs, holder);
  }

  function take(): Waiting | undefined {
    const index = holder === null ? 0 : waiting.findIndex((one) => one.visitor === holder);
    return index === -1 ? undefined : waiting.splice(index, 1)[0];
  }

  function losePatience(visitor: Visitor): void {
    if (waiting.length > 0) visitor.evict();
    else patience = setTimeout(losePatience, patienceMs, visitor);
  }

  function enqueue<T>(visitor: Visitor, job: () => Promise<{ left: Left; result: T }>): Promise<T> {
    return new Promise((resolve, reject) => {
      waiting.push({
        visitor,
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
    async leave(visitor, tidy) {
      const [own, others] = [
        waiting.filter((one) => one.visitor === visitor),
        waiting.filter((one) => one.visitor !== visitor),
      ];
      waiting = others;
      for (const one of own) one.giveUp();
      if (holder !== visitor) return;
      await enqueue(visitor, async () => ({ left: 'free', result: await tidy() }));
    },
  };
}
