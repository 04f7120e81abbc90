import { messageOf } from '../database/database-error.ts';
import { bodyRows } from '../presentation/layout.ts';
import type { Say } from '../presentation/toast.ts';
import { createAccepting } from './accepting.ts';
import { createActions, whenWritten } from './actions.ts';
import { createBulkActions } from './bulk.ts';
import { comparePoll } from './compare-poll.ts';
import type { Controls } from './controls.ts';
import { createCopying } from './copying.ts';
import { createCounter } from './counter.ts';
import { createCustomRunning } from './custom-running.ts';
import { createDetailSearch } from './detail-search.ts';
import { createFilterTyping } from './filter-typing.ts';
import { greetingOf, readOnlyReason } from './greeting.ts';
import { initialState } from './initial-state.ts';
import { createInspections, needsInspection } from './inspections.ts';
import { createKeyboard } from './keyboard.ts';
import type { Monitor } from './monitor-interface.ts';
import type { MonitorOptions } from './monitor-options.ts';
import { createNavigation } from './navigation.ts';
import { createPager, type PageWish } from './paging.ts';
import { createPalette } from './palette.ts';
import { notPersonal } from './personal.ts';
import { createPollInterval, watchedBy } from './poll-interval.ts';
import { createPoller } from './poller.ts';
import { createProposal } from './proposal.ts';
import { createQueryFormatter } from './query-formatter.ts';
import { createReasonAdding } from './reason-adding.ts';
import { createRefresher } from './refresher.ts';
import { createRestriction } from './restricting.ts';
import { plainSession } from './session-state.ts';
import { createStore } from './store.ts';
import { createTextReader } from './text-reader.ts';
import { createTicker } from './ticker.ts';
import { createUndoQuestion } from './undo-question.ts';
import { createUnlocking } from './unlocking.ts';

/** How long a write may run before it is cancelled, and how long the cancelling may take. */
const suspending = { graceMs: 1000, limitMs: 1000 };
const quitting = { graceMs: 300, limitMs: 700 };
/** How long the end of a cancelled action may take: reading its outcome, its explanation and its audit (`helpMs` each). */
const afterCancelMs = 1300;

/** After how long the screen shows that a poll has no answer. It is drawn every second, and must show it within 5 s. */
const noAnswerMs = 3000;

/** How often the table itself is inspected again: its privileges, the guard, the audit. */
const inspectEveryMs = 30_000;

/**
 * Builds the monitor of a table: its state, the poller, the keys and what they do. It does nothing until `start`.
 *
 * @param options the open table, the clock, the window, and what the operator may do
 */
export function createMonitor(options: MonitorOptions): Monitor {
  const { table, now, personal = notPersonal, custom: commands, redact = false } = options;
  const readOnly = (): string | null =>
    readOnlyReason(options.readOnly, table.target, personal, table.production?.state());
  const production = table.production?.state() ?? plainSession.production;
  const store = createStore(
    initialState({
      target: table.target,
      operator: table.operator,
      readOnly: readOnly(),
      session: { ...plainSession, ...options.session, production },
      personal,
      intervalSeconds: options.intervalSeconds,
      window: options.window,
      nowMs: now(),
      until: options.until ?? null,
    }),
  );
  const ticker = createTicker(store, now);
  /** While paused, reads are cancelled: their failures are not reported. */
  let isPaused = false;
  const nextInterval = createPollInterval();
  let inspectedMs = now();
  const toast: Say = (tone, text, more) => {
    store.emit({
      kind: 'toasted',
      toast: { tone, text, atMs: now(), ...(tone === 'bad' ? { own: true as const } : {}), ...more },
    });
  };

  const greeting = greetingOf(store.state(), options.greeting);
  if (greeting !== '') toast('info', greeting);

  const poller = createPoller({
    async poll() {
      const startedMs = now();
      let isOver = false;
      const silence = setTimeout(() => {
        store.emit({ kind: 'waited', sinceMs: startedMs, atMs: now() });
        // While the connection is lost, each poll opens a new one itself.
        if (store.state().connection.kind === 'lost') return;
        void table.whyNoAnswer().then((why) => {
          if (!isOver) store.emit({ kind: 'waited', sinceMs: startedMs, atMs: now(), why });
        });
      }, noAnswerMs);
      try {
        return await pollOnce(startedMs);
      } finally {
        isOver = true;
        clearTimeout(silence);
      }
    },
    onLost: (error, attempt) => store.emit({ kind: 'lost', atMs: now(), attempt, problem: messageOf(error) }),
  });

  function inspectAtNextPoll(): void {
    inspectedMs = Number.NEGATIVE_INFINITY;
    poller.now();
  }

  /** Resolves to the seconds until the next poll. */
  async function pollOnce(startedMs: number): Promise<number> {
    const before = store.state();
    // Another server may answer after a lost connection, and an owner may install the guard at any time.
    if (before.connection.kind === 'lost' || startedMs - inspectedMs > inspectEveryMs) {
      inspectedMs = startedMs;
      await table.inspect();
    }
    inspections.take();
    await restriction.apply();
    const readMs = now();
    const watched = watchedBy(before);
    const snapshot = await table.poll(watched);
    const restricted = restriction.taken();
    counter.start();
    const next = nextInterval((now() - startedMs) / 1000, snapshot, store.state().interval.wantedSeconds);
    const more = restricted ? { restricted } : await comparePoll(store.state, snapshot, options.nextTurn);
    store.emit({ kind: 'polled', snapshot, atMs: now(), readMs, losses: table.takeLosses(), ...next, ...more });
    restriction.report();
    unlocking.refresh();
    if (needsInspection(before.latest?.snapshot, snapshot)) inspectAtNextPoll();
    // After the toast of the reconnection, which would replace this one.
    inspections.tellNotes();
    refresh();
    void propose().catch(() => {});
    // The connection works: the unknown outcomes of earlier actions can be looked up.
    void actions.settle().catch(() => {});
    bulkActions.afterPoll(watched);
    undoing.afterPoll();
    return Math.max(0, next.nextSeconds - (now() - startedMs) / 1000);
  }

  const restriction = createRestriction({
    table,
    toast,
    isLost: () => store.state().connection.kind === 'lost',
    pollNow: () => poller.now(),
  });
  const inspections = createInspections({ table, store, now, toast, readOnly });
  const propose = createProposal({ table, store, now });
  const counter = createCounter({ work: (isDue) => table.work(isDue), onWhole: () => poller.now() });

  const readTexts = createTextReader({
    table,
    store,
    onProblem: (problem) => toast('bad', problem),
    onChanged: (id) => void readDetail(id),
  });

  const readPageNow = createPager({ table, store, onProblem: (problem) => isPaused || toast('bad', problem) });

  const formatQueries = createQueryFormatter(store);
  const refresher = createRefresher({
    table,
    store,
    now,
    readPage: () => readPageNow({ kind: 'same' }),
    onDetail: () => void formatQueries().catch(() => {}),
    onProblem: (problem) => toast('bad', problem),
    isPaused: () => isPaused,
  });
  const { refresh, readDetail, readActivity, examineAgain } = refresher;

  const unlocking = createUnlocking({ store, guard: () => table.production, readOnly, toast });
  const custom = createCustomRunning({ store, commands, readOnly, toast, redact });
  const afterwards = (): void => poller.now();
  const parts = { table, store, now, toast, afterwards };
  const rereadDetail = (id: number): void => void readDetail(id);
  const settle = (): Promise<void> => actions.settle();
  const bulkActions = createBulkActions({ ...parts, settle, onQuit: options.onQuit, readDetail: rereadDetail });
  const actions = createActions({
    ...parts,
    bulkActions,
    afterwards: (id) => {
      afterwards();
      const { overlay } = store.state();
      if (overlay.kind === 'detail' && overlay.id === id) rereadDetail(id);
    },
  });
  const readPage = (wish: PageWish): void => void readPageNow(wish);
  const filter = createFilterTyping({ store, readPage });
  const palette = createPalette({ table, store, controls: () => controls, readPage, readDetail: rereadDetail, toast });
  const accepting = createAccepting(parts);
  const undoing = createUndoQuestion({ ...parts, undo: () => void (accepting.undo() || actions.undo()) });
  const navigation = createNavigation({
    store,
    filter,
    palette,
    readDetail: rereadDetail,
    readTexts: (wishes, place) => void readTexts(wishes, place),
    readPage,
    readActivity: () => void readActivity(),
    stopBulk: () => accepting.stop() || bulkActions.stop(),
    restrict: restriction.restrict,
    toast,
  });

  const reasonAdding = createReasonAdding({ table, store, toast, readActivity: () => void readActivity() });

  const controls: Controls = {
    ...bulkActions,
    ...actions,
    ...navigation,
    acceptFailure: accepting.acceptFailure,
    undo: undoing.undo,
    confirmBulk: () => void (undoing.confirm() || bulkActions.confirmBulk()),
    editFilter: filter.editFilter,
    recall: filter.recall,
    complete: filter.complete,
    palette: palette.palette,
    choose: palette.choose,
    goTo: palette.goTo,
    ...createDetailSearch({ store, toast }),
    addReason: reasonAdding.addReason,
    applyFilter() {
      const appliers = [reasonAdding.apply, unlocking.applyUnlock, bulkActions.applyReason, accepting.apply];
      if (!appliers.some((apply) => apply())) navigation.applyFilter();
    },
    ...createCopying({
      table,
      store,
      toast,
      redact,
      copy: options.onCopy ?? (async () => ({ file: null, problem: 'there is no screen', isCut: false })),
    }),
    state: store.state,
    emit: (event) => store.emit(event(store.state())),
    toast,
    pollNow: () => poller.now(),
    refresh() {
      examineAgain();
      inspectAtNextPoll();
      const { overlay } = store.state();
      if (overlay.kind === 'detail') rereadDetail(overlay.id);
    },
    unlock: unlocking.unlock,
    runCustom: custom.runCustom,
    move: (motion) => custom.scrollOutput(motion) || navigation.move(motion),
    back: () => custom.closeOutput() || navigation.back(),
    changeTarget: options.onChangeTarget ?? (() => {}),
    redraw: options.onRedraw,
    suspend: options.onSuspend,
    quit: options.onQuit,
  };

  const take = createKeyboard({ store, controls, type: navigation.type, toast, now });

  return {
    store,
    start() {
      ticker.start();
      poller.start();
    },
    take,
    press: (chords) => take(chords.map((chord) => ({ kind: 'key', chord }))),
    resize(window) {
      store.emit({ kind: 'resized', window });
      if (store.state().page !== null && bodyRows(window) > 0) void readPageNow({ kind: 'same' });
    },
    async pause() {
      isPaused = true;
      poller.pause();
      counter.pause();
      await table.quiesce(suspending);
      await whenWritten(store, afterCancelMs);
    },
    resume() {
      isPaused = false;
      poller.resume();
      counter.resume();
    },
    async stop() {
      isPaused = true;
      bulkActions.stop();
      custom.stop();
      ticker.stop();
      poller.stop();
      counter.stop();
      refresher.stop();
      await table.quiesce(quitting);
      // The outcome of a cancelled action still has to be written into the audit.
      await whenWritten(store, afterCancelMs);
      await table.close();
    },
  };
}
