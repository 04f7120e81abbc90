import type { ActedRow, AuditEntry } from './audit.ts';
import { isOpen, isStatus, type Operation } from './operation.ts';

/** What is left of an action, told from the audit and the row alone: the same in every session. */
export type AuditedState =
  | 'holds'
  /** The row was given another status than the pause or the skip gave it. */
  | 'overwritten'
  /** It was resumed, and is meant to go on. */
  | 'went on'
  | 'gone';

export interface AuditedResult {
  readonly state: AuditedState;
  /** The status that the row has now or, of an overwritten action, had when the next one was made; '' where it is gone. */
  readonly status: string;
  /** Whose row it is now; null where that is not known. */
  readonly workerId: number | null;
  /** What was done to the operation next; null for the last action. */
  readonly next: string | null;
}

/** The ids that more than one operation has: an audit does not tell which of them it names. */
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
 * The result of each action. Of the last one of an operation its row tells. Of an earlier one the next one tells: it is made
 * only where the row has the status that its operator saw, so that this is the status that the earlier one was left with.
 *
 * Null for those that changed nothing, for earlier ones that held until the next, and where it is not known what became
 * of the row, or which of several operations it was done to.
 *
 * @param entries the newest first
 * @param rowOf an operation as it is now; null where it is no longer in the table, undefined where that is not known
 * @param repeated ids that more than one operation has
 */
export function auditedResults(
  entries: readonly AuditEntry[],
  rowOf: (id: number) => ActedRow | null | undefined,
  repeated: ReadonlySet<number> = new Set(),
): readonly (AuditedResult | null)[] {
  const nextOf = new Map<number, AuditEntry>();
  return entries.map((entry) => {
    const { operationId, outcome } = entry;
    if (outcome !== 'applied') return null;
    const next = nextOf.get(operationId);
    nextOf.set(operationId, entry);
    if (repeated.has(operationId)) return null;
    return next === undefined ? lastResult(entry, rowOf(operationId)) : earlierResult(entry, next);
  });
}

function lastResult(entry: AuditEntry, row: ActedRow | null | undefined): AuditedResult | null {
  if (row === undefined) return null;
  if (row === null) return { state: 'gone', status: '', workerId: null, next: null };
  return { state: stateOf(entry, row.status), status: row.status, workerId: row.workerId, next: null };
}

function earlierResult(entry: AuditEntry, { action, fromStatus }: AuditEntry): AuditedResult | null {
  if (stateOf(entry, fromStatus) !== 'overwritten') return null;
  return { state: 'overwritten', status: fromStatus, workerId: null, next: action };
}

/** A pause or a skip holds as long as the status does. */
function stateOf({ toStatus }: AuditEntry, status: string): AuditedState {
  if (status === toStatus) return 'holds';
  return toStatus === 'paused' || toStatus === 'skipped' ? 'overwritten' : 'went on';
}

/** For so long somebody's pause or skip is looked after, in seconds. */
export const watchedSeconds = 3600;

/** The operations of the last hour's pauses and skips: whether these hold shows in the rows only. */
export function actedOn(entries: readonly AuditEntry[], takenAt: number): readonly number[] {
  return [
    ...new Set(
      entries
        .filter(({ outcome, at }) => outcome === 'applied' && at !== null && takenAt - at < watchedSeconds)
        .map(({ operationId }) => operationId),
    ),
  ];
}

/** Whether the last action on a row, whoever did it, was a pause or a skip of the last hour that it no longer keeps. */
export function isOverwritten(entries: readonly AuditEntry[], row: Operation, takenAt: number): boolean {
  if (!isOpen(row.status)) return false;
  const last = entries.find(({ operationId, outcome }) => operationId === row.id && outcome === 'applied');
  if (last === undefined || last.at === null || takenAt - last.at > watchedSeconds || takenAt < last.at) return false;
  return stateOf(last, row.status) === 'overwritten';
}

/** The last actions of the last hour that can be followed: one for each operation. */
export function followable(entries: readonly AuditEntry[], takenAt: number): readonly AuditEntry[] {
  const seen = new Set<number>();
  return entries.filter(({ operationId, outcome, at, fromStatus, toStatus }) => {
    if (outcome !== 'applied' || seen.has(operationId)) return false;
    seen.add(operationId);
    return at !== null && takenAt - at < watchedSeconds && isStatus(fromStatus) && isStatus(toStatus);
  });
}
