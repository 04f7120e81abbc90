import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { readSqlText } from '../../scripts/sql-text.ts';
import { startChurn } from '../churn.ts';
import { type Claim, comparison } from '../claims.ts';
import { type Lab, rounds } from '../lab.ts';
import type { FigureResult } from '../results.ts';
import { median, quantile, ratios, rounded, samplesOf } from '../statistics.ts';
import { openSubject } from '../subject.ts';
import { buffersTouched, type Statement, watchWire } from '../wire.ts';
import { openWorkers, type Throughput } from '../workers.ts';

const folder = new URL('../../sql/', import.meta.url);
const workerCount = 4;
const budgetSeconds = 60;

/** The queries that may use the optional indexes, as the program sends them. */
const reads: Readonly<Record<string, () => Statement>> = {
  'the last hour': () => ({ text: statement('queries/history.sql'), values: [3600, 10, null, null] }),
  'the newest failures': () => ({
    text: `SELECT id FROM migration_control WHERE status = 'failed' ORDER BY completed_at DESC NULLS LAST, id DESC LIMIT 1000`,
    values: [],
  }),
};

interface Side {
  readonly name: 'without' | 'with';
  readonly database: string;
  readonly client: pg.Client;
}

interface Gain {
  readonly ms: Record<Side['name'], number[]>;
  readonly buffers: Record<Side['name'], number[]>;
}

/** The gain for the monitor and the cost for the workers of sql/options/indexes.sql, on two copies of the table. */
export async function measureIndexes(lab: Lab): Promise<FigureResult> {
  // A new copy: the earlier figures have changed the large table, and both copies must be equal.
  await lab.drop('large');
  const sides: Side[] = [];
  for (const [name, kind] of [
    ['without', 'large'],
    ['with', 'indexed'],
  ] as const) {
    const database = await lab.database(kind);
    sides.push({ name, database, client: await lab.connect(database) });
  }
  const [without, indexed] = sides as [Side, Side];
  lab.progress.step('building the indexes');
  for (const text of statement('options/indexes.sql')
    .split(';')
    .filter((part) => part.trim() !== ''))
    await indexed.client.query(text);

  const cost = await measureCost(lab, without, indexed);
  const gains = new Map<string, Gain>();
  const { rows } = lab.options;
  for (const side of sides) await leaveDead(lab, side, Math.ceil(rows / 50));
  gains.set('a poll among dead entries', await measurePolls(lab, sides));
  for (const side of sides) await failMany(lab, side, Math.ceil(rows / 100));
  for (const [name, read] of Object.entries(reads)) gains.set(name, await measureRead(lab, sides, name, read()));

  await Promise.all(sides.map(({ client }) => client.end()));
  await lab.drop('indexed');
  return {
    title: 'The optional indexes',
    claims: claimsOf(gains, cost),
    details: {
      deadEntries: Math.ceil(rows / 50),
      failures: Math.ceil(rows / 100),
      gains: Object.fromEntries([...gains].map(([name, gain]) => [name, written(gain)])),
      cost: {
        batchesASecond: sidesOf(cost, batches),
        serverCpuMsABatch: sidesOf(cost, serverCpu),
      },
    },
  };
}

type Cost = Record<Side['name'], Throughput[]>;

async function measureCost(lab: Lab, without: Side, indexed: Side): Promise<Cost> {
  const cost: Cost = { without: [], with: [] };
  const workers = {
    without: await openWorkers(lab.server.url(without.database, 'worker'), workerCount),
    with: await openWorkers(lab.server.url(indexed.database, 'worker'), workerCount),
  };
  const count = Math.ceil(lab.options.samples * 0.12);
  for (const each of Object.values(workers)) await each.run(lab.options.window / 4);
  await rounds(count, Number.POSITIVE_INFINITY, async (round) => {
    lab.progress.step('workers with the indexes and without', round, count);
    const order = round % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const);
    for (const name of order) cost[name].push(await workers[name].run(lab.options.window / 4));
  });
  await Promise.all(Object.values(workers).map((each) => each.end()));
  return cost;
}

/** Starts and ends batches without a VACUUM: each leaves a dead index entry for status `running`. */
async function leaveDead(lab: Lab, { client }: Side, batches: number): Promise<void> {
  await client.query('ALTER TABLE migration_control SET (autovacuum_enabled = false)');
  const chunk = Math.min(batches, 5000);
  for (let done = 0; done < batches; done += chunk) {
    lab.progress.step('dead entries', done, batches);
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO migration_control (phase, table_name, operation, status, batch_size, total_records, started_at, worker_id)
       SELECT 'execution', 'legacy_table_' || lpad((number % 200)::text, 3, '0'), 'batch_migration', 'running', 500, 25000,
         localtimestamp - interval '1 minute', 1 + number % 24
       FROM generate_series(1, $1::int) AS number RETURNING id`,
      [chunk],
    );
    await client.query(
      `UPDATE migration_control SET status = 'completed', completed_at = localtimestamp - interval '59 seconds', records_processed = 500
       WHERE id = ANY ($1)`,
      [rows.map(({ id }) => id)],
    );
  }
}

async function failMany(lab: Lab, { client }: Side, failures: number): Promise<void> {
  lab.progress.step('many failures');
  await client.query(
    `UPDATE migration_control SET status = 'failed', error_message = 'deadlock detected'
     WHERE id IN (SELECT id FROM migration_control WHERE id % 7 = 3 AND status = 'completed' LIMIT $1)`,
    [failures],
  );
  await client.query('VACUUM (ANALYZE) migration_control');
}

async function measurePolls(lab: Lab, sides: readonly Side[]): Promise<Gain> {
  const gain = noGain();
  const opened = await Promise.all(
    sides.map(async (side) => {
      const application = `indexes_${side.name}`;
      const wire = watchWire(application);
      const subject = await openSubject(lab.server.url(side.database, application));
      return { side, wire, subject, churn: await startChurn(await lab.connect(side.database), 8) };
    }),
  );
  await rounds(Math.ceil(lab.options.samples / 2), budgetSeconds, async (round) => {
    lab.progress.step('polls with the indexes and without', round, Math.ceil(lab.options.samples / 2));
    await sleep(Math.min(1, lab.options.window) * 1000);
    for (const { side, wire, subject, churn } of opened) {
      await churn.work(200);
      wire.takeStatements();
      const startedMs = performance.now();
      await subject.poll();
      gain.ms[side.name].push(performance.now() - startedMs);
      gain.buffers[side.name].push((await buffersTouched(side.client, wire.takeStatements())).buffers);
    }
  });
  for (const { subject, wire } of opened) {
    await subject.close();
    wire.forget();
  }
  return gain;
}

async function measureRead(lab: Lab, sides: readonly Side[], name: string, read: Statement): Promise<Gain> {
  const gain = noGain();
  await rounds(Math.ceil(lab.options.samples / 10), budgetSeconds, async (round) => {
    lab.progress.step(name, round, Math.ceil(lab.options.samples / 10));
    for (const side of sides) {
      const startedMs = performance.now();
      await side.client.query(read.text, [...read.values]);
      gain.ms[side.name].push(performance.now() - startedMs);
      if (round < 3) gain.buffers[side.name].push((await buffersTouched(side.client, [read])).buffers);
    }
  });
  return gain;
}

function claimsOf(gains: ReadonlyMap<string, Gain>, cost: Cost): Claim[] {
  return [
    ...[...gains].flatMap(([name, { ms }]) => [
      comparison(`${name}, without the indexes`, median(ms.without), 'ms'),
      comparison(`${name}, with the indexes`, median(ms.with), 'ms'),
    ]),
    comparison('batches per second with the indexes against without', median(costRatios(cost, batches)), 'times'),
    comparison(
      "server CPU of a worker's batch with the indexes against without",
      median(costRatios(cost, serverCpu)),
      'times',
    ),
  ];
}

const batches = (work: Throughput): number => work.batchesASecond;
const serverCpu = (work: Throughput): number => work.serverCpuMsABatch;

/** The ratio of each window with the indexes to the adjacent window without them. */
function costRatios(cost: Cost, figure: (work: Throughput) => number): number[] {
  return ratios(cost.with.map(figure), cost.without.map(figure));
}

function sidesOf(cost: Cost, figure: (work: Throughput) => number) {
  const all = costRatios(cost, figure);
  return {
    without: samplesOf(cost.without.map(figure)),
    with: samplesOf(cost.with.map(figure)),
    ratio: rounded(median(all)),
    quartiles: [0.25, 0.75].map((part) => rounded(quantile(all, part))),
  };
}

function written({ ms, buffers }: Gain) {
  return {
    without: { ms: samplesOf(ms.without), buffers: samplesOf(buffers.without) },
    with: { ms: samplesOf(ms.with), buffers: samplesOf(buffers.with) },
  };
}

function noGain(): Gain {
  return { ms: { without: [], with: [] }, buffers: { without: [], with: [] } };
}

function statement(path: string): string {
  return readSqlText(fileURLToPath(new URL(path, folder))).replace(/^--.*\n/gm, '');
}
