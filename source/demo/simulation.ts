import { createBacklog } from './backlog.ts';
import { createHistory, type History } from './history.ts';
import { stalling, withIncidents } from './incidents.ts';
import { createPlan } from './plan.ts';
import type { Query } from './query.ts';
import { createRandom } from './random.ts';
import { createRogue } from './rogue.ts';
import * as sql from './statements.ts';
import { workerIds } from './tables.ts';
import { createWorker } from './worker.ts';

/** A migration that progresses when its time is advanced. */
export interface Simulation {
  /** Advances the workers by that time. Never throws: if the database fails (a dropped table, say), they try again. */
  advance(seconds: number): Promise<void>;
  /** Whether all work is done. Paused operations stay paused. */
  isFinished(): boolean;
}

/** How many pending operations the simulation keeps in the table, until none are left to add. */
const queueLength = 8;
/** How long failures are left to the operator after all other work is done, in seconds. Then the simulation retries them. */
const graceSeconds = 45;
const stalledWorker = 5;

export interface SimulationOptions {
  /** The same seed gives the same migration. */
  readonly seed: number;
  /** Whether to add the worker of rogue.ts. */
  readonly rogue: boolean;
}

/**
 * Fills the control table with an hour of history, and creates the workers that continue from there.
 *
 * @throws what `query` throws while the history is written
 */
export async function createSimulation(query: Query, { seed, rogue }: SimulationOptions): Promise<Simulation> {
  const random = createRandom(seed);
  const plan = createPlan(random);
  const history = createHistory(plan, random);
  const underway = history.underway.map((one) =>
    one.workerId === stalledWorker
      ? { ...one, batch: stalling(one.batch, (one.migrated + one.batch.records) / 2) }
      : one,
  );
  const queue = withIncidents(history.queue, random);
  const rowIds = await writeHistory(query, history);

  const rogueWorker = rogue ? await createRogue(query) : null;

  /** Null if the database failed: an operator may have dropped the table. */
  async function attempt(text: string, values: unknown[]): Promise<Record<string, unknown>[] | null> {
    try {
      return await query(text, values);
    } catch {
      return null;
    }
  }

  const backlog = createBacklog(
    queue,
    underway.map((one) => one.batch),
    plan.validations.map((one) => one.table),
  );
  const workers = workerIds.map((workerId) => {
    const own = underway.find((one) => one.workerId === workerId);
    const id = rowIds.get(workerId);
    const assignment = own && id !== undefined ? { id, batch: own.batch, migrated: own.migrated } : undefined;
    return createWorker(workerId, assignment, { query, backlog, random });
  });

  let now = 0;
  let queueAt = 0;
  let quietSince = 0;
  let retryAt = 0;
  let finished = false;

  async function fillQueue(): Promise<void> {
    for (let batch = backlog.first(); batch !== undefined; batch = backlog.first()) {
      const { phase, table, operation, totalRecords, batchSize, sourceQuery, validationQuery } = batch;
      const values = [phase, table, operation, totalRecords, batchSize, sourceQuery, validationQuery, queueLength];
      const id = (await attempt(sql.enqueue, values))?.[0]?.id;
      if (id === undefined) return;
      backlog.queuedAs(Number(id));
    }
  }

  const isQuiet = (): boolean => backlog.isEmpty() && !workers.some((worker) => worker.isBusy());

  return {
    async advance(seconds) {
      now += seconds;
      if (now >= queueAt) {
        queueAt = now + 1;
        await fillQueue();
      }
      for (const worker of workers) await worker.step(now, seconds);
      await rogueWorker?.step(now, seconds);
      if (!isQuiet()) quietSince = now;
      else if (now >= retryAt && now - quietSince >= graceSeconds) {
        retryAt = now + graceSeconds;
        finished = (await attempt(sql.retryLeftFailures, []))?.length === 0;
      }
    },
    isFinished: () => finished && isQuiet(),
  };
}

/** @returns the ids of the running rows, by worker */
async function writeHistory(query: Query, history: History): Promise<Map<number, number>> {
  const rows = await query(sql.insertHistory, [JSON.stringify(history.rows)]);
  return new Map(rows.filter((row) => row.status === 'running').map((row) => [Number(row.worker_id), Number(row.id)]));
}
