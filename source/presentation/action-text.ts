import type { AuditEntry } from '../domain/audit.ts';
import type { AuditedResult } from '../domain/audited-results.ts';
import { sizesOf } from '../domain/batch-size.ts';
import { mayBeSetByWorker } from '../domain/first-workers.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';
import { unchangedText } from './bulk-text.ts';
import { reachedText } from './reached-text.ts';
import { by } from './result-text.ts';
import { sizeWord } from './size-text.ts';

/** The other outcomes than `applied` that the audit has, in words. */
const outcomes: Readonly<Record<string, string>> = {
  started: 'in progress',
  stale: 'not applied: changed by another session first',
  gone: 'not applied: row was gone',
  'gone or hidden': 'not applied: row was gone, or a policy hid it',
  changed: 'not applied: its id was another operation',
  repeated: 'not applied: several rows had its id',
  hidden: 'not applied: a policy hid the row',
  locked: 'not applied: row was locked',
  refused: 'not applied: refused',
  kept: 'not applied: a trigger kept the status',
  'not sent': 'not applied: not sent',
  'not applied': 'not applied',
  unknown: 'not known',
  unclear: 'not known: the row has changed since',
};

/**
 * The result of an action in words: the same in every session, because all read it from the audit and the row. Of an action that
 * holds, a session that follows it says what its worker does; it gives no seconds, which differ from session to session.
 */
export function resultText(
  entry: Pick<AuditEntry, 'action'> & Late,
  result: AuditedResult | null,
  action: TrackedAction | null = null,
  mayBeHidden = false,
): string {
  const { outcome, action: name, toStatus } = entry;
  const done =
    outcome === 'applied' ? reachedText(name, toStatus) : (whoWasFirst(entry) ?? outcomes[outcome] ?? outcome);
  const sizes = sizesOf(name);
  if (sizes !== null) return outcome === 'applied' ? sizesText(sizes) : `${done} (${sizesText(sizes)})`;
  if (outcome !== 'applied') return done;
  if (result?.state === 'retried') return `operation ${result.next}: ${result.status}`;
  if (name === 'takeover' && result?.state === 'went on') return `${done}, now ${result.status}`;
  if (result?.state === 'overwritten') return overwritten(result);
  if (result?.state === 'undone') return 'undone';
  if (result?.state === 'gone') return `${done}; the row is ${mayBeHidden ? 'gone, or a policy hides it' : 'gone'}`;
  if (action === null) return done;
  switch (action.result.kind) {
    case 'acknowledged':
      if (action.to === 'pending') return `${done}, claimed by a worker`;
      if (action.to === 'running') return 'running again';
      return action.from === 'running' ? `${action.to}, stopped` : done;
    case 'progressing':
      return `${by(action.result.workerId)} keeps working although ${action.to}`;
    case 'requested':
      // A take over waits for no worker: it has none any more.
      if (action.to === 'pending') return done;
      return action.from === 'running' || action.to === 'running' ? 'waiting for the worker' : done;
    default:
      return done;
  }
}

function sizesText({ from, to }: NonNullable<ReturnType<typeof sizesOf>>): string {
  return `${sizeWord(from)} to ${sizeWord(to)}`;
}

type Late = Pick<AuditEntry, 'outcome' | 'toStatus' | 'row' | 'firstWorker'> & Partial<Pick<AuditEntry, 'fromStatus'>>;

/** The worker that has claimed or ended the operation, or overwritten its pause, before the action. Null if another session was first. */
function whoWasFirst(entry: Late): string | null {
  const worker = workerBefore(entry);
  if (worker === null || entry.row == null) return null;
  return `not applied: ${unchangedText({ kind: 'stale', actual: entry.row.status, by: worker })}`;
}

/** The same worker by its name: `worker 20`. */
export function workerBefore({ outcome, fromStatus, toStatus, row, firstWorker }: Late): string | null {
  if (outcome === 'stale' && firstWorker !== undefined) return by(firstWorker);
  if (outcome !== 'stale' || row == null || row.workerId === null || row.status === toStatus) return null;
  if (isRetriedFirst(fromStatus, toStatus, row.status)) return null;
  // A worker that claims a pending operation writes its number with the status.
  const isByWorker = mayBeSetByWorker(row) && (row.status !== 'running' || fromStatus === 'pending');
  return isByWorker ? by(row.workerId) : null;
}

/**
 * Whether an action that came too late is a retry whose operation still has its status: another session has retried it first, and not a
 * worker has changed it.
 */
export function isRetriedFirst(from: string | undefined, to: string, actual: string): boolean {
  return to === 'pending' && (from === 'failed' || from === 'skipped') && actual === from;
}

function overwritten({ status, workerId, next }: AuditedResult): string {
  if (next !== null) return `overwritten: ${status} before the ${next}`;
  return `overwritten by ${by(workerId)}: ${status} now`;
}
