import { everyTrack } from '../domain/last-progress.ts';
import type { Observation } from '../domain/observation.ts';
import { endedAt, isLive, type Operation, operationKey } from '../domain/operation.ts';
import { stallsOf } from '../domain/stalled-operations.ts';
import { isOf } from '../domain/tracked-actions.ts';
import { overviewRows } from '../presentation/layout.ts';
import {
  activityRows,
  type ListRow,
  type OperationRow,
  operationKeys,
  operationRow,
  tableRow,
} from '../presentation/rows.ts';
import type { ViewId } from '../presentation/view-id.ts';
import { matchesOperation, matchesTable, parseFilter } from './filter.ts';
import { type MonitorState, shown } from './state.ts';

/** The rows of a view in the order in which it shows them. */
export function rowsOf(state: MonitorState, view: ViewId = state.view): readonly ListRow[] {
  const observation = shown(state);
  if (observation === null) return [];
  const ended = endedUnderCursor(state, observation, view);
  const made = [
    observation,
    state.filter,
    state.sorts[view],
    ended,
    state.page,
    state.trackedActions,
    state.activity,
    state.window.rows,
  ];
  const last = lastRows.get(view);
  // The reducer, the key line and the lists all ask, several times a frame.
  if (last?.made.every((part, index) => part === made[index])) return last.rows;
  const rows = sorted(state, view, unsorted(state, view, observation, ended));
  lastRows.set(view, { made, rows });
  return rows;
}

/** The rows made last for each view, and what they were made of. */
const lastRows = new Map<ViewId, { readonly made: readonly unknown[]; readonly rows: readonly ListRow[] }>();

/** The row that the cursor stands on, or null where it has gone or the list is empty. */
export function selectedRow(state: MonitorState, view: ViewId = state.view): ListRow | null {
  const { key } = state.cursors[view];
  return key === null ? null : (rowsOf(state, view).find((row) => row.key === key) ?? null);
}

/** The operation that a key would act on: the detail's, or the one under the cursor. */
export function selectedOperation(state: MonitorState): Operation | null {
  if (state.overlay.kind === 'detail') {
    const { detail } = state.overlay;
    return detail === null ? null : asLeft(state, detail.operation, detail.takenAt);
  }
  const row = selectedRow(state);
  return row?.kind === 'operation' ? asLeft(state, row.operation, shown(state)?.snapshot.takenAt ?? 0) : null;
}

/**
 * The operation as the operator's newest action left it, where it was read before that. Without this the next key would be
 * decided by what the row was, and an own action would be told as one of another session.
 */
function asLeft({ trackedActions: receipts }: MonitorState, operation: Operation, readAt: number): Operation {
  const action = receipts.findLast((one) => one.by === undefined && isOf(one, operation));
  if (action === undefined || action.requestedAt <= readAt) return operation;
  return { ...operation, status: action.to, version: action.version };
}

function unsorted(state: MonitorState, view: ViewId, observation: Observation, ended: Operation | null): ListRow[] {
  const parsed = parseFilter(state.filter);
  const filter = parsed.kind === 'ok' ? parsed.filter : null;
  const rows = (all: readonly Operation[]): OperationRow[] => {
    const keys = operationKeys(all, state.target.isFollowable);
    return all.map((operation, index) => {
      const row = operationRow(observation, operation, state.trackedActions, state.activity ?? []);
      return { ...row, key: keys[index] ?? row.key };
    });
  };
  const operations = (all: readonly Operation[]): OperationRow[] =>
    rows(all.filter((operation) => filter === null || matchesOperation(filter, operation)));
  switch (view) {
    case 'overview':
      return [
        ...operations(liveOperations(observation, ended)),
        ...operations(observation.snapshot.failures.slice(0, Math.max(0, overviewRows(state.window).failures - 1))),
      ];
    case 'workers':
      return operations(liveOperations(observation, ended));
    case 'failures':
      return operations(observation.snapshot.failures);
    case 'tables':
      return observation.tables
        .filter((table) => filter === null || matchesTable(filter, table))
        .map((table) => tableRow(observation, table));
    case 'activity':
      return activityRows(
        state.activity ?? [],
        state.trackedActions,
        observation,
        state.countingChanges,
        state.target.isFollowable,
      );
    case 'operations':
      // The page was read with the filter that it carries.
      return rows(state.page?.operations ?? []);
  }
}

/**
 * The operation that the cursor is on in a list of live ones, where it is live no longer: it stays, so that the key that
 * the operator is about to press cannot hit another.
 */
function endedUnderCursor(state: MonitorState, observation: Observation, view: ViewId): Operation | null {
  const { key } = state.cursors[view];
  if (key === null || (view !== 'overview' && view !== 'workers')) return null;
  const held = everyTrack(observation.tracks).find(
    ({ operation }) => key === (state.target.isFollowable ? String(operation.id) : operationKey(operation)),
  )?.operation;
  // One that was live when last seen is among the live ones still, or no longer in the table.
  if (held === undefined || isLive(held.status)) return null;
  // The Overview has the failures in a list of their own.
  return held.status === 'failed' && view === 'overview' ? null : held;
}

/** Running and paused operations, and that other one; the stalled ones first. */
function liveOperations(observation: Observation, ended: Operation | null): Operation[] {
  const live = observation.snapshot.operations.filter(({ status }) => isLive(status));
  if (ended !== null) live.push(ended);
  const stalls = stallsOf(observation);
  return live.sort(
    (a, b) =>
      Number(stalls.of(b) !== undefined) - Number(stalls.of(a) !== undefined) ||
      (a.workerId ?? Infinity) - (b.workerId ?? Infinity) ||
      a.id - b.id ||
      a.identity.localeCompare(b.identity, 'en'),
  );
}

interface SortKey {
  readonly name: string;
  readonly value: (row: ListRow) => number | string | null;
}

const operationSorts: readonly SortKey[] = [
  { name: 'worker', value: (row) => (row.kind === 'operation' ? row.operation.workerId : null) },
  { name: 'table', value: (row) => (row.kind === 'operation' ? row.operation.tableName : null) },
  { name: 'progress', value: (row) => (row.kind === 'operation' ? row.share : null) },
  { name: 'rec/s', value: (row) => (row.kind === 'activity' ? null : row.recordsPerSecond) },
  { name: 'moved', value: (row) => (row.kind === 'operation' ? (row.still?.seconds ?? null) : null) },
];

/** The orders of each view; the first is the one it starts with. Operations are in the order of the key they page by. */
const sorts: Readonly<Record<ViewId, readonly SortKey[]>> = {
  overview: [],
  workers: operationSorts,
  failures: [
    {
      name: 'newest',
      value: (row) => {
        const failedAt = row.kind === 'operation' ? endedAt(row.operation) : null;
        return failedAt === null ? null : -failedAt;
      },
    },
    { name: 'table', value: (row) => (row.kind === 'operation' ? row.operation.tableName : null) },
    { name: 'error', value: (row) => (row.kind === 'operation' ? row.operation.errorMessage : null) },
  ],
  tables: [
    { name: 'table', value: (row) => row.key },
    { name: 'percent', value: (row) => (row.kind === 'table' ? row.table.percent : null) },
    { name: 'rec/s', value: (row) => (row.kind === 'activity' ? null : row.recordsPerSecond) },
    { name: 'failed', value: (row) => (row.kind === 'table' ? row.table.statuses.failed : null) },
  ],
  operations: [],
  activity: [],
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
