// Measures what the options cost the workers: updates per second with and without the guard and the audit table, in one run.
// Prints a table and writes bench/results/guard.json. With --smoke it only checks that it runs.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startOwnServer } from '../test/support/postgres-server.ts';

const smoke = process.argv.includes('--smoke');
const rows = smoke ? 2_000 : 500_000;
const rounds = smoke ? 1 : 30;
const roundMs = smoke ? 50 : 600;
const warmUpMs = smoke ? 10 : 150;
const workers = 4;
const rowsOfAWorker = 200;

const folder = new URL('../', import.meta.url);
const sql = (path: string) => readFile(new URL(`sql/${path}`, folder), 'utf8');
const files = {
  table: await sql('migration_control.sql'),
  guard: await sql('options/guard.sql'),
  guardRemove: await sql('options/guard-remove.sql'),
  audit: await sql('options/audit.sql'),
  auditRemove: await sql('options/audit-remove.sql'),
};

// The specification's "Agent Status Updates".
const progress = "UPDATE migration_control SET records_processed = $1, status = 'running' WHERE id = $2";

interface Variant {
  readonly name: string;
  readonly guard: boolean;
  readonly audit: boolean;
  /** The status of the workers' rows at the start of a round. */
  readonly status: 'running' | 'paused';
}

const baseline: Variant = { name: 'as specified', guard: false, audit: false, status: 'running' };
const variants: readonly Variant[] = [
  baseline,
  // The baseline again: the distance of its ratio from 1 is the noise.
  { ...baseline, name: 'as specified, again' },
  { name: 'guard', guard: true, audit: false, status: 'running' },
  { name: 'audit table', guard: false, audit: true, status: 'running' },
  { name: 'guard and audit table', guard: true, audit: true, status: 'running' },
  // The guard has to undo each update.
  { name: 'guard, every row paused', guard: true, audit: false, status: 'paused' },
];

// The same update in a loop inside the server, one transaction each: without client and network, the cost is a larger share.
const serverLoop = `
  CREATE PROCEDURE work(worker int, duration interval, OUT updates int) LANGUAGE plpgsql AS $$
  DECLARE
    until timestamptz := clock_timestamp() + duration;
  BEGIN
    updates := 0;
    WHILE clock_timestamp() < until LOOP
      UPDATE migration_control SET records_processed = updates, status = 'running'
      WHERE id = worker * ${rowsOfAWorker} + updates % ${rowsOfAWorker} + 1;
      COMMIT;
      updates := updates + 1;
    END LOOP;
  END
  $$`;

type Drive = (clients: readonly pg.Client[], durationMs: number) => Promise<{ updates: number; seconds: number }>;

/** Like workers: one statement and one round trip per update, on several connections at once. */
const overConnections: Drive = async (clients, durationMs) => {
  const start = performance.now();
  const counts = await Promise.all(
    clients.map(async (client, worker) => {
      let updates = 0;
      while (performance.now() - start < durationMs) {
        const id = worker * rowsOfAWorker + (updates % rowsOfAWorker) + 1;
        await client.query({ name: 'progress', text: progress, values: [updates, id] });
        updates++;
      }
      return updates;
    }),
  );
  return { updates: sum(counts), seconds: (performance.now() - start) / 1000 };
};

const insideTheServer: Drive = async (clients, durationMs) => {
  const start = performance.now();
  const counts = await Promise.all(
    clients.map(async (client, worker) => {
      const { rows } = await client.query<{ updates: number }>(
        `CALL work(${worker}, interval '${durationMs} milliseconds', NULL)`,
      );
      return rows[0]?.updates ?? 0;
    }),
  );
  return { updates: sum(counts), seconds: (performance.now() - start) / 1000 };
};

interface Figure {
  readonly variant: string;
  /** Medians over all rounds. */
  readonly updatesPerSecond: number;
  /** The median of the rate divided by the baseline's rate in the same round. */
  readonly ratio: number;
  readonly ratioQuartiles: readonly [number, number];
  /**
   * CPU time of the workers' backends; null without /proc. Other load on the machine disturbs it less than a rate.
   */
  readonly serverCpuMicrosecondsAnUpdate: number | null;
  readonly serverCpuRatio: number | null;
}

const server = await startOwnServer();
try {
  const owner = new pg.Client({ connectionString: server.url });
  await owner.connect();
  await owner.query(files.table);
  await owner.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at, completed_at, batch_size, worker_id)
     SELECT 'execution', 'table_' || n % 40, 'batch_migration', CASE WHEN n <= $2 THEN 'running' ELSE 'completed' END, 0, 500,
            now() - n * interval '1 second', CASE WHEN n > $2 THEN now() - n * interval '1 second' + interval '3 seconds' END, 500, n % 8
     FROM generate_series(1, $1::int) AS n`,
    [rows, workers * rowsOfAWorker],
  );
  await owner.query(serverLoop);
  await owner.query('VACUUM ANALYZE migration_control');
  await owner.query('CHECKPOINT');
  const clients = Array.from({ length: workers }, () => new pg.Client({ connectionString: server.url }));
  await Promise.all(clients.map((client) => client.connect()));

  const backends = await Promise.all(
    clients.map(async (client) => (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid),
  );

  const prepare = async (variant: Variant): Promise<void> => {
    await owner.query(variant.guard ? files.guard : files.guardRemove);
    await owner.query(variant.audit ? files.audit : files.auditRemove);
    await owner.query(`SET migtop.operator = 'bench'`);
    await owner.query('UPDATE migration_control SET status = $1 WHERE id <= $2', [
      variant.status,
      workers * rowsOfAWorker,
    ]);
    await owner.query(`SET migtop.operator = ''`);
    // The same bloat for all variants, and no autovacuum during one of them.
    await owner.query('VACUUM migration_control');
  };

  const measure = async (drive: Drive): Promise<Figure[]> => {
    const rates = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
    const costs = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < variants.length; turn++) {
        // Each variant is first, second, ... equally often.
        const variant = variants[(turn + round) % variants.length] ?? baseline;
        await prepare(variant);
        await drive(clients, warmUpMs);
        const cpuBefore = await cpuMicroseconds(backends);
        const { updates, seconds } = await drive(clients, roundMs);
        rates.get(variant.name)?.push(updates / seconds);
        costs.get(variant.name)?.push(((await cpuMicroseconds(backends)) - cpuBefore) / updates);
        const { rows: left } = await owner.query<{ held: boolean }>(
          `SELECT bool_and(status = 'paused') AS held FROM migration_control WHERE id <= $1`,
          [workers * rowsOfAWorker],
        );
        if (left[0]?.held !== (variant.status === 'paused'))
          throw new Error(`${variant.name}: the rows have an unexpected status after the round`);
      }
      if (!smoke) await sleep(50);
    }
    const ratiosOf = (figures: Map<string, number[]>, name: string): number[] => {
      const specified = figures.get(baseline.name) ?? [];
      return (figures.get(name) ?? []).map((figure, round) => figure / (specified[round] ?? Number.NaN));
    };
    return variants.map(({ name }) => {
      const ratios = ratiosOf(rates, name);
      return {
        variant: name,
        updatesPerSecond: Math.round(quantile(rates.get(name) ?? [], 0.5)),
        ratio: rounded(quantile(ratios, 0.5)),
        ratioQuartiles: [rounded(quantile(ratios, 0.25)), rounded(quantile(ratios, 0.75))],
        serverCpuMicrosecondsAnUpdate: known(quantile(costs.get(name) ?? [], 0.5)),
        serverCpuRatio: known(quantile(ratiosOf(costs, name), 0.5)),
      };
    });
  };

  const results = {
    overConnections: await measure(overConnections),
    insideTheServer: await measure(insideTheServer),
  };
  const { rows: version } = await owner.query<{ server_version: string }>('SHOW server_version');
  await Promise.all([...clients, owner].map((client) => client.end()));

  for (const [drive, figures] of Object.entries(results)) {
    console.log(`\n${drive}: ${workers} workers, ${rows} rows, ${rounds} rounds`);
    console.log(
      `  ${'variant'.padEnd(26)}${'updates/s'.padStart(10)}${'ratio'.padStart(8)}   ${'quartiles'.padEnd(17)}server CPU us  ratio`,
    );
    for (const { variant, updatesPerSecond, ratio, ratioQuartiles, ...cpu } of figures) {
      console.log(
        `  ${variant.padEnd(26)}${String(updatesPerSecond).padStart(10)}${ratio.toFixed(3).padStart(8)}   ${ratioQuartiles.map((value) => value.toFixed(3)).join(' - ')}  ${String(cpu.serverCpuMicrosecondsAnUpdate ?? '?').padStart(13)}  ${cpu.serverCpuRatio?.toFixed(3) ?? '?'}`,
      );
    }
  }

  if (!smoke) {
    const file = new URL('bench/results/guard.json', folder);
    await mkdir(new URL('.', file), { recursive: true });
    const setting = {
      measuredAt: new Date().toISOString().slice(0, 10),
      postgresql: version[0]?.server_version,
      processors: availableParallelism(),
      durability:
        'fsync and synchronous_commit off: a commit costs next to nothing, so a trigger weighs the most it can',
      rows,
      workers,
      rounds,
      roundMs,
    };
    await writeFile(file, `${JSON.stringify({ setting, ...results }, null, 2)}\n`);
  }
} finally {
  await server.destroy();
}

/** CPU time that the processes have used; NaN without /proc. */
async function cpuMicroseconds(pids: readonly (number | undefined)[]): Promise<number> {
  const used = await Promise.all(
    pids.map(async (pid) => {
      const schedule = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '');
      return schedule === '' ? Number.NaN : Number(schedule.split(' ')[0]) / 1000;
    }),
  );
  return sum(used);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const position = (sorted.length - 1) * part;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

function known(number: number): number | null {
  return Number.isFinite(number) ? rounded(number) : null;
}

function rounded(number: number): number {
  return Math.round(number * 1000) / 1000;
}
