import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { backendOf } from '../test/support/pg-client.ts';
import { batchesATable, batchSizeOf } from './batches-a-table.ts';
import { naiveFile } from './peers.ts';
import { backendCpuSeconds } from './processes.ts';
import { sum } from './statistics.ts';

/** The throughput of the workers. */
export interface Throughput {
  readonly batchesASecond: number;
  /** CPU time of the workers' backends. Other load on the machine disturbs it less than a rate. */
  readonly serverCpuMsABatch: number;
}

/** Workers that only write their progress, as fast as the server allows. */
export interface Workers {
  run(seconds: number): Promise<Throughput>;
  end(): Promise<void>;
}

const statements = {
  start: `INSERT INTO migration_control (phase, table_name, operation, status, batch_size, total_records, started_at, worker_id)
    VALUES ('execution', $1, 'batch_migration', 'running', $3, $3::int * $4::int, localtimestamp, $2) RETURNING id`,
  progress: `UPDATE migration_control SET records_processed = $1, status = 'running' WHERE id = $2`,
  finish: `UPDATE migration_control SET status = 'completed', completed_at = localtimestamp, records_processed = $1 WHERE id = $2`,
};

export async function openWorkers(url: string, count: number): Promise<Workers> {
  const clients = await Promise.all(Array.from({ length: count }, () => open(url)));
  const send = (client: pg.Client, name: keyof typeof statements, values: unknown[]) =>
    client.query<{ id: number }>({ name, text: statements[name], values });
  const [first] = clients;
  const batches = first === undefined ? 0 : await batchesATable(first);
  const batch = async (client: pg.Client, worker: number, number: number): Promise<void> => {
    const tableNumber = (worker * 50 + number) % 200;
    const size = batchSizeOf(tableNumber);
    const { rows } = await send(client, 'start', [
      `legacy_table_${String(tableNumber).padStart(3, '0')}`,
      worker,
      size,
      batches,
    ]);
    const id = rows[0]?.id;
    await send(client, 'progress', [size / 2, id]);
    await send(client, 'finish', [size, id]);
  };
  return {
    async run(seconds) {
      const cpuBefore = cpuSeconds(clients);
      const startedMs = performance.now();
      const counts = await Promise.all(
        clients.map(async (client, worker) => {
          let done = 0;
          while (performance.now() - startedMs < seconds * 1000) await batch(client, worker, done++);
          return done;
        }),
      );
      const batches = sum(counts);
      return {
        batchesASecond: batches / ((performance.now() - startedMs) / 1000),
        serverCpuMsABatch: ((cpuSeconds(clients) - cpuBefore) * 1000) / batches,
      };
    },
    async end() {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}

function cpuSeconds(clients: readonly pg.Client[]): number {
  return sum(clients.map((client) => backendCpuSeconds(backendOf(client))));
}

/** Runs the naive queries, waits a second, and repeats. */
export async function startNaive(url: string): Promise<{ stop(): Promise<void> }> {
  const text = await readFile(naiveFile, 'utf8');
  const client = await open(url);
  const processID = backendOf(client);
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      await client.query(text).catch(() => {});
      if (!stopped) await sleep(1000);
    }
  })();
  return {
    async stop() {
      stopped = true;
      const other = await open(url);
      await other.query('SELECT pg_cancel_backend($1)', [processID]);
      await other.end();
      await running;
      await client.end();
    },
  };
}

async function open(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  return client;
}
