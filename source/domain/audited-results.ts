import type { ActedRow, AuditEntry } from './audit.ts';
import { sizesOf } from './batch-size.ts';
import { isOpen, isStatus, type Operation, type Status } from './operation.ts';

/** Whether an action still holds, by the audit and the row alone: the same in every session. */
export type AuditedState =
  | 'holds'
  /** The row no longer has the status that the pause or the skip set. */
  | 'overwritten'
  /** The operation was resumed, and has another status now. */
  | 'went on'
  /** The operator took it back, also if a worker had overwritten it before. */
  | 'undone'
  /** Only for a retry: the new operation (`next` is its id) has the status. */
  | 'retried'
  | 'gone';

export interface AuditedResult {
  readonly state: AuditedState;
  /**
   * The status of the row now; of an overwritten action, the one that the next action found; of an undone one, the one that the undo
   * set; '' if the row is gone.
   */
  readonly status: string;
  /** The worker of the row now; null if unknown. */
  readonly workerId: number | null;
  /** The next action on the operation; of a retry, the id of the new operation; null for the last action. */
  readonly next: string | null;
}

/** Whether an action was overwritten, and no operator has acted on the operation since: it needs attention. */
export function isOverwritingOpen(result: AuditedResult | null | undefined): boolean {
  return result?.state === 'overwritten' && result.next === null;
}

/** The fields of the next action on an operation that show how the action before it ended. */
export type NextAction = Pick<AuditEntry, 'action' | 'fromStatus'>;

/** The ids that several operations share: an audit entry does not say which of them it means. */
export function repeatedIds(operations: readonly Pick<Operation, 'id' | 'identity'>[]): ReadonlySet<number> {
  const identities = new Map<number, string | null>();
  const repeated = new Set<number>();
  for (const { id, identity } of operations) {
    if (identities.has(id) && identities.get(id) !== identity) repeated.add(id);
    identities.set(id, identity);
  }
  return repeated;
}

/**
 * The result of each action. For the last action on an operation, the row decides. For an earlier one, the next action
 * decides: the database applies an action only if the row has the status that the operator saw, so that status is the
 * result of the earlier action. An undo takes back the newest action before it that is not taken back yet.
 *
 * Null for an action that changed nothing, for an earlier action that held until the next, if the state of the row is
 * unknown, and if several operations share the id.
 *
 * @param entries the newest first
 * @param rowOf an operation as it is now; null if it is no longer in the table, undefined if that is unknown
 * @param repeated ids that several operations share
 * @param laterOf the action of this session that followed the last entry of an operation, before the audit is read again
 */
export function auditedResults(
  entries: readonly AuditEntry[],
  rowOf: (id: number) => ActedRow | null | undefined,
  repeated: ReadonlySet<number> = new Set(),
  laterOf: (entry: AuditEntry) => NextAction | undefined = () => undefined,
): readonly (AuditedResult | null)[] {
  const nextOf = new Map<number, NextAction>();
  // How many undos follow whose action comes later in the list.
  const undosOf = new Map<number, number>();
  // The newest action that found a pause or a skip already gone.
  const withdrawn = new Map<number, string>();
  return entries.map((entry) => {
    const { operationId } = entry;
    if (isWithdrawal(entry) && !withdrawn.has(operationId)) withdrawn.set(operationId, entry.action);
    if (!changedStatus(entry)) return null;
    const next = nextOf.get(operationId) ?? laterOf(entry);
    const undos = undosOf.get(operationId) ?? (next?.action === 'undo' ? 1 : 0);
    nextOf.set(operationId, entry);
    undosOf.set(operationId, entry.action === 'undo' ? undos + 1 : Math.max(0, undos - 1));
    if (repeated.has(operationId)) return null;
    if (next === undefined) {
      const last = lastResult(entry, rowOf(operationId));
      const withdrawal = withdrawn.get(operationId);
      if (withdrawal === undefined || last?.state !== 'overwritten') return last;
      // It changed nothing: only a row with the status of before is as the operator wants it.
      return last.status === entry.fromStatus
        ? { state: 'undone', status: entry.fromStatus, workerId: null, next: 'undo' }
        : { ...last, next: withdrawal };
    }
    const overwritten = earlierResult(entry, next);
    if (overwritten !== null || undos === 0 || entry.action === 'undo') return overwritten;
    return { state: 'undone', status: entry.fromStatus, workerId: null, next: next.action };
  });
}

function lastResult(entry: AuditEntry, row: ActedRow | null | undefined): AuditedResult | null {
  if (row === undefined) return null;
  if (row === null) return { state: 'gone', status: '', workerId: null, next: null };
  return { state: stateOf(entry, row.status), status: row.status, workerId: row.workerId, next: null };
}

function earlierResult(entry: AuditEntry, { action, fromStatus }: NextAction): AuditedResult | null {
  if (stateOf(entry, fromStatus) !== 'overwritten') return null;
  return { state: 'overwritten', status: fromStatus, workerId: null, next: action };
}

/** A pause or a skip holds as long as the status does. */
function stateOf({ toStatus }: AuditEntry, status: string): AuditedState {
  if (status === toStatus) return 'holds';
  return toStatus === 'paused' || toStatus === 'skipped' ? 'overwritten' : 'went on';
}

/**
 * The row that decides about the actions on it: that of the last poll. If it was still paused or skipped when the audit was read, who
 * has changed it since is not known until the audit is read again: then the row of that reading.
 */
export function decidingRow(
  polled: ActedRow | undefined,
  read: ActedRow | null | undefined,
): ActedRow | null | undefined {
  const isHeld = read?.status === 'paused' || read?.status === 'skipped';
  return polled === undefined || (isHeld && polled.status !== read.status) ? read : polled;
}

const withdrawing: readonly string[] = ['stale', 'started', 'unknown'];

/**
 * Whether an action was to take a pause or a skip back, and found that the operation no longer had it, or perhaps has taken it back,
 * as one in progress: the operator does not want it any more.
 */
function isWithdrawal({ action, outcome, fromStatus }: AuditEntry): boolean {
  if (!withdrawing.includes(outcome) || (fromStatus !== 'paused' && fromStatus !== 'skipped')) return false;
  return action === 'undo' || action === 'resume';
}

/** Whether an action accepts a failure, or takes that back: the operation stays as it is. */
export function isAcceptance({ action }: Pick<AuditEntry, 'action'>): boolean {
  return action === 'accept' || action === 'unaccept';
}

/** Whether an action was applied that changed a status: not an acceptance, nor another batch size. */
export function changedStatus(entry: Pick<AuditEntry, 'action' | 'outcome'>): boolean {
  return entry.outcome === 'applied' && !isAcceptance(entry) && sizesOf(entry.action) === null;
}

/** How long migtop follows a pause or a skip of any session, in seconds. */
export const watchedSeconds = 3600;

/** The ids of the operations that any session acted on in the last hour: only their rows show whether the actions hold. */
export function actedOn(entries: readonly AuditEntry[], takenAt: number): readonly number[] {
  return [
    ...new Set(
      entries
        .filter((entry) => changedStatus(entry) && entry.at !== null && takenAt - entry.at < watchedSeconds)
        .map(({ operationId }) => operationId),
    ),
  ];
}

/** The last change of the status of each operation, or the last attempt to take one back. @param entries the newest first */
export function lastDecisions(entries: readonly AuditEntry[]): ReadonlyMap<number, AuditEntry> {
  const last = new Map<number, AuditEntry>();
  for (const entry of entries)
    if (!last.has(entry.operationId) && (changedStatus(entry) || isWithdrawal(entry)))
      last.set(entry.operationId, entry);
  return last;
}

/**
 * Whether the last action on a row, by any session, was a pause or a skip of the last hour that no longer holds, and that no operator
 * has taken back.
 *
 * @param last the last of the row's id, of {@link lastDecisions}
 * @param isFollowed whether an action is one that this session follows, or an earlier one on the row: polls show whether that holds
 */
export function isOverwritten(
  last: AuditEntry | undefined,
  row: Operation,
  takenAt: number,
  isFollowed: (entry: AuditEntry) => boolean = () => false,
): boolean {
  if (!isOpen(row.status)) return false;
  if (
    last === undefined ||
    isWithdrawal(last) ||
    last.at === null ||
    takenAt - last.at > watchedSeconds ||
    takenAt < last.at
  )
    return false;
  // The row has changed since the audit was read: who did that, only the next reading shows.
  if (last.row?.status === last.toStatus) return false;
  return !isFollowed(last) && stateOf(last, row.status) === 'overwritten';
}

/** An action of which migtop knows the statuses and the time. */
export interface FollowableEntry extends AuditEntry {
  readonly at: number;
  readonly fromStatus: Status;
  readonly toStatus: Status;
}

/** For each operation, the last action of the last hour, if migtop knows its statuses and its time. */
export function followable(entries: readonly AuditEntry[], takenAt: number): readonly FollowableEntry[] {
  const seen = new Set<number>();
  return entries.filter((entry): entry is FollowableEntry => {
    const { operationId, at, fromStatus, toStatus } = entry;
    if (!changedStatus(entry) || seen.has(operationId)) return false;
    seen.add(operationId);
    return at !== null && takenAt - at < watchedSeconds && isStatus(fromStatus) && isStatus(toStatus);
  });
}
