import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import type { Ledger } from '../../source/polling/ledger-interface.ts';
import { usualLimits } from '../../source/polling/ledger-limits.ts';
import { operation } from '../domain/build.ts';
import { type FakeDatabase, fakeDatabase, insertRow, step, updateRow, workOff } from './fake-database.ts';
import { namedSessions, seeded } from './simulated-migration.ts';
import { statusOf } from './simulated-status.ts';

/** How the situation of the demo's incident goes on. */
export interface Incident {
  /** How many workers there are; the others' rows are pending. */
  readonly workers?: number;
  /** When an operator pauses all that run, and when the operation of one worker is resumed alone, in seconds. */
  readonly pausedAt?: number;
  readonly oneResumedAt?: number;
  /** When all that the operator paused are resumed, in seconds. */
  readonly resumedAt?: number;
  /** When other monitors are opened, in seconds. */
  readonly openedAt?: readonly number[];
  /** Whether `migtop status` runs at each moment, and whether it sees the sessions of the workers. */
  readonly hasStatus?: boolean;
  readonly isNamed?: boolean;
  /** The share of all failed operations; with `isLast` nothing is pending, and one worker repeats one of them. */
  readonly failedShare?: number;
  readonly isLast?: boolean;
  /** Whether each repetition fails at the end of its batch, and is repeated again. */
  readonly failsAgain?: boolean;
  /**
   * Workers 7 and 19 have stalled, worker 11 is paused, and worker 3 processes 20 records at a time, as in the demo: it ends last.
   */
  readonly isWhole?: boolean;
  /** How many more tables are planned as soon as few operations are pending, each with operations of one size. */
  readonly laterTables?: number;
  /** With how few pending operations these are planned, and how large their batches are; absent: 0, and 1,000 records. */
  readonly laterFrom?: number;
  readonly laterSize?: number;
  /** How many operations each of them has; absent: 60. */
  readonly laterOperations?: number;
  /** Pending operations that are added at once: when, in seconds, how many, and whether to a new table or to one of the others. */
  readonly added?: { readonly at: number; readonly operations: number; readonly isNew?: boolean };
  /** One more worker is at the only operation of a table, with ten records a second, for this many seconds. */
  readonly loneSeconds?: number;
  /** Whether a worker reports its batch once, at its end. */
  readonly reportsOnce?: boolean;
  /** How many seconds are between two polls, and between two of the moments. */
  readonly pollSeconds?: number;
  readonly momentSeconds?: number;
  /** By how many seconds the clock of the workers is behind that of the database. */
  readonly secondsBehind?: number;
  /** For how many seconds it is watched; absent: until all have ended. */
  readonly seconds?: number;
}

export interface IncidentMoment {
  readonly at: number;
  readonly observation: Observation;
  /** The observations of the monitors that were opened later, in their order. */
  readonly later: readonly Observation[];
  /** The figures of `migtop status`; null if it was not run. */
  readonly status: ReturnType<typeof statusOf> | null;
  /** Records a second of the last minute, by the workers that are at work now. */
  readonly rate: number;
  /** Whether workers process records. */
  readonly isProgressing: boolean;
  /** Seconds until the last operation ends that no operator has to do anything for. */
  readonly left: number;
}

const batchSizes = [500, 1000, 2000, 5000, 500, 2000];
const tableOf = (index: number): string => `table_${1 + (index % batchSizes.length)}`;
const sizeOf = (index: number): number => batchSizes[index % batchSizes.length] ?? 500;

/** The worker of `loneSeconds`, and how many records it processes in half a second. */
const loneWorker = 99;
const loneRecords = 5;

const usualLaterOperations = 60;
const usualLaterSize = 1000;

/** The operations of the tables that are planned later, one of each table in turn. */
function laterBatch(
  index: number,
  tables: number,
  { laterSize = usualLaterSize, laterOperations = usualLaterOperations }: Incident,
): Partial<Operation> {
  const [tableName, from] = [`later_${1 + (index % tables)}`, laterSize * Math.floor(index / tables)];
  return {
    tableName,
    status: 'pending',
    batchSize: laterSize,
    totalRecords: laterOperations * laterSize,
    sourceQuery: `SELECT * FROM legacy.${tableName} ORDER BY id LIMIT ${laterSize} OFFSET ${from}`,
  };
}

/** The place of the table to which operations are added, or whose batch size a new one has. */
const addedTable = 3;

const usualPollSeconds = 2;
const usualMomentSeconds = 10;

/**
 * The tables of `migtop demo --incident` that are worked on, on a virtual clock: 45 completed batches each, 20 pending ones of the
 * size of the table, and 30 workers with batches up to 30 times as large. Each batch takes half a minute.
 */
export function simulateIncident(given: Incident, seed = 1): IncidentMoment[] {
  const random = seeded(seed);
  const { pollSeconds = usualPollSeconds, momentSeconds = usualMomentSeconds } = given;
  const database = fakeDatabase();
  const began = database.now;
  const times = ({ startedAt, completedAt }: Partial<Operation>): Partial<Operation> => ({
    ...(startedAt != null && { startedAt: startedAt - (given.secondsBehind ?? 0) }),
    ...(completedAt != null && { completedAt: completedAt - (given.secondsBehind ?? 0) }),
  });
  const put = (fields: Partial<Operation>): number => {
    const begun = { id: database.nextId(), operation: 'batch_migration', recordsProcessed: 0 };
    return insertRow(database, operation({ ...begun, ...fields, ...times(fields) }));
  };
  const write = (id: number, fields: Partial<Operation>): void => {
    updateRow(database, id, { ...fields, ...times(fields) });
  };
  const batch = (index: number, from: number): Partial<Operation> => {
    const batchSize = sizeOf(index);
    const tableName = tableOf(index);
    const sourceQuery = `SELECT * FROM legacy.${tableName} ORDER BY id LIMIT ${batchSize} OFFSET ${from * batchSize}`;
    return { tableName, batchSize, totalRecords: (given.isLast === true ? 45 : 65) * batchSize, sourceQuery };
  };
  const failed: number[] = [];
  for (let one = 0; one < 45 * batchSizes.length; one++) {
    const fields = batch(one, Math.floor(one / batchSizes.length));
    const startedAt = began - 19_000 + 60 * one;
    const isFailed = random() < (given.failedShare ?? 0);
    const id = put({
      ...fields,
      status: isFailed ? 'failed' : 'completed',
      recordsProcessed: isFailed ? 0 : (fields.batchSize ?? 0),
      startedAt,
      completedAt: startedAt + 20 + 40 * random(),
      workerId: 1 + (one % 30),
      ...(isFailed && { errorMessage: 'deadlock detected' }),
    });
    if (isFailed) failed.push(id);
  }
  const pending: number[] = [];
  for (let one = 0; one < 20 * batchSizes.length && given.isLast !== true; one++)
    pending.push(put({ ...batch(one, 45 + Math.floor(one / batchSizes.length)), status: 'pending' }));
  const workers = given.workers ?? 30;
  const isStalled = (worker: number): boolean => given.isWhole === true && (worker === 7 || worker === 19);
  const running = new Map<number, number>();
  for (let worker = 1; worker <= workers && given.isLast !== true; worker++)
    running.set(
      worker,
      put({
        ...batch(worker, 0),
        status: 'running',
        batchSize: 1000 + 500 * worker,
        sourceQuery: 'SELECT * FROM legacy.x',
        startedAt: began - (isStalled(worker) ? 1500 : 3 * worker),
        workerId: worker,
        ...(isStalled(worker) && { recordsProcessed: 400 + 200 * worker }),
        ...(given.isWhole === true && worker === 11 && { status: 'paused', recordsProcessed: 2166 }),
      }),
    );
  const { loneSeconds } = given;
  if (loneSeconds !== undefined)
    running.set(
      loneWorker,
      put({
        tableName: 'lone',
        status: 'running',
        batchSize: 500,
        totalRecords: 2 * loneRecords * loneSeconds,
        sourceQuery: 'SELECT * FROM legacy.lone',
        startedAt: began,
        workerId: loneWorker,
      }),
    );
  const [repeated] = failed;
  if (given.isLast === true && repeated !== undefined) {
    const { recordsProcessed: _, ...row } = database.rows.get(repeated) ?? operation();
    const again = {
      ...row,
      id: 0,
      status: 'running',
      startedAt: began,
      completedAt: null,
      errorMessage: null,
    } as const;
    const { id: __, ...fields } = again;
    running.set(1, put({ ...fields, operation: 'batch_migration_retry', recordsProcessed: 0, workerId: 1 }));
  }
  const monitors = [0, ...(given.openedAt ?? [])].map(monitorFrom);
  const resume = (id: number): void => {
    if (database.rows.get(id)?.status === 'paused') write(id, { status: 'running' });
  };
  const addOperations = ({ operations, isNew = false }: NonNullable<Incident['added']>): void => {
    const done = isNew ? 0 : 65;
    const size = sizeOf(addedTable);
    const total = { totalRecords: (done + operations) * size };
    if (!isNew)
      for (const { id, tableName } of [...database.rows.values()])
        if (tableName === tableOf(addedTable)) write(id, total);
    for (let one = done; one < done + operations; one++)
      pending.push(
        put({ ...batch(addedTable, one), status: 'pending', ...total, ...(isNew && { tableName: 'added' }) }),
      );
  };
  const sessionsNow = () => (given.isNamed === true ? namedSessions(database, database.now) : { sessions: [] });
  const moments: Omit<IncidentMoment, 'left'>[] = [];
  const processed = new Map<number, number>();
  const gains: { readonly at: number; readonly worker: number; readonly records: number }[] = [];
  let lastWorkedAt = 0;
  let moreTables = given.laterTables ?? 0;
  for (let at = 0; at < (given.seconds ?? 3600); at += 0.5) {
    database.now = began + at;
    if (at === given.pausedAt) for (const id of running.values()) write(id, { status: 'paused' });
    if (at === given.oneResumedAt) write(running.get(5) ?? 0, { status: 'running' });
    if (at === given.resumedAt) for (const id of running.values()) resume(id);
    if (at === given.added?.at) addOperations(given.added);
    const atWork = new Set<number>();
    for (const [worker, id] of running) {
      const row = database.rows.get(id);
      if (row?.status !== 'running' || isStalled(worker)) continue;
      atWork.add(worker);
      const { batchSize, recordsProcessed } = row;
      const isLone = worker === loneWorker;
      const size = (isLone ? row.totalRecords : batchSize) ?? 0;
      const before = processed.get(id) ?? recordsProcessed ?? 0;
      if (given.failsAgain === true && before >= 0.95 * size) {
        write(id, { status: 'failed', completedAt: began + at, errorMessage: 'deadlock detected' });
        const { version: _, identity: __, queryDigest: ___, ...next } = row;
        const repeated = { recordsProcessed: 0, startedAt: began + at, completedAt: null, errorMessage: null };
        running.set(worker, put({ ...next, ...repeated, id: database.nextId(), status: 'running' }));
        continue;
      }
      if (before >= size) {
        write(id, { status: 'completed', completedAt: began + at, recordsProcessed: before });
        running.delete(worker);
        continue;
      }
      const isSlow = given.isWhole === true && worker === 3;
      const records = isLone
        ? loneRecords
        : isSlow
          ? 20
          : random() < 0.8
            ? Math.round(size * (0.005 + 0.03 * random()))
            : 0;
      const now = Math.min(size, before + records);
      gains.push({ at, worker, records: now - before });
      processed.set(id, now);
      if (now > before && given.reportsOnce !== true) write(id, { recordsProcessed: now });
    }
    const isProgressing = atWork.size > 0;
    if (pending.length <= (given.laterFrom ?? 0) && moreTables > 0) {
      const { laterOperations = usualLaterOperations } = given;
      for (let one = 0; one < laterOperations * moreTables; one++)
        pending.push(put(laterBatch(one, moreTables, given)));
      moreTables = 0;
    }
    for (let worker = 1; worker <= workers; worker++) {
      if (running.has(worker)) continue;
      const next = pending.shift();
      if (next === undefined) break;
      write(next, { status: 'running', startedAt: began + at, workerId: worker });
      running.set(worker, next);
    }
    if (isProgressing) lastWorkedAt = at;
    if (at % pollSeconds !== 0) continue;
    for (const monitor of monitors) if (at >= monitor.openedAt) poll(monitor, database);
    const [observation, ...later] = monitors.flatMap(({ seen }) => seen ?? []);
    if (at % momentSeconds === 0 && at > 0 && observation !== undefined)
      moments.push({
        at,
        observation,
        later,
        status: given.hasStatus === true ? statusOf(database, undefined, sessionsNow) : null,
        rate: rateOf(gains, atWork, at),
        isProgressing,
      });
    if (at > lastWorkedAt + 40) break;
  }
  return moments.map((moment) => ({ ...moment, left: lastWorkedAt - moment.at }));
}

interface Monitor {
  readonly openedAt: number;
  readonly ledger: Ledger;
  seen: Observation | null;
}

const monitorFrom = (openedAt: number): Monitor => ({ openedAt, ledger: createLedger(usualLimits), seen: null });

function poll(monitor: Monitor, database: FakeDatabase): void {
  step(monitor.ledger, database);
  workOff(monitor.ledger, database);
  monitor.seen = observe(monitor.seen, { ...monitor.ledger.snapshot(), sessions: [] });
}

/** Records a second of the last minute, by the workers that are at work now. */
function rateOf(
  gains: readonly { readonly at: number; readonly worker: number; readonly records: number }[],
  atWork: ReadonlySet<number>,
  at: number,
): number {
  const seconds = Math.min(60, at);
  return (
    gains.reduce((sum, one) => sum + (one.at > at - seconds && atWork.has(one.worker) ? one.records : 0), 0) / seconds
  );
}
