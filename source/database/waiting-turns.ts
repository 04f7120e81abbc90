import type { Lease } from './libpq/pool.ts';

/** Limits the number of concurrent calls to `most`; the others wait. */
export function createLimit(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running === most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

export type Within<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Waits for a connection, for a maximum of `ms`. A connection that is opened later goes back to the pool. */
export async function within(connecting: Promise<Lease>, ms: number): Promise<Within<Lease>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Within<Lease>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'failed', error: new Error('timeout expired') }), ms);
  });
  const made = connecting.then(
    (value): Within<Lease> => ({ kind: 'ok', value }),
    (error: unknown): Within<Lease> => ({ kind: 'failed', error }),
  );
  const first = await Promise.race([made, late]);
  clearTimeout(timer);
  if (first.kind === 'failed') void made.then((lease) => lease.kind === 'ok' && lease.value.release(false));
  return first;
}
