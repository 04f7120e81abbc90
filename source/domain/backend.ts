/** A session of the database server, as `pg_stat_activity` shows it. A field is null if the server does not show it. */
export interface Backend {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  /** The address of its client; null for a Unix socket too. */
  readonly client: string | null;
  /** `active`, `idle`, `idle in transaction` … */
  readonly state: string | null;
  /** Its wait event, type first: `Lock: transactionid`, `Client: ClientRead`. */
  readonly wait: string | null;
  /** Since when its transaction and its state last, in seconds before the read. */
  readonly transactionSeconds: number | null;
  readonly stateSeconds: number | null;
  /** Its current or last query, on one line. */
  readonly query: string | null;
  /** The processes that hold a lock it waits for, or wait for it before; 0 is a prepared transaction. */
  readonly blockedBy: readonly number[];
}

/** The sessions that may show why operations stand still (sql/queries/backends.sql). */
export interface Backends {
  readonly all: readonly Backend[];
  /** When they were read, on the database's clock. */
  readonly readAt: number;
}
