import type { IsName } from '../domain/filter/filter.ts';
import { parseFilter } from '../domain/filter/parse.ts';
import { type Facts, type Ids, only, type ResolvedFilter, resolveFilter } from '../domain/filter/resolve.ts';
import { type LastActor, lastActorsIn, operatorNames } from '../domain/last-actors.ts';
import type { Observation } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import { countedStallsOf } from '../domain/paused-stalls.ts';
import { standingStillOf } from '../domain/standing-still.ts';
import { operationRow } from '../presentation/rows.ts';
import { decidedActions } from './decided-actions.ts';
import { type MonitorState, shown } from './state.ts';

/** The filter of the state with the facts of its observation; null where its text is no filter, or before the first poll. */
export function resolvedFilter(state: MonitorState, text = state.filter): ResolvedFilter | null {
  const observation = shown(state);
  const parsed = parseFilter(text);
  return parsed.kind === 'wrong' || observation === null
    ? null
    : resolveFilter(parsed.filter, factsOf(state, observation));
}

/** Returns the properties of operations that the monitor knows and that are in no row. */
export function factsOf(state: MonitorState, observation: Observation): Facts {
  const { snapshot } = observation;
  return {
    now: snapshot.takenAt,
    zone: snapshot.zone,
    is: (name) => propertyIds(name, state, observation),
    ofKind: (test) => failuresOfKind(observation, test),
    actedOnBy: (test) =>
      lastActorsOf(state)
        .filter((actor) => test(operatorNames(actor)))
        .flatMap(({ ids }) => ids),
  };
}

function propertyIds(name: IsName, state: MonitorState, observation: Observation): Ids {
  const { snapshot, triage } = observation;
  const stalls = countedStallsOf(observation).all;
  switch (name) {
    case 'stalled':
      return ofOperations(stalls.map(({ operation }) => operation));
    case 'dead':
      return ofOperations(stalls.filter(({ stall }) => stall.kind === 'no session').map(({ operation }) => operation));
    case 'blocked':
      return ofOperations(
        snapshot.operations.filter((operation) => standingStillOf(observation, operation).waitsFor.length > 0),
      );
    case 'overwritten':
      return ofOperations(
        snapshot.operations.filter((operation) => {
          const { flag } = operationRow(observation, operation, decidedActions(state), state.activity ?? []);
          return flag === 'OVERWRITTEN' || flag === 'NOT STOPPED';
        }),
      );
    case 'paused-by-me':
      return only(pausedByMe(state));
    case 'unresolved':
      return { kind: 'failed-except', ids: new Set([...triage.idsOf('resolved'), ...triage.idsOf('accepted')]) };
    case 'resolved':
    case 'accepted':
      return only(triage.idsOf(name));
    case 'marked':
      return ofOperations([...state.acting.marks.values()]);
  }
}

function ofOperations(operations: readonly Operation[]): Ids {
  return only(operations.map(({ id }) => id));
}

function failuresOfKind(
  { triage }: Observation,
  test: (kind: string, sqlState: string | null) => boolean,
): readonly number[] {
  return triage.kinds
    .filter(({ kind, sqlState }) => test(kind, sqlState))
    .flatMap(({ kind }) => triage.membersOf(kind));
}

/** Who acted last on each operation; until that is read, by the actions that are listed. */
function lastActorsOf({ lastActors, activity }: MonitorState): readonly LastActor[] {
  return lastActors ?? lastActorsIn(activity ?? []);
}

/** Whether a filter needs to know who acted last on each operation. */
export function needsLastActors(filter: string): boolean {
  const parsed = parseFilter(filter);
  if (parsed.kind === 'wrong') return false;
  return parsed.filter.terms.some(
    (term) => term.field === 'by' || (term.field === 'is' && term.values.includes('paused-by-me')),
  );
}

/** Operations whose newest action is a pause by this operator, in this session or in an earlier one. */
function pausedByMe(state: MonitorState): readonly number[] {
  const { trackedActions, operator } = state;
  const audited = lastActorsOf(state).filter(
    ({ osUser, host, toStatus }) => osUser === operator?.osUser && host === operator.host && toStatus === 'paused',
  );
  const own = new Map(trackedActions.map((action) => [action.operationId, action]));
  return [
    ...audited.flatMap(({ ids }) => ids).filter((id) => !own.has(id)),
    ...[...own.values()]
      .filter(({ by, to }) => by === undefined && to === 'paused')
      .map(({ operationId }) => operationId),
  ];
}
