import type { Observation } from './observation.ts';
import { operationKey } from './operation.ts';
import { isProven, slowOperations, stallsOf } from './stalled-operations.ts';
import { trackFor } from './tracks.ts';
import type { Happening } from './watched-events.ts';

type StandstillEvent = Extract<Happening, { kind: 'slow' | 'stalled' | 'moving again' }>;

/** An operation without progress that was told as slow or stalled. */
interface Standstill {
  readonly isStalled: boolean;
  /** When it was told first, on the database's clock. */
  readonly at: number;
  readonly workerId: number | null;
}

/** By `operationKey`. */
export type Standstills = ReadonlyMap<string, Standstill>;

/**
 * The standstills after a poll, and what is to be told of them: an operation is slow, then stalled, each once until it progresses or
 * is not running any more. A stall that is only suspected counts as slow; one that waits for a lock only for a short time is not told.
 *
 * @param known null for the first poll: its stalls are not told, also not when they are proven later
 */
export function standstillsAfter(
  known: Standstills | null,
  latest: Observation,
): { readonly standstills: Standstills; readonly told: readonly StandstillEvent[] } {
  const { snapshot, tracks } = latest;
  const { takenAt } = snapshot;
  const standstills = new Map<string, Standstill>();
  const told: StandstillEvent[] = [];
  const now = standingStill(latest);
  for (const operation of snapshot.operations) {
    if (operation.status !== 'running') continue;
    const key = operationKey(operation);
    const event = now.get(key);
    const before = known?.get(key);
    if (standstills.has(key) || (event === undefined && before === undefined)) continue;
    if (known === null) {
      standstills.set(key, { isStalled: true, at: takenAt, workerId: operation.workerId });
      continue;
    }
    const progressAt = trackFor(tracks, operation)?.lastProgressAt ?? null;
    const hasProgressed = before !== undefined && progressAt !== null && progressAt > before.at;
    // Another worker may have claimed it: that is no progress.
    if (hasProgressed && before.isStalled && before.workerId === operation.workerId)
      told.push({ kind: 'moving again', operation });
    const same = hasProgressed ? undefined : before;
    const isNews = event !== undefined && (same === undefined || (event.kind === 'stalled' && !same.isStalled));
    if (isNews) {
      told.push(event);
      standstills.set(key, {
        isStalled: event.kind === 'stalled',
        at: same?.at ?? takenAt,
        workerId: operation.workerId,
      });
    } else if (same !== undefined) {
      // After a failover the clock may run behind the one before.
      standstills.set(key, { ...same, at: Math.min(same.at, takenAt) });
    }
  }
  return { standstills, told };
}

/** The slow and the stalled operations of an observation, by `operationKey`. */
function standingStill(latest: Observation): ReadonlyMap<string, Exclude<StandstillEvent, { kind: 'moving again' }>> {
  const found = new Map<string, Exclude<StandstillEvent, { kind: 'moving again' }>>();
  for (const one of slowOperations(latest))
    found.set(operationKey(one.operation), { kind: 'slow', ...one, isSuspected: false });
  for (const { operation, stall } of stallsOf(latest).all) {
    const key = operationKey(operation);
    if (isProven(stall)) found.set(key, { kind: 'stalled', operation, stall });
    else if (stall.kind === 'suspected' && found.get(key)?.kind !== 'stalled')
      found.set(key, { kind: 'slow', operation, slow: stall, isSuspected: true });
  }
  return found;
}
