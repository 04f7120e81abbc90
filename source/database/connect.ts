import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import pg from 'pg';
import pgpass from 'pgpass/lib/helper.js';
import { cleanLine } from '../domain/clean-text.ts';
import type { Address } from './address.ts';
import { type Connection, mostReads, overPool } from './connection.ts';
import { codeOf, DatabaseError, explain, messageOf, sqlState } from './database-error.ts';

const { getFileName, getPassword, usePgPass: isPrivate, warnTo } = pgpass;
// It would write to stderr, over the screen, whatever the path holds; what it warns of is said in an error of ours.
warnTo(null);

/**
 * Opens the first connection, finding out on the way whether the server takes TLS.
 *
 * @throws {DatabaseError} with the remedy, for whatever keeps it from connecting
 */
export async function connect(address: Address): Promise<Connection> {
  return overPool(await workingPool(address), address);
}

/** A pool with its first connection made, in the first way that the server takes. */
async function workingPool(address: Address): Promise<pg.Pool> {
  let failure: unknown;
  for (const ssl of address.encryption) {
    let socket: Socket | undefined;
    let foreign: string | null = null;
    const pool = new pg.Pool({
      ...configOf(address, ssl),
      max: mostReads + 1,
      // One that was idle for longer may have been dropped by a firewall: a write does not try its luck with it.
      idleTimeoutMillis: 10_000,
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
