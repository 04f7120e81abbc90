import type { AuditEntry } from '../audit.ts';
import { isPrepared, lockHolder } from '../lock-holder.ts';
import type { Observation } from '../observation.ts';
import type { Stalls } from '../stalled-operations.ts';
import { pausedOwner, standingStillOf } from '../standing-still.ts';
import { mostRows } from './finding.ts';
import { pausedText } from './paused-owners.ts';

/** How to end the session that each blocked operation waits for in the end. */
export function blockedAdvice(
  observation: Observation,
  all: Stalls['all'],
  activity: readonly AuditEntry[],
): readonly string[] {
  const blocked = all.filter(({ stall }) => stall.kind === 'blocked');
  const first = blocked.flatMap(({ operation }) =>
    standingStillOf(observation, operation).waitsFor.filter((one) => one.isFirst && one.operation === null),
  );
  const pids = [...new Set(first.map(({ pid }) => pid).filter((pid) => !isPrepared(pid)))].slice(0, 5);
  if (blocked.length === 0) return [];
  const ids = blocked.slice(0, mostRows).map(({ operation }) => operation.id);
  const waits = `${ids.join(' ')} ${ids.length === 1 ? 'waits' : 'wait'} for a lock`;
  const owners = blocked.flatMap(({ operation }) =>
    standingStillOf(observation, operation).waitsFor.flatMap((one) =>
      one.isFirst ? (pausedOwner(observation, one.pid) ?? []) : [],
    ),
  );
  // A worker that waits for the resume in its transaction holds its locks.
  const resumes = [...new Map(owners.map((owner) => [owner.id, owner])).values()].map(
    (owner) => `${pausedText(owner, activity)}, and its worker holds a lock: migtop resume ${owner.id} lets it go on`,
  );
  if (pids.length === 0 && resumes.length > 0) return [`${waits}: ${resumes.join('; ')}`];
  // pg_terminate_backend cannot end it: it has no process.
  if (pids.length === 0 && first.some(({ pid }) => isPrepared(pid)))
    return [
      `${waits} of ${lockHolder(0)}: COMMIT PREPARED or ROLLBACK PREPARED ends it (SELECT gid FROM pg_prepared_xacts)`,
    ];
  if (pids.length === 0) return [`${waits}: end the session that holds it; migtop shows it`];
  const end = pids.map((pid) => `SELECT pg_terminate_backend(${pid})`).join(', ');
  return [`${waits}: ask the owner of pid ${pids.join(', ')} to end the transaction, or end it: ${end}`, ...resumes];
}
