import type { TableSummary } from '../domain/ledger.ts';
import { isStalled, stillSeconds } from '../domain/movement.ts';
import { type Observation, workerKey } from '../domain/observation.ts';
import { elapsedSeconds, expectedRecords, isOpen, type Operation, shareDone } from '../domain/operation.ts';
import { type Eta, etaOf, recordsPerSecond } from '../domain/throughput.ts';
import { matchesOperation, matchesTable, parseFilter } from './filter.ts';
import { overviewRows } from './layout.ts';
import { type MonitorState, shown } from './state.ts';

export const viewIds = ['overview', 'workers', 'failures', 'tables', 'operations'] as const;
export type ViewId = (typeof viewIds)[number];

/** A line of a list, finished: what the screen draws and what the cursor stands on. */
export type ListRow = OperationRow | TableRow;

export interface OperationRow {
  readonly kind: 'operation';
  readonly key: string;
  readonly operation: Operation;
  /** 0 to 1; null where the row does not say. */
  readonly share: number | null;
  readonly recordsPerSecond: number | null;
  readonly eta: Eta | null;
  readonly elapsedSeconds: number | null;
  /** Seconds since it last moved; null for one that is not live. `atLeast` where it never moved since we watch. */
  readonly still: { readonly seconds: number; readonly atLeast: boolean } | null;
  readonly stalled: boolean;
}

export interface TableRow {
  readonly kind: 'table';
  readonly key: string;
  readonly table: TableSummary;
  readonly recordsPerSecond: number | null;
  readonly eta: Eta | null;
}

/** The rate over which the lists speak, in seconds: long enough to be calm, short enough to notice a stop. */
export const rateWindowSeconds = 60;

/** The rows of a view in the order in which it shows them. */
export function rowsOf(state: MonitorState, view: ViewId = state.view): readonly ListRow[] {
  const observation = shown(state);
  if (observation === null) return [];
  return sorted(state, view, unsorted(state, view, observation));
}

/** The row that the cursor stands on, or null where it has gone or the list is empty. */
export function selectedRow(state: MonitorState, view: ViewId = state.view): ListRow | null {
  const { key } = state.cursors[view];
  return key === null ? null : (rowsOf(state, view).find((row) => row.key === key) ?? null);
}

/** The operation that a key would act on: the detail's, or the one under the cursor. */
export function selectedOperation(state: MonitorState): Operation | null {
  if (state.overlay.kind === 'detail') return state.overlay.detail?.operation ?? null;
  const row = selectedRow(state);
  return row?.kind === 'operation' ? row.operation : null;
}

function unsorted(state: MonitorState, view: ViewId, observation: Observation): ListRow[] {
  const parsed = parseFilter(state.filter);
  const filter = parsed.kind === 'ok' ? parsed.filter : null;
  const operations = (all: readonly Operation[]): OperationRow[] =>
    all
      .filter((operation) => filter === null || matchesOperation(filter, operation))
      .map((operation) => operationRow(observation, operation));
  switch (view) {
    case 'overview':
      return [
        ...operations(liveOperations(state, observation, view)),
        ...operations(observation.snapshot.failures.slice(0, Math.max(0, overviewRows(state.window).failures - 1))),
      ];
    case 'workers':
      return operations(liveOperations(state, observation, view));
    case 'failures':
      return operations(observation.snapshot.failures);
    case 'tables':
      return observation.tables
        .filter((table) => filter === null || matchesTable(filter, table))
        .map((table) => tableRow(observation, table));
    case 'operations':
      // The page was read with the filter that it carries.
      return (state.page?.operations ?? []).map((operation) => operationRow(observation, operation));
  }
}

/**
 * Running and paused operations. One that has ended stays while the cursor is on it, so that the key that the
 * operator is about to press cannot hit another.
 */
function liveOperations(state: MonitorState, observation: Observation, view: ViewId): Operation[] {
  const { key } = state.cursors[view];
  const live = observation.snapshot.operations.filter(
    (operation) => operation.status === 'running' || operation.status === 'paused',
  );
  const held = key === null ? undefined : observation.tracks.get(Number(key))?.operation;
  // One that was live when last seen and is not among the live ones now is no longer in the table; and the Overview
  // has the failures in a list of their own.
  const ended = held !== undefined && held.status !== 'running' && held.status !== 'paused';
  if (ended && !(held.status === 'failed' && view === 'overview')) live.push(held);
  return live.sort((a, b) => (a.workerId ?? Infinity) - (b.workerId ?? Infinity) || a.id - b.id);
}

interface Index {
  readonly tables: ReadonlyMap<string, TableSummary>;
  /** How many operations each worker runs on one table. */
  readonly running: ReadonlyMap<string, number>;
}

const indexes = new WeakMap<Observation, Index>();

/** Made once an observation: a key press redraws the lists, and must not search all tables for each row. */
function indexOf(observation: Observation): Index {
  const known = indexes.get(observation);
  if (known !== undefined) return known;
  const running = new Map<string, number>();
  for (const operation of observation.snapshot.operations) {
    if (operation.status !== 'running') continue;
    const key = workerKey(operation);
    running.set(key, (running.get(key) ?? 0) + 1);
  }
  const made = { tables: new Map(observation.tables.map((table) => [table.tableName, table])), running };
  indexes.set(observation, made);
  return made;
}

function operationRow(observation: Observation, operation: Operation): OperationRow {
  const { takenAt } = observation.snapshot;
  const track = observation.tracks.get(operation.id);
  const { tables, running: runningBy } = indexOf(observation);
  const table = tables.get(operation.tableName);
  const throughput = observation.throughput.workers.get(workerKey(operation));
  const running = operation.status === 'running';
  // A worker that runs several operations of one table at once is seen as one: each has its part of the rate.
  const key = workerKey(operation);
  const alike = Math.max(1, runningBy.get(key) ?? 0);
  const perSecond = running && throughput ? recordsPerSecond(throughput, takenAt, rateWindowSeconds) : null;
  const processed = operation.recordsProcessed ?? 0;
  const expected = expectedRecords(processed, operation.totalRecords, operation.batchSize);
  return {
    kind: 'operation',
    key: String(operation.id),
    operation,
    share: shareDone(operation),
    recordsPerSecond: perSecond === null ? null : perSecond / alike,
    eta: running && throughput && expected !== null ? etaOf(throughput, takenAt, (expected - processed) * alike) : null,
    elapsedSeconds: elapsedSeconds(operation, takenAt),
    still:
      track && isOpen(operation.status)
        ? { seconds: stillSeconds(track, takenAt), atLeast: track.movedAt === null }
        : null,
    stalled: track !== undefined && running && isStalled(track, takenAt, table?.averageBatchSeconds ?? null),
  };
}

function tableRow(observation: Observation, table: TableSummary): TableRow {
  const { takenAt } = observation.snapshot;
  const throughput = observation.throughput.tables.get(table.tableName);
  const remaining = table.totalRecords === null ? null : table.totalRecords - table.recordsProcessed;
  return {
    kind: 'table',
    key: table.tableName,
    table,
    recordsPerSecond: throughput ? recordsPerSecond(throughput, takenAt, rateWindowSeconds) : null,
    eta: throughput ? etaOf(throughput, takenAt, remaining) : null,
  };
}

interface SortKey {
  readonly name: string;
  readonly value: (row: ListRow) => number | string | null;
}

const operationSorts: readonly SortKey[] = [
  { name: 'worker', value: (row) => (row.kind === 'operation' ? row.operation.workerId : null) },
  { name: 'table', value: (row) => (row.kind === 'operation' ? row.operation.tableName : row.table.tableName) },
  { name: 'progress', value: (row) => (row.kind === 'operation' ? row.share : row.table.percent) },
  { name: 'rec/s', value: (row) => row.recordsPerSecond },
  { name: 'moved', value: (row) => (row.kind === 'operation' ? (row.still?.seconds ?? null) : null) },
];

/** The orders of each view; the first is the one it starts with. Operations are in the order of the key they page by. */
const sorts: Readonly<Record<ViewId, readonly SortKey[]>> = {
  overview: [],
  workers: operationSorts,
  failures: [
    { name: 'newest', value: () => 0 },
    { name: 'table', value: (row) => (row.kind === 'operation' ? row.operation.tableName : null) },
    { name: 'error', value: (row) => (row.kind === 'operation' ? row.operation.errorMessage : null) },
  ],
  tables: [
    { name: 'table', value: (row) => row.key },
    { name: 'percent', value: (row) => (row.kind === 'table' ? row.table.percent : null) },
    { name: 'rec/s', value: (row) => row.recordsPerSecond },
    { name: 'failed', value: (row) => (row.kind === 'table' ? row.table.statuses.failed : null) },
  ],
  operations: [],
};

/** The names of the orders that a view can be brought into, the one it starts with first. */
export function sortNames(view: ViewId): readonly string[] {
  return sorts[view].map((sort) => sort.name);
}

function sorted(state: MonitorState, view: ViewId, rows: ListRow[]): readonly ListRow[] {
  const chosen = state.sorts[view];
  const key = sorts[view].find((sort) => sort.name === chosen?.by);
  if (chosen === undefined || key === undefined) return rows;
  const sign = chosen.reverse ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [key.value(a), key.value(b)];
    // What has no value comes last, in either direction.
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    return left === right ? 0 : left < right ? -sign : sign;
  });
}
