import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';
import { eventually, openMigtop } from './migtop.ts';

let server: PostgresServer;
let database: TestDatabase;
let sockets: string;

beforeAll(async () => {
  sockets = await mkdtemp(join(tmpdir(), 'migtop-socket-'));
  await chmod(sockets, 0o777);
  server = await startOwnServer({ settings: { unix_socket_directories: sockets } });
  database = await createDatabase({ schema: true, serverUrl: server.url });
  await database.query(`INSERT INTO migration_control (phase, table_name, operation, status, error_message, source_query)
    SELECT 'execution', 'brackets', 'batch', 'failed', repeat(chr(228), 5000), repeat(chr(228), 5000)
    FROM generate_series(1, 1000)`);
});
afterAll(async () => {
  await database?.drop();
  await server?.destroy();
  await rm(sockets, { recursive: true, force: true });
});

/** Resolves when the server runs a poll, whose answer it sends then. */
async function polling(): Promise<void> {
  for (;;) {
    const { rows } = await database.query(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migtop' AND backend_xmin IS NOT NULL`,
    );
    if (rows.length > 0) return;
  }
}

/** Each poll reads all of the failures again. */
async function changeAll(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await database.query(`UPDATE migration_control SET records_processed = coalesce(records_processed, 0) + 1`);
    await setTimeout(20);
  }
}

it('has no snapshot while it is stopped at any moment of reading a thousand long errors over a Unix socket', async () => {
  const url = new URL(database.url);
  const { username, password, port, pathname } = url;
  const given = `host=${sockets} port=${port} user=${username} password=${password} dbname=${pathname.slice(1)}`;
  await using program = await openMigtop([given, '--interval', '0.2'], { columns: 120 });
  // Again, until the server was stopped in its sending five times.
  for (let sending = 0; sending < 5; ) {
    const changing = new AbortController();
    const changed = changeAll(changing.signal);
    await polling();
    await setTimeout(Math.random() * 60);
    process.kill(program.pid, 'SIGSTOP');
    changing.abort();
    await changed;
    await eventually(async () => {
      const { rows } = await database.query(
        `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migtop'
           AND (backend_xmin IS NOT NULL OR pid IN (SELECT pid FROM pg_locks WHERE relation = 'migration_control'::regclass))`,
      );
      expect(rows).toEqual([]);
    });
    const { rows } = await database.query(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migtop'
         AND wait_event = 'ClientWrite'`,
    );
    sending += rows.length;
    process.kill(program.pid, 'SIGCONT');
  }
  await program.waitForText(/● \d+s · every /);
});
