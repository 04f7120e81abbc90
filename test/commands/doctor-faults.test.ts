import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DoctorCheck, doctorChecks, type Finding } from '../../source/domain/doctor/finding.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';

let server: PostgresServer;
let database: TestDatabase;

beforeAll(async () => {
  // A replication slot is of the whole server.
  server = await startOwnServer();
  database = await createDatabase({ schema: true, serverUrl: server.url });
});
afterAll(async () => {
  await database?.drop();
  await server?.destroy();
});

const insert = (columns: string, values: string) => `INSERT INTO migration_control
  (phase, table_name, operation, status, ${columns}) ${values}`;

/** Ten batches of a minute each, the last of them an hour ago. */
const batches = insert(
  'started_at, completed_at, records_processed, total_records, batch_size, worker_id',
  `SELECT 'execution', 'cases', 'copy', 'completed', now() - interval '2 h' + n * interval '2 min',
    now() - interval '2 h' + n * interval '2 min' + interval '1 min', 100, 2000, 100, n
  FROM generate_series(1, 10) AS n`,
);

/** SQL that plants a fault in an empty table, or a function that does; it returns what ends it. */
type Fault = string | (() => Promise<() => unknown>);

/** One fault for each check: a check without one does not compile. */
const faults: Readonly<Record<DoctorCheck, Fault>> = {
  sequence: insert('id', "VALUES ('mapping', 'cases', 'map', 'pending', 7)"),
  structure: 'DROP INDEX idx_migration_control_phase',
  values: `ALTER TABLE migration_control DROP CONSTRAINT migration_control_phase_check;
    ${insert('id', "VALUES ('copying', 'cases', 'copy', 'pending', nextval('migration_control_id_seq'))")}`,
  counters: insert('records_processed', "VALUES ('execution', 'cases', 'copy', 'pending', -1)"),
  counting: insert(
    'records_processed, total_records, batch_size, started_at, completed_at',
    `VALUES ('execution', 'cases', 'copy', 'completed', 800, 10000, 500, now() - interval '90 s', now() - interval '80 s'),
      ('execution', 'cases', 'copy', 'completed', 3000, 10000, 500, now() - interval '70 s', now() - interval '60 s')`,
  ),
  timestamps: insert(
    'started_at, completed_at',
    "VALUES ('mapping', 'cases', 'map', 'completed', now(), now() - interval '1 h')",
  ),
  zones: insert(
    'started_at, completed_at, worker_id',
    `SELECT 'mapping', 'cases', 'map', 'completed', now() - interval '5 h' + n * interval '20 s' - (n % 2) * interval '2 h',
      now() - interval '1 h', n % 2 FROM generate_series(1, 10) AS n`,
  ),
  ends: insert('started_at', "VALUES ('mapping', 'cases', 'map', 'completed', now())"),
  stalled: `${batches}; ${insert(
    'started_at, records_processed, total_records, batch_size, worker_id',
    "VALUES ('execution', 'cases', 'copy', 'running', now() - interval '1 h', 10, 2000, 100, 11)",
  )}`,
  workers: insert(
    'started_at, worker_id',
    "VALUES ('mapping', 'cases', 'map', 'running', now(), 7), ('mapping', 'fees', 'map', 'running', now(), 7)",
  ),
  paused: async () => {
    await database.query(
      insert(
        'started_at, records_processed, total_records, worker_id',
        "VALUES ('execution', 'cases', 'copy', 'paused', now(), 0, 1000000, 7)",
      ),
    );
    let isOver = false;
    const worker = (async () => {
      while (!isOver) {
        await database.query(
          'UPDATE migration_control SET records_processed = records_processed + 1, total_records = 1000000',
        );
        await database.query('SELECT pg_sleep(0.05)');
      }
    })();
    return () => {
      isOver = true;
      return worker;
    };
  },
  failures: insert('error_message', "VALUES ('mapping', 'cases', 'map', 'failed', 'deadlock detected')"),
  validation: `${batches}; ${insert(
    'id',
    `VALUES ('execution', 'cases', 'copy', 'pending', nextval('migration_control_id_seq')),
    ('validation', 'cases', 'count', 'completed', nextval('migration_control_id_seq'))`,
  )}`,
  coverage: insert(
    'source_query',
    `SELECT 'execution', 'cases', 'copy', 'pending', concat('SELECT * FROM cases ORDER BY id LIMIT 10 OFFSET ', n)
    FROM unnest(ARRAY[0, 10, 30]) AS n`,
  ),
  deleted: async () => {
    const client = await database.connect();
    await client.query(insert('error_message', "VALUES ('mapping', 'cases', 'map', 'pending', NULL)"));
    await client.query('DELETE FROM migration_control');
    await client.query('SELECT pg_stat_force_next_flush()');
    await client.query('SELECT 1');
    await client.end();
    return () => {};
  },
  // An open transaction is one only after five minutes; an unused slot holds back the same row versions at once.
  transactions: async () => {
    await database.query("SELECT pg_create_physical_replication_slot('standby', true)");
    const { rows } = await database.query<{ position: string; xid: string }>(
      'SELECT pg_current_wal_flush_lsn()::text AS position, pg_snapshot_xmin(pg_current_snapshot())::text AS xid',
    );
    const standby = new pg.Client({ connectionString: database.url, replication: 'true' } as pg.ClientConfig);
    standby.on('error', () => {});
    await standby.connect();
    const { connection } = standby as unknown as { connection: Wire };
    const started = new Promise((resolve) => connection.once('replicationStart', resolve));
    standby.query(`START_REPLICATION SLOT standby PHYSICAL ${rows[0]?.position}`).catch(() => {});
    await started;
    // The feedback of a standby: no time is needed; its oldest transaction, in epoch 0.
    const feedback = Buffer.alloc(25);
    feedback.write('h', 0);
    feedback.writeUInt32BE(Number(rows[0]?.xid), 9);
    connection.sendCopyFromChunk(feedback);
    for (let xmin = null; xmin === null; ) {
      const slots = await database.query<{ xmin: string | null }>('SELECT xmin::text FROM pg_replication_slots');
      xmin = slots.rows[0]?.xmin ?? null;
    }
    connection.stream.destroy();
    for (let isActive = true; isActive; ) {
      const slots = await database.query<{ active: boolean }>('SELECT active FROM pg_replication_slots');
      isActive = slots.rows[0]?.active ?? false;
    }
    return () => database.query("SELECT pg_drop_replication_slot('standby')");
  },
};

/** The part of the connection of `pg` that speaks the protocol. */
interface Wire {
  readonly stream: { destroy(): void };
  once(event: 'replicationStart', heard: (value: unknown) => void): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

/** An empty table as `migtop init` makes it, and what the doctor says of it. */
async function emptied(): Promise<void> {
  await database.query('DROP TABLE migration_control');
  await database.query(await initSql());
}

let sql: Promise<string> | undefined;
function initSql(): Promise<string> {
  sql ??= runCommand(['init']).then(({ stdout }) => stdout);
  return sql;
}

async function found(): Promise<readonly Finding[]> {
  const { stdout } = await runCommand(['doctor', database.url, '--json', '--sample', '1']);
  return (JSON.parse(stdout) as { readonly findings: readonly Finding[] }).findings;
}

it('finds nothing in an empty table', async () => {
  await emptied();
  expect(await found()).toEqual([]);
});

it.each(doctorChecks)('finds a fault of %s that was planted in an empty table', async (check) => {
  await emptied();
  const fault = faults[check];
  const end = typeof fault === 'string' ? await database.query(fault).then(() => () => {}) : await fault();
  const findings = await found();
  await end();
  expect(findings.map((one) => one.check)).toContain(check);
  for (const { title, sql: mending, commands = [], advice, tables, rows } of findings) {
    expect([title, mending !== null || commands.length > 0 || /\bno SQL\b/i.test(advice ?? '')]).toEqual([title, true]);
    const isOfRows = rows.some(({ id }) => id !== null);
    if (isOfRows) expect([title, tables]).toEqual([title, expect.arrayContaining(['cases'])]);
  }
});

it('finds nothing in the empty table after all faults', async () => {
  await emptied();
  expect(await found()).toEqual([]);
});
