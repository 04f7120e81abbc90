import { createConnection } from 'node:net';
import type pg from 'pg';
import type { Address } from './address.ts';
import { DatabaseError, explain } from './database-error.ts';
import type { Statement } from './literals.ts';
import { type Answer, Message } from './message.ts';

type Row = Record<string, unknown>;

/** Seconds that one read may take on the server; the longest bound is that of a count of the whole table. */
export const readSeconds = 9;
/** How long after that its answer may come. */
const graceMs = 3000;

/** How long a write may take, from the key press on, whatever the network does. */
const writeMs = 7000;
/** When the server is asked to stop a write that has not ended. */
const cancelWriteMs = 5500;

/** How many reads run at once: the pool has one connection more, which no read can take away from a write. */
export const mostReads = 2;

/** A handful of connections to one database, opened when needed and opened again when lost. */
export interface Connection {
  readonly address: Address;
  /** Runs one statement. @throws {DatabaseError} */
  read(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * Runs statements that only read as one message, which is one transaction.
   *
   * @param seconds how long all of them may take; the statements themselves have to set that bound on the server
   * @returns the rows of each statement
   * @throws {DatabaseError}
   */
  readAll(statements: readonly Statement[], seconds: number): Promise<Row[][]>;
  /** Sends statements that write, as one message, over a connection that works. Resolves within 7 s. Never rejects. */
  write(statements: readonly Statement[]): Promise<Answer>;
  /**
   * Ends what is in progress: writes get `graceMs` first, then everything is cancelled on the server, and after another
   * `limitMs` its connection is closed. Never throws.
   */
  settle(limits: { readonly graceMs: number; readonly limitMs: number }): Promise<void>;
  /** Cancels what still runs, on the server too, and closes every connection. Never throws. */
  close(): Promise<void>;
}

/** What is in progress on a connection. */
interface Exchange {
  readonly client: pg.PoolClient;
  readonly message: Message;
  readonly writes: boolean;
  readonly ended: Promise<unknown>;
}

/** A connection over a pool whose first connection is made. */
export function overPool(pool: pg.Pool, address: Address): Connection {
  const exchanges = new Set<Exchange>();
  const reads = createTurns(mostReads);
  let closed = false;

  /** Sends a message and waits for its answer; after the first bound it is cancelled, after the second given up. */
  async function exchange(
    client: pg.PoolClient,
    statements: readonly Statement[],
    bounds: { readonly writes: boolean; readonly cancelMs: number; readonly giveUpMs: number },
  ): Promise<Answer> {
    const message = new Message(statements, client);
    const late = new DatabaseError(
      'unreachable',
      `The database took longer than ${Math.round(bounds.giveUpMs / 1000)} s to answer; the query was cancelled.`,
    );
    const timers = [
      setTimeout(() => void cancel(address, client), bounds.cancelMs),
      setTimeout(() => message.giveUp(late), bounds.giveUpMs),
    ];
    const running: Exchange = { client, message, writes: bounds.writes, ended: message.answer };
    exchanges.add(running);
    // While a client is checked out the pool does not listen for it; the message finds out by itself.
    const ignore = (): void => {};
    client.on('error', ignore);
    try {
      client.query(message);
      return await message.answer;
    } finally {
      for (const timer of timers) clearTimeout(timer);
      exchanges.delete(running);
      client.off('error', ignore);
    }
  }

  async function readAll(statements: readonly Statement[], seconds: number): Promise<Row[][]> {
    return reads(async () => {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        throw explain(error, address);
      }
      const bounds = { writes: false, cancelMs: seconds * 1000 + graceMs, giveUpMs: seconds * 1000 + 2 * graceMs };
      const answer = await exchange(client, statements, bounds);
      client.release(!isAlive(answer));
      if (answer.kind === 'done') return answer.results.map((rows) => [...rows]);
      throw explain(answer.error, address);
    });
  }

  async function write(statements: readonly Statement[]): Promise<Answer> {
    const startedMs = performance.now();
    const leftMs = (of: number): number => Math.max(0, of - (performance.now() - startedMs));
    for (;;) {
      const client = await within(pool.connect(), leftMs(writeMs));
      if (client.kind === 'failed') return { kind: 'unsent', results: [], error: explain(client.error, address) };
      const bounds = { writes: true, cancelMs: leftMs(cancelWriteMs), giveUpMs: leftMs(writeMs) };
      const answer = await exchange(client.value, statements, bounds);
      client.value.release(!isAlive(answer));
      // The connection ended while it was idle: nothing of this has left, and another one may work.
      if (answer.kind !== 'unsent' || leftMs(writeMs) === 0) return answer;
    }
  }

  async function ended(wanted: (exchange: Exchange) => boolean, ms: number): Promise<void> {
    const all = Promise.all([...exchanges].filter(wanted).map((one) => one.ended));
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, ms))]);
  }

  async function settle(limits: { readonly graceMs: number; readonly limitMs: number }): Promise<void> {
    // Reads at once, writes only where they take longer: most take milliseconds.
    const cancelled = [...exchanges].filter(({ writes }) => !writes).map(({ client }) => cancel(address, client));
    await ended(({ writes }) => writes, limits.graceMs);
    cancelled.push(...[...exchanges].filter(({ writes }) => writes).map(({ client }) => cancel(address, client)));
    await Promise.race([Promise.all(cancelled), ended(() => true, limits.limitMs)]);
    await ended(() => true, limits.limitMs);
    for (const { message } of exchanges) message.giveUp(new DatabaseError('unreachable', 'The query was given up.'));
  }

  return {
    address,
    readAll,
    async read(text, values = []) {
      const bound = { text: `SET LOCAL statement_timeout = '${readSeconds}s'` };
      return (await readAll([bound, { text, values }], readSeconds))[1] ?? [];
    },
    write,
    settle,
    async close() {
      if (closed) return;
      closed = true;
      await settle({ graceMs: 0, limitMs: 500 });
      // A connection whose server is gone may never end: leaving does not wait for it.
      await Promise.race([pool.end().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
    },
  };
}

/** Whether the connection may be used again: it answered in full, or with an error after which it is ready again. */
function isAlive(answer: Answer): boolean {
  return answer.kind === 'done' || answer.kind === 'failed';
}

/** Runs no more than so many at a time; the rest wait for their turn. */
function createTurns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
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

type Within<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'failed'; readonly error: unknown };

/** A connection, if there is one in time; one that comes later goes back to the pool. */
async function within(connecting: Promise<pg.PoolClient>, ms: number): Promise<Within<pg.PoolClient>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Within<pg.PoolClient>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'failed', error: new Error('timeout expired') }), ms);
  });
  const made = connecting.then(
    (value): Within<pg.PoolClient> => ({ kind: 'ok', value }),
    (error: unknown): Within<pg.PoolClient> => ({ kind: 'failed', error }),
  );
  const first = await Promise.race([made, late]);
  clearTimeout(timer);
  if (first.kind === 'failed') void made.then((client) => client.kind === 'ok' && client.value.release());
  return first;
}

/**
 * Asks the server to stop what a connection is doing: a CancelRequest over a connection of its own (PostgreSQL
 * manual, 54.2.9), which a pooler passes on, as `pg_cancel_backend` would not be. Settles either way.
 */
async function cancel(address: Address, client: pg.PoolClient): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number | null; secretKey: number | null };
  if (processID === null || secretKey === null) return;
  const request = Buffer.alloc(16);
  [16, 0x04d2162e, processID, secretKey].forEach((word, index) => {
    request.writeInt32BE(word, index * 4);
  });
  await new Promise<void>((resolve) => {
    const socket = address.host.startsWith('/')
      ? createConnection(`${address.host}/.s.PGSQL.${address.port}`)
      : createConnection(address.port, address.host);
    socket.setTimeout(500, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.end(request);
  });
}
