import type { AuditEntry } from './audit.ts';
import { isOpen, type Operation } from './operation.ts';

/** What is left of an action, told from the audit and the row alone: the same in every session. */
export type ActionState =
  | 'holds'
  /** The row has another status than the pause or the skip gave it. */
  | 'overwritten'
  /** It was resumed, and is meant to go on. */
  | 'went on'
  | 'gone';

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
 * The state of each action; null for those that changed nothing, for all but the last one of an operation, and where it is not
 * known which of several operations it was done to.
 *
 * @param entries the newest first
 * @param rowOf an operation as it is now; undefined where it is no longer in the table
 * @param repeated ids that more than one operation has
 */
export function actionStates(
  entries: readonly AuditEntry[],
  rowOf: (id: number) => Operation | undefined,
  repeated: ReadonlySet<number> = new Set(),
): readonly (ActionState | null)[] {
  const judged = new Set<number>();
  return entries.map((entry) => {
    if (entry.outcome !== 'applied' || judged.has(entry.operationId)) return null;
    judged.add(entry.operationId);
    return repeated.has(entry.operationId) ? null : stateOf(entry, rowOf(entry.operationId));
  });
}

/** A pause or a skip holds as long as the status does. */
function stateOf(entry: AuditEntry, row: Operation | undefined): ActionState {
  if (row === undefined) return 'gone';
  if (row.status === entry.toStatus) return 'holds';
  return entry.toStatus === 'paused' || entry.toStatus === 'skipped' ? 'overwritten' : 'went on';
}

/** For so long somebody's pause or skip is looked after, in seconds. */
const watchedSeconds = 3600;

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
  return stateOf(last, row) === 'overwritten';
}
