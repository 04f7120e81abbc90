import { type Assignment, assign, type ClaimedRow } from './assignment.ts';
import type { Backlog } from './backlog.ts';
import type { Batch } from './batch.ts';
import type { Random } from './random.ts';
import * as sql from './statements.ts';
import { tempo } from './tempo.ts';

/** Runs one statement. `null`: it failed, as an operator may have dropped the table; the worker tries again. */
export type Attempt = (text: string, values: unknown[]) => Promise<Record<string, unknown>[] | null>;

type State =
  | { readonly kind: 'idle'; readonly until: number }
  /** Will begin a batch; as the repair of operation `failedId`, or on its own. */
  | { readonly kind: 'resting'; readonly until: number; readonly batch: Batch; readonly failedId: number | null }
  | { readonly kind: 'working'; readonly assignment: Assignment; reportAt: number; stalledUntil: number }
  /** Its operation was paused: it looks now and then whether it may go on. */
  | { readonly kind: 'waiting'; readonly assignment: Assignment; lookAt: number };

/** A simulated worker. It never writes to a row that an operator has stopped. */
export interface DemoWorker {
  /** Does what is due by `now`, `elapsed` after the last time, both in seconds of the simulation. */
  step(now: number, elapsed: number): Promise<void>;
  /** Whether there is something that it does or is about to do; a pause is neither. */
  isBusy(): boolean;
}

const lookEverySeconds = 1;

export function createWorker(
  id: number,
  underway: Assignment | undefined,
  { attempt, backlog, random }: { attempt: Attempt; backlog: Backlog; random: Random },
): DemoWorker {
  let state: State = underway ? working(underway, random()) : { kind: 'idle', until: 0 };

  function working(assignment: Assignment, now: number): State {
    return { kind: 'working', assignment, reportAt: nextReport(now), stalledUntil: 0 };
  }

  /** Now and then rather than each second, so that the workers do not move in step. */
  function nextReport(now: number): number {
    return now + 0.7 + 0.6 * random();
  }

  async function claim(now: number): Promise<void> {
    const rows = await attempt(sql.claim, [id, backlog.emptyTables()]);
    const row = rows?.[0] as unknown as ClaimedRow | undefined;
    state = row ? working(assign(row, backlog.batchOf(row.id)), now) : { kind: 'idle', until: now + lookEverySeconds };
  }

  async function begin(batch: Batch, failedId: number | null, now: number): Promise<void> {
    const { phase, table, operation, totalRecords, batchSize, sourceQuery, validationQuery } = batch;
    const values = [phase, table, operation, totalRecords, batchSize, sourceQuery, validationQuery, id];
    const rows = await (failedId === null
      ? attempt(sql.start, values)
      : attempt(sql.startRepair, [...values, failedId]));
    if (rows === null) {
      state = { kind: 'resting', until: now + lookEverySeconds, batch, failedId };
      return;
    }
    const rowId = rows[0]?.id;
    if (rowId === undefined) {
      // Settled by somebody else: so is all that would have come of it.
      backlog.drop(batch);
      state = { kind: 'idle', until: now };
      return;
    }
    backlog.started(batch, Number(rowId));
    state = working({ id: Number(rowId), batch, moved: 0 }, now);
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
    const rows = await attempt(sql.report, [Math.floor(assignment.moved), assignment.id]);
    if (rows?.length === 0) await look(assignment, now);
  }

  async function finish(assignment: Assignment, now: number): Promise<void> {
    const { batch } = assignment;
    const failure = batch.failure?.message ?? (await mismatch(batch));
    const rows =
      failure === null
        ? await attempt(sql.complete, [Math.floor(assignment.moved), assignment.id])
        : await attempt(sql.fail, [Math.floor(assignment.moved), assignment.id, failure]);
    if (rows?.length === 0) await look(assignment, now);
    else if (rows !== null) leave(assignment, now, failure === null ? 'completed' : 'failed');
  }

  /** What a count of both sides brings to light. */
  async function mismatch(batch: Batch): Promise<string | null> {
    if (batch.phase !== 'validation' || batch.operation !== 'count_verification') return null;
    const moved = Number((await attempt(sql.countMoved, [batch.table]))?.[0]?.moved ?? batch.records);
    return moved < batch.records ? `count mismatch: source has ${batch.records} records, target has ${moved}` : null;
  }

  /** The row is not running: what has become of it? */
  async function look(assignment: Assignment, now: number): Promise<void> {
    const rows = await attempt(sql.look, [assignment.id]);
    if (rows === null) return;
    const row = rows[0];
    if (row?.status === 'paused') {
      state = { kind: 'waiting', assignment, lookAt: now + lookEverySeconds };
    } else if (row?.status === 'running') {
      assignment.moved = Number(row.records_processed);
      state = working(assignment, now);
    } else if (row?.status === 'pending') {
      // It was put back into the queue: whoever claims it goes on with it, and with what follows.
      state = { kind: 'idle', until: now };
    } else leave(assignment, now, 'left');
  }

  function leave({ id: rowId, batch }: Assignment, now: number, as: 'completed' | 'failed' | 'left'): void {
    backlog.release(batch.releases ?? []);
    state = { kind: 'idle', until: now + 0.3 };
    if (batch.repair && as === 'failed') {
      state = { kind: 'resting', until: now + batch.repair.afterSeconds, batch: batch.repair.batch, failedId: rowId };
    } else if (batch.repair) backlog.drop(batch.repair.batch);
    else if (batch.next) {
      state = { kind: 'resting', until: now + batch.next.afterSeconds, batch: batch.next.batch, failedId: null };
    }
  }

  return {
    async step(now, elapsed) {
      switch (state.kind) {
        case 'idle':
          if (now >= state.until) await claim(now);
          break;
        case 'resting':
          if (now >= state.until) await begin(state.batch, state.failedId, now);
          break;
        case 'working':
          await work(state, now, elapsed);
          break;
        case 'waiting':
          if (now >= state.lookAt) await look(state.assignment, now);
          break;
      }
    },
    isBusy: () => state.kind === 'working' || state.kind === 'resting',
  };
}
