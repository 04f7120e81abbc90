import type pg from 'pg';
import { createRandom, type Random } from '../../source/demo/random.ts';
import {
  AmbiguousCheckpointError,
  type Batch,
  clientTransaction,
  createMigrationControl,
  type Operation,
  type RunOutcome,
} from '../../source/worker/index.ts';
import type { TestDatabase } from '../support/database.ts';

/** What a history came to. */
export interface History {
  readonly seed: number;
  readonly past: Past;
  readonly records: number;
  /** The records of the source in the target, in order. */
  readonly migrated: readonly number[];
  /** Why the library refused to begin, before an operator settled it. */
  readonly refused: readonly string[];
  readonly deaths: number;
}

/** What the table holds before the library begins. */
const pasts = [
  'nothing',
  'a row a batch',
  'cumulative rows',
  'a failure and its repetition',
  'a whole run of last week',
  'a batch that is missing',
  'ranges',
  'ranges with queries',
] as const;
type Past = (typeof pasts)[number];

const isRanges = (past: Past): boolean => past.startsWith('ranges');

/** Tables that all histories share; each has a table name and a number of its own. */
export async function prepareHistories(database: TestDatabase): Promise<void> {
  // A target without a key: what is migrated twice is there twice.
  await database.query('CREATE TABLE target (history int, record int)');
}

/** So often no worker has to be started, unless it goes round in a circle: one that finds another at work starts again at once. */
const mostLives = 20_000;

/** Thrown where a process was killed: nothing of it goes on. */
class Killed extends Error {}

/**
 * Plays one history: rows of others, then workers of the library that fail, are killed, stopped and started again, until
 * all is done. Where the library refuses to begin, an operator empties the target and leaves out the old rows.
 */
export async function playHistory(database: TestDatabase, seed: number): Promise<History> {
  const random = createRandom(seed);
  const upTo = (most: number): number => 1 + Math.floor(random() * most);
  const past = pasts[Math.floor(random() * pasts.length)] ?? 'nothing';
  const records = 3 + upTo(24);
  const batchSize = upTo(5);
  const tableName = `table ${seed}`;
  const refused: string[] = [];
  let deaths = 0;
  let since: number | undefined;
  let settled: Promise<void> | undefined;

  await makePast();
  const workers = isRanges(past) ? upTo(3) : upTo(2);
  await Promise.all(Array.from({ length: workers }, (_, at) => live(seed * 10 + at, createRandom(seed * 31 + at))));
  const { rows } = await database.query<{ record: number }>(
    'SELECT record FROM target WHERE history = $1 ORDER BY record',
    [seed],
  );
  return { seed, past, records, migrated: rows.map(({ record }) => record), refused, deaths };

  /** Starts a worker again and again, with a connection of its own each time, until there is nothing left for it. */
  async function live(workerId: number, luck: Random): Promise<void> {
    for (let life = 1; ; life++) {
      if (life > mostLives)
        throw new Error(`Worker ${workerId} of history ${seed} (${past}) was started ${life} times.`);
      const client = await database.connect();
      try {
        if (await (isRanges(past) ? workOnQueue(client, workerId, luck) : workOnTable(client, workerId, luck))) return;
      } catch (error) {
        if (error instanceof AmbiguousCheckpointError) await settle(error);
        else if (!(error instanceof Killed) && !isLost(client)) throw error;
      } finally {
        await client.end().catch(() => {});
      }
    }
  }

  async function workOnTable(client: pg.Client, workerId: number, luck: Random): Promise<boolean> {
    const control = createMigrationControl(client, { workerId });
    const abort = new AbortController();
    const outcome: RunOutcome = await control.runBatches({
      start: { phase: 'execution', tableName, operation: 'copy', batchSize, totalRecords: records },
      since,
      transaction: dying(client, luck),
      signal: abort.signal,
      migrateBatch: (batch) => copy(batch, luck, abort, 0, records),
    });
    if (outcome.kind === 'failed' && luck() < 0.5) {
      const retry = await control.retryOperation(outcome.operation.id);
      if (retry.kind === 'started') await runOne(control, retry.operation, client, luck);
      return false;
    }
    if (outcome.kind !== 'already done') return outcome.kind === 'completed';
    if ((await countMigrated()) >= records) return true;
    await settle(new Error('already done'));
    return false;
  }

  async function workOnQueue(client: pg.Client, workerId: number, luck: Random): Promise<boolean> {
    const control = createMigrationControl(client, { workerId });
    const left = await control.findIncompleteOperations({ workerId, tableName });
    for (;;) {
      const operation = left.shift() ?? (await control.claimNext({ tableName })) ?? (await retried());
      if (operation === null) break;
      await runOne(control, operation, client, luck);
    }
    return !(await hasOpen());

    async function retried(): Promise<Operation | null> {
      const failed = (await control.getMigrationStatus('execution')).filter(
        (row) => row.tableName === tableName && row.status === 'failed',
      );
      for (const { id } of failed) {
        const name = luck() < 0.5 ? undefined : `attempt ${id}`;
        const retry = await control.retryOperation(id, { operation: name });
        if (retry.kind === 'started') return retry.operation;
      }
      return null;
    }
  }

  async function runOne(
    control: ReturnType<typeof createMigrationControl<pg.Client>>,
    operation: Operation,
    client: pg.Client,
    luck: Random,
  ): Promise<void> {
    const [first, last] = await rangeOf(operation);
    const abort = new AbortController();
    await control.runBatches({
      operation,
      transaction: dying(client, luck),
      signal: abort.signal,
      migrateBatch: (batch) => copy(batch, luck, abort, first, last),
    });
  }

  /** The records of an operation: a range of the queue is told by the first row of its work, as its worker's own notes would. */
  async function rangeOf({ id, operation }: Operation): Promise<[number, number]> {
    if (!isRanges(past)) return [0, records];
    let [name, row] = [operation, id];
    for (;;) {
      const [, first, last] = /^range (\d+) (\d+)$/.exec(name) ?? [];
      if (first !== undefined) return [Number(first), Number(last)];
      const { rows: found } = await database.query<{ id: number; operation: string }>(
        `SELECT other.id, other.operation FROM migration_control AS own JOIN migration_control AS other
         ON other.id = substring(own.validation_query from 'repeats=(\\d+)')::int WHERE own.id = $1`,
        [row],
      );
      if (found[0] === undefined) throw new Error(`Operation ${row} repeats nothing.`);
      [name, row] = [found[0].operation, found[0].id];
    }
  }

  async function copy(
    { db, offset, limit }: Batch<unknown, pg.Client>,
    luck: Random,
    abort: AbortController,
    first: number,
    last: number,
  ): Promise<number> {
    const from = first + offset;
    const to = Math.min(last, from + limit);
    if (luck() < 0.06) kill(db);
    await db.query('INSERT INTO target SELECT $1, generate_series($2::int, $3::int)', [seed, from + 1, to]);
    const chance = luck();
    if (chance < 0.06) kill(db);
    if (chance < 0.12) throw new Error(`record ${to} is refused`);
    if (chance < 0.2) abort.abort();
    return Math.max(0, to - from);
  }

  /** A transaction whose process is killed now and then: after the report, during the commit, and behind it. */
  function dying(client: pg.Client, luck: Random) {
    const transaction = clientTransaction(client);
    return async <T>(work: (tx: pg.Client) => Promise<T>): Promise<T> => {
      const result = await transaction(async (tx) => {
        const done = await work(tx);
        const chance = luck();
        if (chance < 0.04) kill(tx);
        // The commit is on its way when the process dies.
        if (chance > 0.96) setImmediate(() => destroy(tx));
        return done;
      });
      if (luck() < 0.04) kill(client);
      return result;
    };
  }

  function kill(client: pg.Client): never {
    destroy(client);
    throw new Killed();
  }

  function destroy(client: pg.Client): void {
    if (!isLost(client)) deaths++;
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  function isLost(client: pg.Client): boolean {
    return (client as unknown as { connection: { stream: { destroyed: boolean } } }).connection.stream.destroyed;
  }

  async function settle({ message }: Error): Promise<void> {
    refused.push(message);
    if (refused.length > 20) throw new Error(`History ${seed} is refused again and again: ${message}`);
    // Of two workers that are refused at once, one settles it.
    settled ??= leaveOutAll();
    await settled;
  }

  async function leaveOutAll(): Promise<void> {
    const { rows } = await database.query<{ id: number }>('SELECT max(id) AS id FROM migration_control');
    await database.query('DELETE FROM target WHERE history = $1', [seed]);
    since = 1 + Number(rows[0]?.id ?? 0);
  }

  async function countMigrated(): Promise<number> {
    const { rows } = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM target WHERE history = $1', [
      seed,
    ]);
    return rows[0]?.n ?? 0;
  }

  async function hasOpen(): Promise<boolean> {
    const { rows } = await database.query(
      "SELECT FROM migration_control WHERE table_name = $1 AND status IN ('pending', 'running', 'paused') LIMIT 1",
      [tableName],
    );
    return rows.length > 0;
  }

  async function insert(row: Record<string, unknown>, minutesAgo: number): Promise<void> {
    const isQueued = row.status === 'pending';
    const given = { phase: 'execution', table_name: tableName, operation: 'copy', batch_size: batchSize, ...row };
    const names = Object.keys(given);
    const at = (offset: number) =>
      isQueued ? 'NULL' : `clock_timestamp()::timestamp - interval '${minutesAgo * 60 - offset} s'`;
    await database.query(
      `INSERT INTO migration_control (${names}, started_at, completed_at)
       VALUES (${names.map((_, place) => `$${place + 1}`)}, ${at(0)}, ${at(30)})`,
      Object.values(given),
    );
  }

  async function fill(count: number): Promise<void> {
    await database.query('INSERT INTO target SELECT $1, generate_series(1, $2::int)', [seed, count]);
  }

  async function makePast(): Promise<void> {
    const batches = Math.floor((records - 1) / batchSize);
    const done = Math.floor(random() * (batches + 1));
    const total = { total_records: records };
    switch (past) {
      case 'nothing':
        return;
      case 'a row a batch':
      case 'cumulative rows': {
        const isCumulative = past === 'cumulative rows';
        for (let at = 1; at <= done; at++) {
          const records_processed = isCumulative ? at * batchSize : batchSize;
          await insert({ ...total, status: 'completed', records_processed }, 600 - at);
        }
        return fill(done * batchSize);
      }
      case 'a failure and its repetition': {
        const [first, second] = [Math.max(1, done * batchSize - 1), upTo(2)];
        if (first + second > records || second >= first) return;
        await insert({ ...total, status: 'failed', records_processed: first, error_message: 'no' }, 600);
        const operation = random() < 0.5 ? 'copy' : 'copy_retry';
        await insert({ ...total, status: 'completed', records_processed: second, operation }, 500);
        return fill(first + second);
      }
      case 'a whole run of last week': {
        // The target was emptied since.
        const minutes = 7 * 24 * 60;
        if (random() < 0.5) return insert({ ...total, status: 'completed', records_processed: records }, minutes);
        for (let at = 0; at * batchSize < records; at++) {
          const records_processed = Math.min(batchSize, records - at * batchSize);
          await insert({ ...total, status: 'completed', records_processed }, minutes - at);
        }
        return;
      }
      case 'a batch that is missing': {
        // The middle one of three failed, and nobody has repeated it.
        for (const at of [0, 1, 2]) {
          const failed = at === 1;
          const operation = `copy_${at}`;
          const row = {
            ...total,
            operation,
            status: failed ? 'failed' : 'completed',
            records_processed: failed ? 0 : batchSize,
          };
          await insert(row, 600 - at);
        }
        return;
      }
      case 'ranges':
      case 'ranges with queries': {
        const count = upTo(4);
        for (let at = 0; at < count; at++) {
          const [from, to] = [Math.floor((records * at) / count), Math.floor((records * (at + 1)) / count)];
          const source_query = past === 'ranges' ? null : `SELECT * FROM s WHERE id > ${from} AND id <= ${to}`;
          await insert(
            { total_records: to - from, status: 'pending', operation: `range ${from} ${to}`, source_query },
            0,
          );
        }
      }
    }
  }
}
