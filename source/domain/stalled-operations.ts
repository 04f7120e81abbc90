import { trackFor } from './last-progress.ts';
import { readMark } from './mark.ts';
import type { Observation } from './observation.ts';
import { knownOf, type Operation, operationKey } from './operation.ts';
import { isPooled } from './pooled-workers.ts';
import { tableKey } from './rate-groups.ts';
import { sessionKey, sessionsOf } from './sessions.ts';
import { type BlockedSession, type Stall, stallOf, usualBatchSeconds } from './stalls.ts';
import { standingStillOf } from './standing-still.ts';

/** The stalled operations of an observation. */
export interface Stalls {
  readonly size: number;
  readonly all: readonly { readonly operation: Operation; readonly stall: Stall }[];
  /** Undefined if it is not stalled, and if it cannot be told from another row with the same id, phase, table and operation. */
  of(operation: Operation): Stall | undefined;
}

/** Whether the worker of an operation is known to name its connections, and has none now. */
export function hasLostWorker(observation: Observation, operation: Operation): boolean {
  const { snapshot } = observation;
  const sessions = sessionsOf(snapshot)(operation);
  return snapshot.hasSessions !== false && sessions?.length === 0 && isNamed(observation, operation);
}

/** Whether a session has the name of the operation's worker while that is at work: not if the worker is behind a pooler. */
function isNamed({ named, pooled }: Observation, operation: Operation): boolean {
  const { mark } = readMark(operation.validationQuery);
  if (mark?.isPooled === true || isPooled(pooled, operation)) return false;
  return named.has(sessionKey(operation.id, operation.workerId)) || mark !== null;
}

const found = new WeakMap<Observation, Stalls>();

/** How long a session that does not name its operation waits at least before it counts as blocked, in seconds. */
const minimumWaitSeconds = 1;

function sessionOf(snapshot: Observation['snapshot'], operation: Operation): BlockedSession | undefined {
  const { session, foundBy, waitsFor } = standingStillOf(snapshot, operation);
  if (session === null) return undefined;
  const isShort = foundBy !== 'name' && (session.stateSeconds ?? 0) < minimumWaitSeconds;
  return { blockedBy: isShort ? [] : waitsFor.filter(({ isDirect }) => isDirect).map(({ pid }) => pid) };
}

/** The usual seconds of a batch of the tables in which operations are running, by `tableKey`. */
function usualBatches({ operations, totals }: Observation['snapshot']): ReadonlyMap<string, number | null> {
  const names = new Set(operations.filter(({ status }) => status === 'running').map(({ tableName }) => tableName));
  return new Map(
    totals
      .filter(({ tableName }) => names.has(tableName))
      .map((total) => [tableKey(total.phase, total.tableName), usualBatchSeconds(total)]),
  );
}

/** Computed once for each observation. */
export function stallsOf(observation: Observation): Stalls {
  const known = found.get(observation);
  if (known !== undefined) return known;
  const { snapshot, tracks } = observation;
  const usual = usualBatches(snapshot);
  const sessionsFor = sessionsOf(snapshot);
  const judged = snapshot.operations.map((operation) => {
    if (operation.status !== 'running') return { operation, stall: null };
    const sessions = sessionsFor(operation);
    const stall = stallOf(
      trackFor(tracks, operation),
      operation,
      snapshot,
      usual.get(tableKey(operation.phase, operation.tableName)) ?? null,
      sessionOf(snapshot, operation),
      snapshot.hasSessions !== false && sessions !== null && isNamed(observation, operation),
    );
    return { operation, stall };
  });
  const all = judged.flatMap(({ operation, stall }) => (stall === null ? [] : [{ operation, stall }]));
  const byKey = Map.groupBy(judged, ({ operation }) => operationKey(operation));
  const stalls: Stalls = {
    size: all.length,
    all,
    of: (operation) => knownOf(byKey.get(operationKey(operation)) ?? [], operation)?.stall ?? undefined,
  };
  found.set(observation, stalls);
  return stalls;
}
