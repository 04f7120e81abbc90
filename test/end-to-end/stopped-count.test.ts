import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { ServerVersion } from '../support/postgres-programs.ts';
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

interface Case {
  readonly what: string;
  readonly version: ServerVersion;
  readonly signal: NodeJS.Signals;
  readonly command: string;
}

const cases: readonly Case[] = [
  { what: 'the newest PostgreSQL, the monitor', version: 18, signal: 'SIGSTOP', command: '' },
  { what: 'the newest PostgreSQL, status', version: 18, signal: 'SIGSTOP', command: 'status' },
  // It does not look whether its client is there (client_connection_check_interval came with 14).
  { what: 'PostgreSQL 12, the monitor', version: 12, signal: 'SIGKILL', command: '' },
  { what: 'PostgreSQL 12, status', version: 12, signal: 'SIGKILL', command: 'status' },
];

// Each waits for the same limit: they wait at the same time.
describe.concurrent('has no snapshot older than 10 s while it counts a table that can only be counted in one query', () => {
  let oldest: PostgresServer;

  beforeAll(async () => {
    oldest = await startOwnServer({ version: 12 });
  });
  afterAll(() => oldest?.destroy());

  it.for(cases)('after $signal: $what', async ({ version, signal, command }) => {
    const server = version === 12 ? { serverUrl: oldest.url } : {};
    await using database = await createDatabase({ schema: true, ...server });
    await makeSlowTable(database);
    const args = [await builtProgram(), ...command.split(' ').filter(Boolean), database.url, '--table', 'slow'];
    await using program = runInTerminal(process.execPath, args, { columns: 120, rows: 40 });
    await eventually(async () => {
      expect((await ours(database)).filter(({ event }) => event === 'PgSleep')).toHaveLength(1);
    });
    process.kill(program.pid, signal);
    for (let left = await ours(database); left.length > 0; left = await ours(database)) {
      expect(left.filter(({ age }) => age >= 10)).toEqual([]);
      await setTimeout(50);
    }
  });
});
