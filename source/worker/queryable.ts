/** What the library needs of a database: a pg `Pool`, `Client` or `PoolClient`, PGlite and its transactions all have it. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/**
 * Runs `work` in one transaction on one connection: committed when it resolves, rolled back when it throws. `work` must
 * run all its statements through `tx`. READ COMMITTED, PostgreSQL's default, is what the library's statements expect.
 */
export type Transaction<Tx extends Queryable = Queryable> = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** READ COMMITTED transactions on the one connection of a client (a pg `Client`), which nobody else uses meanwhile. */
export function clientTransaction<Client extends Queryable>(client: Client): Transaction<Client> {
  return async (work) => {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED');
    try {
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // Where the connection is lost there is nothing to roll back, and the first error is the one to report.
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  };
}

/** What the library needs of a pool: pg's has it. */
export interface ClientPool {
  connect(): Promise<
    Queryable & {
      release(destroy?: boolean): void;
      /** A client that tells of a lost connection by an event, as pg's does, is listened to while it is checked out. */
      on?(event: 'error', listener: (error: Error) => void): unknown;
      removeListener?(event: 'error', listener: (error: Error) => void): unknown;
    }
  >;
}

/** The clients of a pool. That pg's `connect` takes a callback too, must not hide them. */
export type ClientOf<Pool> = Pool extends { connect: { (): Promise<infer Client>; (callback: never): void } }
  ? Client
  : never;

/**
 * READ COMMITTED transactions on connections of a pool (a pg `Pool`), each returned to it afterwards.
 *
 * A pool listens for the errors of its idle clients only. While a client is checked out, nobody would hear that its
 * connection was lost, and Node ends a process for an `error` event without a listener. So this listens; the statement that
 * runs on the client, or the next one, rejects with the same error.
 */
export function poolTransaction<Pool extends ClientPool>(pool: Pool): Transaction<ClientOf<Pool> & Queryable> {
  return async (work) => {
    const client = await pool.connect();
    client.on?.('error', ignore);
    let failed = true;
    try {
      // What `connect` resolves to is what ClientOf says: the compiler does not look into overloads that far.
      const result = await clientTransaction(client as ClientOf<Pool> & Queryable)(work);
      failed = false;
      return result;
    } finally {
      // After a failure nobody can say in which state the connection is: the pool opens another.
      client.release(failed);
      client.removeListener?.('error', ignore);
    }
  };
}

function ignore(): void {}
