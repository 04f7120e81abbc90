import {
  createMigrationControl,
  type Operation,
  OperationGoneError,
  OperationTakenError,
  type StartOptions,
  type Status,
  TransitionError,
} from '../worker/index.ts';
import { type Assignment, assign } from './assignment.ts';
import type { Backlog } from './backlog.ts';
import type { PlannedBatch } from './batch.ts';
import type { Query } from './query.ts';
import type { Random } from './random.ts';
import { speedAt } from './speed.ts';
import * as sql from './statements.ts';

type State =
  | { readonly kind: 'idle'; readonly until: number }
  /** Waits before it starts a batch: the repair of a failed operation, or (`failed` null) another one. */
  | {
      readonly kind: 'resting';
      readonly until: number;
      readonly batch: PlannedBatch;
      readonly failed: Assignment | null;
    }
  | { readonly kind: 'working'; readonly assignment: Assignment; reportAt: number; stalledUntil: number }
  /** Its operation is paused: it checks at intervals whether it was resumed. */
  | { readonly kind: 'waiting'; readonly assignment: Assignment; checkAt: number };

/** A simulated worker. It migrates nothing, but it reports through migtop/worker, and obeys pause and skip. */
export interface DemoWorker {
  /** Advances to `now`, `elapsed` after the previous step, both in seconds of the simulation. Never throws. */
  step(now: number, elapsed: number): Promise<void>;
  /** Whether it is working or about to start a batch. A paused worker is not busy. */
  isBusy(): boolean;
}

const checkEverySeconds = 1;

/** A simulated worker that uses `migtop/worker`. @param underway the work that it has begun already */
export function createWorker(
  workerId: number,
  underway: Assignment | undefined,
  { query, backlog, random }: { query: Query; backlog: Backlog; random: Random },
): DemoWorker {
  const database = { query: async (text: string, values: unknown[] = []) => ({ rows: await query(text, values) }) };
  const control = createMigrationControl(database, { workerId, run: 'demo' });
  let state: State = underway ? working(underway, random()) : { kind: 'idle', until: 0 };

  function working(assignment: Assignment, now: number): State {
    return { kind: 'working', assignment, reportAt: nextReport(now), stalledUntil: 0 };
  }

  /** At random intervals, so that the workers do not report at the same time. */
  function nextReport(now: number): number {
    return now + 0.7 + 0.6 * random();
  }

  async function claim(now: number): Promise<void> {
    state = { kind: 'idle', until: now + checkEverySeconds };
    const [pending] = await query(sql.nextPending, [backlog.emptyTables()]);
    if (pending === undefined) return;
    const { phase, table_name, operation, done_before } = pending;
    const claimed = await control.claimNext({
      phase: phase as Operation['phase'],
      tableName: String(table_name),
      operation: String(operation),
    });
    if (claimed) state = working(assign(claimed, backlog.batchOf(claimed.id), Number(done_before)), now);
  }

  async function begin(batch: PlannedBatch, failed: Assignment | null, now: number): Promise<void> {
    state = { kind: 'resting', until: now + checkEverySeconds, batch, failed };
    const operation = failed === null ? await control.startOperation(optionsOf(batch)) : await repair(batch, failed);
    if (operation === null) {
      // An operator or another worker has settled the failure: its follow-up batches are not needed.
      backlog.drop(batch);
      state = { kind: 'idle', until: now };
      return;
    }
    backlog.started(batch, operation.id);
    state = working({ id: operation.id, batch, migrated: 0 }, now);
  }

  /** Null if there is nothing left to repair. */
  async function repair(batch: PlannedBatch, failed: Assignment): Promise<Operation | null> {
    if (batch.sourceQuery !== failed.batch.sourceQuery) {
      const isUnsettled = (await query(sql.unsettled, [failed.id])).length > 0;
      return isUnsettled ? control.startOperation(optionsOf(batch)) : null;
    }
    try {
      const retry = await control.retryOperation(failed.id, { operation: batch.operation });
      return retry.kind === 'started' ? retry.operation : null;
    } catch (error) {
      if (error instanceof TransitionError || error instanceof OperationGoneError) return null;
      throw error;
    }
  }

  async function work(current: Extract<State, { kind: 'working' }>, now: number, elapsed: number): Promise<void> {
    if (now < current.stalledUntil) return;
    const { assignment } = current;
    const { batch } = assignment;
    const before = assignment.migrated;
    const end = batch.failure?.atRecord ?? batch.records;
    assignment.migrated = Math.max(before, Math.min(end, before + batch.recordsPerSecond * speedAt(now) * elapsed));

    if (batch.stall && before < batch.stall.atRecord && assignment.migrated >= batch.stall.atRecord) {
      assignment.migrated = batch.stall.atRecord;
      current.stalledUntil = now + batch.stall.seconds;
    } else if (assignment.migrated >= end) {
      await finish(assignment, now);
      return;
    } else if (now < current.reportAt) return;

    current.reportAt = nextReport(now);
    const { answer, status } = await control.updateMigrationProgress(assignment.id, Math.floor(assignment.migrated));
    if (answer !== 'continue') obey(assignment, status, now);
  }

  async function finish(assignment: Assignment, now: number): Promise<void> {
    const { id, batch } = assignment;
    const counts = { recordsProcessed: Math.floor(assignment.migrated) };
    const failure = batch.failure?.message ?? (await mismatch(batch));
    try {
      await (failure === null ? control.completeOperation(id, counts) : control.failOperation(id, failure, counts));
      leave(assignment, now, failure === null ? 'completed' : 'failed');
    } catch (error) {
      if (error instanceof TransitionError) obey(assignment, error.from, now);
      else if (error instanceof OperationTakenError) obey(assignment, 'running', now);
      else if (error instanceof OperationGoneError) obey(assignment, null, now);
      else throw error;
    }
  }

  /** The error of a count verification; null if the counts match. */
  async function mismatch(batch: PlannedBatch): Promise<string | null> {
    if (batch.phase !== 'validation' || batch.operation !== 'count_verification') return null;
    const migrated = Number((await query(sql.countMigrated, [batch.table]))[0]?.migrated ?? batch.records);
    return migrated < batch.records
      ? `count mismatch: source has ${batch.records} records, target has ${migrated}`
      : null;
  }

  /** Reacts to an operation that this worker may not continue. @param status its status now; null: its row was deleted */
  function obey(assignment: Assignment, status: Status | null, now: number): void {
    if (status === 'paused') state = { kind: 'waiting', assignment, checkAt: now + checkEverySeconds };
    // Pending, or another worker's: that worker continues it, and starts the batches that follow.
    else if (status === 'pending' || status === 'running') state = { kind: 'idle', until: now };
    else leave(assignment, now, 'left');
  }

  async function checkPause(waiting: Extract<State, { kind: 'waiting' }>, now: number): Promise<void> {
    const { assignment } = waiting;
    waiting.checkAt = now + checkEverySeconds;
    // It checks once and does not sleep: this is simulated time.
    const once = new AbortController();
    const check = control.waitWhilePaused(assignment.id, { signal: once.signal });
    once.abort();
    const answer = await check;
    const open = await control.findIncompleteOperations({ tableName: assignment.batch.table });
    const row = open.find(({ id }) => id === assignment.id);
    if (answer === 'continue' && row?.status === 'running') {
      assignment.migrated = row.recordsProcessed ?? 0;
      state = working(assignment, now);
    } else if (row?.status !== 'paused') obey(assignment, row?.status ?? null, now);
    // Still paused, but now another worker's.
    else if ((row.workerId ?? workerId) !== workerId) state = { kind: 'idle', until: now };
  }

  function leave(assignment: Assignment, now: number, result: 'completed' | 'failed' | 'left'): void {
    const { batch } = assignment;
    backlog.release(batch.releases ?? []);
    state = { kind: 'idle', until: now + 0.3 };
    if (batch.repair && result === 'failed') {
      const { batch: next, afterSeconds } = batch.repair;
      state = { kind: 'resting', until: now + afterSeconds, batch: next, failed: assignment };
    } else if (batch.repair) backlog.drop(batch.repair.batch);
    else if (batch.next) {
      state = { kind: 'resting', until: now + batch.next.afterSeconds, batch: batch.next.batch, failed: null };
    }
  }

  async function act(now: number, elapsed: number): Promise<void> {
    switch (state.kind) {
      case 'idle':
        if (now >= state.until) await claim(now);
        break;
      case 'resting':
        if (now >= state.until) await begin(state.batch, state.failed, now);
        break;
      case 'working':
        await work(state, now, elapsed);
        break;
      case 'waiting':
        if (now >= state.checkAt) await checkPause(state, now);
        break;
    }
  }

  return {
    async step(now, elapsed) {
      try {
        await act(now, elapsed);
      } catch {
        // The database failed: an operator may have dropped the table. The next step tries again.
      }
    },
    isBusy: () => state.kind === 'working' || state.kind === 'resting',
  };
}

function optionsOf(batch: PlannedBatch): StartOptions {
  const { phase, table, operation, totalRecords, batchSize, sourceQuery, validationQuery } = batch;
  return { phase, tableName: table, operation, totalRecords, batchSize, sourceQuery, validationQuery };
}
