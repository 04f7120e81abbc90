import { finiteTime } from './finite-time.ts';
import { aheadSeconds, instantBefore, isTwofold, type Zone } from './zone.ts';

/** The phases of a migration, in the order in which they run (specification, "Core Identification Fields"). */
export const phases = ['discovery', 'planning', 'mapping', 'execution', 'validation', 'rollback'] as const;
export type Phase = (typeof phases)[number];

/** The statuses of an operation (specification, "Status Tracking Fields"). */
export const statuses = ['pending', 'running', 'completed', 'failed', 'paused', 'skipped'] as const;
export type Status = (typeof statuses)[number];

/** How many operations are in each status. */
export type StatusCounts = Readonly<Record<Status, number>>;

/** Whether operations have failed between two counts: a skip of a failure and its undo only move it between the two statuses. */
export function hasMoreFailed(before: StatusCounts, later: StatusCounts): boolean {
  return later.failed + later.skipped > before.failed + before.skipped;
}

/**
 * A row of `migration_control`, its texts cleaned and cut to what a list shows.
 *
 * Timestamps are instants, in seconds since 1970 in UTC. The columns have no time zone: migtop reads them in the time zone of
 * the table's writers (`Target.zone`). Compare them with a snapshot's `takenAt`, never with this machine's clock. The
 * timestamps `infinity` and `-infinity` are `Infinity` and `-Infinity`.
 */
export interface Operation {
  readonly id: number;
  readonly phase: Phase;
  readonly tableName: string;
  readonly operation: string;
  readonly status: Status;
  readonly recordsProcessed: number | null;
  readonly totalRecords: number | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly errorMessage: string | null;
  readonly batchSize: number | null;
  readonly workerId: number | null;
  readonly sourceQuery: string | null;
  readonly validationQuery: string | null;
  /** The transaction that wrote this version of the row (`xmin`), or null if the relation has no `xmin`. */
  readonly version: string | null;
  /** A digest of the source query, as range.sql computes it; only in rows that polls read, and only if there is a source query. */
  readonly queryDigest?: number;
  /** The key of the source query (`keyOfQuery`); only in rows that polls read, of which `sourceQuery` may be cut. */
  readonly queryKey?: string;
  /** A digest of phase, table and operation: after a reload of the table the same id may be another operation. */
  readonly identity: string;
}

/** The unique key of an operation. Several may share an id: in partitions, or in child tables by inheritance. */
export function operationKey({ id, identity }: Pick<Operation, 'id' | 'identity'>): string {
  return `${id} ${identity}`;
}

/** The operations of a later list of which an earlier list has no version, by `operationKey`. Most of its rows are the same objects. */
export function newOperations(before: readonly Operation[], later: readonly Operation[]): readonly Operation[] {
  if (before === later) return [];
  // New rows come first in most lists: only the rows before the common end are looked for.
  let common = 0;
  while (common < later.length && later.at(-1 - common) === before.at(-1 - common)) common++;
  const same = new Set(before.slice(0, before.length - common));
  const others = later.slice(0, later.length - common).filter((operation) => !same.has(operation));
  if (others.length === 0) return [];
  const ids = new Set(others.map(({ id }) => id));
  const known = new Set(before.filter(({ id }) => ids.has(id)).map(operationKey));
  return others.filter((operation) => !known.has(operationKey(operation)));
}

/** Returns the entry of this operation among those with the same key; undefined if they cannot be told apart. */
export function knownOf<T extends { readonly operation: Operation }>(
  sameKey: readonly T[],
  operation: Pick<Operation, 'id' | 'identity'> & Partial<Pick<Operation, 'version'>>,
): T | undefined {
  if (sameKey.length < 2) return sameKey[0];
  const same = sameKey.find((one) => one.operation === operation);
  if (same !== undefined) return same;
  const alike = sameKey.filter((one) => one.operation.version === operation.version);
  return alike.length === 1 ? alike[0] : undefined;
}

/** Several rows that migtop could not read as operations, and why: they are counted, but no list shows them. */
export interface UnreadableRows {
  readonly kind: 'rows';
  readonly operations: number;
  readonly problem: string;
  /** Their phase and table, if only the status is not one of the specification. */
  readonly table?: Pick<Operation, 'phase' | 'tableName'>;
}

/** Rows that migtop could not read: one row, known by its id (the totals count it), or several. */
export type Unreadable = UnreadableRow | UnreadableRows;

interface UnreadableRow {
  readonly kind: 'row';
  readonly id: number;
  /** As `Operation.version`, or the fields of a row without one; undefined where it was not read. */
  readonly version?: string;
  readonly problem: string;
}

/** Selects the entries that stand for several rows, of which the ids are not known. */
export function unreadableRows(unreadable: readonly Unreadable[]): readonly UnreadableRows[] {
  return unreadable.filter((one) => one.kind === 'rows');
}

/** How many rows are in no total because migtop could not read them. */
export function unreadableCount(unreadable: readonly Unreadable[]): number {
  return unreadableRows(unreadable).reduce((sum, { operations }) => sum + operations, 0);
}

/** The table's files at an earlier read, and now. */
interface Files {
  readonly known?: string | undefined;
  readonly now?: string | undefined;
}

/**
 * Whether an operation progressed since an earlier read: its records or its version (`xmin`) changed. The table has no heartbeat,
 * and the version changes also when a worker writes the same figures again. A version that is null says nothing, nor does one that was read
 * before the table's files were replaced: `ALTER TABLE` gives each row another version.
 *
 * @param earlier without `recordsProcessed` if only the version is known
 * @param files the table's files (`Snapshot.files`) at both reads, where they are known
 */
export function progressedSince(
  earlier: Pick<Operation, 'version'> & Partial<Pick<Operation, 'recordsProcessed'>>,
  operation: Pick<Operation, 'version' | 'recordsProcessed'>,
  files: Files = {},
): boolean {
  const isRewritten = files.known !== undefined && files.now !== undefined && files.known !== files.now;
  if (!isRewritten && earlier.version !== null && earlier.version !== operation.version) return true;
  return earlier.recordsProcessed !== undefined && earlier.recordsProcessed !== operation.recordsProcessed;
}

/** The facts that are known besides an earlier read. */
interface Known {
  /** The table's files at that read, and now. */
  readonly files?: string | undefined;
  readonly filesNow?: string | undefined;
  /** The worker that had the operation before it was put back into the queue; absent or null if none is known. */
  readonly lastWorkerId?: number | null | undefined;
}

/**
 * Whether a worker has written an operation since an earlier read: it progressed, and not only by an operator's change of the
 * status or of the batch size. A pause, a resume and a skip are an operator's (or the guard's); the begin and the end of an operation are
 * its worker's. An operation that is put back into the queue has not progressed, nor one that the worker that had it takes again.
 */
export function workedSince(earlier: Operation, operation: Operation, known: Known = {}): boolean {
  if (!progressedSince(earlier, operation, { known: known.files, now: known.filesNow })) return false;
  const { status } = operation;
  const [before, now] = [earlier.recordsProcessed ?? 0, operation.recordsProcessed ?? 0];
  if (status === 'pending' && isLive(earlier.status)) return now > before;
  if (before === now && isTakenAgain(earlier, operation, known)) return false;
  if (earlier.recordsProcessed !== operation.recordsProcessed || isRewritten(earlier, operation)) return true;
  const isResized = earlier.batchSize !== operation.batchSize;
  if (earlier.status === status) return !isResized;
  if (status === 'completed' || status === 'failed') return true;
  return isResized || (status === 'running' && earlier.status !== 'paused' && earlier.status !== 'skipped');
}

/** Whether the worker that had an operation takes it again. */
function isTakenAgain(earlier: Operation, operation: Operation, { lastWorkerId = null }: Known): boolean {
  const { status, workerId, startedAt } = operation;
  if (status !== 'running' || workerId === null || startedAt === earlier.startedAt) return false;
  return isOpen(earlier.status) && workerId === (earlier.workerId ?? lastWorkerId);
}

/** Whether fields differ that no operator changes while the operation goes on. */
function isRewritten(earlier: Operation, operation: Operation): boolean {
  return (
    earlier.startedAt !== operation.startedAt ||
    earlier.workerId !== operation.workerId ||
    earlier.sourceQuery !== operation.sourceQuery
  );
}

/** Whether a value is a phase of the specification, in exactly its spelling. */
export function isPhase(text: unknown): text is Phase {
  return phases.includes(text as Phase);
}

/** Whether a value is a status of the specification, in exactly its spelling. */
export function isStatus(text: unknown): text is Status {
  return statuses.includes(text as Status);
}

/** Whether an operation was paused before a worker took it. */
export function isPausedUnbegun({ status, startedAt }: Pick<Operation, 'status' | 'startedAt'>): boolean {
  return status === 'paused' && startedAt === null;
}

/** Whether a worker has begun an operation with this status and not ended it. */
export function isLive(status: Status): boolean {
  return status === 'running' || status === 'paused';
}

/** Whether an operation with this status keeps its phase open: pending or live. */
export function isOpen(status: Status): boolean {
  return status === 'pending' || isLive(status);
}

/**
 * Seconds from a timestamp to the moment a snapshot was taken, both on the database's clock.
 * `null` if there is no timestamp, if it is infinite or in the future, or if it may be of either of the two hours that exist when
 * clocks are set back (`instantBefore`). The screen shows `?` then, never a negative age.
 */
export function secondsSince(timestamp: number | null, takenAt: number, zone?: Zone): number | null {
  const at = timestamp === null || !Number.isFinite(timestamp) ? null : instantBefore(timestamp, takenAt, zone);
  if (at === null) return null;
  const seconds = takenAt - at;
  if (seconds < -aheadSeconds) return null;
  return Math.max(0, seconds);
}

/**
 * When an operation ended or, without an end, when it started: failures are listed in this order. Null if it has neither
 * timestamp. An infinite one (`infinity` in the table) says nothing.
 */
export function endedAt({ completedAt, startedAt }: Pick<Operation, 'completedAt' | 'startedAt'>): number | null {
  return finiteTime(completedAt) ?? finiteTime(startedAt);
}

/** Compares two timestamps for an order in which the later one is first, and a missing one last. */
export function laterFirst(a: number | null, b: number | null): number {
  const first = a ?? Number.NEGATIVE_INFINITY;
  const second = b ?? Number.NEGATIVE_INFINITY;
  // The difference of two infinities is NaN.
  return first === second ? 0 : second - first;
}

/** The duration of an operation in seconds, up to now if it is open; `null` if its timestamps do not show it. */
export function elapsedSeconds(
  operation: Pick<Operation, 'startedAt' | 'completedAt' | 'status'>,
  takenAt: number,
  zone?: Zone,
): number | null {
  const { startedAt, completedAt } = operation;
  if (startedAt === null || !Number.isFinite(startedAt)) return null;
  if (completedAt !== null && isTwofold(completedAt, zone)) return null;
  if (isOpen(operation.status)) return secondsSince(startedAt, takenAt, zone);
  if (isTwofold(startedAt, zone)) return null;
  // The operation has ended, but its end is missing or before its start: the duration is unknown.
  if (completedAt === null || !Number.isFinite(completedAt) || completedAt < startedAt) return null;
  return completedAt - startedAt;
}

/** The share of an operation that is done, 0 to 1; `null` if its row does not show how much there is to do. */
export function shareDone(recordsProcessed: number | null, expected: number | null): number | null {
  if (recordsProcessed === null || recordsProcessed < 0) return null;
  return expected === null ? null : Math.min(1, recordsProcessed / expected);
}

/**
 * How many records an operation is expected to process: its batch size if it has one and its counter is not above it
 * (rows that count per batch), else its total (rows that count cumulatively).
 */
export function expectedRecords(
  recordsProcessed: number,
  totalRecords: number | null,
  batchSize: number | null,
): number | null {
  const total = totalRecords !== null && totalRecords > 0 ? totalRecords : null;
  if (batchSize === null || batchSize <= 0 || recordsProcessed > batchSize) return total;
  return total === null ? batchSize : Math.min(batchSize, total);
}

/** Below 1 for an operation that has not ended, whatever its counter. */
export function openShare(operation: Operation, expected: number | null): number | null {
  const share = shareDone(operation.recordsProcessed, expected);
  return share === null || !isOpen(operation.status) ? share : Math.min(share, 0.9999);
}
