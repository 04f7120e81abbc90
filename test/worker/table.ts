import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type ControlOptions, createMigrationControl, type MigrationControl } from '../../source/worker/index.ts';
import type { TestDatabase } from '../support/database.ts';
import { backendOf } from '../support/pg-client.ts';

export interface Row {
  id: number;
  phase: string;
  table_name: string;
  operation: string;
  status: string;
  records_processed: number | null;
  total_records: number | null;
  started_at: Date | null;
  completed_at: Date | null;
  error_message: string | null;
  batch_size: number | null;
  worker_id: number | null;
  source_query: string | null;
  validation_query: string | null;
}

/** Inserts a row as of another program. The defaults are those of a running batch of worker 1. */
export async function insertRow(database: TestDatabase, given: Partial<Row> = {}): Promise<number> {
  const row = {
    phase: 'execution',
    table_name: 'brackets',
    operation: 'batch_migration',
    status: 'running',
    records_processed: 0,
    total_records: 1569,
    started_at: given.status === 'pending' ? null : new Date('2026-01-01T00:00:00Z'),
    batch_size: 500,
    worker_id: given.status === 'pending' ? null : 1,
    ...given,
  };
  const names = Object.keys(row);
  const { rows } = await database.query<{ id: number }>(
    `INSERT INTO migration_control (${names}) VALUES (${names.map((_, at) => `$${at + 1}`)}) RETURNING id`,
    Object.values(row),
  );
  return Number(rows[0]?.id);
}

export async function rowOf(database: TestDatabase, id: number): Promise<Row> {
  const { rows } = await database.query<Row>('SELECT * FROM migration_control WHERE id = $1', [id]);
  if (rows[0] === undefined) throw new Error(`There is no row ${id}.`);
  return rows[0];
}

export async function allRows(database: TestDatabase): Promise<Row[]> {
  return (await database.query<Row>('SELECT * FROM migration_control ORDER BY id')).rows;
}

export async function setStatus(database: TestDatabase, id: number, status: string): Promise<void> {
  await database.query('UPDATE migration_control SET status = $2 WHERE id = $1', [id, status]);
}

/** A worker with its own connection. */
export async function workerOf(
  database: TestDatabase,
  workerId: number,
  options: Partial<ControlOptions> = {},
): Promise<{ client: pg.Client; control: MigrationControl<pg.Client> }> {
  const client = await database.connect();
  return { client, control: createMigrationControl(client, { workerId, ...options }) };
}

/** The application name of a connection in pg_stat_activity. */
export async function sessionName(database: TestDatabase, client: pg.Client): Promise<string> {
  const { rows } = await database.query<{ application_name: string }>(
    'SELECT application_name FROM pg_stat_activity WHERE pid = $1',
    [backendOf(client)],
  );
  return rows[0]?.application_name ?? 'no such session';
}

/** Waits until a condition is true; rejects with its description if it never is. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for this: ${what}`);
    // The worker that it waits for needs the processor.
    await pause(10);
  }
}

/** Resolves once a backend waits for a lock that another holds. */
export function untilBlocked(database: TestDatabase): Promise<void> {
  return until('somebody waits for a lock', async () => {
    const { rows } = await database.query<{ blocked: number }>(
      `SELECT count(*)::int AS blocked FROM pg_stat_activity
       WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`,
    );
    return (rows[0]?.blocked ?? 0) > 0;
  });
}

/** Resolves once application_name of a connection shows that its worker has noticed a pause. */
export function untilPauseNoticed(database: TestDatabase, client: pg.Client): Promise<void> {
  return until('the worker has noticed the pause', async () =>
    (await sessionName(database, client)).endsWith(' paused'),
  );
}

/** A pool that survives the end of its database. */
export function poolOf(database: TestDatabase, max = 4): pg.Pool {
  const pool = new pg.Pool({ connectionString: database.url, max });
  pool.on('error', () => {});
  return pool;
}
