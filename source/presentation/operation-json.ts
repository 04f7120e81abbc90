import type { Target } from '../database/target.ts';
import { failureKind } from '../domain/failure-kind.ts';
import { type LongText, longTexts } from '../domain/long-text.ts';
import { elapsedSeconds, type Operation, type Phase, type Status } from '../domain/operation.ts';
import { redactKind } from '../domain/redact.ts';
import type { Stall } from '../domain/stalls.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import { localTimestamp } from './figures.ts';
import { redacted } from './handoff-text.ts';
import type { OperationRecord } from './operation-record.ts';
import { redactedOperation } from './redacted-operation.ts';
import { type TargetDocument, targetDocument } from './target-document.ts';
import type { WaitsFor } from './waits-document.ts';

/** The document of `migtop show ID --json`. Timestamps are as in `migtop status --json`. */
export interface OperationDocument {
  readonly schemaVersion: 1;
  /** When the operation was read, by the database's clock. */
  readonly takenAt: string;
  readonly target: TargetDocument;
  readonly operation: AttemptDocument & {
    validationQuery: string | null;
    elapsedSeconds: number | null;
  };
  /** The kind of failure of a failed operation; else null. */
  readonly kind: string | null;
  readonly sqlState: string | null;
  /** The operation that has completed the work of a failed one since; null if none has. */
  readonly resolvedBy: number | null;
  /** Why it is taken to be stalled; null if it is not. */
  readonly stall: Stall | null;
  /** The sessions that its worker waits for, as in `migtop status --json`. */
  readonly waitsFor: readonly WaitsFor[];
  /** The attempts at the same work, this one among them, the oldest first; empty where it is the only one. */
  readonly attempts: readonly AttemptDocument[];
  /** The operations of the same worker between them, up to five; empty if there are more. */
  readonly between: readonly AttemptDocument[];
  /** The actions on it, newest first. */
  readonly actions: readonly {
    at: string | null;
    action: string;
    fromStatus: string;
    toStatus: string;
    databaseRole: string;
    osUser: string;
    host: string;
    client: string;
    reason: string | null;
    outcome: string;
    result: string;
  }[];
  /** Texts that are longer than what is here, with their length in bytes in the database. */
  readonly cut: Readonly<Partial<Record<LongText, number>>>;
  /** Fields whose value cannot be read. */
  readonly problems: readonly string[];
  /** Whether values in errors and queries were replaced by `…`. */
  readonly redacted: boolean;
}

/** The fields of one attempt, as `migtop status --json` names them. */
export interface AttemptDocument {
  readonly id: number;
  readonly phase: Phase;
  readonly tableName: string;
  readonly operation: string;
  readonly status: Status;
  readonly workerId: number | null;
  readonly recordsProcessed: number | null;
  readonly totalRecords: number | null;
  readonly batchSize: number | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly errorMessage: string | null;
  readonly sourceQuery: string | null;
}

/** The document of `show --json`; with `redact` it has no values of errors and queries (docs/json.md). */
export function operationDocument(
  target: Target,
  given: OperationDetail,
  record: OperationRecord,
  {
    stall,
    waitsFor,
    resolvedBy,
    redact,
  }: Pick<OperationDocument, 'stall' | 'waitsFor' | 'resolvedBy'> & { readonly redact: boolean },
): OperationDocument {
  const detail = redact ? redacted(given) : given;
  const { operation, takenAt, zone } = detail;
  const byKey = new Map([operation, ...detail.attempts].map((one) => [`${one.id} ${one.identity}`, one]));
  const timestamp = (at: number | null): string | null => localTimestamp(at, zone);
  const isFailed = operation.status === 'failed';
  const { kind, sqlState } = isFailed ? failureKind(given.operation.errorMessage) : { kind: null, sqlState: null };
  return {
    schemaVersion: 1,
    takenAt: timestamp(takenAt) ?? '',
    target: targetDocument(target),
    operation: {
      ...attemptDocument(operation, timestamp),
      validationQuery: operation.validationQuery,
      elapsedSeconds: elapsedSeconds(operation, takenAt, zone),
    },
    kind: kind !== null && redact ? redactKind(kind) : kind,
    sqlState,
    resolvedBy,
    stall,
    waitsFor,
    attempts: record.attempts.map((attempt) =>
      attemptDocument(byKey.get(`${attempt.id} ${attempt.identity}`) ?? attempt, timestamp),
    ),
    between: record.between.map((one) => attemptDocument(redact ? redactedOperation(one) : one, timestamp)),
    actions: record.actions.map(({ entry, result }) => ({
      at: timestamp(entry.at),
      action: entry.action,
      fromStatus: entry.fromStatus,
      toStatus: entry.toStatus,
      databaseRole: entry.databaseRole,
      osUser: entry.osUser,
      host: entry.host,
      client: entry.client,
      reason: entry.reason,
      outcome: entry.outcome,
      result,
    })),
    cut: Object.fromEntries(
      longTexts.flatMap((field) => {
        const window = detail.windows?.[field];
        return window === undefined || !window.hasMore ? [] : [[field, window.bytes]];
      }),
    ),
    problems: detail.problems ?? [],
    redacted: redact,
  };
}

function attemptDocument(operation: Operation, timestamp: (at: number | null) => string | null): AttemptDocument {
  const { id, phase, tableName, status, workerId, recordsProcessed, totalRecords, batchSize } = operation;
  return {
    id,
    phase,
    tableName,
    operation: operation.operation,
    status,
    workerId,
    recordsProcessed,
    totalRecords,
    batchSize,
    startedAt: timestamp(operation.startedAt),
    completedAt: timestamp(operation.completedAt),
    errorMessage: operation.errorMessage,
    sourceQuery: operation.sourceQuery,
  };
}
