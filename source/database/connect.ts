import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createConnection, Socket } from 'node:net';
import pg from 'pg';
import pgpass from 'pgpass/lib/helper.js';
import { cleanLine } from '../domain/clean-text.ts';
import type { Address } from './address.ts';
import { codeOf, DatabaseError, explain, messageOf, sqlState, sqlStateOf } from './database-error.ts';

const { getFileName, getPassword, usePgPass: isPrivate, warnTo } = pgpass;
// It would write to stderr, over the screen, whatever the path holds; what it warns of is said in an error of ours.
warnTo(null);

/** How long one read may take before it is cancelled, on the server too. */
const readTimeoutMs = 60_000;

/** A handful of connections to one database, opened when needed and opened again when lost. */
export interface Connection {
  readonly address: Address;
  /** Runs one read. @throws {DatabaseError} */
  read(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Runs `work` on one connection of its own. @throws {DatabaseError} */
  session<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Cancels what still runs, on the server too, and closes every connection. Never throws. */
  close(): Promise<void>;
}

export type Query = (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/**
 * Opens the first connection, finding out on the way whether the server takes TLS.
 *
 * @throws {DatabaseError} with the remedy, for whatever keeps it from connecting
 */
export async function connect(address: Address): Promise<Connection> {
  const pool = await workingPool(address);
  const busy = new Set<pg.PoolClient>();
  let closed = false;

  async function session<T>(work: (query: Query) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw explain(error, address);
    }
    busy.add(client);
    let failure: unknown;
    const lost = (error: unknown): void => {
      failure = error;
    };
    // While a client is checked out the pool does not listen for it.
    client.on('error', lost);
    try {
      return await work(async (text, values) => (await bounded(client, text, values)).rows);
    } catch (error) {
      failure = error;
      throw explain(error, address);
    } finally {
      busy.delete(client);
      client.off('error', lost);
      // After a plain SQL error the connection is as good as before; after anything else it is not used again.
      client.release(failure !== undefined && !isSqlError(failure));
    }
  }

  async function bounded(client: pg.PoolClient, text: string, values: unknown[] | undefined): Promise<pg.QueryResult> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        cancel(address, client);
        reject(
          new DatabaseError(
            'unreachable',
            `The database took longer than ${readTimeoutMs / 1000} s to answer; the query was cancelled.`,
          ),
        );
      }, readTimeoutMs);
    });
    try {
      return await Promise.race([client.query(text, values), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    address,
    session,
    read: (text, values) => session((query) => query(text, values)),
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all([...busy].map((client) => cancel(address, client)));
      // A connection whose server is gone may never end: leaving does not wait for it.
      await Promise.race([pool.end().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
    },
  };
}

/** A SQLSTATE other than those that end the session. */
function isSqlError(error: unknown): boolean {
  const state = sqlStateOf(error instanceof DatabaseError ? error.cause : error);
  return state !== '' && !state.startsWith('57P') && !state.startsWith('08') && !state.startsWith('25');
}

/** A pool with its first connection made, in the first way that the server takes. */
async function workingPool(address: Address): Promise<pg.Pool> {
  let failure: unknown;
  for (const ssl of address.encryption) {
    let socket: Socket | undefined;
    let foreign: string | null = null;
    const pool = new pg.Pool({
      ...configOf(address, ssl),
      // One connection for the polls, one for what the operator does meanwhile.
      max: 2,
      idleTimeoutMillis: 60_000,
      stream() {
        const opened = new Socket();
        socket = opened;
        // pg takes whatever comes for its protocol, and would wait for the end of a message that is none.
        opened.once('data', (bytes: Buffer) => {
          if (isPostgres(bytes, ssl !== false)) return;
          foreign = bytes.toString('latin1', 0, 24);
          opened.destroy();
        });
        return opened;
      },
    });
    // An idle connection that loses its server reports it here; without a listener the process would die of it.
    // The next query finds out by itself and says so.
    pool.on('error', () => {});
    try {
      (await pool.connect()).release();
      return pool;
    } catch (error) {
      failure = foreign === null ? error : notPostgres(address, foreign, error);
      // The pool has forgotten the connection that was not made, and has not closed it.
      socket?.destroy();
      pool.end().catch(() => {});
      const refusesEncryption = /does not support SSL|establishing an SSL/i.test(messageOf(failure));
      if (!refusesEncryption && codeOf(failure) !== sqlState.invalidAuthorization) break;
    }
  }
  throw explain(failure, address);
}

function notPostgres({ host, port }: Address, says: string, cause: unknown): DatabaseError {
  return new DatabaseError(
    'not-postgresql',
    `What answers at ${host}:${port} is not a PostgreSQL (it says "${cleanLine(says).trim()}"). Check the port.`,
    cause,
  );
}

/**
 * Whether a server's first bytes are those of a PostgreSQL: one letter that answers the request for TLS, or the type of
 * a first message and its length (PostgreSQL manual, 54.2.1 and 54.2.10).
 */
function isPostgres(bytes: Buffer, askedForTls: boolean): boolean {
  const type = String.fromCharCode(bytes[0] ?? 0);
  if (askedForTls && bytes.length === 1) return 'SNE'.includes(type);
  // No first message is as long as 16 MB.
  return (askedForTls ? 'E' : 'RENv').includes(type) && (bytes[1] ?? 0) === 0;
}

function configOf(address: Address, ssl: Address['encryption'][number]): pg.ClientConfig {
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    database: address.database,
    password: () => address.password ?? passwordFromFile(address),
    ssl,
    application_name: address.applicationName,
    ...(address.options !== undefined && { options: address.options }),
    connectionTimeoutMillis: address.connectTimeoutMs,
    keepAlive: true,
  };
}

async function passwordFromFile({ host, port, user, database, passfile }: Address): Promise<string> {
  const path = passfile ?? getFileName();
  const stats = await stat(path).catch(() => null);
  if (stats === null) throw new Error('no password');
  if (!isPrivate(stats, path))
    throw new Error(`no password${(stats.mode & 0o077) === 0 ? '' : ': others may read the password file'}`);
  const found = await new Promise<string | undefined>((resolve) => {
    // A password file knows the local socket as localhost.
    const named = host.startsWith('/') ? 'localhost' : host;
    getPassword({ host: named, port, user, database }, createReadStream(path), resolve);
  });
  if (found === undefined) throw new Error('no password');
  return found;
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
