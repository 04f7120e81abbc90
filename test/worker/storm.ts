import { createRandom, type Random } from '../../source/demo/random.ts';
import { decide, type Outcome, type Transition } from '../../source/domain/transitions.ts';
import { type Batch, clientTransaction, createMigrationControl, type Queryable } from '../../source/worker/index.ts';
import { openTable } from '../support/control-table.ts';
import type { TestDatabase } from '../support/database.ts';
import { allRows, type Row } from './table.ts';

export const recordsOfEach = 6;

/** One change of a row, as recorded by a trigger. */
export interface Change {
  id: number;
  was: string;
  is_now: string;
  counted: boolean;
  by_operator: boolean;
}

/** An action of an operator. */
export interface Act {
  readonly move: Transition;
  readonly outcome: Outcome;
}

/** Inserts pending operations, each a separate work, into a table whose trigger records every change of a row. */
export async function prepareStorm(database: TestDatabase, operations: number): Promise<void> {
  await database.query(`
    CREATE TABLE target (work text, record int);
    CREATE TABLE changes (
      place bigserial, id int, was text, is_now text, counted bool, by_operator bool);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO changes (id, was, is_now, counted, by_operator) VALUES (
        OLD.id, OLD.status, NEW.status, OLD.records_processed IS DISTINCT FROM NEW.records_processed,
        current_setting('application_name') = 'operator');
      RETURN NEW; END $$;
    CREATE TRIGGER note AFTER UPDATE ON migration_control FOR EACH ROW
      WHEN (OLD.status <> NEW.status OR OLD.records_processed IS DISTINCT FROM NEW.records_processed)
      EXECUTE FUNCTION note()`);
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, batch_size, total_records, source_query)
     SELECT 'execution', 't' || n % 5, 'batch_migration', 'pending', 2, $2::int, 'work ' || n FROM generate_series(1, $1::int) n`,
    [operations, recordsOfEach],
  );
}

export async function changesOf(database: TestDatabase): Promise<Change[]> {
  return (await database.query<Change & Record<string, unknown>>('SELECT * FROM changes ORDER BY place')).rows;
}

export interface Storm {
  /** How many operators are still acting at random. */
  operators: number;
  /** Resolves when operators have acted often enough to interrupt the workers, however fast they are. */
  readonly begun: Promise<void>;
  begin(): void;
}

export function openStorm(operators: number): Storm {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { operators, begun: promise, begin: resolve };
}

const actsBeforeWork = 40;

const isOpen = ({ status }: Row): boolean => ['pending', 'running', 'paused'].includes(status);

/** A worker that runs until nothing is open: it migrates, sometimes fails, is stopped and started, and retries. */
export async function stormyWorker(database: TestDatabase, workerId: number, storm: Storm): Promise<void> {
  const random = createRandom(1000 + workerId);
  const client = await database.connect();
  const control = createMigrationControl(client, { workerId, run: 'storm' });
  const transaction = clientTransaction(client);

  async function work(operation: Parameters<typeof migrate>[0]['operation']): Promise<void> {
    const abort = new AbortController();
    await control.runBatches({
      operation,
      transaction,
      signal: abort.signal,
      pollIntervalMs: 1 + random() * 4,
      migrateBatch: (batch) => migrate(batch, random, abort),
    });
  }

  await storm.begun;
  for (;;) {
    const rows = await allRows(database);
    if (storm.operators === 0 && !rows.some(isOpen)) return;
    // Like a worker that was started again: first its interrupted operations, then the queue.
    for (const operation of await control.findIncompleteOperations({ workerId })) await work(operation);
    const claimed = await control.claimNext();
    if (claimed !== null) await work(claimed);
    const failed = rows.filter(({ status }) => status === 'failed');
    const row = failed[Math.floor(random() * failed.length)];
    if (row === undefined || random() < 0.5) continue;
    const retry = await control.retryOperation(row.id).catch((error: Error) => {
      // An operator skipped it in between.
      if (error.name !== 'TransitionError') throw error;
      return null;
    });
    if (retry?.kind === 'started') await work(retry.operation);
  }
}

async function migrate(batch: Batch<unknown, Queryable>, random: Random, abort: AbortController): Promise<number> {
  const { db, offset, limit, operation } = batch;
  const records = Math.min(limit, recordsOfEach - offset);
  await db.query('INSERT INTO target SELECT $1, generate_series($2::int, $3::int)', [
    operation.sourceQuery,
    offset + 1,
    offset + records,
  ]);
  const chance = random();
  if (chance < 0.04) throw new Error(`record ${offset + 1} is not to be had`);
  if (chance < 0.08) abort.abort();
  return records;
}

/** Acts at random, as the monitor does, and then resumes paused operations until nothing is open. */
export async function stormyOperator(database: TestDatabase, seed: number, acts: number, storm: Storm): Promise<Act[]> {
  const random = createRandom(seed);
  const table = await openTable(`${database.url}?application_name=operator`);
  const journal: Act[] = [];
  try {
    while (journal.length < acts) {
      const rows = await allRows(database);
      const row = rows[Math.floor(random() * rows.length)];
      const action = random() < 0.5 ? 'pause' : random() < 0.75 ? 'resume' : 'skip';
      if (row !== undefined) await act(row, action);
      if (journal.length === actsBeforeWork) storm.begin();
      // There is no operation left for an action.
      if (!rows.some(isOpen)) break;
    }
    storm.operators--;
    for (;;) {
      const rows = await allRows(database);
      if (storm.operators === 0 && !rows.some(isOpen)) return journal;
      for (const row of rows.filter(({ status }) => status === 'paused')) await act(row, 'resume');
    }
  } finally {
    await table.close();
  }

  async function act(row: Row, action: 'pause' | 'resume' | 'skip'): Promise<void> {
    const seen = {
      id: row.id,
      status: row.status as Transition['from'],
      startedAt: row.started_at === null ? null : 0,
      identity: null,
    };
    const decision = decide(action, seen);
    if (decision.kind === 'refused') return;
    journal.push({
      move: decision.transition,
      outcome: await table.act(decision.transition, { action, reason: null }),
    });
  }
}
