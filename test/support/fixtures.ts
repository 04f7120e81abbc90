import type { ControlTable, OperationDetail, PageRequest } from '../../source/database/control-table.ts';
import { DatabaseError } from '../../source/database/database-error.ts';
import type { Settled } from '../../source/database/settle.ts';
import type { Silence } from '../../source/database/silence.ts';
import type { Target } from '../../source/database/target.ts';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { cleanLine, cleanText } from '../../source/domain/clean-text.ts';
import type { WorkDone } from '../../source/domain/counting-pace.ts';
import type { Operation, Status } from '../../source/domain/operation.ts';
import type { RunStart } from '../../source/domain/runs.ts';
import { isInScope, stampOf } from '../../source/domain/since.ts';
import type { HistorySpan, Snapshot } from '../../source/domain/snapshot.ts';
import type { Move, Outcome } from '../../source/domain/transitions.ts';
import { matchesOperation } from '../../source/monitor/filter.ts';
import { createMonitor, type Monitor } from '../../source/monitor/monitor.ts';
import { initialState, reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import type { Window } from '../../source/monitor/window.ts';
import { gainedBetween, totalsOf } from './totals.ts';

/** The moment of all fixtures on the database's clock: 2026-11-05 10:21:07, in seconds as `Operation` has stamps. */
export const takenAt = Date.UTC(2026, 10, 5, 10, 21, 7) / 1000;

/** The same moment on this machine's clock, which is a little ahead, as clocks are. */
export const nowMs = takenAt * 1000 + 137;

export const target: Target = {
  host: 'db1',
  port: 5432,
  user: 'ops',
  database: 'dispatch',
  table: 'public.migration_control',
  identity: {
    system: '7300000000000000001',
    database: 'dispatch',
    databaseOid: '16384',
    table: 'public.migration_control',
    tableOid: '16385',
  },
  serverVersion: 170_002,
  hasVersions: true,
  isFollowable: true,
  guarded: false,
  rowSecurity: false,
  mayUpdate: true,
  hasConnectionChecks: true,
  audit: null,
  foreignAudit: null,
  optionProblems: [],
  auditVersion: 2,
  refused: [],
  readOnly: null,
  namesakes: [],
  notes: [],
};

/** A running batch of the execution phase, unless told otherwise. */
export function operation(given: Partial<Operation> = {}): Operation {
  return {
    id: 1,
    phase: 'execution',
    tableName: 'brackets',
    operation: 'batch_migration',
    status: 'running',
    recordsProcessed: 400,
    totalRecords: 10_000,
    startedAt: takenAt - 60,
    completedAt: null,
    errorMessage: null,
    batchSize: 1000,
    workerId: 1,
    sourceQuery: 'SELECT * FROM brackets ORDER BY id LIMIT 1000 OFFSET 0',
    validationQuery: null,
    version: '700',
    identity: 'execution brackets batch_migration',
    ...given,
  };
}

/** A snapshot of exactly these parts; `snapshotOf` makes one that agrees with itself. */
export function snapshot(given: Partial<Snapshot> = {}): Snapshot {
  return {
    takenAt,
    totals: [],
    coverage: { share: 1, countedAt: takenAt, isStale: false },
    counts: {},
    operations: [],
    failures: [],
    gained: null,
    history: [],
    sessions: [],
    unreadable: [],
    ...given,
  };
}

/**
 * What a poll would bring of a table that holds these rows.
 *
 * @param before the rows at the poll before
 */
export function snapshotOf(
  rows: readonly Operation[],
  at = takenAt,
  alsoIds: readonly number[] = [],
  before: readonly Operation[] | null = null,
): Snapshot {
  const newestFirst = rows.toSorted((a, b) => b.id - a.id);
  return snapshot({
    takenAt: at,
    totals: totalsOf(rows),
    coverage: { share: 1, countedAt: at, isStale: false },
    gained: before === null ? null : gainedBetween(before, rows),
    operations: newestFirst.filter(({ id, status }) => isLive(status) || alsoIds.includes(id)),
    failures: newestFirst
      .filter(({ status }) => status === 'failed')
      .sort((a, b) => (b.completedAt ?? -Infinity) - (a.completedAt ?? -Infinity)),
  });
}

function isLive(status: Status): boolean {
  return status === 'running' || status === 'paused';
}

// ── A believable migration, as a function of time ──────────────────────────────────────────────────────────────────

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
let timeline: readonly Operation[] | undefined;
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
    // A lane that stands still claims nothing any more.
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
    const row = batchRow(plan, number, lane.workerId);
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
      all.push({ row: batchRow(plan, number, null), from: Infinity, to: Infinity, lane: null });
    }
  }
  for (const { tableName, records } of plans.filter((plan) => !['brackets', 'persons'].includes(plan.tableName))) {
    all.push({ row: validationRow(tableName, records, null), from: Infinity, to: Infinity, lane: null });
  }
  schedule = all.map((one, index) => ({ ...one, row: { ...one.row, id: index + 1 } }));
  return schedule;
}

function batchRow({ tableName, records, batch }: Plan, number: number, workerId: number | null): Operation {
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
  if (at === takenAt && timeline !== undefined) return timeline;
  const rows = planned().map(({ row, from, to, lane }): Operation => {
    const version = (end: number): string => String(700_000 + Math.floor(end - began));
    if (from > at) {
      return { ...row, status: 'pending', recordsProcessed: 0, startedAt: null, workerId: null, errorMessage: null };
    }
    if (row.errorMessage !== null && to <= at)
      return { ...row, status: 'failed', startedAt: from, completedAt: to, version: version(to) };
    const holds = lane === null ? Infinity : holdsAt(lane);
    if (to <= at && to <= holds)
      return { ...row, status: 'completed', startedAt: from, completedAt: to, version: version(to) };
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
  });
  if (at === takenAt) timeline = rows;
  return rows;
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
  // As after `g`: else the cursor still held the first operation that it saw, which has ended meanwhile.
  return { ...state, cursors: { ...state.cursors, overview: { key: null, index: 0, top: 0 } } };
}

/** The first operation of the believable migration in a status, by id. */
export function migrationOperation(status: Status, which = 0): Operation {
  const found = migrationAt(takenAt).filter((row) => row.status === status)[which];
  if (found === undefined) throw new Error(`no operation ${which} is ${status}`);
  return found;
}

// ── Everything that this table may legally hold, and what decoding lets through ────────────────────────────────────

const int4Max = 2_147_483_647;
const family = '👨‍👩‍👧‍👦';

/** Texts that a terminal may measure otherwise than we do, or act on. */
export const nastyTexts = {
  long: `long_${'table_name_'.repeat(27)}`.slice(0, 300),
  cjk: '移行管理テーブル'.repeat(20),
  emoji: `${family}🇦🇶🏳️‍🌈👍🏽1️⃣`.repeat(8),
  marks: 'e\u0301\u0302\u0303\u0304a\u0308\u0323o\u0338'.repeat(30),
  hebrew: 'שגיאה בטבלה'.repeat(10),
  devanagari: 'क्षत्रिय प्रवासन '.repeat(10),
  jamo: '각각각'.normalize('NFD').repeat(12),
  invisible: 'zero\u200Bwidth\u00ADsoft\u2060joiner\u200Dend',
  /** What cleaning leaves of sequences that a hostile or a broken writer put there. */
  leftovers: cleanLine(
    'ERROR: \u001B[31mred\u001B[0m \u001B]52;c;aGVsbG8=\u0007\u001B]0;unterminated title \u009B2J\u0007\u0000\r\n\tat line 1\u202E drawkcab',
  ),
  markup: '{red bold}not a marker{/} %s %n $HOME `id` \\u001b[2J <script>',
} as const;

/** Rows that are legal in this table, each of them odd in its own way. */
export const nastyRows: readonly Operation[] = [
  {
    ...operation({ id: 1, tableName: nastyTexts.long, operation: nastyTexts.long, errorMessage: nastyTexts.long }),
    status: 'failed',
    completedAt: takenAt + 86_400,
  },
  {
    id: 2,
    phase: 'discovery',
    tableName: '',
    operation: '',
    status: 'running',
    recordsProcessed: null,
    totalRecords: null,
    startedAt: null,
    completedAt: null,
    errorMessage: null,
    batchSize: null,
    workerId: null,
    sourceQuery: null,
    validationQuery: null,
    version: null,
    identity: '',
  },
  operation({ id: 3, tableName: nastyTexts.cjk, operation: nastyTexts.cjk, workerId: int4Max, startedAt: Infinity }),
  operation({ id: 4, tableName: nastyTexts.emoji, operation: nastyTexts.emoji, status: 'paused', workerId: -1 }),
  operation({ id: 5, tableName: nastyTexts.marks, operation: nastyTexts.devanagari, startedAt: -Infinity }),
  operation({
    id: 6,
    tableName: 'negative',
    recordsProcessed: -int4Max - 1,
    totalRecords: -1,
    batchSize: -5,
    workerId: 0,
    startedAt: takenAt + 3600,
  }),
  operation({
    id: 7,
    tableName: 'enormous',
    recordsProcessed: int4Max,
    totalRecords: int4Max,
    batchSize: int4Max,
    workerId: 7,
    startedAt: 0,
  }),
  operation({ id: 8, tableName: 'zero_total', recordsProcessed: 0, totalRecords: 0, batchSize: 0, workerId: 8 }),
  operation({ id: 9, tableName: 'overshot', recordsProcessed: 900, totalRecords: 100, batchSize: null, workerId: 9 }),
  operation({ id: 10, tableName: 'overshot', status: 'completed', recordsProcessed: 700, totalRecords: 100 }),
  operation({
    id: 11,
    tableName: nastyTexts.invisible,
    operation: nastyTexts.jamo,
    status: 'failed',
    errorMessage: nastyTexts.leftovers,
    completedAt: takenAt - 30,
    startedAt: takenAt,
  }),
  operation({
    id: 12,
    tableName: nastyTexts.hebrew,
    operation: nastyTexts.markup,
    status: 'failed',
    errorMessage: null,
    completedAt: Infinity,
  }),
  operation({
    id: 13,
    tableName: nastyTexts.leftovers,
    operation: nastyTexts.invisible,
    status: 'failed',
    errorMessage: nastyTexts.cjk.slice(0, 100) + nastyTexts.emoji,
    completedAt: null,
    workerId: null,
  }),
  operation({ id: 14, tableName: 'ended_before_it_began', status: 'completed', completedAt: takenAt - 9999 }),
  operation({ id: 15, tableName: nastyTexts.markup, status: 'skipped', completedAt: -Infinity }),
  operation({ id: int4Max, tableName: 'last_id', status: 'pending', startedAt: null, workerId: 1234 }),
  operation({ id: Number.MAX_SAFE_INTEGER, tableName: 'bigint_id', status: 'pending', startedAt: takenAt - 1 }),
];

export function nastySnapshot(at = takenAt): Snapshot {
  return {
    ...snapshotOf(nastyRows, at),
    unreadable: [
      { id: null, operations: 12_345, problem: 'status is "DONE\u2026", which migtop does not know' },
      { id: 99, operations: 1, problem: 'phase is empty, which migtop does not know' },
    ],
  };
}

/** A monitor that has watched the nasty rows for a minute. */
export function nastyState(window: Window): MonitorState {
  return [takenAt - 60, takenAt].reduce(
    (state, at) =>
      reduce(state, {
        kind: 'polled',
        snapshot: nastySnapshot(at),
        atMs: nowMs - (takenAt - at) * 1000,
        nextSeconds: 12.345,
      }),
    initialState({
      target: { ...target, host: '/var/run/postgresql', user: nastyTexts.cjk, database: nastyTexts.emoji },
      readOnly: null,
      intervalSeconds: 1,
      window,
      nowMs: nowMs - 60_000,
    }),
  );
}

/** An error of five megabytes: one endless line, many short ones, and text that is wide. */
export function hugeError(): string {
  const megabyte = 1024 * 1024;
  return cleanText(
    [
      'ERROR: \u001B[31mthe whole statement follows',
      'x'.repeat(megabyte),
      'VALUES (1, 2, 3), '.repeat(megabyte / 18),
      'at line 1\n'.repeat(megabyte / 10),
      `${nastyTexts.cjk.slice(0, 78)}\n`.repeat(megabyte / 79),
      `naïve ${'word '.repeat(20)}\n`.repeat(megabyte / 107),
    ].join('\n'),
  );
}

/** What the detail view reads of an operation, by the rule of sql/queries/detail.sql. */
export function detailOf(rows: readonly Operation[], id: number, at = takenAt): OperationDetail | null {
  const chosen = rows.find((row) => row.id === id);
  if (chosen === undefined) return null;
  return {
    takenAt: at,
    operation: chosen,
    attempts: rows
      .filter(
        (row) =>
          row.id !== id &&
          row.phase === chosen.phase &&
          row.tableName === chosen.tableName &&
          row.sourceQuery !== null &&
          row.sourceQuery === chosen.sourceQuery,
      )
      .toSorted((a, b) => b.id - a.id)
      .slice(0, 20),
  };
}

// ── A control table in memory ──────────────────────────────────────────────────────────────────────────────────────

/** The methods that ask the database something. */
export type Question =
  | 'poll'
  | 'work'
  | 'report'
  | 'page'
  | 'detail'
  | 'act'
  | 'inspect'
  | 'activity'
  | 'restrict'
  | 'runStarts';

export interface FakeTable extends ControlTable {
  /** What is in the table; a test changes it as workers would. */
  rows: Operation[];
  /** The database's clock, in seconds. */
  takenAt: number;
  /** What `inspect` finds. */
  target: Target;
  inspect(): Promise<Target>;
  /** What the audit holds, newest first; what is done is added. */
  audit: AuditEntry[];
  /** All questions so far, with what was asked. */
  readonly asked: readonly { readonly question: Question; readonly argument: unknown }[];
  /** How often a question was asked. */
  count(question: Question): number;
  /** How many questions of a kind are waiting for their answer, and the most that ever were at once. */
  readonly underWay: Readonly<Record<Question, number>>;
  readonly mostAtOnce: Readonly<Record<Question, number>>;
  /** From now on every question is answered with this error; null: the database is back. */
  gone: Error | null;
  /** What it says of where runs begin. */
  runs: RunStart[];
  /** What the next writes come to, instead of what they would. An error is thrown. */
  readonly outcomes: (Outcome | Error)[];
  /** From now on answers to this question wait; the returned function lets the oldest one go, or all that waited. */
  hold(question: Question): Held;
  /** What there is to count, piece by piece. */
  readonly works: WorkDone[];
  /** What the next look-up of unknown outcomes finds, while the table can be reached. */
  readonly settled: Settled[];
  /** For each time that what is in progress was ended: how many milliseconds it was given. */
  /** Why a poll is not answered. */
  silence: Silence;
  readonly quiesced: number[];
  /** How many times it was closed. */
  closed: number;
}

export interface Held {
  /** Lets the question that has waited longest have its answer, as the table is then. */
  release(): void;
  /** Lets all go and holds no more. */
  end(): void;
  readonly waiting: number;
}

export const lostConnection = new DatabaseError(
  'unreachable',
  'No PostgreSQL answers at db1:5432 (connection refused). Check host and port, and that the server is running.',
);

/** A control table in memory: it answers as PostgreSQL would, unless the test says otherwise. */
export function fakeTable(rows: readonly Operation[] = [], given: Partial<Target> = {}): FakeTable {
  const asked: { question: Question; argument: unknown }[] = [];
  const zero = (): Record<Question, number> => ({
    poll: 0,
    work: 0,
    report: 0,
    page: 0,
    detail: 0,
    act: 0,
    inspect: 0,
    activity: 0,
    restrict: 0,
    runStarts: 0,
  });
  const [underWay, mostAtOnce] = [zero(), zero()];
  const held = new Map<Question, (() => void)[]>();
  let versions = 800_000;
  let before: readonly Operation[] | null = null;

  async function answer<T>(question: Question, argument: unknown, make: () => T): Promise<T> {
    asked.push({ question, argument });
    underWay[question]++;
    mostAtOnce[question] = Math.max(mostAtOnce[question], underWay[question]);
    const waiting = held.get(question);
    try {
      if (waiting !== undefined) await new Promise<void>((resolve) => waiting.push(resolve));
      // As over a network: never in the same turn.
      await Promise.resolve();
      if (table.gone !== null) throw table.gone;
      return make();
    } finally {
      underWay[question]--;
    }
  }

  function inScope(): Operation[] {
    const { scope } = table.target;
    return scope === undefined ? table.rows : table.rows.filter((row) => isInScope(scope, row));
  }

  function move({ id, from, to, version, completedAt, identity }: Move): Outcome {
    const row = table.rows.find((one) => one.id === id && (identity === null || one.identity === identity));
    if (row === undefined) return { kind: 'gone' };
    if (row.status !== from || (version !== null && row.version !== version)) {
      return { kind: 'stale', actual: row.status };
    }
    const changed: Operation = {
      ...row,
      status: to,
      version: String(++versions),
      completedAt:
        completedAt === 'clear' ? null : completedAt === 'stamp' ? (row.completedAt ?? table.takenAt) : row.completedAt,
    };
    table.rows = table.rows.map((one) => (one.id === id ? changed : one));
    return {
      kind: 'applied',
      version: changed.version ?? '',
      hadCompletedAt: row.completedAt !== null,
      at: table.takenAt,
      isUnconfirmed: false,
    };
  }

  function page({ direction, from, filter, limit }: PageRequest): Operation[] {
    const matching = inScope()
      .filter((row) => matchesOperation(filter, row))
      .sort((a, b) => b.id - a.id);
    return direction === 'older'
      ? matching.filter(({ id }) => from === null || id <= from).slice(0, limit)
      : matching.filter(({ id }) => from === null || id > from).slice(-limit);
  }

  const table: FakeTable = {
    rows: [...rows],
    takenAt,
    target: { ...target, ...given },
    asked,
    underWay,
    mostAtOnce,
    gone: null,
    outcomes: [],
    runs: [],
    audit: [],
    closed: 0,
    settled: [],
    silence: 'server up',
    quiesced: [],
    works: [],
    count: (question) => asked.filter((one) => one.question === question).length,
    hold(question) {
      const waiting: (() => void)[] = [];
      held.set(question, waiting);
      return {
        release: () => waiting.shift()?.(),
        end() {
          held.delete(question);
          for (const go of waiting.splice(0)) go();
        },
        get waiting() {
          return waiting.length;
        },
      };
    },
    inspect: () => answer('inspect', null, () => table.target),
    poll: (watched) =>
      answer('poll', watched, () => {
        const ids = (before ?? []).filter(({ status }) => isLive(status)).map(({ id }) => id);
        const snapshot = snapshotOf(inScope(), table.takenAt, [...ids, ...watched], before);
        before = inScope();
        return snapshot;
      }),
    restrict: (since) =>
      answer('restrict', since, () => {
        const { scope: _, ...whole } = table.target;
        const startedAt = since === null ? null : stampOf(since, table.takenAt);
        const firstId = since?.kind === 'id' ? since.id : '1';
        table.target = since === null ? whole : { ...whole, scope: { text: since.text, firstId, startedAt } };
        before = null;
        return table.target;
      }),
    runStarts: () => answer('runStarts', null, () => table.runs),
    work: () => answer('work', null, () => table.works.shift() ?? null),
    report: () =>
      answer('report', null, () => ({
        snapshot: snapshotOf(table.rows, table.takenAt),
        throughput: [],
        activity: table.audit,
        runStarts: table.runs,
      })),
    page: (request) => answer('page', request, () => page(request)),
    detail: (id) => answer('detail', id, () => detailOf(table.rows, id, table.takenAt)),
    // Its details have their texts whole.
    text: async () => null,
    activity: () => answer('activity', null, () => table.audit),
    settle: async () => (table.gone === null ? table.settled.splice(0) : []),
    whyNoAnswer: async () => table.silence,
    quiesce: async ({ graceMs, limitMs }) => {
      table.quiesced.push(graceMs + limitMs);
    },
    act: (asked, intent) =>
      answer('act', asked, () => {
        const scripted = table.outcomes.shift();
        if (scripted instanceof Error) throw scripted;
        const outcome = scripted ?? move(asked);
        table.audit = [
          {
            key: null,
            at: table.takenAt,
            databaseRole: table.target.user,
            osUser: 'ana',
            host: 'bastion',
            client: 'migtop',
            action: intent.action,
            operationId: asked.id,
            fromStatus: asked.from,
            toStatus: asked.to,
            reason: intent.reason,
            outcome: outcome.kind,
          },
          ...table.audit,
        ];
        return outcome;
      }),
    async close() {
      table.closed++;
    },
  };
  return table;
}

export interface Watched {
  readonly monitor: Monitor;
  readonly state: () => MonitorState;
  /** How often the operator left, and suspended. */
  readonly left: () => number;
  readonly suspended: () => number;
}

/** A monitor of a fake table. It does not poll before it is started, and the machine's clock is `Date.now`. */
export function monitorOf(
  table: FakeTable,
  given: Partial<{ window: Window; readOnly: boolean; intervalSeconds: number; greeting: string }> = {},
): Watched {
  let [left, suspended] = [0, 0];
  const monitor = createMonitor({
    table,
    readOnly: given.readOnly ?? false,
    intervalSeconds: given.intervalSeconds ?? 1,
    window: given.window ?? { columns: 80, rows: 24 },
    greeting: given.greeting ?? null,
    now: () => Date.now(),
    onQuit: () => left++,
    onSuspend: () => suspended++,
    onRedraw: () => {},
  });
  return { monitor, state: monitor.store.state, left: () => left, suspended: () => suspended };
}
