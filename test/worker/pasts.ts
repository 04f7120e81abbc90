import type { Random } from '../../source/demo/random.ts';
import type { CheckpointChoice } from '../../source/worker/checkpoint.ts';
import { clientTransaction, createMigrationControl } from '../../source/worker/index.ts';
import type { TestDatabase } from '../support/database.ts';

/** The rows of the table before the workers of a history start. */
export const pasts = [
  'nothing',
  'a row a batch',
  'cumulative rows',
  'a failure and its repetition',
  'a repetition that failed, and its repetition',
  'a whole run of last week',
  'half a run of last week',
  'another run of this library',
  'a run of this library without a name',
  'a run of this library without a name, before a named one',
  'a named run of this library, before one without a name',
  'an unfinished run of this library',
  'a batch that is missing',
  'batches with a hole',
  'ranges of a key with a hole',
  'a range that was begun again',
  'a row without a counter',
  'rows in an unknown order',
  'parts that workers started one by one',
  'rows that were rolled back',
  'a run of this library that was rolled back',
  'a queue for the whole table',
  'ranges',
  'ranges with queries',
  'ranges by LIMIT',
  'ranges that others began',
  'ranges of last week and their repetition',
] as const;
export type Past = (typeof pasts)[number];

/** Whether each row is a separate work, which the workers claim. */
export const isRanges = (past: Past): boolean => past.startsWith('ranges') && !past.endsWith('a hole');

/** The tables and the run of one history. */
export interface Scene {
  readonly database: TestDatabase;
  readonly seed: number;
  readonly random: Random;
  readonly past: Past;
  readonly tableName: string;
  /** How many records the source has. */
  readonly records: number;
  readonly batchSize: number;
}

/** An operator's knowledge of the past. */
export interface Knowledge {
  /** How to read the counters of its rows. */
  readonly counting?: CheckpointChoice['counting'];
  /** The first operation that is not of an earlier run, if the target was emptied since then. */
  readonly since?: number;
  /** Whether `since` must be passed at the first start: otherwise the unfinished run would be continued. */
  readonly isUnfinished?: boolean;
  /** The name of the new run. */
  readonly run?: string;
}

const week = 7 * 24 * 60;

/** Fills the control table and the target with the past of a history. */
export async function makePast(scene: Scene): Promise<Knowledge> {
  const { database, seed, random, past, tableName, records, batchSize } = scene;
  const upTo = (most: number): number => 1 + Math.floor(random() * most);
  const batches = Math.floor((records - 1) / batchSize);
  const done = Math.floor(random() * (batches + 1));
  const total = { total_records: records };

  switch (past) {
    case 'nothing':
      return {};
    case 'a row a batch':
    case 'cumulative rows': {
      const isCumulative = past === 'cumulative rows';
      for (let at = 1; at <= done; at++) {
        const records_processed = isCumulative ? at * batchSize : batchSize;
        await insert({ ...total, status: 'completed', records_processed }, 600 - at);
      }
      await fill(1, done * batchSize);
      return { counting: isCumulative ? 'cumulative' : 'batch' };
    }
    case 'a failure and its repetition':
    case 'a repetition that failed, and its repetition': {
      const parts = [Math.max(1, done * batchSize - 1), upTo(2), ...(past.startsWith('a rep') ? [upTo(2)] : [])];
      const all = parts.reduce((sum, part) => sum + part, 0);
      if (all > records) return {};
      let before = await insert({ ...total, status: 'failed', records_processed: parts[0], error_message: 'no' }, 600);
      for (const [at, records_processed] of parts.entries()) {
        if (at === 0) continue;
        const status = at === parts.length - 1 ? 'completed' : 'failed';
        const operation = ['copy', 'copy_retry', `retry_batch_${before}`][Math.floor(random() * 3)];
        before = await insert({ ...total, status, records_processed, operation }, 600 - at);
      }
      await fill(1, all);
      return { counting: 'batch' };
    }
    case 'a whole run of last week':
    case 'half a run of last week': {
      // The target was emptied after it.
      const isWhole = past.startsWith('a whole');
      let id = 0;
      if (random() < 0.5) {
        const [status, count] = isWhole ? ['completed', records] : ['failed', upTo(records)];
        id = await insert({ ...total, status, records_processed: count }, week);
      } else {
        for (let at = 0; at * batchSize < (isWhole ? records : records / 2); at++) {
          const records_processed = Math.min(batchSize, records - at * batchSize);
          id = await insert({ ...total, status: 'completed', records_processed }, week - at);
        }
      }
      return { since: id + 1, isUnfinished: !isWhole };
    }
    case 'another run of this library':
    case 'a run of this library without a name':
    case 'a run of this library without a name, before a named one':
    case 'a named run of this library, before one without a name':
    case 'an unfinished run of this library':
    case 'a run of this library that was rolled back': {
      const isNamed = past.startsWith('another') || past.startsWith('a named');
      const isUnfinished = past.startsWith('an unfinished');
      const client = await database.connect();
      // A run that ended, and one that was stopped or failed before its end.
      const last = isUnfinished || random() < 0.5 ? upTo(records) : records;
      const stop = new AbortController();
      await createMigrationControl(client, {
        workerId: seed * 10 + 9,
        run: isNamed ? 'last week' : undefined,
      }).runBatches({
        start: { phase: 'execution', tableName, operation: 'copy', batchSize, totalRecords: records },
        transaction: clientTransaction(client),
        signal: stop.signal,
        migrateBatch: async ({ db, offset, limit }) => {
          const to = Math.min(last, offset + limit);
          await db.query('INSERT INTO target SELECT $1, generate_series($2::int, $3::int)', [seed, offset + 1, to]);
          if (to === last && last < records) {
            if (random() < 0.5) throw new Error('no');
            stop.abort();
          }
          return Math.max(0, to - offset);
        },
      });
      await client.end();
      if (isUnfinished) return {};
      if (past.endsWith('rolled back')) {
        await database.query('DELETE FROM target WHERE history = $1', [seed]);
        await rollBack(last, 0);
        return {};
      }
      await database.query('DELETE FROM target WHERE history = $1', [seed]);
      await database.query(
        "UPDATE migration_control SET started_at = started_at - interval '7 days', completed_at = completed_at - interval '7 days' WHERE table_name = $1",
        [tableName],
      );
      await database.query(
        "UPDATE migration_control SET status = 'skipped' WHERE table_name = $1 AND status = 'pending'",
        [tableName],
      );
      const { rows } = await database.query<{ id: number }>(
        'SELECT max(id) + 1 AS id FROM migration_control WHERE table_name = $1',
        [tableName],
      );
      const since = Number(rows[0]?.id);
      if (past.startsWith('another')) return { run: 'tonight' };
      if (past.endsWith('a named one')) return { run: 'tonight', since };
      return { since, isUnfinished: !isNamed && last < records };
    }
    case 'a batch that is missing': {
      // The second of three failed and was not retried.
      for (const at of [0, 1, 2]) {
        const status = at === 1 ? 'failed' : 'completed';
        const records_processed = at === 1 ? 0 : 1;
        await insert({ ...total, batch_size: 1, operation: `copy_${at}`, status, records_processed }, 600 - at);
        if (at !== 1) await fill(at + 1, at + 1);
      }
      return {};
    }
    case 'batches with a hole':
    case 'ranges of a key with a hole': {
      // One of them failed, was skipped or waits; which one is known only by its place.
      const isByKey = past.startsWith('ranges');
      const hole = Math.floor(random() * batches);
      const isLast = hole === batches - 1 && records % batchSize === 0;
      for (let at = 0; at < batches; at++) {
        const [from, to] = [at * batchSize + 1, (at + 1) * batchSize];
        const source_query = isByKey ? `SELECT * FROM s WHERE id BETWEEN ${from} AND ${to}` : null;
        const given = { ...total, source_query, operation: isByKey ? `copy_${at}` : 'copy' };
        if (at !== hole || isLast) {
          await insert({ ...given, status: 'completed', records_processed: batchSize }, 600 - at);
          await fill(from, to);
          continue;
        }
        const part = Math.floor(random() * batchSize);
        const status = ['failed', 'skipped', 'pending', null][Math.floor(random() * 4)] ?? null;
        const records_processed = status === 'pending' || random() < 0.5 ? null : part;
        // Ranges say by their queries that one is missing; without queries only a row does.
        if (status === null && isByKey) continue;
        await insert({ ...given, status: status ?? 'failed', records_processed }, 600 - at);
        await fill(from, from - 1 + (records_processed ?? 0));
      }
      return {};
    }
    case 'a range that was begun again': {
      // An attempt that was rolled back before the one that completed its range, or one that was begun after it and wrote nothing new.
      const again = Math.floor(random() * batches);
      for (let at = 0; at < batches; at++) {
        const [from, to] = [at * batchSize + 1, (at + 1) * batchSize];
        const source_query = `SELECT * FROM s ORDER BY id LIMIT ${batchSize} OFFSET ${from - 1}`;
        const failed = {
          ...total,
          source_query,
          status: 'failed',
          records_processed: upTo(batchSize),
          error_message: 'no',
        };
        const when = Math.floor(random() * 3);
        if (at === again && when < 2) await insert(failed, 600 - 3 * at);
        await insert({ ...total, source_query, status: 'completed', records_processed: batchSize }, 599 - 3 * at);
        if (at === again && when > 0) await insert(failed, 598 - 3 * at);
        await fill(from, to);
      }
      return { counting: 'batch' };
    }
    case 'a row without a counter': {
      const at = Math.floor(random() * (done + 1));
      for (let batch = 0; batch <= done; batch++) {
        const records_processed = batch === at ? (random() < 0.5 ? null : -1) : batchSize;
        await insert({ ...total, status: 'completed', records_processed }, 600 - batch);
      }
      await fill(1, Math.min(records, (done + 1) * batchSize));
      return {};
    }
    case 'rows in an unknown order': {
      // Cumulative, written at once: their ids are in any order.
      const order = Array.from({ length: done }, (_, at) => at + 1).sort(() => random() - 0.5);
      for (const at of order) await insert({ ...total, status: 'completed', records_processed: at * batchSize }, 600);
      await fill(1, done * batchSize);
      return { counting: 'cumulative' };
    }
    case 'parts that workers started one by one': {
      const part = Math.max(1, Math.floor(records / 3));
      for (const at of [0, 1]) {
        const client = await database.connect();
        const control = createMigrationControl(client, { workerId: seed * 10 + 8 + at });
        const start = { phase: 'execution', tableName, operation: 'copy', batchSize, totalRecords: records } as const;
        const { id } = await control.startOperation(start);
        const count = upTo(part);
        await control.updateMigrationProgress(id, count);
        if (random() < 0.5) await control.completeOperation(id);
        else await control.failOperation(id, new Error('no'));
        await fill(at * part + 1, at * part + count);
        await client.end();
      }
      return {};
    }
    case 'rows that were rolled back': {
      for (let at = 1; at <= done; at++)
        await insert({ ...total, status: 'completed', records_processed: batchSize }, 600 - at);
      const kept = random() < 0.7 ? 0 : upTo(done * batchSize);
      await fill(1, Math.min(kept, done * batchSize));
      await rollBack(done * batchSize - kept, 30);
      return {};
    }
    case 'a queue for the whole table':
      for (let at = upTo(3); at > 0; at--) await insert({ ...total, status: 'pending' }, 0);
      return {};
    default: {
      const count = upTo(4);
      const edges = Array.from({ length: count + 1 }, (_, at) => Math.floor((records * at) / count));
      let since: number | undefined;
      const isOld = past === 'ranges of last week and their repetition';
      if (isOld) {
        // Each was completed last week, or failed; the target was emptied since.
        for (const row of edges.slice(1).map((to, at) => range(edges[at] ?? 0, to))) {
          const status = random() < 0.7 ? 'completed' : 'failed';
          since = 1 + (await insert({ ...row, status, records_processed: row.total_records }, week));
        }
      }
      for (const row of edges.slice(1).map((to, at) => range(edges[at] ?? 0, to))) {
        const begun = past === 'ranges that others began' ? Math.floor(random() * row.total_records) : 0;
        const status = begun > 0 && random() < 0.5 ? 'failed' : 'pending';
        await insert({ ...row, status, records_processed: begun }, status === 'failed' ? 30 : 0);
        await fill(row.from + 1, row.from + begun);
      }
      return since === undefined ? {} : { since };
    }
  }

  function range(from: number, to: number) {
    const source_query =
      past === 'ranges'
        ? null
        : past === 'ranges by LIMIT'
          ? `SELECT * FROM s ORDER BY id LIMIT ${to - from} OFFSET ${from}`
          : `SELECT * FROM s WHERE id > ${from} AND id <= ${to}`;
    return { from, total_records: to - from, operation: `range ${from} ${to}`, source_query };
  }

  async function insert({ from: _, ...row }: Record<string, unknown>, minutesAgo: number): Promise<number> {
    const isQueued = row.status === 'pending';
    const given = { phase: 'execution', table_name: tableName, operation: 'copy', batch_size: batchSize, ...row };
    const names = Object.keys(given);
    const at = (offset: number) =>
      isQueued ? 'NULL' : `clock_timestamp()::timestamp - interval '${minutesAgo * 60 - offset} s'`;
    const { rows } = await database.query<{ id: number }>(
      `INSERT INTO migration_control (${names}, started_at, completed_at)
       VALUES (${names.map((_, place) => `$${place + 1}`)}, ${at(0)}, ${at(30)}) RETURNING id`,
      Object.values(given),
    );
    return Number(rows[0]?.id);
  }

  /** A rollback that began when all others had ended. */
  async function rollBack(count: number, minutesAgo: number): Promise<void> {
    const records_processed = random() < 0.2 ? null : Math.max(1, count);
    const row = { phase: 'rollback', operation: 'undo', status: 'completed', total_records: count };
    const id = await insert({ ...row, records_processed }, minutesAgo);
    if (minutesAgo === 0)
      await database.query('UPDATE migration_control SET completed_at = clock_timestamp() WHERE id = $1', [id]);
  }

  async function fill(from: number, to: number): Promise<void> {
    await database.query('INSERT INTO target SELECT $1, generate_series($2::int, $3::int)', [seed, from, to]);
  }
}
