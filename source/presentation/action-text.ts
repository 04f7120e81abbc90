import type { AuditEntry } from '../domain/audit.ts';
import type { AuditedResult } from '../domain/audited-results.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';

/** The outcomes of the audit, in words. */
const outcomes: Readonly<Record<string, string>> = {
  applied: 'done',
  started: 'in progress',
  stale: 'not done: somebody was faster',
  gone: 'not done: the row was gone',
  'gone or hidden': 'not done: the row was gone, or a policy hid it',
  changed: 'not done: the row was another operation',
  repeated: 'not done: several rows had its id',
  hidden: 'not done: a policy hid the row',
  locked: 'not done: the row was locked',
  refused: 'not done: refused',
  kept: 'not done: a trigger kept it',
  'not sent': 'not done: not sent',
  'not applied': 'not done',
  unknown: 'not known',
  unclear: 'not known: the row has changed since',
};

/**
 * The result of an action in words: the same in every session, because all tell it from the audit and the row. What this
 * session has seen of its worker is added to what was done, and contradicts none of it.
 */
export function resultText(
  { outcome }: Pick<AuditEntry, 'outcome'>,
  result: AuditedResult | null,
  action: TrackedAction | null = null,
  mayBeHidden = false,
): string {
  const done = outcomes[outcome] ?? outcome;
  if (outcome !== 'applied') return done;
  if (result?.state === 'overwritten') return overwritten(result);
  if (result?.state === 'gone') return `${done}; the row is ${mayBeHidden ? 'gone, or a policy hides it' : 'gone'}`;
  if (action === null) return done;
  switch (action.result.kind) {
    case 'acknowledged':
      return `${done}, acknowledged`;
    case 'progressing':
      return `${done}, its worker goes on`;
    case 'requested':
      return action.from === 'running' ? `${done}, not acknowledged yet` : done;
    default:
      return done;
  }
}

function overwritten({ status, workerId, next }: AuditedResult): string {
  if (next !== null) return `overwritten: ${status} before the ${next}`;
  return workerId === null ? `overwritten: ${status} now` : `overwritten by worker ${workerId}: ${status} now`;
}
