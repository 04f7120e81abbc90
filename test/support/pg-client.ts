import { Socket } from 'node:net';
import type pg from 'pg';
import { GuardedStream } from '../../source/database/libpq/guarded-stream.ts';

/** Fields of a client of `pg` that its types do not show. */
interface Inner {
  readonly connection?: pg.Connection & { readonly stream?: unknown };
  /** Null until the server has sent it. */
  readonly processID?: number | null;
  readonly connectionParameters?: { readonly application_name?: string };
}

const inner = (client: pg.Client): Inner => client as Inner;

/** The connection of a client, which sends its messages. @throws {Error} if this version of `pg` has none */
export function connectionOf(client: pg.Client): pg.Connection & { readonly stream?: unknown } {
  const { connection } = inner(client);
  if (connection === undefined) throw new Error('A client of pg has no property connection any more.');
  return connection;
}

/** The socket of a client. @throws {Error} if this version of `pg` has none */
export function socketOf(client: pg.Client): Socket {
  const { stream } = connectionOf(client);
  if (!(stream instanceof Socket)) throw new Error('A client of pg has no socket any more.');
  return stream;
}

/** How many bytes a client has read, also one of the program. @throws {Error} if this version of `pg` has no stream */
export function bytesReadBy(client: pg.Client): number {
  const { stream } = connectionOf(client);
  if (stream instanceof GuardedStream) return stream.heardBytes;
  return socketOf(client).bytesRead;
}

/** The process of the server that works for a connected client. @throws {Error} if it is not known */
export function backendOf(client: pg.Client): number {
  const { processID } = inner(client);
  if (typeof processID !== 'number') throw new Error('The client is not connected.');
  return processID;
}

/** As `backendOf`; null if the client is not connected yet. */
export function backendIfConnected(client: pg.Client): number | null {
  return inner(client).processID ?? null;
}

/** With which application name a client connects. */
export function applicationOf(client: pg.Client): string | undefined {
  return inner(client).connectionParameters?.application_name;
}

/** The results of several statements that were sent as one text: the types of `pg` show only one. */
export function resultsOf(result: pg.QueryResult | pg.QueryResult[]): pg.QueryResult[] {
  return Array.isArray(result) ? result : [result];
}
