import type pg from 'pg';
import { createRandom, type Random } from '../../source/demo/random.ts';
import { decide, type Transition } from '../../source/domain/transitions.ts';
import {
  AmbiguousCheckpointError,
  type Batch,
  clientTransaction,
  createMigrationControl,
  type MigrationControl,
  type Operation,
} from '../../source/worker/index.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import type { TestDatabase } from '../support/database.ts';
import { backendOf, socketOf } from '../support/pg-client.ts';
import { isRanges, type Knowledge, makePast, type Past, pasts, type Scene } from './pasts.ts';

/** The result of a history. */
export interface History {
  readonly seed: number;
  readonly past: Past;
  readonly records: number;
  /** The records of the source in the target, in order. */
  readonly migrated: readonly number[];
  /** The refusals of the library, and the option that an operator passed then. */
  readonly refused: readonly { readonly why: string; readonly remedy: string }[];
  readonly deaths: number;
  readonly pauses: number;
  readonly retries: number;
  /** Whether every record of the source is in the target exactly once. */
  readonly isRight: boolean;
  /** The operations, if that is not so. */
  readonly operations: readonly unknown[];
}

/** The tables that all histories share; each history has its own table name and number. */
export interface Stage {
  readonly database: TestDatabase;
  /** The control table as migtop opens it. */
  readonly program: OpenedTable;
}

export async function prepareStage(database: TestDatabase, isFirst: boolean): Promise<Stage> {
  // A target without a key, so that a record that is migrated twice is found twice.
  if (isFirst) await database.query('CREATE TABLE target (history int, record int)');
  return { database, program: await openTable(database.url) };
}

/** Maximum number of starts of a worker. More would be an endless loop: a worker that finds another one running starts again. */
const mostLives = 20_000;

type Control = MigrationControl<pg.Client>;

/** Thrown where a process was killed: none of its code continues. */
class Killed extends Error {}

/** One start of a worker. */
interface Life {
  readonly control: Control;
  readonly client: pg.Client;
  readonly luck: Random;
  readonly given: Remedy;
}

/** The options that an operator passes after a refusal. */
interface Remedy {
  readonly name: 'none' | 'offset' | 'counting' | 'since';
  readonly since?: number;
  readonly counting?: Knowledge['counting'];
  readonly offset?: number;
}

/**
 * Plays one history: rows of other programs or of earlier runs, then workers of the library that fail, are killed, disconnected,
 * stopped, replaced and started again, while an operator pauses and resumes, until all is done. If the library refuses to start,
 * an operator follows one of the remedies that its message names; it must not refuse again.
 *
 * @param seed of the history's table, records and workers
 * @param chances the seed of all that happens to them: the same ones, several at once, go differently by the time they take
 */
export async function playHistory({ database, program }: Stage, seed: number, chances = seed): Promise<History> {
  const random = createRandom(chances);
  const upTo = (most: number): number => 1 + Math.floor(random() * most);
  const past = pasts[chances % pasts.length] ?? 'nothing';
  const scene: Scene = {
    database,
    seed,
    random,
    past,
    tableName: `table ${seed}`,
    records: 3 + upTo(24),
    batchSize: upTo(5),
  };
  const { tableName, records, batchSize } = scene;
  const refused: { why: string; remedy: string }[] = [];
  const gate = openGate();
  const cut = new WeakSet<pg.Client>();
  const alive = new Set<pg.Client>();
  let [deaths, pauses, retries] = [0, 0, 0];
  let remedy: Remedy = { name: 'none' };

  const known = await makePast(scene);
  if (known.isUnfinished === true) remedy = { name: 'since', since: known.since ?? 0 };
  const workers = isRanges(past) ? upTo(3) : upTo(2);
  let working = workers;
  await Promise.all([
    ...Array.from({ length: workers }, (_, at) =>
      live(seed * 10 + at, createRandom(chances * 31 + at)).finally(() => working--),
    ),
    random() < 0.5 ? operate(createRandom(chances * 37)) : undefined,
  ]);
  const migrated = await migratedOf();
  const isRight = migrated.length === records && migrated.every((record, at) => record === at + 1);
  const operations = isRight ? [] : await operationsOf();
  return { seed, past, records, migrated, refused, deaths, pauses, retries, isRight, operations };

  async function operationsOf(): Promise<unknown[]> {
    const { rows } = await database.query('SELECT * FROM migration_control WHERE table_name = $1 ORDER BY id', [
      tableName,
    ]);
    return rows;
  }

  /**
   * Starts a worker again and again, each time with a new session, until there is nothing left for it. If the one before ended in
   * order, its connection is used again without what the session had: a connection costs the server fifty times what a query costs.
   */
  async function live(firstId: number, luck: Random): Promise<void> {
    let workerId = firstId;
    const replaced: number[] = [];
    let kept: pg.Client | undefined;
    for (let life = 1; ; life++) {
      if (life > mostLives)
        throw new Error(`Worker ${workerId} of history ${seed} (${past}) was started ${life} times.`);
      const leave = await gate.enter();
      const given = remedy;
      let refusal: Error | undefined;
      const client = kept ?? (await database.connect());
      kept = undefined;
      alive.add(client);
      let isInOrder = false;
      try {
        // A worker that died for good is replaced by one with another id.
        if (workerId < firstId + 4 && luck() < 0.04) {
          replaced.push(workerId);
          workerId += 3;
        }
        const control = createMigrationControl(client, { workerId, run: known.run });
        for (const from of replaced) await takeOverAll(control, from);
        if (luck() < 0.06) await releaseAll(control, workerId);
        const work = { control, client, luck, given };
        if (luck() < 0.1) await retryAny(work);
        if (await (isRanges(past) ? workOnQueue(work, workerId) : workOnTable(work))) return;
        await client.query('DISCARD ALL');
        isInOrder = !isLost(client);
      } catch (error) {
        if (error instanceof AmbiguousCheckpointError || error instanceof AlreadyDone) refusal = error;
        else if (!(error instanceof Killed) && !isLost(client) && !isRolledBack(error)) throw error;
      } finally {
        alive.delete(client);
        if (isInOrder) kept = client;
        else await client.end().catch(() => {});
        leave();
      }
      if (refusal !== undefined) await settle(refusal, given);
    }
  }

  async function takeOverAll(control: Control, from: number): Promise<void> {
    for (const { id } of await control.findIncompleteOperations({ workerId: from, tableName })) {
      await control.takeOver(id, { from }).catch(unlessEnded);
    }
  }

  async function releaseAll(control: Control, workerId: number): Promise<void> {
    for (const { id } of await control.findIncompleteOperations({ workerId, tableName })) {
      await control.releaseOperation(id).catch(unlessEnded);
    }
  }

  /** Retries a failed operation of this library. */
  async function retryAny(work: Life): Promise<void> {
    const { luck, given } = work;
    const { rows } = await database.query<{ id: number }>(
      `SELECT id FROM migration_control WHERE table_name = $1 AND status = 'failed' AND id >= $2
       AND validation_query LIKE '%/* migtop run=' || $3 || ' %'
       -- One that a program started itself counts its own records only.
       AND validation_query LIKE '% from=%' ORDER BY id`,
      [tableName, Math.max(given.since ?? 0, known.since ?? 0), known.run ?? '-'],
    );
    const row = rows[Math.floor(luck() * rows.length)];
    if (row !== undefined) await retry(work, Number(row.id));
  }

  async function retry(work: Life, id: number): Promise<void> {
    const { control, luck } = work;
    const name = luck() < 0.5 ? undefined : `attempt ${id}`;
    const found = await control.retryOperation(id, { operation: name }).catch(unlessEnded);
    if (found?.kind !== 'started') return;
    retries++;
    const outcome = await runOne(work, found.operation);
    // Retries of retries.
    if (outcome.kind === 'failed' && luck() < 0.5) await retry(work, outcome.operation.id);
  }

  /** Claims an operation that a start began and released, and runs it as the worker of a queue does. */
  async function workOnReleased(work: Life): Promise<void> {
    const operation = await work.control.claimNext({ tableName });
    if (operation === null) return;
    const { rows } = await database.query<{ isBegun: boolean | null }>(
      `SELECT validation_query ~ ('/[*] migtop run=' || $2 || ' counts=own from=') AS "isBegun"
       FROM migration_control WHERE id = $1`,
      [operation.id, known.run ?? '-'],
    );
    if (rows[0]?.isBegun === true) await runOne(work, operation);
    // Another one may be a range: then it counts its own records only.
    else await work.control.releaseOperation(operation.id).catch(unlessEnded);
  }

  async function workOnTable(work: Life): Promise<boolean> {
    const { control, client, luck, given } = work;
    // If several rows are for the whole table, one with a `from` may be claimed before another one without.
    if (past !== 'a queue for the whole table' && luck() < 0.2) await workOnReleased(work);
    const abort = new AbortController();
    const isOne = luck() < 0.12;
    if (isOne) await client.query('BEGIN');
    const outcome = await control.runBatches({
      start: { phase: 'execution', tableName, operation: 'copy', batchSize, totalRecords: records },
      ...choiceOf(given),
      // The caller's own transaction holds its row: an operator could not resume it.
      signal: isOne ? AbortSignal.any([abort.signal, AbortSignal.timeout(500)]) : abort.signal,
      transaction: isOne ? undefined : dying(client, luck),
      pollIntervalMs: 2,
      migrateBatch: (batch) => copy(batch, luck, abort, 0, records),
    });
    if (isOne) await client.query(outcome.kind === 'failed' ? 'ROLLBACK' : 'COMMIT');
    if (outcome.kind === 'failed' && !isOne && luck() < 0.5) {
      await retry(work, outcome.operation.id);
      return false;
    }
    // Another worker is running it: one that will not be started again has completed the work.
    if (outcome.kind === 'busy') return working === 1 && (await migratedOf()).length >= records;
    if (outcome.kind !== 'already done') return outcome.kind === 'completed';
    if ((await migratedOf()).length >= records) return true;
    throw new AlreadyDone();
  }

  async function workOnQueue(work: Life, workerId: number): Promise<boolean> {
    const { control } = work;
    const left = await control.findIncompleteOperations({ workerId, tableName });
    for (;;) {
      const operation = left.shift() ?? (await control.claimNext({ tableName }));
      if (operation !== null) {
        await runOne(work, operation);
        continue;
      }
      const failed = (await control.getMigrationStatus('execution')).filter(
        (row) => row.tableName === tableName && row.status === 'failed' && row.id >= (known.since ?? 0),
      );
      const before = retries;
      for (const { id } of failed) await retry(work, id);
      if (retries === before) break;
    }
    return !(await hasOpen());
  }

  async function runOne({ control, client, luck, given }: Life, operation: Operation) {
    const [first, last] = await rangeOf(operation);
    const abort = new AbortController();
    return control.runBatches({
      operation,
      ...choiceOf(given),
      ...(given.name === 'offset' && isRanges(past) ? { offset: await countOf(first, last) } : {}),
      transaction: dying(client, luck),
      signal: abort.signal,
      pollIntervalMs: 2,
      migrateBatch: (batch) => copy(batch, luck, abort, first, last),
    });
  }

  /** The records of an operation: the first row of its work identifies a queued range. */
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

  /** A transaction whose process is sometimes killed: after the report, during the commit, or after it. */
  function dying(client: pg.Client, luck: Random) {
    const transaction = clientTransaction(client);
    return async <T>(work: (tx: pg.Client) => Promise<T>): Promise<T> => {
      const result = await transaction(async (tx) => {
        const done = await work(tx);
        const chance = luck();
        if (chance < 0.04) kill(tx);
        // The commit has been sent when the process dies.
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
    socketOf(client).destroy();
  }

  function isLost(client: pg.Client): boolean {
    return cut.has(client) || socketOf(client).destroyed;
  }

  /** Pauses and resumes as the program does, and cuts connections, until no worker is left. */
  async function operate(luck: Random): Promise<void> {
    while (working > 0) {
      await new Promise((resolve) => setTimeout(resolve, 1 + luck() * 12));
      for (const row of await openRows()) {
        if (row.status === 'paused' ? luck() < 0.5 : luck() < 0.15)
          await act(row, row.status === 'paused' ? 'resume' : 'pause');
      }
      const [victim] = alive;
      if (victim !== undefined && luck() < 0.08) {
        cut.add(victim);
        deaths++;
        await database.query('SELECT pg_terminate_backend($1)', [backendOf(victim)]);
      }
    }
  }

  async function act(
    row: { id: number; status: Transition['from']; started: boolean },
    action: 'pause' | 'resume' | 'skip',
  ): Promise<void> {
    const seen = { id: Number(row.id), status: row.status, startedAt: row.started ? 0 : null, identity: null };
    const decision = decide(action, seen);
    if (decision.kind === 'refused') return;
    const outcome = await program.act(decision.transition, { action, reason: null });
    if (outcome.kind === 'applied' && action === 'pause') pauses++;
  }

  /** Follows one of the remedies that the message names, if it is true here. No worker runs during that time. */
  async function settle({ message }: Error, given: Remedy): Promise<void> {
    await gate.alone(async () => {
      if (given !== remedy) return;
      if (given.name !== 'none')
        throw new Error(`History ${seed} (${past}) is refused although ${given.name} was passed: ${message}`);
      const migrated = await migratedOf();
      const options: Remedy[] = [];
      const [, least = '0'] = /(\d+) or more\)/.exec(message) ?? [];
      const isHigh = isRanges(past) || migrated.length >= Number(least);
      if (
        message.includes('offset (') &&
        isHigh &&
        (isRanges(past) || migrated.every((record, at) => record === at + 1))
      ) {
        options.push({ name: 'offset', ...(isRanges(past) ? {} : { offset: migrated.length }) });
      }
      if (message.includes('counting (') && known.counting !== undefined) {
        options.push({ name: 'counting', counting: known.counting });
      }
      if (message.includes('since (')) options.push({ name: 'since' });
      const chosen = options[Math.floor(random() * options.length)];
      if (chosen === undefined) throw new Error(`History ${seed} (${past}) has no remedy: ${message}`);
      remedy = chosen.name === 'since' ? await beginAnew() : chosen;
      refused.push({ why: message, remedy: remedy.name });
    });
  }

  /** Excludes an earlier run. If the target was not emptied since then, it is emptied now, and open operations are skipped. */
  async function beginAnew(): Promise<Remedy> {
    if (known.since !== undefined) return { name: 'since', since: known.since };
    if (isRanges(past)) throw new Error(`Nothing of history ${seed} (${past}) can be left out.`);
    // The operator pauses and resumes meanwhile: a row that it has just changed is not skipped at once.
    for (let rows = await openRows(); rows.length > 0; rows = await openRows()) {
      for (const row of rows) {
        if (row.status === 'running') await act(row, 'pause');
        await act({ ...row, status: row.status === 'running' ? 'paused' : row.status }, 'skip');
      }
    }
    const { rows: last } = await database.query<{ id: number }>('SELECT max(id) AS id FROM migration_control');
    await database.query('DELETE FROM target WHERE history = $1', [seed]);
    return { name: 'since', since: 1 + Number(last[0]?.id ?? 0) };
  }

  async function migratedOf(): Promise<number[]> {
    const { rows } = await database.query<{ record: number }>(
      'SELECT record FROM target WHERE history = $1 ORDER BY record',
      [seed],
    );
    return rows.map(({ record }) => record);
  }

  async function countOf(first: number, last: number): Promise<number> {
    return (await migratedOf()).filter((record) => record > first && record <= last).length;
  }

  async function openRows() {
    const { rows } = await database.query<{ id: number; status: Transition['from']; started: boolean }>(
      `SELECT id, status, started_at IS NOT NULL AS started FROM migration_control
       WHERE table_name = $1 AND status IN ('pending', 'running', 'paused')`,
      [tableName],
    );
    return rows;
  }

  async function hasOpen(): Promise<boolean> {
    return (await openRows()).length > 0;
  }
}

/** The library returned `already done`, but the target is not complete. */
class AlreadyDone extends Error {
  constructor() {
    super('already done: pass since (to leave out the earlier run)');
  }
}

function choiceOf({ since, counting, offset }: Remedy) {
  return { since, counting, offset };
}

function isRolledBack(error: unknown): boolean {
  return (
    /^40/.test(String((error as { code?: string }).code)) ||
    (error instanceof AggregateError && error.errors.some(isRolledBack))
  );
}

/** An operation may end, or get another worker, between two statements. */
function unlessEnded(error: Error): undefined {
  if (!['TransitionError', 'OperationTakenError', 'OperationGoneError'].includes(error.name)) throw error;
}

interface Gate {
  /** Waits while the lock is exclusive; resolves to the function that releases it. */
  enter(): Promise<() => void>;
  /** Runs while no other holds the lock. */
  alone(work: () => Promise<void>): Promise<void>;
}

function openGate(): Gate {
  let inside = 0;
  let closed: Promise<void> | undefined;
  let emptied: (() => void) | undefined;
  return {
    async enter() {
      while (closed !== undefined) await closed;
      inside++;
      return () => {
        inside--;
        if (inside === 0) emptied?.();
      };
    },
    async alone(work) {
      while (closed !== undefined) await closed;
      const { promise, resolve } = Promise.withResolvers<void>();
      closed = promise;
      try {
        if (inside > 0) {
          const empty = Promise.withResolvers<void>();
          emptied = empty.resolve;
          await empty.promise;
        }
        await work();
      } finally {
        closed = emptied = undefined;
        resolve();
      }
    },
  };
}
