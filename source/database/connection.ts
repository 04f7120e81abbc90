import { atMost } from './at-most.ts';
import { DatabaseError, explain, sqlState, sqlStateOf } from './database-error.ts';
import { cancel } from './libpq/cancel.ts';
import type { Dialled } from './libpq/dial.ts';
import { explainDial } from './libpq/explain-dial.ts';
import type { Lease, Pool } from './libpq/pool.ts';
import { repeatedSettings } from './libpq/repeated-settings.ts';
import type { Server, Settings } from './libpq/settings.ts';
import type { Statement } from './literals.ts';
import { createLosses, type Loss } from './losses.ts';
import { type Answer, Message } from './message.ts';
import { overOwnLimit } from './own-limit.ts';
import { neutralSettings, oneMoment } from './session-settings.ts';
import { type Silence, whySilent } from './silence.ts';
import { createLimit, within } from './waiting-turns.ts';
import { type ConnectedPlace, noLock, refused, type WriteLock } from './write-lock.ts';

type Row = Record<string, unknown>;

/** Maximum time of one read on the server, in seconds. A count of the whole table needs the most. */
export const readSeconds = 9;
/** How long after that limit migtop cancels a read, and gives it up: normally the server has ended it before. */
const cancelReadMs = 1500;
const giveUpReadMs = 3000;

/** Maximum time between sending an answer and receiving it. */
const onTheWayMs = 1000;

const answerLost = 'The server has answered, and the answer did not arrive: the connection is dead.';

/** The time limits of a write. */
export interface WriteLimits {
  /** Maximum time from the key press to the result, also when the network fails. */
  readonly answerMs: number;
  /** When migtop cancels a write that has not ended. */
  readonly cancelMs: number;
  /** The server applies nothing after this time, even if the message arrives: its sender has given up by then. */
  readonly validMs: number;
  /** Maximum time until a sent message arrives; used if the database's clock is not known. */
  readonly onTheWayMs: number;
}

const usualLimits: WriteLimits = { answerMs: 7000, cancelMs: 5500, validMs: 8000, onTheWayMs: 10_000 };

/** Maximum number of concurrent reads. The pool has one connection more, which is reserved for writes. */
export const mostReads = 2;

/** The connected server, user and database. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly settings?: ReturnType<typeof repeatedSettings>;
}

/** How long writes in progress may continue (`graceMs`), and how long their cancellation may then take (`limitMs`). */
export interface Quiet {
  readonly graceMs: number;
  readonly limitMs: number;
}

/** A few connections to one database. They are opened when needed, and reopened when lost. */
export interface Connection {
  /** The address of the newest connection. */
  readonly address: Address;
  readonly limits: WriteLimits;
  /** Runs one statement. @throws {DatabaseError} */
  read(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * Runs statements as one message, which is one transaction. If the first of them is not `oneMoment`, they may write, and the
   * lock is asked.
   *
   * @param seconds maximum time for all of them; the statements must also set this limit on the server
   * @returns the rows of each statement
   * @throws {DatabaseError}
   */
  readAll(statements: readonly Statement[], seconds: number): Promise<Row[][]>;
  /**
   * Finds out why the reads in progress have no answer, within 3 s. If the server has answered a read and the answer does not
   * arrive, the connection is dead and the read fails. Never throws.
   */
  whyNoAnswer(): Promise<Silence>;
  /** The connections that the server or the network has ended since this was asked last; none that were only idle for too long. */
  takeLosses(): readonly Loss[];
  /**
   * Sends statements that write as one message over a working connection. Resolves within 7 s. Never rejects.
   *
   * @param startedMs since when the 7 s count, on this machine's monotonic clock; by default from now
   */
  write(statements: readonly Statement[], startedMs?: number): Promise<Answer>;
  /**
   * Ends all reads and writes in progress: cancels reads on the server immediately, writes after `graceMs`, and closes
   * the connections of the rest after another `limitMs`. Never throws.
   *
   * @param before is called after `graceMs`, to read the state of the writes in progress before they are cancelled
   */
  settle(limits: Quiet, before?: () => Promise<void>): Promise<void>;
  /** Cancels running statements, on the server too, and closes every connection. Never throws. */
  close(): Promise<void>;
}

/** How many times a read is sent again because the server had ended the idle connection. */
const mostIdleEnds = 2;

/** A message in progress on a connection. */
interface Exchange {
  readonly lease: Lease;
  readonly message: Message;
  readonly writes: boolean;
  readonly ended: Promise<unknown>;
}

/**
 * A `Connection` that uses a pool whose first connection is already open.
 *
 * @param open opens a connection outside the pool
 * @param lock decides whether migtop may write
 */
export function overPool(
  pool: Pool,
  open: () => Promise<Dialled>,
  settings: Settings,
  first: Server,
  limits: WriteLimits = usualLimits,
  lock: WriteLock = noLock,
): Connection {
  let server = first;
  const exchanges = new Set<Exchange>();
  /** The connections whose reads `settle` has cancelled: the server reports the same error for an expired time limit. */
  const cancelled = new WeakSet<Lease>();
  const reads = createLimit(mostReads);
  let closed = false;
  const losses = createLosses(pool.takeEnded);

  function release(lease: Lease, answer: Answer): void {
    lease.release(!isAlive(answer));
    if (!isAlive(answer)) losses.note(answer);
  }

  /** Sends a message and waits for its answer. Cancels it after `cancelMs`, and gives it up after `giveUpMs`. */
  async function exchange(
    lease: Lease,
    statements: readonly Statement[],
    bounds: { readonly writes: boolean; readonly cancelMs: number; readonly giveUpMs: number },
  ): Promise<Answer> {
    const { client } = lease;
    server = lease.endpoint.server;
    const message = new Message(statements, client);
    const late = new DatabaseError(
      'unreachable',
      `The database took longer than ${Math.round(bounds.giveUpMs / 1000)} s to answer; the query was cancelled.`,
    );
    const timers = [
      setTimeout(() => void cancel(lease), bounds.cancelMs),
      setTimeout(() => message.giveUp(late), bounds.giveUpMs),
    ];
    const running: Exchange = { lease, message, writes: bounds.writes, ended: message.answer };
    exchanges.add(running);
    // The pool does not handle errors of a client that is checked out; the message detects a lost connection itself.
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
    return reads(() => readOnce(statements, seconds, mostIdleEnds));
  }

  /** @param retries how many connections the server may have ended while they were idle */
  async function readOnce(statements: readonly Statement[], seconds: number, retries: number): Promise<Row[][]> {
    let lease: Lease;
    try {
      lease = await pool.connect();
    } catch (error) {
      throw explainDial(error, settings);
    }
    const why = statements[0] === oneMoment ? null : await lock.whyLocked(placeOf(lease));
    if (why !== null) {
      lease.release(false);
      throw refused(why);
    }
    void lock.connected(placeOf(lease));
    const bounds = {
      writes: false,
      cancelMs: seconds * 1000 + cancelReadMs,
      giveUpMs: seconds * 1000 + giveUpReadMs,
    };
    const sentMs = performance.now();
    const answer = await exchange(lease, statements, bounds);
    release(lease, answer);
    if (answer.kind === 'done') return answer.results.map((rows) => [...rows]);
    if (cancelled.delete(lease)) throw new DatabaseError('unreachable', 'The query was cancelled.');
    // The server ended the idle connection (idle_session_timeout) before it read the message, or before it was sent.
    if (retries > 0 && (answer.kind === 'not sent' || sqlStateOf(answer.error) === sqlState.idleSessionTimeout))
      return readOnce(statements, seconds, retries - 1);
    throw overOwnLimit(statements, answer, performance.now() - sentMs) ?? explain(answer.error, address());
  }

  async function write(statements: readonly Statement[], startedMs = performance.now()): Promise<Answer> {
    const leftMs = (of: number): number => Math.max(0, of - (performance.now() - startedMs));
    for (;;) {
      const lease = await within(pool.connect(), leftMs(limits.answerMs));
      if (lease.kind === 'failed') return { kind: 'not sent', results: [], error: explainDial(lease.error, settings) };
      const why = await lock.whyLocked(placeOf(lease.value));
      if (why !== null) {
        lease.value.release(false);
        return { kind: 'not sent', results: [], error: refused(why) };
      }
      const bounds = { writes: true, cancelMs: leftMs(limits.cancelMs), giveUpMs: leftMs(limits.answerMs) };
      const answer = await exchange(lease.value, statements, bounds);
      release(lease.value, answer);
      // The connection ended while it was idle: nothing was sent, and another connection may work.
      if (answer.kind !== 'not sent' || leftMs(limits.answerMs) === 0) return answer;
    }
  }

  async function whyNoAnswer(): Promise<Silence> {
    const silent = [...exchanges].filter(({ writes }) => !writes);
    const heard = new Map(silent.map(({ lease }) => [lease, lease.heardBytes()]));
    const { silence, answered } = await whySilent(open, [...heard.keys()]);
    if (answered.length === 0) return silence;
    // The server may have sent the answer just now, or the answer is long.
    await new Promise((resolve) => setTimeout(resolve, onTheWayMs));
    const dead = silent.filter(
      (one) => answered.includes(one.lease) && exchanges.has(one) && one.lease.heardBytes() === heard.get(one.lease),
    );
    for (const { message } of dead) message.giveUp(new DatabaseError('unreachable', answerLost));
    return silence === 'answer lost' && dead.length === 0 ? 'server up' : silence;
  }

  async function ended(wanted: (exchange: Exchange) => boolean, ms: number): Promise<void> {
    const all = Promise.all([...exchanges].filter(wanted).map((one) => one.ended));
    await atMost(all, ms);
  }

  async function settle(bounds: Quiet, before: () => Promise<void> = async () => {}): Promise<void> {
    // Cancel reads immediately, and writes only if they take longer: most take milliseconds.
    const reading = [...exchanges].filter(({ writes }) => !writes);
    for (const { lease } of reading) cancelled.add(lease);
    const cancelling = reading.map(({ lease }) => cancel(lease));
    await ended(({ writes }) => writes, bounds.graceMs);
    await before();
    cancelling.push(...[...exchanges].filter(({ writes }) => writes).map(({ lease }) => cancel(lease)));
    // Wait for the cancellations: a late one must not cancel the next statement of the connection.
    await atMost(Promise.all([...cancelling, ended(() => true, bounds.limitMs)]), bounds.limitMs);
    for (const { message } of exchanges) message.giveUp(new DatabaseError('unreachable', 'The query was given up.'));
  }

  function placeOf({ endpoint }: Lease): ConnectedPlace {
    return { ...endpoint, database: settings.database };
  }

  function address(): Address {
    const { user, database, parameters } = settings;
    return { host: server.name, port: server.port, user, database, settings: repeatedSettings(parameters) };
  }

  return {
    get address() {
      return address();
    },
    limits,
    readAll,
    async read(text, values = []) {
      const bound = { text: `SET LOCAL statement_timeout = '${readSeconds}s'` };
      return (await readAll([oneMoment, bound, ...neutralSettings(null), { text, values }], readSeconds)).at(-1) ?? [];
    },
    whyNoAnswer,
    takeLosses: losses.take,
    write,
    settle,
    async close() {
      if (closed) return;
      closed = true;
      await settle({ graceMs: 0, limitMs: 500 });
      // A connection whose server is gone may never end: quitting does not wait for it.
      await atMost(
        pool.end().catch(() => {}),
        500,
      );
    },
  };
}

/** Whether the connection can be used again: it answered completely, or with an error after which it is ready. */
function isAlive(answer: Answer): boolean {
  return answer.kind === 'failed' || (answer.kind === 'done' && answer.isReady);
}
