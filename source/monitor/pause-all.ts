import { type BulkPlan, type Change, planBulk, type RowOutcome, undoOfBulk } from '../domain/bulk-actions.ts';
import { ofOperations } from '../domain/filter/resolve.ts';
import { pauseAllReason } from '../domain/last-actors.ts';
import { type Operation, type Status, statuses } from '../domain/operation.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { refusedText } from '../presentation/plan-text.ts';
import type { Toast } from '../presentation/toast.ts';
import type { UndoableBulk } from './acting-state.ts';
import { readMembers } from './bulk-members.ts';
import type { BulkRunner } from './bulk-runner.ts';
import type { Controls } from './controls.ts';
import { everything, ofLast } from './paused-all.ts';
import type { Store } from './store.ts';
import { withoutActed } from './who-changed.ts';

/** `P`: pauses all running and pending operations, and resumes exactly these, also those that an earlier session paused by it. */
export function createPauseAll({
  store,
  table,
  toast,
  runner,
}: {
  readonly store: Store;
  readonly table: ControlTable;
  readonly toast: (tone: Toast['tone'], text: string) => void;
  readonly runner: BulkRunner;
}): Pick<Controls, 'pauseAll'> & {
  /** Takes note of the undo of an action on many. @param refused the rows that it did not try to change */
  readonly afterUndo: (
    undone: Pick<UndoableBulk, 'action' | 'what'>,
    results: readonly RowOutcome[],
    refused?: BulkPlan['refused'],
  ) => void;
  /** Takes note of outcomes of an action on many that were not known. */
  readonly afterSettled: (acted: Pick<UndoableBulk, 'action' | 'what'>, results: readonly RowOutcome[]) => void;
} {
  const set = (pausedAll: readonly Change[]): void =>
    runner.set({ pausedAll: pausedAll.length === 0 ? null : pausedAll });

  /** Adds the rows that are paused now. */
  function add(results: readonly RowOutcome[]): void {
    const { pausedAll } = store.state().acting;
    set([...(pausedAll ?? []), ...byStatusAlone({ changes: undoOfBulk(results), refused: [] })]);
  }

  /** Removes the rows that are not paused any more, and those that another session has acted on. */
  function remove(results: readonly RowOutcome[], refused: BulkPlan['refused'] = []): void {
    const { pausedAll } = store.state().acting;
    const ended = results.filter(({ outcome }) => !mayBePaused(outcome));
    const ids = new Set([...ended.map(({ change }) => change.transition.id), ...refused.map(({ id }) => id)]);
    if (pausedAll !== null) set(pausedAll.filter(({ transition: { id } }) => !ids.has(id)));
  }

  /**
   * Returns the rows that `P` paused in an earlier session of this operator and that are unchanged since; none if they cannot be
   * read.
   */
  async function ofEarlierSession(signal: AbortSignal): Promise<readonly Change[]> {
    try {
      const { osUser, host } = table.operator;
      const froms = new Map<number, string>();
      for (const actor of await table.lastActors())
        if (
          actor.isOfAll === true &&
          actor.osUser === osUser &&
          actor.host === host &&
          actor.databaseRole === table.target.user
        )
          for (const id of actor.ids) froms.set(id, actor.fromStatus ?? '');
      if (froms.size === 0) return [];
      const { operations } = await readMembers(table, ofOperations([...froms.keys()], ['paused']), () => {}, signal);
      const fromOf = ({ id }: Pick<Operation, 'id'>): Status | null =>
        statuses.find((status) => status === froms.get(id)) ?? null;
      return byStatusAlone(planBulk('resume', operations, fromOf));
    } catch {
      return [];
    }
  }

  /** Whether any of these rows is still paused: workers may have resumed all, or another session may have undone the pause. */
  async function isAnyPaused(changes: readonly Change[]): Promise<boolean> {
    const filter = ofOperations(
      changes.map(({ transition: { id } }) => id),
      ['paused'],
    );
    return (await table.page({ direction: 'older', from: null, filter, limit: 1 })).length > 0;
  }

  async function resume(what: string, plan: BulkPlan, signal: AbortSignal): Promise<void> {
    if (plan.changes.length === 0 && plan.refused.length > 0) {
      toast('bad', `cannot resume ${what}: ${refusedText(plan)}`);
      set([]);
      return;
    }
    const results = await runner.run('resume', what, plan, null, signal);
    // Operations that were not reached stay paused: the next `P` resumes them.
    const left = results.flatMap(({ change, outcome }) => (mayBePaused(outcome) ? [change] : []));
    set(results.length === 0 ? plan.changes : left);
  }

  return {
    pauseAll() {
      const { pausedAll } = store.state().acting;
      const what = pausedAll === null ? everything : ofLast;
      void runner.working(pausedAll === null ? 'pause' : 'resume', what, async (signal) => {
        if (pausedAll !== null && (await isAnyPaused(pausedAll))) {
          const own = new Set(pausedAll.map(({ transition: { id } }) => id));
          const earlier = (await ofEarlierSession(signal)).filter(({ transition: { id } }) => !own.has(id));
          // Rows that another session has paused since then do not belong to this pause.
          const { changes, refused } = await withoutActed(table, pausedAll);
          await resume(what, { changes: [...changes, ...earlier], refused }, signal);
          return;
        }
        const operations = await runner.readAll('pause', everything, 'status:running,pending', signal);
        if (operations === null) return;
        set([]);
        const plan = runner.planFor('pause', operations);
        if (plan.changes.length === 0) {
          const earlier = await ofEarlierSession(signal);
          if (earlier.length === 0) toast('bad', 'no operation is running or pending');
          else await resume(ofLast, { changes: earlier, refused: [] }, signal);
          return;
        }
        const results = await runner.run('pause', everything, plan, pauseAllReason, signal);
        set(byStatusAlone({ changes: undoOfBulk(results), refused: [] }));
      });
    },
    afterUndo({ action, what }, undone, refused) {
      // The rows are still paused.
      if (action === 'batch size') return;
      if (action === 'resume' && what === ofLast) add(undone);
      else remove(undone, refused);
    },
    afterSettled({ action, what }, outcomes) {
      if (action === 'pause' && what === everything) add(outcomes);
      else if (action === 'resume' && what === ofLast) remove(outcomes);
    },
  };
}

/** A worker that finishes its batch changes the row once more: only the status decides. */
function byStatusAlone({ changes }: BulkPlan): readonly Change[] {
  return changes.map((change) => ({ ...change, transition: { ...change.transition, version: null } }));
}

function mayBePaused(outcome: RowOutcome['outcome']): boolean {
  const { kind } = outcome;
  if (kind === 'stale') return outcome.actual === 'paused';
  return ['not sent', 'not applied', 'unknown', 'locked', 'refused'].includes(kind);
}
