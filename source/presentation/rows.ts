import type { AuditEntry } from '../domain/audit.ts';
import type { AuditedResult } from '../domain/audited-results.ts';
import type { CountingChange } from '../domain/counting-changes.ts';
import type { Finding } from '../domain/doctor/finding.ts';
import type { Eta } from '../domain/eta.ts';
import { isHaltedOperation } from '../domain/left-in.ts';
import type { Observation } from '../domain/observation.ts';
import { type OpenRetries, type OpenRetry, openRetriesByTable, openRetryOf } from '../domain/open-retry.ts';
import { elapsedSeconds, isLive, isOpen, type Operation, openShare, operationKey } from '../domain/operation.ts';
import { operationRateAndEta } from '../domain/operation-eta.ts';
import { countedStallsOf, pausedStallOf } from '../domain/paused-stalls.ts';
import { openIn } from '../domain/progress.ts';
import type { UnseenFailures } from '../domain/seen-kinds.ts';
import { sessionsIn } from '../domain/sessions.ts';
import { withinWhole } from '../domain/several-etas.ts';
import { expectedRecordsOf } from '../domain/shared-total.ts';
import { sinceProgressOf, stallsOf } from '../domain/stalled-operations.ts';
import type { Stall } from '../domain/stalls.ts';
import { type StandingStill, standingStillOf } from '../domain/standing-still.ts';
import type { TableSummary } from '../domain/summary.ts';
import { tableRateAndEta } from '../domain/table-eta.ts';
import { failuresIn } from '../domain/table-failures.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';
import { trackFor } from '../domain/tracks.ts';
import type { KindSummary, Resolution } from '../domain/triage.ts';
import type { Validation } from '../domain/validation.ts';
import type { WatchedEvent } from '../domain/watched-events.ts';
import type { BulkCounts } from './bulk-counts.ts';
import { holdOf } from './hold.ts';
import { flagOf, type OperationFlag } from './operation-flag.ts';
import type { ViewId } from './view-id.ts';

/** A row of a list, with the finished data that the screen draws. */
export type ListRow = OperationRow | KindRow | TableRow | ActivityRow;

/** The kind of rows that the list of each view has. */
export interface RowsByView extends Record<ViewId, ListRow> {
  readonly overview: OperationRow | KindRow;
  readonly workers: OperationRow;
  readonly failures: OperationRow | KindRow;
  readonly tables: TableRow;
  readonly operations: OperationRow;
  readonly activity: ActivityRow;
}

export interface OperationRow {
  readonly kind: 'operation';
  readonly key: string;
  readonly operation: Operation;
  /** 0 to 1; null if unknown. */
  readonly share: number | null;
  readonly recordsPerSecond: number | null;
  readonly eta: Eta | null;
  readonly elapsedSeconds: number | null;
  /** Seconds since its last progress; null if it is not live. `atLeast` if migtop has seen none yet. */
  readonly still: { readonly seconds: number; readonly atLeast: boolean } | null;
  /** Why it is taken to be stalled, if it is. */
  readonly stall: Stall | null;
  /** The stall that it had before it was paused, without progress since. */
  readonly pausedStall?: Stall | undefined;
  readonly flag: OperationFlag | null;
  /** For a failed operation: whether it is unresolved, resolved or accepted. */
  readonly resolution: Resolution | null;
  /** For an unresolved failure: the retry that is under way; absent or null if there is none. */
  readonly retry?: OpenRetry | null;
  /** The session of its worker, and the sessions that this waits for. */
  readonly standing: StandingStill;
  /** The processes that its worker waits for. */
  readonly blockedBy: readonly number[];
  /** Whether its worker's clock is evidently in another time zone: then its timestamps show no age. */
  readonly isOtherZone: boolean;
  /** For a paused operation whose worker is not seen at work: the reason of the pause, or who paused it; else null. */
  readonly hold: string | null;
  /** Whether the session of its worker says that it waits until it is resumed. */
  readonly isHoldSeen?: boolean;
  /** For a paused operation whose worker is seen at work: the reason of the pause (`Hold`). */
  readonly unheldReason?: string;
  /** Whether it has left the filter, and is listed only because the cursor is on it. */
  readonly isOutside?: true;
  /** For a failure in the list of its kind: the part of its error that differs from the kind. */
  readonly errorPart?: string;
  /** Whether other rows of the list are held for the same reason: the title of the list says it. */
  readonly isHoldShared?: boolean;
}

/** The state of a watched retry, in full and in two words. */
export interface WatchedText {
  readonly text: string;
  readonly brief: string;
}

/** The failures of one kind. An action on it acts on its members (`Triage.membersOf`). */
export interface KindRow {
  readonly kind: 'kind';
  readonly key: string;
  readonly summary: KindSummary;
  /** The state of the retry of one failure that is watched before the others are retried; absent if there is none. */
  readonly watched?: WatchedText;
  /** The retries of its unresolved failures that have not ended; absent without one. */
  readonly retries?: OpenRetries;
  /** Its failures since the operator has looked at it; absent without any. */
  readonly unseen?: UnseenFailures;
}

export interface TableRow {
  readonly kind: 'table';
  readonly key: string;
  /** Whether it has left the filter, and is listed only because the cursor is on it. */
  readonly isOutside?: true;
  readonly table: TableSummary;
  readonly validation: Validation;
  /** Running operations that are stalled, or suspected to be, and those that were before they were paused. */
  readonly stalled: number;
  /** Whether at least one of them is stalled, not only suspected to be. */
  readonly isStalled: boolean;
  /** Whether one was stalled before it was paused, without progress since. */
  readonly hasPausedStall?: boolean;
  readonly recordsPerSecond: number | null;
  readonly eta: Eta | null;
  /** The problems that `migtop doctor` finds of this table, the worst first. */
  readonly findings: readonly Finding[];
  /** How many of its failed operations of the execution are unresolved; null if unknown. */
  readonly unresolved: number | null;
  /** How many failures of the table are unresolved in all phases (while that is unknown, how many have failed), and their open retries. */
  readonly failures: number;
  readonly retries?: OpenRetries | undefined;
}

export interface ActivityRow {
  readonly kind: 'activity';
  readonly key: string;
  /** The action of an operator; null for a table that counts in another way than before. */
  readonly entry: AuditEntry | null;
  readonly change: CountingChange | null;
  /** The event of the row; null if the row is about something else. */
  readonly event: WatchedEvent | null;
  /** The tracked action of this session; null if this session does not track it. */
  readonly tracked: TrackedAction | null;
  /** The result that every session reads from the audit and the row. */
  readonly result: AuditedResult | null;
  /** The kind of the failure that the action accepts; absent for other actions, and if it is unknown. */
  readonly failureKind?: string | undefined;
  /** The actions that one key press made on many operations: `entry` is the newest of them. Null for a single one. */
  readonly bulk: ActivityBulk | null;
}

/** The rows of one action on many as one row of the Activity view. */
export interface ActivityBulk {
  /** The actions that the list holds, newest first: of a large action on many not all. */
  readonly rows: readonly ActivityRow[];
  readonly counts: BulkCounts;
}

/**
 * The row of an operation, with its rate, its stall and the results of actions on it.
 *
 * @param activity newest first; null if it was not read yet
 * @param whole the ETA of the current phase: none of its operations that count is done after that
 */
export function operationRow(
  observation: Observation,
  operation: Operation,
  actions: readonly TrackedAction[],
  activity: readonly AuditEntry[] | null = [],
  whole: Eta | null = null,
): OperationRow {
  const { takenAt } = observation.snapshot;
  const track = trackFor(observation.tracks, operation);
  const stall = stallsOf(observation).of(operation) ?? null;
  const standing = standingStillOf(observation, operation);
  const expected = expectedRecordsOf(observation, operation);
  const offset = track?.writerOffset ?? 0;
  const { recordsPerSecond } = operationRateAndEta(observation, operation);
  return {
    kind: 'operation',
    key: operationKey(operation),
    operation,
    share: openShare(operation, expected),
    recordsPerSecond,
    eta: etaOfRow(observation, operation, whole),
    isOtherZone: offset !== 0,
    elapsedSeconds:
      offset === 0 || !isOpen(operation.status) ? elapsedSeconds(operation, takenAt, observation.snapshot.zone) : null,
    still:
      track && isOpen(operation.status)
        ? { seconds: sinceProgressOf(observation, operation) ?? 0, atLeast: track.lastProgressAt === null }
        : null,
    standing,
    blockedBy: blockedBy(observation, operation, standing),
    ...holdOf(observation, operation, activity),
    stall,
    pausedStall: pausedStallOf(observation, operation),
    retry: openRetryOf(observation, operation),
    resolution: operation.status === 'failed' ? (observation.triage.of(operation.id)?.resolution ?? null) : null,
    flag: flagOf(observation, operation, { track, stall, actions, activity }),
  };
}

/**
 * The ETA of an operation, at neither end later than that of the phase, and with no end after the latest one of its table, where they count it:
 * they have more evidence. The earliest end of its table is by all reports there, and says less than its own.
 */
function etaOfRow(observation: Observation, operation: Operation, whole: Eta | null): Eta | null {
  const { migration, tables } = observation;
  const { eta } = operationRateAndEta(observation, operation);
  if (eta === null || operation.phase !== migration.currentPhase || isHaltedOperation(observation, operation))
    return eta;
  const table =
    operation.phase === 'execution' ? tables.find(({ tableName }) => tableName === operation.tableName) : undefined;
  return withinWhole(table === undefined ? eta : notAfter(eta, tableRateAndEta(observation, table).eta), whole);
}

/** An ETA whose ends are not after the latest end of another one. */
function notAfter(eta: Eta, other: Eta | null): Eta {
  const most = other?.highSeconds ?? Number.POSITIVE_INFINITY;
  return { ...eta, lowSeconds: Math.min(eta.lowSeconds, most), highSeconds: Math.min(eta.highSeconds, most) };
}

function blockedBy(
  { snapshot, memo }: Observation,
  operation: Operation,
  { waitsFor }: StandingStill,
): readonly number[] {
  if (waitsFor.length > 0) return waitsFor.filter(({ isDirect }) => isDirect).map(({ pid }) => pid);
  return isLive(operation.status) ? (memo(sessionsIn, snapshot)(operation)?.at(-1)?.blockedBy ?? []) : [];
}

/**
 * The keys of operations in a list: their ids. If ids may repeat, as in partitions or inheritance children, the key also
 * identifies the operation.
 */
export function operationKeys(operations: readonly Operation[], areIdsUnique: boolean): string[] {
  const taken = new Map<string, number>();
  return operations.map(({ id, identity }) => {
    if (areIdsUnique) return String(id);
    const key = operationKey({ id, identity });
    const before = taken.get(key) ?? 0;
    taken.set(key, before + 1);
    return before === 0 ? key : `${key} ${before + 1}`;
  });
}

/** The rows of the execution of some tables. @param whole the ETA of the whole execution: no table is done after that */
export function tableRows(
  observation: Observation,
  tables: readonly TableSummary[],
  findings: ReadonlyMap<string, readonly Finding[]> = new Map(),
  whole: Eta | null = null,
): TableRow[] {
  const { triage, validations } = observation;
  const stalled = Map.groupBy(
    countedStallsOf(observation).all.filter(({ operation }) => operation.phase === 'execution'),
    ({ operation }) => operation.tableName,
  );
  const retries = openRetriesByTable(observation);
  // Line 2 has the ETA of a single open table, and keeps it for some seconds.
  const isOnlyOpen = observation.tables.filter(({ statuses }) => openIn(statuses) > 0).length === 1;
  return tables.map((table) => {
    const { recordsPerSecond, eta } = tableRateAndEta(observation, table);
    const stalls = stalled.get(table.tableName) ?? [];
    return {
      kind: 'table',
      key: table.tableName,
      table,
      validation: validations.get(table.tableName) ?? 'none',
      unresolved: triage.isWhole ? triage.unresolvedIn('execution', table.tableName) : null,
      failures: failuresIn(observation, table.tableName),
      retries: triage.isWhole ? retries.get(table.tableName) : undefined,
      stalled: stalls.length,
      isStalled: stalls.some(({ stall }) => stall.kind !== 'suspected'),
      hasPausedStall: stalls.some(({ operation }) => operation.status === 'paused'),
      findings: findings.get(table.tableName) ?? [],
      recordsPerSecond,
      eta: isOnlyOpen && eta !== null && whole !== null ? whole : withinWhole(eta, whole),
    };
  });
}
