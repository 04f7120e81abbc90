import type { AuditEntry } from '../domain/audit.ts';
import { changedStatus } from '../domain/audited-results.ts';
import { pauseAllReason } from '../domain/last-actors.ts';
import type { Observation } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import { operatorName } from '../domain/operator-name.ts';
import { sessionsIn } from '../domain/sessions.ts';
import { count } from './figures.ts';

/**
 * The reason why the worker of a paused operation waits, if its session says that it does; else null.
 *
 * @param activity newest first; null if it was not read yet: then the reason is not known
 */
export function holdOf(
  { snapshot, repeated, memo }: Observation,
  operation: Operation,
  activity: readonly AuditEntry[] | null,
): string | null {
  if (operation.status !== 'paused' || memo(sessionsIn, snapshot)(operation)?.some(({ paused }) => paused) !== true)
    return null;
  if (activity === null) return '';
  const last = repeated.has(operation.id)
    ? undefined
    : activity.find((entry) => entry.operationId === operation.id && changedStatus(entry));
  if (last?.toStatus !== 'paused') return 'no reason given';
  return last.reason ?? `by ${operatorName(last)}`;
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

/** `HELD: replica lag`, for the title of a list with such rows; `12 HELD: replica lag` if others are held for other reasons; else ''. */
export function sharedHoldNote(rows: readonly Held[]): string {
  const hold = rows.find(({ isHoldShared }) => isHoldShared === true)?.hold;
  if (hold == null) return '';
  const isOther = rows.some((row) => row.hold !== null && row.isHoldShared !== true);
  return `${isOther ? `${count(rows.filter(({ isHoldShared }) => isHoldShared === true).length)} ` : ''}HELD: ${hold}`;
}

interface Held {
  readonly hold: string | null;
  readonly isHoldShared?: boolean;
}
