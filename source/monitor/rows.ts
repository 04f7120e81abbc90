import type { AuditEntry } from '../domain/audit.ts';
import { isStalled, stillSeconds } from '../domain/movement.ts';
import { type Observation, workerKey } from '../domain/observation.ts';
import { elapsedSeconds, expectedRecords, isOpen, type Operation, shareDone } from '../domain/operation.ts';
import type { Receipt } from '../domain/receipts.ts';
import type { TableSummary } from '../domain/summary.ts';
import { type Eta, etaOf, rateWindowSeconds, recordsPerSecond } from '../domain/throughput.ts';

/** A line of a list, finished: what the screen draws and what the cursor stands on. */
export type ListRow = OperationRow | TableRow | ActivityRow;

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
  readonly flag: Flag | null;
  /** The processes that its worker waits for, if it names itself and waits for a lock. */
  readonly blockedBy: readonly number[];
}

export interface TableRow {
  readonly kind: 'table';
  readonly key: string;
  readonly table: TableSummary;
  readonly recordsPerSecond: number | null;
  readonly eta: Eta | null;
}

/** What an operator should know of an operation at a glance. */
export type Flag = 'STALLED' | 'OVERWRITTEN' | 'MOVING WHILE PAUSED';

export interface ActivityRow {
  readonly kind: 'activity';
  readonly key: string;
  readonly entry: AuditEntry;
  /** What became of it, as far as it was seen from here; null for what was done elsewhere or earlier. */
  readonly receipt: Receipt | null;
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

/** The row of an operation, with what the polls and the receipts say of it. */
export function operationRow(
  observation: Observation,
  operation: Operation,
  receipts: readonly Receipt[],
): OperationRow {
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
    blockedBy: observation.snapshot.sessions.find((session) => session.operationId === operation.id)?.blockedBy ?? [],
    flag:
      receiptFlag(receipts, operation) ??
      (track !== undefined && running && isStalled(track, takenAt, table?.averageBatchSeconds ?? null)
        ? 'STALLED'
        : null),
  };
}

/** The row of a table's execution. */
export function tableRow(observation: Observation, table: TableSummary): TableRow {
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

/** What became of an action marks its row: until the row is as it was asked for, or the operator acts again. */
function receiptFlag(receipts: readonly Receipt[], operation: Operation): Flag | null {
  const receipt = receipts.findLast((one) => one.operationId === operation.id);
  if (receipt?.state.kind === 'overwritten' && isOpen(operation.status)) return 'OVERWRITTEN';
  return receipt?.state.kind === 'moving' ? 'MOVING WHILE PAUSED' : null;
}

/** The rows of the Activity view: what the audit has, each with its receipt where it was done here. */
export function activityRows(activity: readonly AuditEntry[], receipts: readonly Receipt[]): ActivityRow[] {
  const open = [...receipts];
  return activity.map((entry, index) => {
    const found = open.findLastIndex(
      (receipt) =>
        receipt.operationId === entry.operationId &&
        receipt.action === entry.action &&
        entry.outcome === 'applied' &&
        (entry.at === null || Math.abs(entry.at - receipt.requestedAt) < 2),
    );
    const [receipt = null] = found === -1 ? [] : open.splice(found, 1);
    return { kind: 'activity', key: `${activity.length - index} ${entry.at} ${entry.operationId}`, entry, receipt };
  });
}
