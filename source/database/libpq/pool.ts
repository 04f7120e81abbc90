import type { Dialled } from './dial.ts';

/** A connection while it is in use. */
export interface Lease extends Dialled {
  /** Returns it to the pool. A broken connection is closed; the pool opens another when it needs one. */
  readonly release: (isBroken: boolean) => void;
}

/** A few connections, opened when they are needed. `pg.Pool` cannot choose the server and the encryption for each connection. */
export interface Pool {
  /** Takes a free connection; waits while all are in use. @throws the errors of `dial` */
  connect(): Promise<Lease>;
  /** The idle connections that have ended since this was asked last, as errors or null where the server said nothing. */
  takeEnded(): readonly Ended[];
  /** Closes the idle connections at once, and the others when they are released. */
  end(): Promise<void>;
}

/** An idle connection that was ended by the server or the network. */
export interface Ended {
  readonly error: unknown;
  /** On this machine's monotonic clock. */
  readonly atMs: number;
}

/** How many ends are kept until they are taken. */
const mostEnded = 20;

interface Idle {
  readonly dialled: Dialled;
  readonly drop: () => void;
  readonly forget: () => void;
}

/**
 * @param maximum maximum number of connections
 * @param idleMs after how many milliseconds an idle connection is closed
 */
export function createPool(open: () => Promise<Dialled>, maximum: number, idleMs: number): Pool {
  const idle: Idle[] = [];
  const waiting: (() => void)[] = [];
  let used = 0;
  let isEnded = false;
  let ended: readonly Ended[] = [];

  async function connect(): Promise<Lease> {
    if (isEnded) throw new Error('the connection is closed');
    while (used === maximum) await new Promise<void>((resolve) => waiting.push(resolve));
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
          // The idle connections may be broken too: a firewall that drops connections does not report it.
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

  /** Keeps an idle connection until it is needed, its server ends it, or `idleMs` have passed. */
  function keep(dialled: Dialled): void {
    const drop = (): void => {
      one.forget();
      dialled.destroy();
    };
    const onEnd = (error: unknown = null): void => {
      drop();
      ended = [...ended, { error, atMs: performance.now() }].slice(-mostEnded);
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
        dialled.client.off('end', onEnd);
        dialled.client.off('error', onEnd);
        const index = idle.indexOf(one);
        if (index !== -1) idle.splice(index, 1);
      },
    };
    dialled.client.once('end', onEnd);
    dialled.client.once('error', onEnd);
    idle.push(one);
  }

  return {
    connect,
    takeEnded() {
      const all = ended;
      ended = [];
      return all;
    },
    async end() {
      isEnded = true;
      const all = [...idle];
      for (const one of all) one.forget();
      await Promise.all(all.map(({ dialled }) => dialled.client.end()));
    },
  };
}
