import { messageOf } from '../database/database-error.ts';
import type { Target } from '../database/target.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { bodyRows } from '../presentation/layout.ts';
import { notFound } from '../presentation/result-text.ts';
import type { Toast } from '../presentation/toast.ts';
import type { Window } from '../presentation/window.ts';
import { createActions, whenWritten } from './actions.ts';
import type { Controls } from './controls.ts';
import { createCounter } from './counter.ts';
import { createKeyboard } from './keyboard.ts';
import { createNavigation } from './navigation.ts';
import { createPager } from './paging.ts';
import { createPollInterval, createRest, watchedBy } from './poll-interval.ts';
import { createPoller } from './poller.ts';
import { createProposal } from './proposal.ts';
import { initialState } from './reduce.ts';
import { createRestriction } from './restricting.ts';
import { createStore, type Store } from './store.ts';
import { createTextReader } from './text-reader.ts';
import type { Typed } from './typed.ts';
import { selectedOperation } from './views.ts';

export interface MonitorOptions {
  readonly table: ControlTable;
  /** True: nothing may be changed, whatever the privileges are. */
  readonly readOnly: boolean;
  readonly intervalSeconds: number;
  readonly window: Window;
  /** What the operator is told first, or null. */
  readonly greeting: string | null;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  readonly onQuit: () => void;
  readonly onSuspend: () => void;
  /** Draws the whole screen again: another program may have written onto it. */
  readonly onRedraw: () => void;
}

/** The running monitor, without a screen. */
export interface Monitor {
  readonly store: Store;
  start(): void;
  /** Takes what arrived from the terminal in one chunk, in order: a held key arrives as several at once. */
  take(typed: readonly Typed[]): void;
  /** The same for keys, by their names. */
  press(chords: readonly string[]): void;
  resize(window: Window): void;
  /** Stops polling until `resume`, and resolves when nothing of ours runs on the server any more. */
  pause(): Promise<void>;
  resume(): void;
  /** Stops polling and closes the connections; what runs on the server is cancelled. */
  stop(): Promise<void>;
}

/** How long a write may go on before it is cancelled, and how long the cancelling may take. */
const suspending = { graceMs: 1000, limitMs: 1000 };
const quitting = { graceMs: 300, limitMs: 700 };
/** How long the rest of a cancelled action may take: its outcome is known, is explained and written down (`helpMs` each). */
const afterCancelMs = 1300;

/** After how long a poll without an answer shows on the screen, which is drawn every second: the first sign is due in 5 s. */
const noAnswerMs = 3000;

/** How often what operators did is read while the Activity view is not shown. */
const readActivityEveryMs = 10_000;

/** How often the table itself is looked at again: its privileges, the guard, the audit. */
const inspectEveryMs = 30_000;

export function createMonitor(options: MonitorOptions): Monitor {
  const { table, now } = options;
  const store = createStore(
    initialState({
      target: table.target,
      readOnly: readOnlyReason(options, table.target),
      intervalSeconds: options.intervalSeconds,
      window: options.window,
      nowMs: now(),
    }),
  );
  let ticker: NodeJS.Timeout | undefined;
  /** What is read while we pause is cancelled: that it failed is no news. */
  let isPaused = false;
  const cadence = createPollInterval();
  let inspectedMs = now();
  const toast = (tone: Toast['tone'], text: string): void => {
    store.emit({ kind: 'toasted', toast: { tone, text, atMs: now() } });
  };

  const { readOnly } = store.state();
  const greeting = [
    ...table.target.notes,
    ...(options.greeting === null ? [] : [options.greeting]),
    ...(options.greeting === null && readOnly !== null ? [`read-only: ${readOnly}`] : []),
  ];
  if (greeting.length > 0) toast('news', greeting.join('; '));

  const poller = createPoller({
    async poll() {
      const startedMs = now();
      let isOver = false;
      const silence = setTimeout(() => {
        store.emit({ kind: 'waited', sinceMs: startedMs, atMs: now() });
        // While it is lost, the polls themselves are new connections.
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

  /** Resolves to how many seconds to wait until the next. */
  async function pollOnce(startedMs: number): Promise<number> {
    const before = store.state();
    // Another server may answer after a lost connection; and an owner may install the guard while we watch.
    if (before.connection.kind === 'lost' || startedMs - inspectedMs > inspectEveryMs) {
      inspectedMs = startedMs;
      const target = await table.inspect();
      store.emit({ kind: 'inspected', target, readOnly: readOnlyReason(options, target) });
    }
    await restriction.apply();
    const readMs = now();
    const snapshot = await table.poll(watchedBy(before));
    const restricted = restriction.taken();
    counter.start();
    const nextSeconds = cadence((now() - startedMs) / 1000, store.state().interval.wantedSeconds);
    store.emit({ kind: 'polled', snapshot, atMs: now(), readMs, nextSeconds, ...(restricted && { restricted }) });
    restriction.report();
    // After the news of being connected again, which would take their place.
    const news = table.target.notes.filter((note) => !before.target.notes.includes(note));
    if (news.length > 0) toast('news', news.join('; '));
    refreshOpen();
    void propose().catch(() => {});
    // The connection works: what is not known of earlier actions can be looked up.
    void actions.settle().catch(() => {});
    return Math.max(0, nextSeconds - (now() - startedMs) / 1000);
  }

  const restriction = createRestriction({
    table,
    toast,
    isLost: () => store.state().connection.kind === 'lost',
    pollNow: () => poller.now(),
  });
  const propose = createProposal({ table, store, now });
  const pageRest = createRest(now);
  const activityRest = createRest(now);
  let activityReadMs = Number.NEGATIVE_INFINITY;
  const detailRest = createRest(now);
  const counter = createCounter({ work: () => table.work(), onWhole: () => poller.now() });

  /** What is open beside the lists follows the poll: the page of the Operations view, and a detail whose row changed. */
  function refreshOpen(): void {
    const state = store.state();
    const { overlay, latest } = state;
    if (state.view === 'operations' && state.frozen === null) void pageRest(() => readPageNow({ kind: 'same' }));
    // What operators did elsewhere marks its rows in every view.
    if (state.view === 'activity' || now() - activityReadMs > readActivityEveryMs) {
      activityReadMs = now();
      void activityRest(readActivity);
    }
    if (overlay.kind !== 'detail' || latest === null) return;
    const seen = [...latest.snapshot.operations, ...latest.snapshot.failures].find(
      ({ id, identity }) => id === overlay.id && (overlay.identity == null || identity === overlay.identity),
    );
    if (overlay.detail === null || (seen !== undefined && seen.version !== overlay.detail.operation.version)) {
      void detailRest(() => readDetail(overlay.id));
    }
  }

  async function readDetail(id: number): Promise<void> {
    const { overlay } = store.state();
    const identity = overlay.kind === 'detail' && overlay.id === id ? (overlay.identity ?? null) : null;
    try {
      const detail = await table.detail(id, identity);
      const problem = detail === null ? `operation ${id} is ${notFound(table.target.rowSecurity)}` : null;
      store.emit({ kind: 'detailed', id, identity, detail, problem });
    } catch (error) {
      if (!isPaused) store.emit({ kind: 'detailed', id, identity, detail: null, problem: messageOf(error) });
    }
  }

  const readTexts = createTextReader({
    table,
    store,
    onProblem: (problem) => toast('bad', problem),
    onChanged: (id) => void readDetail(id),
  });

  async function readActivity(): Promise<void> {
    try {
      store.emit({ kind: 'audited', activity: await table.activity(), atMs: now() });
    } catch (error) {
      if (!isPaused && store.state().view === 'activity')
        toast('bad', `The audit could not be read: ${messageOf(error)}`);
    }
  }

  const readPageNow = createPager({ table, store, onProblem: (problem) => isPaused || toast('bad', problem) });

  const actions = createActions({
    table,
    store,
    now,
    toast,
    afterwards: (id) => {
      poller.now();
      const { overlay } = store.state();
      if (overlay.kind === 'detail' && overlay.id === id) void readDetail(id);
    },
  });
  const navigation = createNavigation({
    store,
    readDetail: (id) => void readDetail(id),
    readTexts: (wishes, place) => void readTexts(wishes, place),
    readPage: (wish) => void readPageNow(wish),
    readActivity: () => void readActivity(),
    restrict: restriction.restrict,
  });

  const controls: Controls = {
    ...actions,
    ...navigation,
    freeze() {
      store.emit({ kind: store.state().frozen === null ? 'froze' : 'thawed' });
    },
    refresh() {
      inspectedMs = Number.NEGATIVE_INFINITY;
      poller.now();
      const operation = selectedOperation(store.state());
      if (store.state().overlay.kind === 'detail' && operation !== null) void readDetail(operation.id);
    },
    pace(by) {
      const { wantedSeconds } = store.state().interval;
      const next = by > 0 ? paces.find((pace) => pace > wantedSeconds) : paces.findLast((pace) => pace < wantedSeconds);
      if (next === undefined) return;
      store.emit({ kind: 'paced', wantedSeconds: next });
      toast('news', `polling every ${next} s`);
      poller.now();
    },
    redraw: options.onRedraw,
    suspend: options.onSuspend,
    quit: options.onQuit,
  };

  const take = createKeyboard({ store, controls, type: navigation.type, toast, now });

  return {
    store,
    start() {
      ticker = setInterval(() => store.emit({ kind: 'ticked', nowMs: now() }), 1000);
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
      clearInterval(ticker);
      poller.stop();
      counter.stop();
      await table.quiesce(quitting);
      // The outcome of what was cancelled is still to be written into the audit.
      await whenWritten(store, afterCancelMs);
      await table.close();
    },
  };
}

const paces = [0.2, 0.5, 1, 2, 5, 10, 30, 60] as const;

function readOnlyReason(options: Pick<MonitorOptions, 'readOnly'>, target: Target): string | null {
  return options.readOnly ? 'asked for with --read-only' : target.readOnly;
}
