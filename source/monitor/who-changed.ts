import { atMost } from '../database/waits.ts';
import type { BatchPlan, Change, RowOutcome } from '../domain/batch-actions.ts';
import type { LastActor } from '../domain/last-actors.ts';
import { operatorName } from '../domain/operator-name.ts';
import { isPauseOrResume, type Outcome, type Transition } from '../domain/transitions.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { by } from '../presentation/result-text.ts';
import { isRequeued } from './requeued.ts';
import type { MonitorState } from './state.ts';

/** How long the reads that name who changed a row may take, in milliseconds: a message does not wait longer for them. */
const mostMs = 2000;

/** The operators who have acted last on operations, without those of this operator, by the ids. Empty if that cannot be read. */
export async function otherActors(
  table: ControlTable,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Pick<LastActor, 'toStatus'> & { readonly name: string }>> {
  const wanted = new Set(ids);
  const actors = (await atMost(table.lastActors(), mostMs)) ?? [];
  const { osUser, host } = table.operator;
  return new Map(
    actors
      .filter((actor) => actor.osUser !== osUser || actor.host !== host || actor.databaseRole !== table.target.user)
      .flatMap((actor) =>
        actor.ids
          .filter((id) => wanted.has(id))
          .map((id) => [id, { toStatus: actor.toStatus, name: operatorName(actor) }] as const),
      ),
  );
}

/** The plan of an undo: a pause or a resume after which another operator has acted is refused, whatever the status is now. */
export async function planUndo(
  table: ControlTable,
  changes: readonly Change[],
  state: MonitorState,
): Promise<BatchPlan> {
  const ofStatus = changes.filter(({ transition, rewrite }) => rewrite === undefined && isPauseOrResume(transition));
  if (ofStatus.length === 0) return { changes, refused: [] };
  const others = await otherActors(
    table,
    ofStatus.map(({ transition: { id } }) => id),
  );
  const refusals = new Map(
    ofStatus.flatMap((change) => {
      const { transition, tableName, seenVersion } = change;
      const { id, from } = transition;
      const other = others.get(id);
      const isActed = other?.toStatus === from;
      if (!isActed && !isRequeued(state.latest, transition, seenVersion)) return [];
      const reason = isActed ? ({ kind: 'acted', by: other.name } as const) : ({ kind: 'requeued' } as const);
      return [[change, { id, tableName, reason }] as const];
    }),
  );
  return { changes: changes.filter((change) => !refusals.has(change)), refused: [...refusals.values()] };
}

/** The outcomes of an undo with who changed the rows first, where that is known. */
export async function namingChangers(
  results: readonly RowOutcome[],
  table: ControlTable,
  state: MonitorState,
): Promise<readonly RowOutcome[]> {
  const stale = results.flatMap(({ change, outcome }) => (outcome.kind === 'stale' ? [change.transition.id] : []));
  if (stale.length === 0) return results;
  const others = await otherActors(table, stale);
  return results.map((result) => {
    const { change, outcome } = result;
    if (outcome.kind !== 'stale') return result;
    const other = others.get(change.transition.id);
    const name =
      other?.toStatus === outcome.actual ? other.name : workerThatSet(state, change.transition.id, outcome.actual);
    return name === null ? result : { change, outcome: { ...outcome, by: name } };
  });
}

/** The outcome with who changed the row first, where that can be found out: another operator, or the worker of the row. */
export async function namingChanger(
  outcome: Outcome,
  { id, identity }: Transition,
  table: ControlTable,
  state: MonitorState,
): Promise<Outcome> {
  if (outcome.kind !== 'stale') return outcome;
  const { actual } = outcome;
  const actor = (await otherActors(table, [id])).get(id);
  if (actor?.toStatus === actual) return { ...outcome, by: actor.name };
  const seen = workerThatSet(state, id, actual);
  if (seen !== null) return { ...outcome, by: seen };
  const row = (await atMost(table.detail(id, identity), mostMs))?.operation ?? null;
  return row?.status === actual ? withWorker(outcome, row.workerId) : outcome;
}

/** The worker that has set a status, as polls have seen it: `worker 3`; null if they have not. */
export function workerThatSet({ trackedActions, latest }: MonitorState, id: number, status: string): string | null {
  const tracked = trackedActions.findLast(({ operationId }) => operationId === id)?.result;
  if (tracked?.kind === 'overwritten' && tracked.status === status && tracked.workerId !== null)
    return by(tracked.workerId);
  const row = [...(latest?.snapshot.operations ?? []), ...(latest?.snapshot.failures ?? [])].find(
    (operation) => operation.id === id && operation.status === status,
  );
  return row === undefined || row.workerId === null || !workerStatuses.includes(status) ? null : by(row.workerId);
}

function withWorker(outcome: Extract<Outcome, { kind: 'stale' }>, workerId: number | null): Outcome {
  return workerId === null || !workerStatuses.includes(outcome.actual) ? outcome : { ...outcome, by: by(workerId) };
}

/** The statuses that workers set. */
const workerStatuses = ['running', 'completed', 'failed'];
