import type { Report } from '../database/control-table.ts';
import type { Target } from '../database/target.ts';
import type { AuditEntry } from '../domain/audit.ts';
import { type Observation, observe } from '../domain/observation.ts';
import { elapsedSeconds, type Operation, type Phase, type Status } from '../domain/operation.ts';
import { paceOf } from '../domain/pace.ts';
import type { Counting } from '../domain/progress.ts';
import type { BatchThroughput } from '../domain/snapshot.ts';
import { visibleName } from '../domain/visible-name.ts';
import { localStamp } from './figures.ts';

/**
 * The document of `migtop status --json`. Stamps are ISO 8601 without an offset, as the table has them: its columns
 * carry no zone. A field that cannot be given is null. New fields may come; what is here keeps its meaning until
 * `schemaVersion` changes.
 */
export interface StatusDocument {
  readonly schemaVersion: 1;
  /** When the snapshot was taken, by the database's clock. */
  readonly takenAt: string;
  readonly target: { host: string; port: number; user: string; database: string; table: string };
  /** What to know about the table: others of its name, and whose code runs with the rights of this user. */
  readonly notes: readonly string[];
  readonly summary: Record<Status, number> & {
    currentPhase: Phase | null;
    operations: number;
    /** Operations whose phase or status the specification does not have; they are in no other figure. */
    unreadable: number;
    recordsProcessed: number;
    totalRecords: number | null;
    percent: number | null;
    recordsPerSecond: number | null;
    etaSeconds: { low: number; high: number } | null;
  };
  readonly phases: readonly (Record<Status, number> & {
    phase: Phase;
    operations: number;
    recordsProcessed: number;
    startedAt: string | null;
    completedAt: string | null;
  })[];
  readonly tables: readonly {
    tableName: string;
    recordsProcessed: number;
    totalRecords: number | null;
    percent: number | null;
    counting: Counting;
    statuses: Record<Status, number>;
    recordsPerSecond: number | null;
  }[];
  readonly workers: readonly {
    id: number;
    phase: Phase;
    tableName: string;
    operation: string;
    status: Status;
    workerId: number | null;
    recordsProcessed: number | null;
    totalRecords: number | null;
    batchSize: number | null;
    startedAt: string | null;
    elapsedSeconds: number | null;
  }[];
  readonly failures: readonly {
    id: number;
    phase: Phase;
    tableName: string;
    operation: string;
    errorMessage: string | null;
    startedAt: string | null;
    recordsProcessed: number | null;
    totalRecords: number | null;
    workerId: number | null;
  }[];
  readonly throughput: readonly BatchThroughput[];
  /** What operators did last, newest first, and whether it still holds. */
  readonly activity: readonly {
    key: string | null;
    at: string | null;
    action: string;
    operationId: number;
    fromStatus: string;
    toStatus: string;
    databaseRole: string;
    osUser: string;
    host: string;
    client: string;
    reason: string | null;
    outcome: string;
    /** Of the last action that was applied to an operation: what is left of it. */
    state: 'holds' | 'overwritten' | 'went on' | 'gone' | null;
  }[];
}

/** Makes the document of one report. */
export function statusDocument(target: Target, report: Report): StatusDocument {
  const observation = observe(null, report.snapshot);
  const { snapshot, phases, tables } = observation;
  return {
    schemaVersion: 1,
    takenAt: localStamp(snapshot.takenAt) ?? '',
    target: {
      host: target.host,
      port: target.port,
      user: target.user,
      database: target.database,
      table: visibleName(target.table),
    },
    notes: target.notes,
    summary: summary(observation),
    phases: phases.map(({ phase, operations, statuses, recordsProcessed, startedAt, completedAt }) => ({
      phase,
      operations,
      ...statuses,
      recordsProcessed,
      startedAt: localStamp(startedAt),
      completedAt: localStamp(completedAt),
    })),
    tables: tables.map(({ tableName, recordsProcessed, totalRecords, percent, counting, statuses, ...table }) => ({
      tableName,
      recordsProcessed,
      totalRecords,
      percent,
      counting,
      statuses,
      recordsPerSecond: rounded(table.recordsPerSecond),
    })),
    workers: snapshot.operations
      .filter(({ status }) => status === 'running' || status === 'paused')
      .map((operation) => ({
        id: operation.id,
        phase: operation.phase,
        tableName: operation.tableName,
        operation: operation.operation,
        status: operation.status,
        workerId: operation.workerId,
        recordsProcessed: operation.recordsProcessed,
        totalRecords: operation.totalRecords,
        batchSize: operation.batchSize,
        startedAt: localStamp(operation.startedAt),
        elapsedSeconds: rounded(elapsedSeconds(operation, snapshot.takenAt)),
      }))
      .sort((a, b) => a.id - b.id),
    failures: snapshot.failures.map((failure) => ({
      id: failure.id,
      phase: failure.phase,
      tableName: failure.tableName,
      operation: failure.operation,
      errorMessage: failure.errorMessage,
      startedAt: localStamp(failure.startedAt),
      recordsProcessed: failure.recordsProcessed,
      totalRecords: failure.totalRecords,
      workerId: failure.workerId,
    })),
    throughput: report.throughput.map((one) => ({
      ...one,
      recordsPerSecond: rounded(one.recordsPerSecond),
      averageBatchSeconds: rounded(one.averageBatchSeconds),
    })),
    activity: activity(report),
  };
}

function summary(observation: Observation): StatusDocument['summary'] {
  const { snapshot, migration } = observation;
  const { recordsPerSecond, eta } = paceOf(observation);
  return {
    currentPhase: migration.currentPhase,
    operations: migration.operations,
    ...migration.statuses,
    unreadable: snapshot.unreadable
      .filter(({ id }) => id === null)
      .reduce((sum, { operations }) => sum + operations, 0),
    recordsProcessed: migration.recordsProcessed,
    totalRecords: migration.totalRecords,
    percent: migration.percent,
    recordsPerSecond: rounded(recordsPerSecond),
    etaSeconds: eta === null ? null : { low: Math.floor(eta.lowSeconds), high: Math.ceil(eta.highSeconds) },
  };
}

function activity({ activity: entries, snapshot }: Report): StatusDocument['activity'] {
  const rows = new Map([...snapshot.failures, ...snapshot.operations].map((operation) => [operation.id, operation]));
  const judged = new Set<number>();
  return entries.map((entry) => {
    const isLast = entry.outcome === 'applied' && !judged.has(entry.operationId);
    if (isLast) judged.add(entry.operationId);
    return {
      ...entry,
      at: localStamp(entry.at),
      state: isLast ? stateOf(entry, rows.get(entry.operationId)) : null,
    };
  });
}

/** A pause or a skip holds as long as the status does; what was resumed is meant to go on. */
function stateOf(entry: AuditEntry, row: Operation | undefined): 'holds' | 'overwritten' | 'went on' | 'gone' {
  if (row === undefined) return 'gone';
  if (row.status === entry.toStatus) return 'holds';
  return entry.toStatus === 'paused' || entry.toStatus === 'skipped' ? 'overwritten' : 'went on';
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
