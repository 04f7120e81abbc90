import { messageOf } from '../database/database-error.ts';
import type { Observation } from '../domain/observation.ts';
import { isLive, type Operation } from '../domain/operation.ts';
import { fallenTables } from '../domain/removed-rows.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { notFound } from '../presentation/result-text.ts';
import { createDiagnosis } from './diagnosis.ts';
import { createFailureFinder } from './failure-finder.ts';
import { needsLastActors } from './filter-facts.ts';
import { createDueRead, createRest } from './poll-interval.ts';
import type { MonitorState } from './state.ts';
import type { Store } from './store.ts';
import { mayKnowPauses } from './unknown-pauses.ts';

/** How often the actions of operators are read while the Activity view is not shown. */
const readActivityEveryMs = 10_000;

/** Reads what is open besides the poll: a detail, the audit, the page of the Operations view. */
export interface Refresher {
  /** Reads again, after a poll, what is open and may have changed. */
  refresh(): void;
  readDetail(id: number): Promise<void>;
  readActivity(): Promise<void>;
  /** Examines the control table again with the next poll, if its findings are shown. */
  examineAgain(): void;
  /** Reads no more. */
  stop(): void;
}

export interface RefresherOptions {
  readonly table: ControlTable;
  readonly store: Store;
  readonly now: () => number;
  readonly readPage: () => Promise<void>;
  /** Called when a detail has been read, and after each poll while one is open. */
  readonly onDetail: () => void;
  /** Called with why the audit could not be read. */
  readonly onProblem: (problem: string) => void;
  /** While paused, reads are cancelled: their failures are not reported. */
  readonly isPaused: () => boolean;
}

/** Returns the values that require a new read of the audit when they change: the restriction (`S`) and the newest own action. */
function auditStateOf({ target, trackedActions }: MonitorState) {
  return { scope: target.scope, newest: trackedActions.findLast(({ by }) => by === undefined)?.requestedAt };
}

/** Reads the page, the activity and the detail that the screen shows, each with rests for a slow database. */
export function createRefresher({
  table,
  store,
  now,
  readPage,
  onDetail,
  onProblem,
  isPaused,
}: RefresherOptions): Refresher {
  const pageRead = createDueRead(now);
  const activityRead = createDueRead(now);
  let activityReadMs = Number.NEGATIVE_INFINITY;
  let activityReadFor: ReturnType<typeof auditStateOf> | null = null;
  const detailRead = createDueRead(now);
  const diagnosisRest = createRest(now);
  const diagnosis = createDiagnosis(table, store, now);
  createFailureFinder({ table, store, isPaused, onProblem });

  /** The poll before the open detail was read. */
  let detailReadAfter: Observation | null = null;

  async function readDetail(id: number): Promise<void> {
    const { overlay, latest } = store.state();
    detailReadAfter = latest;
    const identity = overlay.kind === 'detail' && overlay.id === id ? (overlay.identity ?? null) : null;
    try {
      const [read, actions] = await Promise.all([table.detail(id, identity), table.actionsOn(id).catch(() => [])]);
      const detail = read === null ? null : { ...read, actions };
      const problem = detail === null ? `operation ${id} is ${notFound(table.target.rowSecurity)}` : null;
      store.emit({ kind: 'detailed', id, identity, detail, problem });
      onDetail();
    } catch (error) {
      if (!isPaused()) store.emit({ kind: 'detailed', id, identity, detail: null, problem: messageOf(error) });
    }
  }

  async function readActivity(): Promise<void> {
    const sentMs = now();
    const { scope } = table.target;
    try {
      const unchecked = store.state().noticing.unchecked.map(({ action }) => action.operationId);
      const activity = await table.activity(unchecked);
      const gaps = table.auditGaps();
      // Another restriction (`S`) was applied in the meantime: the poll after it reads the audit again.
      if (table.target.scope !== scope) return;
      const state = store.state();
      const isWanted =
        needsLastActors(state.filter) || (state.view === 'activity' && mayKnowPauses({ ...state, activity }));
      const lastActors = isWanted ? await table.lastActors() : undefined;
      const more = lastActors && { lastActors };
      store.emit({ kind: 'audited', activity, gaps, ...more, sentMs, atMs: now() });
      if (store.state().view === 'activity') store.emit({ kind: 'watched', watchers: await table.watchers() });
    } catch (error) {
      if (!isPaused() && store.state().view === 'activity')
        onProblem(`The audit could not be read: ${messageOf(error)}`);
    }
  }

  function showsPage(): boolean {
    const { view, frozen } = store.state();
    return view === 'operations' && frozen === null;
  }

  function refresh(): void {
    const state = store.state();
    const { overlay, latest } = state;
    if (showsPage())
      pageRead.due(async () => {
        if (showsPage() && !isPaused()) await readPage();
      });
    void diagnosisRest(async () => {
      const event = await diagnosis.next();
      if (event !== null && !isPaused()) store.emit(event);
    });
    // The actions of other sessions mark their rows in every view.
    const isMissing = state.lastActors === null && needsLastActors(state.filter);
    const seen = auditStateOf(state);
    const hasChanged = activityReadFor?.scope !== seen.scope || activityReadFor?.newest !== seen.newest;
    const isDue = now() - activityReadMs > readActivityEveryMs || state.noticing.unchecked.length > 0;
    if (state.view === 'activity' || isMissing || isDue || hasChanged) {
      activityRead.due(async () => {
        if (isPaused()) return;
        activityReadMs = now();
        activityReadFor = seen;
        await readActivity();
      });
    }
    if (overlay.kind !== 'detail' || latest === null) return;
    onDetail();
    const row = [...latest.snapshot.operations, ...latest.snapshot.failures].find(
      ({ id, identity }) => id === overlay.id && (overlay.identity == null || identity === overlay.identity),
    );
    const known = overlay.detail?.operation;
    const isOld =
      known === undefined ||
      (row === undefined ? overlay.problem === null && mayBeGone(known, latest) : row.version !== known.version);
    if (isOld)
      detailRead.due(async () => {
        const { overlay: open } = store.state();
        if (open.kind === 'detail' && open.id === overlay.id && !isPaused()) await readDetail(overlay.id);
      });
  }

  /** Whether an operation that is in no list of the poll may have been deleted since it was read. */
  function mayBeGone(known: Operation, latest: Observation): boolean {
    if (isLive(known.status)) return true;
    return detailReadAfter !== null && fallenTables(detailReadAfter, latest).includes(known.tableName);
  }

  return {
    refresh,
    readDetail,
    readActivity,
    examineAgain: diagnosis.again,
    stop() {
      for (const read of [pageRead, activityRead, detailRead]) read.stop();
    },
  };
}
