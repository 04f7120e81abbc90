import type { Operation, Status } from '../../source/domain/operation.ts';
import type { HistorySpan } from '../../source/domain/snapshot.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import type { Window } from '../../source/presentation/window.ts';
import { isLive, nowMs, operation, snapshotOf, takenAt, target } from './fixtures.ts';

const began = takenAt - (6 * 3600 + 4 * 60);

interface Plan {
  readonly tableName: string;
  readonly records: number;
  readonly batch: number;
}

const plans: readonly Plan[] = [
  { tableName: 'brackets', records: 48_210, batch: 1000 },
  { tableName: 'cases', records: 2_204_500, batch: 2500 },
  { tableName: 'case_file_relationships', records: 12_060_000, batch: 5000 },
  { tableName: 'documents', records: 2_450_118, batch: 2500 },
  { tableName: 'persons', records: 310_002, batch: 2000 },
  { tableName: 'audit_trail', records: 8_400_000, batch: 20_000 },
];

const errors = {
  foreignKey:
    'insert or update on table "case_file_relationships" violates foreign key constraint "cfr_case_id_fkey": ' +
    'Key (case_id)=(88123) is not present in table "cases".',
  deadlock:
    'deadlock detected: Process 4127 waits for ShareLock on transaction 9931; blocked by process 4131. ' +
    'Process 4131 waits for ShareLock on transaction 9930; blocked by process 4127.',
  timeout: 'canceling statement due to statement timeout',
} as const;

interface Lane {
  readonly workerId: number;
  readonly tables: readonly string[];
  /** Seconds that a batch takes, about. */
  readonly seconds: number;
  /** From here on its operation does not move any more, though its row says that it runs. */
  readonly stallsAt?: number;
  /** From here on its operation is paused. */
  readonly pausedAt?: number;
}

const lanes: readonly Lane[] = [
  { workerId: 1, tables: ['brackets', 'cases'], seconds: 61 },
  { workerId: 2, tables: ['case_file_relationships'], seconds: 24 },
  { workerId: 3, tables: ['case_file_relationships'], seconds: 26, stallsAt: takenAt - 161 },
  { workerId: 4, tables: ['cases'], seconds: 94, pausedAt: takenAt - 182 },
  { workerId: 5, tables: ['documents'], seconds: 38 },
  { workerId: 6, tables: ['persons'], seconds: 41 },
];

/** Which batches fail, by table and number; the worker takes each up again at once, but for one that waits for a human. */
const failing: Readonly<Record<string, string>> = {
  'cases 31': errors.deadlock,
  'case_file_relationships 204': errors.deadlock,
  'case_file_relationships 811': errors.foreignKey,
  'documents 77': errors.timeout,
  'documents 402': errors.deadlock,
  'case_file_relationships 1602': errors.foreignKey,
  'case_file_relationships 1851': errors.foreignKey,
};
const abandoned = new Set(['case_file_relationships 1602', 'case_file_relationships 1851']);

interface Planned {
  readonly row: Operation;
  readonly from: number;
  readonly to: number;
  readonly lane: Lane | null;
}

/** Rows of the whole migration with the times at which they run. Made once: it is some 3,000 rows. */
let schedule: readonly Planned[] | undefined;

function planned(): readonly Planned[] {
  if (schedule !== undefined) return schedule;
  const all: Planned[] = [];
  let at = began;
  for (const [phase, name, seconds] of [
    ['discovery', 'count_records', 5],
    ['planning', 'plan_batches', 5],
    ['mapping', 'map_columns', 12],
  ] as const) {
    for (const { tableName, records } of plans) {
      const row = operation({
        phase,
        tableName,
        operation: name,
        recordsProcessed: records,
        totalRecords: records,
        batchSize: null,
        workerId: 1,
        sourceQuery: phase === 'discovery' ? `SELECT count(*) FROM ${tableName}` : null,
      });
      all.push({ row, from: at, to: at + seconds / plans.length, lane: null });
      at += seconds / plans.length;
    }
  }
  const next = new Map<string, number>(plans.map(({ tableName }) => [tableName, 0]));
  const ends = lanes.map((lane, index) => ({ lane, at: at + index * 1.7 }));
  const started = at;
  for (;;) {
    const soonest = ends.toSorted((a, b) => a.at - b.at).find((end) => end.at < takenAt);
    if (soonest === undefined) break;
    const { lane } = soonest;
    // A lane without progress claims nothing any more.
    if (soonest.at >= holdsAt(lane)) {
      soonest.at = takenAt;
      continue;
    }
    const plan = plans.find(
      ({ tableName, records, batch }) =>
        lane.tables.includes(tableName) && (next.get(tableName) ?? 0) < Math.ceil(records / batch),
    );
    if (plan === undefined) {
      soonest.at = takenAt;
      continue;
    }
    const number = next.get(plan.tableName) ?? 0;
    next.set(plan.tableName, number + 1);
    // Batches slow down and speed up over the hour, as they do when others use the server.
    const wave = 1 + 0.35 * Math.sin((soonest.at - started) / 700) + 0.15 * Math.sin(number * 2.3);
    const seconds = lane.seconds * wave;
    const row = bulkRow(plan, number, lane.workerId);
    const key = `${plan.tableName} ${number}`;
    const error = failing[key];
    if (error !== undefined) {
      const part = { ...row, recordsProcessed: Math.floor((row.batchSize ?? 0) * 0.37), errorMessage: error };
      all.push({ row: part, from: soonest.at, to: soonest.at + seconds * 0.4, lane });
      soonest.at += seconds * 0.4;
      if (abandoned.has(key)) continue;
    }
    all.push({ row, from: soonest.at, to: soonest.at + seconds, lane });
    soonest.at += seconds;
  }
  for (const { tableName, records } of plans.filter((plan) => ['brackets', 'persons'].includes(plan.tableName))) {
    const running = tableName === 'persons';
    const row = validationRow(tableName, records, running ? 6 : 1);
    all.push({ row, from: takenAt - (running ? 48 : 1900), to: takenAt + (running ? 64 : -1841), lane: null });
  }
  all.sort((a, b) => a.from - b.from);
  for (const plan of plans) {
    const from = next.get(plan.tableName) ?? 0;
    const waiting = plan.tableName === 'audit_trail' ? 12 : 9;
    for (let number = from; number < Math.min(from + waiting, Math.ceil(plan.records / plan.batch)); number++) {
      all.push({ row: bulkRow(plan, number, null), from: Infinity, to: Infinity, lane: null });
    }
  }
  for (const { tableName, records } of plans.filter((plan) => !['brackets', 'persons'].includes(plan.tableName))) {
    all.push({ row: validationRow(tableName, records, null), from: Infinity, to: Infinity, lane: null });
  }
  schedule = all.map((one, index) => ({ ...one, row: { ...one.row, id: index + 1 } }));
  return schedule;
}

function bulkRow({ tableName, records, batch }: Plan, number: number, workerId: number | null): Operation {
  return operation({
    tableName,
    recordsProcessed: Math.min(batch, records - number * batch),
    totalRecords: records,
    batchSize: batch,
    workerId,
    sourceQuery: `SELECT * FROM ${tableName} ORDER BY id LIMIT ${batch} OFFSET ${number * batch}`,
    validationQuery: `SELECT count(*) FROM new_${tableName}`,
  });
}

function validationRow(tableName: string, records: number, workerId: number | null): Operation {
  return operation({
    phase: 'validation',
    tableName,
    operation: 'count_comparison',
    recordsProcessed: records,
    totalRecords: records,
    batchSize: null,
    workerId,
    sourceQuery: `SELECT count(*) FROM ${tableName}`,
    validationQuery: `SELECT count(*) FROM new_${tableName}`,
  });
}

/**
 * The rows of the believable migration at a moment up to `takenAt`: six tables, five running workers of which one has
 * stalled, one paused operation, seven failures of which two wait for a human, and work that is still pending.
 */
export function migrationAt(at: number): readonly Operation[] {
  let rows = timelines.get(at);
  if (rows === undefined) {
    rows = planned().map((plan) => rowAt(plan, at));
    timelines.set(at, rows);
  }
  return rows;
}

const timelines = new Map<number, readonly Operation[]>();

/** Rows that have ended, and those that start later: they are the same at any later, or earlier, moment. */
const ended = new WeakMap<Planned, Operation>();
const waiting = new WeakMap<Planned, Operation>();

function rowAt(plan: Planned, at: number): Operation {
  const { row, from, to, lane } = plan;
  const version = (end: number): string => String(700_000 + Math.floor(end - began));
  if (from > at) {
    return kept(waiting, plan, () => ({
      ...row,
      status: 'pending',
      recordsProcessed: 0,
      startedAt: null,
      workerId: null,
      errorMessage: null,
    }));
  }
  const holds = lane === null ? Infinity : holdsAt(lane);
  const hasFailed = row.errorMessage !== null;
  if (to <= at && (hasFailed || to <= holds)) {
    const status = hasFailed ? 'failed' : 'completed';
    return kept(ended, plan, () => ({ ...row, status, startedAt: from, completedAt: to, version: version(to) }));
  }
  const until = Math.min(at, holds);
  const share = Math.min(0.97, (until - from) / (to - from));
  return {
    ...row,
    status: lane?.pausedAt !== undefined && at >= lane.pausedAt && to > lane.pausedAt ? 'paused' : 'running',
    recordsProcessed: Math.floor((row.recordsProcessed ?? 0) * share),
    errorMessage: null,
    startedAt: from,
    version: version(until),
  };
}

function kept(rows: WeakMap<Planned, Operation>, plan: Planned, make: () => Operation): Operation {
  const row = rows.get(plan) ?? make();
  rows.set(plan, row);
  return row;
}

/** From when on nothing moves any more in a lane. */
function holdsAt({ stallsAt, pausedAt }: Lane): number {
  return stallsAt ?? pausedAt ?? Infinity;
}

/** The throughput of its last hour, by slices of ten seconds, as sql/queries/history.sql has it. */
export function migrationHistory(at = takenAt): HistorySpan[] {
  const slice = 10;
  const groups = new Map<string, HistorySpan>();
  for (const { phase, tableName, status, startedAt, completedAt, recordsProcessed } of migrationAt(at)) {
    if (phase !== 'execution' || startedAt === null || completedAt === null || completedAt <= at - 3600) continue;
    if (status !== 'completed' && status !== 'failed') continue;
    const from = Math.floor(startedAt / slice) * slice;
    const to = Math.ceil(completedAt / slice) * slice;
    const key = `${tableName} ${from} ${to}`;
    const known = groups.get(key)?.records ?? 0;
    groups.set(key, { tableName, from, to, records: known + (recordsProcessed ?? 0) });
  }
  return [...groups.values()];
}

let watched: MonitorState | undefined;

/** A monitor that has watched the believable migration for two minutes, in a window. */
export function migrationState(window: Window, given: { readOnly?: string | null } = {}): MonitorState {
  watched ??= watch();
  return reduce({ ...watched, readOnly: given.readOnly ?? null }, { kind: 'resized', window });
}

function watch(): MonitorState {
  let state = initialState({
    target,
    readOnly: null,
    intervalSeconds: 1,
    window: { columns: 80, rows: 24 },
    nowMs: nowMs - 120_000,
  });
  for (let at = takenAt - 120; at <= takenAt; at++) {
    const liveIds = state.latest?.snapshot.operations.filter(({ status }) => isLive(status)).map(({ id }) => id);
    const isFirst = at === takenAt - 120;
    const seen = snapshotOf(migrationAt(at), at, liveIds, isFirst ? null : migrationAt(at - 1));
    state = reduce(state, {
      kind: 'polled',
      snapshot: isFirst ? { ...seen, history: migrationHistory(at) } : seen,
      atMs: nowMs - (takenAt - at) * 1000,
      nextSeconds: 1,
    });
  }
  // As after `g`: otherwise the cursor would be on the first operation that it saw, which has ended.
  return { ...state, cursors: { ...state.cursors, overview: { key: null, index: 0, top: 0 } } };
}

/** The first operation of the believable migration in a status, by id. */
export function migrationOperation(status: Status, which = 0): Operation {
  const found = migrationAt(takenAt).filter((row) => row.status === status)[which];
  if (found === undefined) throw new Error(`no operation ${which} is ${status}`);
  return found;
}
