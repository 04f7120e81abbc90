import { trackFor } from './last-progress.ts';
import { readMark } from './mark.ts';
import type { Observation } from './observation.ts';
import { knownOf, type Operation, operationKey } from './operation.ts';
import { tableKey } from './rate-groups.ts';
import { sessionKey, sessionsOf } from './sessions.ts';
import { type Stall, stallOf, usualBatchSeconds } from './stalls.ts';

/** The stalled operations of an observation. */
export interface Stalls {
  readonly size: number;
  readonly all: readonly { readonly operation: Operation; readonly stall: Stall }[];
  /** Undefined if it is not stalled, and if it cannot be told from another row with the same id, phase, table and operation. */
  of(operation: Operation): Stall | undefined;
}

/** Whether the worker of an operation is known to name its connections, and has none now. */
export function hasLostWorker({ snapshot, named }: Observation, operation: Operation): boolean {
  const sessions = sessionsOf(snapshot)(operation);
  return snapshot.hasSessions !== false && sessions?.length === 0 && isNamed(named, operation);
}

function isNamed(named: Observation['named'], { id, workerId, validationQuery }: Operation): boolean {
  return named.has(sessionKey(id, workerId)) || readMark(validationQuery).mark !== null;
}

const found = new WeakMap<Observation, Stalls>();

/** Computed once for each observation. */
export function stallsOf(observation: Observation): Stalls {
  const known = found.get(observation);
  if (known !== undefined) return known;
  const { snapshot, tracks, named } = observation;
  const usual = new Map(
    snapshot.totals.map((total) => [tableKey(total.phase, total.tableName), usualBatchSeconds(total)]),
  );
  const sessionsFor = sessionsOf(snapshot);
  const judged = snapshot.operations.map((operation) => {
    const sessions = sessionsFor(operation);
    const stall = stallOf(
      trackFor(tracks, operation),
      operation,
      snapshot,
      usual.get(tableKey(operation.phase, operation.tableName)) ?? null,
      sessions?.at(-1),
      snapshot.hasSessions !== false && sessions !== null && isNamed(named, operation),
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
