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
import type { Batch } from './batch.ts';
import type { Query } from './query.ts';
import type { Random } from './random.ts';
import * as sql from './statements.ts';
import { tempo } from './tempo.ts';

type State =
  | { readonly kind: 'idle'; readonly until: number }
  /** Will begin a batch; as the repair of an operation that failed, or on its own. */
  | { readonly kind: 'resting'; readonly until: number; readonly batch: Batch; readonly failed: Assignment | null }
  | { readonly kind: 'working'; readonly assignment: Assignment; reportAt: number; stalledUntil: number }
  /** Its operation was paused: it asks now and then whether it may go on. */
  | { readonly kind: 'waiting'; readonly assignment: Assignment; askAt: number };

/** A simulated worker. It moves nothing, but what it says of that goes through migtop/worker, and it does as it is told. */
export interface DemoWorker {
  /** Does what is due by `now`, `elapsed` after the last time, both in seconds of the simulation. Never throws. */
  step(now: number, elapsed: number): Promise<void>;
  /** Whether there is something that it does or is about to do; a pause is neither. */
  isBusy(): boolean;
}

const askEverySeconds = 1;

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

  /** Now and then rather than each second, so that the workers do not move in step. */
  function nextReport(now: number): number {
    return now + 0.7 + 0.6 * random();
  }

  async function claim(now: number): Promise<void> {
    state = { kind: 'idle', until: now + askEverySeconds };
    const [due] = await query(sql.due, [backlog.emptyTables()]);
    if (due === undefined) return;
    const { phase, table_name, operation, done_before } = due;
    const claimed = await control.claimNext({
      phase: phase as Operation['phase'],
      tableName: String(table_name),
      operation: String(operation),
    });
    if (claimed) state = working(assign(claimed, backlog.batchOf(claimed.id), Number(done_before)), now);
  }

  async function begin(batch: Batch, failed: Assignment | null, now: number): Promise<void> {
    state = { kind: 'resting', until: now + askEverySeconds, batch, failed };
    const operation = failed === null ? await control.startOperation(optionsOf(batch)) : await repair(batch, failed);
    if (operation === null) {
      // Settled by somebody else: so is all that would have come of it.
      backlog.drop(batch);
      state = { kind: 'idle', until: now };
      return;
    }
    backlog.started(batch, operation.id);
    state = working({ id: operation.id, batch, moved: 0 }, now);
  }

  /** Null where there is nothing to repair any more. */
  async function repair(batch: Batch, failed: Assignment): Promise<Operation | null> {
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
    const before = assignment.moved;
    const end = batch.failure?.atRecord ?? batch.records;
    assignment.moved = Math.max(before, Math.min(end, before + batch.recordsPerSecond * tempo(now) * elapsed));

    if (batch.stall && before < batch.stall.atRecord && assignment.moved >= batch.stall.atRecord) {
      assignment.moved = batch.stall.atRecord;
      current.stalledUntil = now + batch.stall.seconds;
    } else if (assignment.moved >= end) {
      await finish(assignment, now);
      return;
    } else if (now < current.reportAt) return;

    current.reportAt = nextReport(now);
    const { answer, status } = await control.updateMigrationProgress(assignment.id, Math.floor(assignment.moved));
    if (answer !== 'continue') heed(assignment, status, now);
  }

  async function finish(assignment: Assignment, now: number): Promise<void> {
    const { id, batch } = assignment;
    const counts = { recordsProcessed: Math.floor(assignment.moved) };
    const failure = batch.failure?.message ?? (await mismatch(batch));
    try {
      await (failure === null ? control.completeOperation(id, counts) : control.failOperation(id, failure, counts));
      leave(assignment, now, failure === null ? 'completed' : 'failed');
    } catch (error) {
      if (error instanceof TransitionError) heed(assignment, error.from, now);
      else if (error instanceof OperationTakenError) heed(assignment, 'running', now);
      else if (error instanceof OperationGoneError) heed(assignment, null, now);
      else throw error;
    }
  }

  /** What a count of both sides brings to light. */
  async function mismatch(batch: Batch): Promise<string | null> {
    if (batch.phase !== 'validation' || batch.operation !== 'count_verification') return null;
    const moved = Number((await query(sql.countMoved, [batch.table]))[0]?.moved ?? batch.records);
    return moved < batch.records ? `count mismatch: source has ${batch.records} records, target has ${moved}` : null;
  }

  /** Its operation is not for it to go on with: what has it become? Null: gone. */
  function heed(assignment: Assignment, status: Status | null, now: number): void {
    if (status === 'paused') state = { kind: 'waiting', assignment, askAt: now + askEverySeconds };
    // In the queue, or another worker's: whoever has it goes on with it, and with what follows.
    else if (status === 'pending' || status === 'running') state = { kind: 'idle', until: now };
    else leave(assignment, now, 'left');
  }

  async function ask(waiting: Extract<State, { kind: 'waiting' }>, now: number): Promise<void> {
    const { assignment } = waiting;
    waiting.askAt = now + askEverySeconds;
    // It asks once and does not sleep: the time that passes here is the simulation's.
    const once = new AbortController();
    const asked = control.waitWhilePaused(assignment.id, { signal: once.signal });
    once.abort();
    const answer = await asked;
    const open = await control.findIncompleteOperations({ tableName: assignment.batch.table });
    const row = open.find(({ id }) => id === assignment.id);
    if (answer === 'continue' && row?.status === 'running') {
      assignment.moved = row.recordsProcessed ?? 0;
      state = working(assignment, now);
    } else if (row?.status !== 'paused') heed(assignment, row?.status ?? null, now);
    // Paused, but another worker's by now.
    else if ((row.workerId ?? workerId) !== workerId) state = { kind: 'idle', until: now };
  }

  function leave(assignment: Assignment, now: number, as: 'completed' | 'failed' | 'left'): void {
    const { batch } = assignment;
    backlog.release(batch.releases ?? []);
    state = { kind: 'idle', until: now + 0.3 };
    if (batch.repair && as === 'failed') {
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
        if (now >= state.askAt) await ask(state, now);
        break;
    }
  }

  return {
    async step(now, elapsed) {
      try {
        await act(now, elapsed);
      } catch {
        // The database failed, as an operator may have dropped the table: what was due is tried again.
      }
    },
    isBusy: () => state.kind === 'working' || state.kind === 'resting',
  };
}

function optionsOf(batch: Batch): StartOptions {
  const { phase, table, operation, totalRecords, batchSize, sourceQuery, validationQuery } = batch;
  return { phase, tableName: table, operation, totalRecords, batchSize, sourceQuery, validationQuery };
}
