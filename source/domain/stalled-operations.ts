import { tableKey } from './groups.ts';
import { readMark } from './mark.ts';
import { trackFor } from './movement.ts';
import type { Observation } from './observation.ts';
import type { Session } from './snapshot.ts';
import { type Stall, stallOf, usualBatchSeconds } from './stalls.ts';

const found = new WeakMap<Observation, ReadonlyMap<number, Stall>>();

/** The stalled operations, by id. Found once for each observation. */
export function stallsOf(observation: Observation): ReadonlyMap<number, Stall> {
  const known = found.get(observation);
  if (known !== undefined) return known;
  const { snapshot, tracks, named } = observation;
  const usual = new Map(
    snapshot.totals.map((total) => [tableKey(total.phase, total.tableName), usualBatchSeconds(total)]),
  );
  const sessions = new Map<number, Session>(snapshot.sessions.map((session) => [session.operationId, session]));
  const stalls = new Map<number, Stall>();
  for (const operation of snapshot.operations) {
    const stall = stallOf(
      trackFor(tracks, operation),
      operation,
      snapshot,
      usual.get(tableKey(operation.phase, operation.tableName)) ?? null,
      sessions.get(operation.id),
      snapshot.hasSessions !== false && (named.has(operation.id) || readMark(operation.validationQuery).mark !== null),
    );
    if (stall !== null) stalls.set(operation.id, stall);
  }
  found.set(observation, stalls);
  return stalls;
}
