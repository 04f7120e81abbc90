/** A database connection: a pg `Pool`, `Client` or `PoolClient`, a PGlite, or a PGlite transaction. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/**
 * Runs `work` in one transaction on one connection: commits when it resolves, rolls back when it rejects. `work` must run all
 * its statements through `tx`. The library's statements expect READ COMMITTED, PostgreSQL's default.
 */
export type Transaction<Tx extends Queryable = Queryable> = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** Runs READ COMMITTED transactions on one client (a pg `Client`). Nothing else may use that client during a transaction. */
export function clientTransaction<Client extends Queryable>(client: Client): Transaction<Client> {
  return async (work) => {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED');
    try {
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // On a lost connection ROLLBACK fails too; the first error is the one to report.
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  };
}

/** A connection pool: a pg `Pool`. */
export interface ClientPool {
  connect(): Promise<
    Queryable & {
      release(destroy?: boolean): void;
      /** pg's clients emit `error` when they lose their connection; the library listens while a client is checked out. */
      on?(event: 'error', listener: (error: Error) => void): unknown;
      removeListener?(event: 'error', listener: (error: Error) => void): unknown;
    }
  >;
}

/** The client type of a pool. pg's `connect` has an overload with a callback, so `ReturnType` does not find it. */
export type ClientOf<Pool> = Pool extends { connect: { (): Promise<infer Client>; (callback: never): void } }
  ? Client
  : never;

/**
 * Runs READ COMMITTED transactions on clients of a pool (a pg `Pool`) and returns each client to the pool afterwards.
 *
 * A pool listens for errors of its idle clients only, and Node ends the process on an `error` event without a listener. So
 * this function listens while a client is checked out; the statement that runs on the client, or the next one, rejects with
 * the same error.
 */
export function poolTransaction<Pool extends ClientPool>(pool: Pool): Transaction<ClientOf<Pool> & Queryable> {
  return async (work) => {
    const client = await pool.connect();
    client.on?.('error', ignore);
    let failed = true;
    try {
      // The compiler cannot see through the overloads of `connect` that this is ClientOf<Pool>.
      const result = await clientTransaction(client as ClientOf<Pool> & Queryable)(work);
      failed = false;
      return result;
    } finally {
      // After a failure the state of the connection is unknown: the pool opens another one.
      client.release(failed);
      client.removeListener?.('error', ignore);
    }
  };
}

/** Runs `work` on one client: a client of the pool if `db` is a pg `Pool`, else `db` itself. */
export async function withClient<T>(
  db: Queryable | ClientPool,
  work: (client: Queryable & { readonly processID?: unknown }) => Promise<T>,
): Promise<T> {
  if (!isPool(db)) return work(db as Queryable);
  const client = await db.connect();
  client.on?.('error', ignore);
  let failed = true;
  try {
    const result = await work(client);
    failed = false;
    return result;
  } finally {
    client.release(failed);
    client.removeListener?.('error', ignore);
  }
}

/** A pg `Client` has `connect` too, but not the number of its clients. */
function isPool(db: Queryable | ClientPool): db is ClientPool {
  return 'totalCount' in db && 'connect' in db && typeof db.connect === 'function';
}

function ignore(): void {}
