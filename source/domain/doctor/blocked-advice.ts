import { isPrepared, lockHolder } from '../lock-holder.ts';
import type { Observation } from '../observation.ts';
import type { Stalls } from '../stalled-operations.ts';
import { standingStillOf } from '../standing-still.ts';
import { mostRows } from './finding.ts';

/** How to end the session that each blocked operation waits for in the end. */
export function blockedAdvice(observation: Observation, all: Stalls['all']): readonly string[] {
  const blocked = all.filter(({ stall }) => stall.kind === 'blocked');
  const first = blocked.flatMap(({ operation }) =>
    standingStillOf(observation, operation).waitsFor.filter((one) => one.isFirst && one.operation === null),
  );
  const pids = [...new Set(first.map(({ pid }) => pid).filter((pid) => !isPrepared(pid)))].slice(0, 5);
  if (blocked.length === 0) return [];
  const ids = blocked.slice(0, mostRows).map(({ operation }) => operation.id);
  const waits = `${ids.join(' ')} ${ids.length === 1 ? 'waits' : 'wait'} for a lock`;
  // pg_terminate_backend cannot end it: it has no process.
  if (pids.length === 0 && first.some(({ pid }) => isPrepared(pid)))
    return [
      `${waits} of ${lockHolder(0)}: COMMIT PREPARED or ROLLBACK PREPARED ends it (SELECT gid FROM pg_prepared_xacts)`,
    ];
  if (pids.length === 0) return [`${waits}: end the session that holds it; migtop shows it`];
  const end = pids.map((pid) => `SELECT pg_terminate_backend(${pid})`).join(', ');
  return [`${waits}: ask the owner of pid ${pids.join(', ')} to end the transaction, or end it: ${end}`];
}
