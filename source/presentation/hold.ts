import type { AuditEntry } from '../domain/audit.ts';
import { standingChange } from '../domain/holders.ts';
import { pauseAllReason } from '../domain/last-actors.ts';
import type { Observation } from '../domain/observation.ts';
import { isPausedUnbegun, type Operation } from '../domain/operation.ts';
import { operatorName } from '../domain/operator-name.ts';
import { sessionsIn } from '../domain/sessions.ts';
import { count } from './figures.ts';

/** Why an operation is held. */
export interface Hold {
  /** The reason of the pause, or who paused it; '' while that is not known; null if the operation is not held. */
  readonly hold: string | null;
  /** Whether the session of its worker says that it waits; a worker that does not name its session may still finish its batch. */
  readonly isHoldSeen: boolean;
  /** The reason of a pause that does not hold the operation yet: the session of its worker does not say that it waits. */
  readonly unheldReason?: string;
}

const notHeld: Hold = { hold: null, isHoldSeen: false };

/**
 * Why an operation is held. One that is paused is not, as long as the session of its worker does not say that it waits.
 *
 * @param activity newest first; null if it was not read yet: then the reason is not known
 */
export function holdOf(
  { snapshot, repeated, memo }: Observation,
  operation: Operation,
  activity: readonly AuditEntry[] | null,
): Hold {
  if (operation.status !== 'paused') return notHeld;
  const sessions = memo(sessionsIn, snapshot)(operation) ?? [];
  const isHoldSeen = sessions.some(({ paused }) => paused);
  const isHeld = sessions.length === 0 || isHoldSeen;
  if (activity === null) return isHeld ? { hold: '', isHoldSeen } : notHeld;
  const last = repeated.has(operation.id) ? undefined : memo(lastChanges, activity).get(operation.id);
  // The list of actions may hold only a part of a large action on many: of what is not seen, no reason is made up.
  if (last?.toStatus !== 'paused') return isHeld ? { hold: isHoldSeen ? 'no reason given' : '', isHoldSeen } : notHeld;
  const reason = last.reason ?? `by ${operatorName(last)}`;
  return isHeld ? { hold: reason, isHoldSeen } : { ...notHeld, unheldReason: reason };
}

/** The change that decides the status of each operation, by id. */
function lastChanges(activity: readonly AuditEntry[]): ReadonlyMap<number, AuditEntry> {
  const byId = Map.groupBy(activity, ({ operationId }) => operationId);
  return new Map(
    [...byId.values()].flatMap((entries) => standingChange(entries) ?? []).map((one) => [one.operationId, one]),
  );
}

/**
 * The rows of a list, in which the reason that most held operations share is left out of their cells: the title says it once. That of
 * a pause of all is always left out, since the workers notice it one after the other.
 */
export function withSharedHold<Row extends Held>(rows: readonly Row[]): readonly Row[] {
  const byReason = Map.groupBy(
    rows.filter(({ hold }) => hold !== null && hold !== ''),
    ({ hold }) => hold,
  );
  const [most] = [...byReason].toSorted(([, a], [, b]) => b.length - a.length);
  if (most === undefined) return rows;
  const [reason, held] = most;
  if (held.length < 2 && reason?.startsWith(pauseAllReason) !== true) return rows;
  return rows.map((row) => (row.hold === reason ? { ...row, isHoldShared: true } : row));
}

/** The pending operations that a pause of all does not hold, for the title of a list. */
export interface PendingBeside {
  readonly operations: number;
  /** Whether they may have come after the pause; else it did not reach all. */
  readonly isLater: boolean;
  /** The keys that hold them. */
  readonly keys: string;
  /** How many operations the last pause of all of this session has paused; null if the list has not all of these. */
  readonly paused?: number | null;
}

/** `HELD: replica lag`, for the title of a list with such rows; `12 HELD: replica lag` if others are held for other reasons; `paused` if the workers of some are not seen to wait; else ''. */
export function sharedHoldNote(rows: readonly Held[], pending: PendingBeside | null = null, width = wholeFrom): string {
  return sharedHoldTexts(rows, pending, width)[0] ?? '';
}

/** The same note from the longest to the shortest text: of a pause of all, the shortest one has the keys that hold what it does not. */
export function sharedHoldTexts(
  rows: readonly Held[],
  pending: PendingBeside | null,
  width: number,
): readonly string[] {
  const hold = rows.find(({ isHoldShared }) => isHoldShared === true)?.hold;
  if (hold == null) return [];
  const isOther = rows.some((row) => row.hold !== null && row.isHoldShared !== true);
  const sharing = rows.filter((row) => row.isHoldShared === true || row.unheldReason === hold);
  const paused = hold.startsWith(pauseAllReason) ? (pending?.paused ?? 0) : 0;
  // The message of the pause and its undo have the whole number.
  const part = sharing.length < paused ? ` of ${count(paused)}` : '';
  const many = isOther || part !== '' ? `${count(sharing.length)}${part} ` : '';
  // No worker waits for an operation that was paused before one took it; of others it is not known.
  const isUnseen = sharing.some(
    (row) => row.isHoldSeen === false || row.hold === null || isPausedUnbegun(row.operation),
  );
  const word = isUnseen ? 'paused' : 'HELD';
  if (!hold.startsWith(pauseAllReason)) return [`${many}${word}: ${hold}`];
  const byKey = `${many}${word} by P`;
  // Workers claim operations that were added, or put back into the queue, after a pause of all.
  if (pending === null || pending.operations === 0) return [`${many}${word}: ${hold}`, byKey];
  const inShort = `${count(pending.operations)} ${pending.isLater ? 'came later' : 'pending not'}: ${pending.keys}`;
  const texts = [`${byKey}; ${inShort}`, inShort];
  return width < wholeFrom ? texts : [`${byKey}; ${pendingSentence(pending)}`, ...texts];
}

/** From which width of a list on its title has the sentence about pending operations. */
const wholeFrom = 130;

/** `8 pending came later and are not paused: to pause them, press 5 /status:pending Enter a p`. */
function pendingSentence({ operations, isLater, keys }: PendingBeside): string {
  const are = operations === 1 ? 'is' : 'are';
  const not = isLater ? `came later and ${are} not paused` : `${are} not paused`;
  return `${count(operations)} pending ${not}: to pause ${operations === 1 ? 'it' : 'them'}, press ${keys}`;
}

interface Held extends Pick<Hold, 'hold' | 'unheldReason'> {
  readonly operation: Pick<Operation, 'status' | 'startedAt'>;
  readonly isHoldSeen?: boolean;
  readonly isHoldShared?: boolean;
}
