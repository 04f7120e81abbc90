import type { Dialled } from './dial.ts';

/** A connection for as long as somebody uses it. */
export interface Lease extends Dialled {
  /** Gives it back. A broken one is closed, and another takes its place when it is needed. */
  readonly release: (isBroken: boolean) => void;
}

/** A few connections, dialled when they are needed. `pg.Pool` cannot choose a server or a way of encrypting anew for each. */
export interface Pool {
  /** A connection that nobody else uses; waits while all are in use. @throws what dialling throws */
  connect(): Promise<Lease>;
  /** Closes those that nobody uses, and every other one when it is given back. */
  end(): Promise<void>;
}

interface Idle {
  readonly dialled: Dialled;
  readonly drop: () => void;
  readonly forget: () => void;
}

/**
 * @param most how many connections there are at once
 * @param idleMs after how long a connection that nobody uses is closed
 */
export function createPool(open: () => Promise<Dialled>, most: number, idleMs: number): Pool {
  const idle: Idle[] = [];
  const waiting: (() => void)[] = [];
  let used = 0;
  let isEnded = false;

  async function connect(): Promise<Lease> {
    if (isEnded) throw new Error('the connection is closed');
    while (used === most) await new Promise<void>((resolve) => waiting.push(resolve));
    used += 1;
    const free = idle.pop();
    free?.forget();
    try {
      return lease(free?.dialled ?? (await open()));
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  function lease(dialled: Dialled): Lease {
    let isReleased = false;
    return {
      ...dialled,
      release(isBroken) {
        if (isReleased) return;
        isReleased = true;
        if (isBroken) {
          dialled.destroy();
          // What broke it may have broken those too, unnoticed: a firewall that forgets its connections sends nothing.
          for (const one of [...idle]) one.drop();
        } else if (isEnded) void dialled.client.end();
        else keep(dialled);
        giveBack();
      },
    };
  }

  function giveBack(): void {
    used -= 1;
    waiting.shift()?.();
  }

  /** Until somebody needs it, its server ends it, or it was idle for too long. */
  function keep(dialled: Dialled): void {
    const drop = (): void => {
      one.forget();
      dialled.destroy();
    };
    const timer = setTimeout(() => {
      one.forget();
      void dialled.client.end();
    }, idleMs);
    timer.unref();
    const one: Idle = {
      dialled,
      drop,
      forget() {
        clearTimeout(timer);
        dialled.client.off('end', drop);
        dialled.client.off('error', drop);
        const index = idle.indexOf(one);
        if (index !== -1) idle.splice(index, 1);
      },
    };
    dialled.client.once('end', drop);
    dialled.client.once('error', drop);
    idle.push(one);
  }

  return {
    connect,
    async end() {
      isEnded = true;
      const all = [...idle];
      for (const one of all) one.forget();
      await Promise.all(all.map(({ dialled }) => dialled.client.end()));
    },
  };
}
