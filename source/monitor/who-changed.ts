import { resultWithin } from '../database/waits.ts';
import type { BulkPlan, Change, RowOutcome } from '../domain/bulk-actions.ts';
import { ofOperations } from '../domain/filter/resolve.ts';
import { mayBeSetByWorker } from '../domain/first-workers.ts';
import type { LastActor } from '../domain/last-actors.ts';
import type { Operation } from '../domain/operation.ts';
import { operatorName } from '../domain/operator-name.ts';
import { isPauseOrResume, type Outcome, type Transition } from '../domain/transitions.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { isRetriedFirst } from '../presentation/action-text.ts';
import { by } from '../presentation/result-text.ts';
import { isRequeued } from './requeued.ts';
import type { MonitorState } from './state.ts';

/** How long the reads that name who changed a row may take, in milliseconds: a message does not wait longer for them. */
const mostMs = 2000;

/** How many rows are read at most to name the workers that changed them. */
const mostRead = 1000;

/**
 * The operators who have acted last on operations, by the ids, without the actions of this session; where the audit has no keys, without
 * those of this operator. Empty if that cannot be read.
 */
export async function otherActors(
  table: ControlTable,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Pick<LastActor, 'toStatus'> & { readonly name: string }>> {
  const wanted = new Set(ids);
  const actors = (await resultWithin(table.lastActors(), mostMs)) ?? [];
  const { osUser, host } = table.operator;
  const isByOperator = (actor: LastActor): boolean =>
    actor.osUser === osUser && actor.host === host && actor.databaseRole === table.target.user;
  return new Map(
    actors
      .filter((actor) => !(actor.isOwn ?? isByOperator(actor)))
      .flatMap((actor) =>
        actor.ids
          .filter((id) => wanted.has(id))
          .map((id) => [id, { toStatus: actor.toStatus, name: operatorName(actor) }] as const),
      ),
  );
}

/** The changes that are still possible where another session has acted since on what they take back: the others are refused. */
export async function withoutActed(table: ControlTable, changes: readonly Change[]): Promise<BulkPlan> {
  const others = await otherActors(
    table,
    changes.map(({ transition: { id } }) => id),
  );
  const isActed = ({ transition: { id, from } }: Change): boolean => others.get(id)?.toStatus === from;
  return {
    changes: changes.filter((change) => !isActed(change)),
    refused: changes.filter(isActed).map(({ transition: { id }, tableName }) => ({
      id,
      tableName,
      reason: { kind: 'acted', by: others.get(id)?.name ?? '' },
    })),
  };
}

/** The plan of an undo: a pause or a resume after which another session has acted is refused, whatever the status is now. */
export async function planUndo(
  table: ControlTable,
  changes: readonly Change[],
  state: MonitorState,
): Promise<BulkPlan> {
  const ofStatus = changes.filter(({ transition, rewrite }) => rewrite === undefined && isPauseOrResume(transition));
  if (ofStatus.length === 0) return { changes, refused: [] };
  const { changes: possible, refused } = await withoutActed(table, ofStatus);
  const requeued = possible.filter(({ transition, seenVersion }) => isRequeued(state.latest, transition, seenVersion));
  const left = new Set(changes);
  for (const change of ofStatus) left.delete(change);
  for (const change of possible) left.add(change);
  for (const change of requeued) left.delete(change);
  return {
    changes: changes.filter((change) => left.has(change)),
    refused: [
      ...refused,
      ...requeued.map(
        ({ transition: { id }, tableName }) => ({ id, tableName, reason: { kind: 'requeued' } }) as const,
      ),
    ],
  };
}

/** The outcomes of an action on many with who changed the rows first, where that is known. */
export async function namingChangers(
  results: readonly RowOutcome[],
  table: ControlTable,
  state: MonitorState,
): Promise<readonly RowOutcome[]> {
  const stale = results.flatMap(({ change, outcome }) => (outcome.kind === 'stale' ? [change.transition.id] : []));
  if (stale.length === 0) return results;
  const others = await otherActors(table, stale);
  const named = results.map((result) => {
    const { change, outcome } = result;
    if (outcome.kind !== 'stale') return result;
    return { change, outcome: withName(outcome, knownChanger(state, others, change.transition, outcome.actual)) };
  });
  return withReadWorkers(named, table);
}

/** The outcomes with the workers of rows that no poll has, as Activity finds them: it reads the rows too. */
async function withReadWorkers(results: readonly RowOutcome[], table: ControlTable): Promise<readonly RowOutcome[]> {
  const isUnnamed = ({ change: { transition }, outcome }: RowOutcome): boolean =>
    outcome.kind === 'stale' &&
    outcome.by === undefined &&
    !isRetriedFirst(transition.from, transition.to, outcome.actual);
  const ids = results.filter(isUnnamed).map(({ change }) => change.transition.id);
  if (ids.length === 0 || ids.length > mostRead) return results;
  const filter = ofOperations(ids);
  const read = table.page({ direction: 'older', from: null, filter, limit: mostRead });
  const rows = new Map(((await resultWithin(read, mostMs)) ?? []).map((row) => [row.id, row]));
  return results.map((result) => {
    const { change, outcome } = result;
    const row = rows.get(change.transition.id);
    if (outcome.kind !== 'stale' || !isUnnamed(result) || row?.status !== outcome.actual) return result;
    return { change, outcome: withName(outcome, workerOf(row)) };
  });
}

/** The outcome with who changed the row first, where that can be found out: another operator, or the worker of the row. */
export async function namingChanger(
  outcome: Outcome,
  transition: Transition,
  table: ControlTable,
  state: MonitorState,
): Promise<Outcome> {
  if (outcome.kind !== 'stale') return outcome;
  const { id, identity } = transition;
  const { actual } = outcome;
  const known = knownChanger(state, await otherActors(table, [id]), transition, actual);
  if (known !== null || isRetriedFirst(transition.from, transition.to, actual)) return withName(outcome, known);
  const row = (await resultWithin(table.detail(id, identity), mostMs))?.operation ?? null;
  return row?.status === actual ? withName(outcome, workerOf(row)) : outcome;
}

type Stale = Extract<Outcome, { kind: 'stale' }>;

function withName(outcome: Stale, name: string | null): Stale {
  return name === null ? outcome : { ...outcome, by: name };
}

/** The operator or the worker that has set a status, as the audit or polls have seen it: `worker 3`; null if they have not. */
function knownChanger(
  { trackedActions, latest }: MonitorState,
  others: Awaited<ReturnType<typeof otherActors>>,
  { id, from, to }: Transition,
  status: string,
): string | null {
  const other = others.get(id);
  if (other?.toStatus === status) return other.name;
  if (isRetriedFirst(from, to, status)) return other?.toStatus === to ? other.name : null;
  const tracked = trackedActions.findLast(({ operationId }) => operationId === id)?.result;
  if (tracked?.kind === 'overwritten' && tracked.status === status && tracked.workerId !== null)
    return by(tracked.workerId);
  const row = [...(latest?.snapshot.operations ?? []), ...(latest?.snapshot.failures ?? [])].find(
    (operation) => operation.id === id && operation.status === status,
  );
  return row === undefined ? null : workerOf(row);
}

/** The worker of a row that has set its status; null if another session may have. */
function workerOf({
  status,
  workerId,
  completedAt,
}: Pick<Operation, 'status' | 'workerId' | 'completedAt'>): string | null {
  return workerId !== null && mayBeSetByWorker({ status, hasEnd: completedAt !== null }) ? by(workerId) : null;
}
