import type { Target } from '../../source/database/target.ts';
import type { AuditEntry } from '../../source/domain/audit.ts';
import type { Operation, Status } from '../../source/domain/operation.ts';
import type { Snapshot, WorkerConnection } from '../../source/domain/snapshot.ts';
import type { OperationDetail } from '../../source/polling/control-table.ts';
import { gainedBetween, totalsOf } from './totals.ts';

/** The moment of all fixtures on the database's clock: 2026-11-05 10:21:07, in seconds, as the timestamps of `Operation`. */
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
  holdsAnswers: false,
  audit: null,
  foreignAudit: null,
  optionProblems: [],
  auditVersion: 3,
  refused: [],
  readOnly: null,
  namesakes: [],
  notes: [],
};

/** A running batch of the execution phase without counters, times, worker and queries, by default. */
export function bareOperation(given: Partial<Operation> = {}): Operation {
  return {
    id: 1,
    phase: 'execution',
    tableName: 'brackets',
    operation: 'batch_migration',
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
    version: '700',
    identity: 'execution brackets batch_migration',
    ...given,
  };
}

/** A running batch of the execution phase, by default. */
export function operation(given: Partial<Operation> = {}): Operation {
  return bareOperation({
    recordsProcessed: 400,
    totalRecords: 10_000,
    startedAt: takenAt - 60,
    batchSize: 1000,
    workerId: 1,
    sourceQuery: 'SELECT * FROM brackets ORDER BY id LIMIT 1000 OFFSET 0',
    ...given,
  });
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
 * The snapshot of a poll of a table with these rows.
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

export function isLive(status: Status): boolean {
  return status === 'running' || status === 'paused';
}

/** The detail of an operation, by the rule of sql/queries/detail.sql. */
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

/** An action of an operator: a pause of operation 1, a minute before `takenAt`, if nothing else is given. */
export function auditEntry(given: Partial<AuditEntry> = {}): AuditEntry {
  return {
    key: null,
    at: takenAt - 60,
    databaseRole: 'ops',
    osUser: 'ana',
    host: 'bastion',
    client: 'migtop',
    action: 'pause',
    operationId: 1,
    fromStatus: 'running',
    toStatus: 'paused',
    reason: null,
    outcome: 'applied',
    ...given,
  };
}

/** A connection of a worker of migtop/worker, which works on the operation of its number. */
export function workerConnection(workerId: number, given: Partial<WorkerConnection> = {}): WorkerConnection {
  return {
    run: 'dispatch',
    workerId,
    operationId: workerId,
    paused: false,
    pid: 100 + workerId,
    blockedBy: [],
    ...given,
  };
}
