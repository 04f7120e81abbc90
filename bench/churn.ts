import type pg from 'pg';
import { createRandom, type Random } from '../source/demo/random.ts';
import { batchesATable, batchSizeSql } from './batches-a-table.ts';

/** Simulated changes of the table between two polls, by workers and by others. The same for the same seed. */
export interface Churn {
  /** Changes about that many rows as workers do. Resolves to the exact number; a row counts once. */
  work(rows: number): Promise<number>;
  /** Edits, deletes and restarts about that many rows that ended long ago. */
  changeFinishedRows(rows: number): Promise<void>;
  /** How many operations are running. */
  running(): number;
}

interface Batch {
  readonly id: number;
  readonly size: number;
  processed: number;
}

const pendingKept = 400;
const runningKept = 48;

/** @param client a connection that nothing else uses: each statement is a transaction, as workers commit */
export async function startChurn(client: pg.Client, seed: number): Promise<Churn> {
  // The bench does not measure the wait of a commit, which would slow down a thousand polls.
  await client.query('SET synchronous_commit = off');
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const ids = async (text: string, values: unknown[] = []): Promise<number[]> =>
    (await client.query<{ id: number }>(text, values)).rows.map(({ id }) => id);

  const running: Batch[] = (
    await client.query<Batch>(
      `SELECT id, batch_size AS size, coalesce(records_processed, 0) AS processed FROM migration_control
       WHERE status = 'running' ORDER BY id`,
    )
  ).rows;
  const pending = await ids(
    `SELECT id FROM migration_control WHERE status = 'pending' ORDER BY id LIMIT ${pendingKept}`,
  );
  const failed = await ids(`SELECT id FROM migration_control WHERE status = 'failed' ORDER BY id`);
  const batches = await batchesATable(client);
  let changed = new Set<number>();
  let inserted = 0;

  const touch = (touched: readonly number[]): void => {
    for (const id of touched) changed.add(id);
  };
  const update = async (set: string, touched: readonly number[]): Promise<void> => {
    if (touched.length === 0) return;
    touch(touched);
    await client.query(`UPDATE migration_control SET ${set} WHERE id = ANY ($1)`, [touched]);
  };
  const insert = async (rows: number, status: string): Promise<number[]> => {
    if (rows <= 0) return [];
    const made = await ids(insertBatches, [rows, below(200), status, firstBatch + inserted, batches]);
    inserted += rows;
    touch(made);
    return made;
  };
  const retry = async (id: number): Promise<number[]> => {
    const made = await ids(insertRetry, [id]);
    touch(made);
    return made;
  };
  const start = (started: readonly number[]): void => {
    running.push(...started.map((id) => ({ id, size: 500, processed: 0 })));
  };
  const finish = (rows: number): Batch[] =>
    Array.from({ length: Math.min(rows, running.length) }, () => running.splice(below(running.length), 1)).flat();

  async function progress(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) batch.processed = Math.min(batch.size, batch.processed + 1 + below(60));
    touch(batches.map(({ id }) => id));
    await client.query(
      `UPDATE migration_control SET records_processed = reported.records, status = 'running'
       FROM unnest($1::int[], $2::int[]) AS reported (id, records) WHERE migration_control.id = reported.id`,
      [batches.map(({ id }) => id), batches.map(({ processed }) => processed)],
    );
  }

  return {
    running: () => running.length,
    async work(rows) {
      changed = new Set();
      const tenth = Math.max(1, Math.round(rows / 10));
      await progress(sample(running, 2 * tenth, random));
      // Some operations end, others start.
      await update(
        completed,
        finish(tenth).map(({ id }) => id),
      );
      const gone = finish(1 + below(2)).map(({ id }) => id);
      await update(`${ended}, status = 'failed', error_message = 'deadlock detected: process ' || id`, gone);
      failed.push(...gone);
      const claimed = pending.splice(0, Math.min(pending.length, Math.round(tenth / 2)));
      await update(`status = 'running', started_at = localtimestamp, worker_id = 1 + id % 24`, claimed);
      start(claimed);
      const [retried] = failed.splice(below(failed.length), 1);
      if (retried !== undefined) start(await retry(retried));
      start(await insert(runningKept - running.length, 'running'));
      pending.push(...(await insert(Math.min(tenth, pendingKept - pending.length), 'pending')));
      // Operations that start and end between two polls, in separate transactions as workers do.
      const left = Math.max(2, rows - changed.size);
      for (const half of [Math.ceil(left / 2), Math.floor(left / 2)]) {
        const quick = await insert(half, 'running');
        await update(completed, quick);
      }
      // Actions of an operator.
      const [target] = running;
      if (target !== undefined && random() < 0.2) {
        await update(`status = 'paused'`, [target.id]);
        await update(`status = 'running'`, [target.id]);
      }
      const skipped = random() < 0.1 ? pending.splice(0, 1) : [];
      await update(`${ended}, status = 'skipped'`, skipped);
      return changed.size;
    },
    async changeFinishedRows(rows) {
      const old = await ids(
        `SELECT id FROM migration_control WHERE id = ANY ($1) AND status IN ('completed', 'failed', 'skipped')`,
        [await picked(client, rows, random)],
      );
      for (const id of old) {
        const edit = edits[below(edits.length)] ?? '';
        if (edit.startsWith('DELETE')) await client.query(`${edit} WHERE id = $1`, [id]);
        else await client.query(`UPDATE migration_control SET ${edit} WHERE id = $1`, [id]);
      }
    },
  };
}

const ended = `completed_at = localtimestamp, started_at = coalesce(started_at, localtimestamp - interval '0.4 seconds')`;
const completed = `${ended}, status = 'completed', records_processed = batch_size`;

/** Each batch has its own record range, after those of the table as it was filled. */
const firstBatch = 1_000_000;

/** $1 how many rows, $2 number of the first row's table, $3 status, $4 number of the batch before the first one, $5 batches of a table. */
const insertBatches = `
  INSERT INTO migration_control (phase, table_name, operation, status, total_records, started_at, batch_size, worker_id,
    source_query)
  SELECT 'execution', 'legacy_table_' || lpad(of_table::text, 3, '0'), 'batch_migration', $3::text, $5::int * size,
    CASE WHEN $3 <> 'pending' THEN localtimestamp END, size, CASE WHEN $3 <> 'pending' THEN 1 + number % 24 END,
    'SELECT * FROM legacy_table ORDER BY id LIMIT ' || size || ' OFFSET ' || ($4::bigint + number) * size
  FROM (
    SELECT number, of_table, ${batchSizeSql('of_table')} AS size
    FROM (SELECT number, ($2::int + number) % 200 AS of_table FROM generate_series(1, $1::int) AS number) numbers
  ) sized
  RETURNING id`;

/** $1 id of the failed operation. */
const insertRetry = `
  INSERT INTO migration_control (phase, table_name, operation, status, total_records, started_at, batch_size, worker_id,
    source_query)
  SELECT phase, table_name, operation || '_retry', 'running', total_records, localtimestamp, batch_size, worker_id, source_query
  FROM migration_control WHERE id = $1
  RETURNING id`;

/** Changes of finished rows. No change can be found by the status alone, and some by no index. */
const edits = [
  'records_processed = coalesce(records_processed, 0) + 7',
  `table_name = 'legacy_table_' || lpad((id % 200)::text, 3, '0')`,
  `status = 'completed', error_message = NULL`,
  `status = 'failed', error_message = 'found wrong in validation'`,
  `status = 'skipped'`,
  'records_processed = NULL',
  `started_at = started_at - interval '1 hour'`,
  'DELETE FROM migration_control',
];

async function picked(client: pg.Client, rows: number, random: Random): Promise<number[]> {
  const { rows: found } = await client.query<{ highest: number }>('SELECT max(id) AS highest FROM migration_control');
  return Array.from({ length: rows }, () => 1 + Math.floor(random() * (found[0]?.highest ?? 1)));
}

function sample<T>(items: readonly T[], size: number, random: Random): T[] {
  const left = [...items];
  return Array.from({ length: Math.min(size, left.length) }, () =>
    left.splice(Math.floor(random() * left.length), 1),
  ).flat();
}
