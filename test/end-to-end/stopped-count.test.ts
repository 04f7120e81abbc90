import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';
import { builtProgram } from '../support/program.ts';
import { runInTerminal } from '../support/pty.ts';
import { eventually } from './migtop.ts';

interface Ours {
  readonly pid: number;
  readonly event: string | null;
  readonly age: number;
}

/** The sessions of migtop that hold a snapshot or a transaction, and for how long, by the server's clock. */
async function ours(database: TestDatabase): Promise<Ours[]> {
  const { rows } = await database.query<Ours>(
    `SELECT pid, wait_event AS event, date_part('epoch', clock_timestamp() - xact_start) AS age FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'migtop' AND (backend_xmin IS NOT NULL OR xact_start IS NOT NULL)`,
  );
  return rows;
}

/** Ids that repeat, and a count that never ends: each completed operation takes ten minutes. */
async function makeSlowTable(database: TestDatabase): Promise<void> {
  await database.query(`INSERT INTO migration_control (id, phase, table_name, operation, status, worker_id)
    VALUES (7, 'execution', 'brackets', 'batch', 'running', 1), (8, 'execution', 'cases', 'batch', 'completed', 1)`);
  await database.query(`CREATE FUNCTION counter() RETURNS integer STABLE LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(600); RETURN 1; END'`);
  await database.query(`CREATE VIEW slow AS
    SELECT id, phase, table_name, operation, status, CASE WHEN status = 'completed' THEN counter() END AS records_processed,
      total_records, started_at, completed_at, error_message, batch_size, worker_id, source_query, validation_query
    FROM (TABLE migration_control UNION ALL TABLE migration_control) AS twice`);
}

describe.each<[string, 12 | 18, NodeJS.Signals, string]>([
  ['the newest PostgreSQL, the monitor', 18, 'SIGSTOP', ''],
  ['the newest PostgreSQL, status', 18, 'SIGSTOP', 'status'],
  // It does not look whether its client is there (client_connection_check_interval came with 14).
  ['PostgreSQL 12, the monitor', 12, 'SIGKILL', ''],
  ['PostgreSQL 12, status', 12, 'SIGKILL', 'status'],
])('%s', (_, version, signal, command) => {
  let server: PostgresServer | undefined;
  let database: TestDatabase;

  beforeAll(async () => {
    server = version === 12 ? await startOwnServer({ version: 12 }) : undefined;
    database = await createDatabase({ schema: true, ...(server === undefined ? {} : { serverUrl: server.url }) });
    await makeSlowTable(database);
  });
  afterAll(async () => {
    await database?.drop();
    await server?.destroy();
  });

  it(`has no snapshot older than 10 s after ${signal} while it counts a table that can only be counted in one query`, async () => {
    const args = [await builtProgram(), ...command.split(' ').filter(Boolean), database.url, '--table', 'slow'];
    const program = runInTerminal(process.execPath, args, { columns: 120, rows: 40 });
    try {
      await eventually(async () => {
        expect((await ours(database)).filter(({ event }) => event === 'PgSleep')).toHaveLength(1);
      });
      process.kill(program.pid, signal);
      for (let left = await ours(database); left.length > 0; left = await ours(database)) {
        expect(left.filter(({ age }) => age >= 10)).toEqual([]);
        await setTimeout(50);
      }
    } finally {
      await program[Symbol.asyncDispose]();
    }
  });
});
