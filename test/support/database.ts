import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { inject } from 'vitest';
import { readSqlText } from '../../scripts/sql-text.ts';
import { cleaned, hasOldSettings, type Pristine, pristine } from './clean-database.ts';

const sqlFolder = new URL('../../sql/', import.meta.url);

export interface CreateDatabaseOptions {
  /** Apply `sql/migration_control.sql`. Default: false, an empty database. */
  schema?: boolean;
  /** Apply the schema and then the worked examples of `sql/examples/`: nine rows. Default: false. */
  examples?: boolean;
  /** The URL of a superuser of another server than that of the run, such as one of `startOwnServer`. */
  serverUrl?: string;
}

export interface TestDatabase extends AsyncDisposable {
  /** The URL of the superuser. */
  readonly url: string;
  readonly name: string;
  /**
   * Runs one query as the superuser, on any connection of a small pool: what a `SET` or `BEGIN` did is not there for
   * the next one. Use `connect` for a session.
   */
  query<Row extends pg.QueryResultRow = Record<string, unknown>>(
    text: string,
    params?: unknown[],
  ): Promise<pg.QueryResult<Row>>;
  /** A new session, as the superuser or as the role of the given url; `drop` ends it if the test did not. */
  connect(url?: string): Promise<pg.Client>;
  /**
   * Makes a login role that holds nothing but the grants, such as `SELECT ON migration_control` or `pg_monitor`, and
   * returns the url with which it connects to this database. `drop` drops it.
   */
  role(options?: { grants?: string[] }): Promise<string>;
  /** Ends all sessions, and drops the roles and the database, or cleans it for the next test. The second call does nothing. */
  drop(): Promise<void>;
}

/** Databases of the run's server that a test has dropped: they were cleaned, for the next test in this process. */
const clean: { readonly name: string; readonly before: Pristine; readonly pool: pg.Pool }[] = [];

/**
 * Returns an empty database: a new one, or one that an earlier test in this process has dropped, if that left nothing in it.
 * The caller has to `drop` it: `await using` does.
 *
 * @throws {pg.DatabaseError} what the server says, when the database cannot be made or the SQL files do not apply.
 */
export async function createDatabase(options: CreateDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = options.serverUrl ?? inject('postgresUrl');
  const reused = options.serverUrl === undefined ? clean.pop() : undefined;
  const name = reused?.name ?? uniqueName('database');
  const url = urlOf(serverUrl, { database: name });
  // The C locale makes sorting the same on every machine; template0, because it may differ from the server's own.
  if (reused === undefined)
    await onServer(serverUrl, [
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`,
    ]);

  const pool = reused?.pool ?? poolOf(url);
  const before = reused?.before ?? (options.serverUrl === undefined ? await pristineBy(pool) : null);
  const clients = new Set<pg.Client>();
  const roles: string[] = [];
  let dropped = false;

  const database: TestDatabase = {
    url,
    name,
    query: (text, params) => pool.query(text, params),

    async connect(clientUrl = url) {
      const client = new pg.Client({ connectionString: clientUrl });
      client.on('error', () => {});
      await client.connect();
      clients.add(client);
      client.once('end', () => clients.delete(client));
      return client;
    },

    async role({ grants = [] } = {}) {
      const role = uniqueName('role');
      const password = randomBytes(8).toString('hex');
      await pool.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
      roles.push(role);
      for (const grant of grants) await pool.query(`GRANT ${grant} TO ${role}`);
      return urlOf(url, { role, password });
    },

    async drop() {
      if (dropped) return;
      dropped = true;
      await Promise.all([...clients].map((client) => client.end()));
      if (before !== null && (await cleanedBy(pool, before, roles))) {
        clean.push({ name, before, pool });
        return;
      }
      await pool.end();
      // In this order: a role that holds privileges in a database cannot be dropped.
      await onServer(serverUrl, (version) => [
        untilLeft(`'${name}'`),
        // PostgreSQL 12 does not end sessions for it.
        ...(version < 130_000
          ? [`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`, untilLeft(`'${name}'`)]
          : []),
        `DROP DATABASE IF EXISTS ${name}${version < 130_000 ? '' : ' WITH (FORCE)'}`,
        ...roles.map((role) => `DROP ROLE IF EXISTS ${role}`),
      ]);
    },

    [Symbol.asyncDispose]: () => database.drop(),
  };

  try {
    const files = [
      ...(options.schema || options.examples ? ['migration_control.sql'] : []),
      ...(options.examples ? ['examples/brackets.sql', 'examples/case-file-relationships.sql'] : []),
    ];
    for (const file of files) await database.query(await readSql(file));
  } catch (error) {
    await database.drop();
    throw error;
  }
  return database;
}

function poolOf(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 4, allowExitOnIdle: true });
  // A test may stop the server or kill its backends; unheard, that error would end the process.
  pool.on('error', () => {});
  return pool;
}

async function pristineBy(pool: pg.Pool): Promise<Pristine> {
  const client = await pool.connect();
  try {
    return await pristine(client);
  } finally {
    client.release();
  }
}

/**
 * Cleans a database over one of its connections, which stays open for the next test: a connection costs the server ten times
 * what a query costs.
 *
 * @returns whether the next test can have it
 */
async function cleanedBy(pool: pg.Pool, before: Pristine, roles: readonly string[]): Promise<boolean> {
  let client: pg.PoolClient | undefined;
  try {
    client = await pool.connect();
    while (pool.idleCount > 0) (await pool.connect()).release(true);
    await client.query(untilLeft('current_database()'));
    const isClean = await cleaned(client, before, roles);
    client.release(!isClean || (await hasOldSettings(client)));
    return isClean;
  } catch {
    client?.release(true);
    return false;
  }
}

/** The text of a file of the folder `sql` with the files that it includes, by its path there: `reports/performance.sql`. */
export async function readSql(path: string): Promise<string> {
  return readSqlText(fileURLToPath(new URL(path, sqlFolder)));
}

function uniqueName(kind: 'database' | 'role'): string {
  return `migtop_test_${kind}_${inject('runId')}${randomBytes(4).toString('hex')}`;
}

function urlOf(base: string, parts: { database?: string; role?: string; password?: string }): string {
  const url = new URL(base);
  if (parts.database !== undefined) url.pathname = `/${parts.database}`;
  if (parts.role !== undefined) url.username = parts.role;
  if (parts.password !== undefined) url.password = parts.password;
  return url.href;
}

/**
 * Waits, five seconds at the most, until the others who have closed their connections are gone. A connection that FORCE ends
 * while it is closing reports an error to a client that no longer listens.
 */
function untilLeft(database: string): string {
  return `DO $$ BEGIN
    FOR attempt IN 1..250 LOOP
      PERFORM pg_stat_clear_snapshot();
      EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = ${database} AND pid <> pg_backend_pid());
      PERFORM pg_sleep(0.02);
    END LOOP;
  END $$`;
}

/** The pools of the databases from which others are created: few connections, closed soon, because a test may stop its server. */
const administrators = new Map<string, pg.Pool>();

function administratorOf(serverUrl: string): pg.Pool {
  let pool = administrators.get(serverUrl);
  if (pool === undefined) {
    pool = new pg.Pool({ connectionString: serverUrl, max: 2, idleTimeoutMillis: 1000, allowExitOnIdle: true });
    pool.on('error', () => {});
    administrators.set(serverUrl, pool);
  }
  return pool;
}

async function onServer(serverUrl: string, statements: string[] | ((version: number) => string[])): Promise<void> {
  const client = await administratorOf(serverUrl).connect();
  try {
    const { rows } = await client.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int AS version",
    );
    const all = typeof statements === 'function' ? statements(rows[0]?.version ?? 0) : statements;
    for (const statement of all) await client.query(statement);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/**
 * Waits until every transaction of the server that began before this call has ended, whatever database it is in: until
 * then a poll cannot tell the rows that were written before from those that are written now, and reads both again.
 *
 * @throws {Error} when one is still open after a minute.
 */
export async function olderTransactionsEnded(database: TestDatabase): Promise<void> {
  const { rows: begun } = await database.query<{ xid: string }>('SELECT txid_current() AS xid');
  for (let tries = 0; tries < 1200; tries++) {
    const { rows } = await database.query<{ ended: boolean }>(
      'SELECT txid_snapshot_xmin(txid_current_snapshot()) > $1::bigint AS ended',
      [begun[0]?.xid],
    );
    if (rows[0]?.ended === true) return;
    await sleep(50);
  }
  throw new Error('A transaction that began before the test is still open.');
}
