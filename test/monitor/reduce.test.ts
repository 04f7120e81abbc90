import { describe, expect, it } from 'vitest';
import type { Operation } from '../../source/domain/operation.ts';
import type { MonitorEvent } from '../../source/monitor/event.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { createStore } from '../../source/monitor/store.ts';
import { rowsOf, selectedOperation, selectedRow } from '../../source/monitor/views.ts';
import { nowMs, operation, snapshotOf, takenAt, target } from '../support/fixtures.ts';

const window = { columns: 80, rows: 24 };

function start(): MonitorState {
  return initialState({ target, readOnly: null, intervalSeconds: 1, window, nowMs });
}

function all(state: MonitorState, ...events: readonly MonitorEvent[]): MonitorState {
  return events.reduce(reduce, state);
}

function polled(rows: readonly Operation[], seconds = 0, ids: readonly number[] = []): MonitorEvent {
  return {
    kind: 'polled',
    snapshot: snapshotOf(rows, takenAt + seconds, ids),
    atMs: nowMs + seconds * 1000,
    nextSeconds: 1,
  };
}

const failed = (id: number, given: Partial<Operation> = {}) =>
  operation({ id, status: 'failed', completedAt: takenAt, errorMessage: `error of ${id}`, ...given });

describe('the toast of an event', () => {
  it('waits for the result of a key, also if several runs are proposed', () => {
    const own = { tone: 'good' as const, text: 'paused', atMs: nowMs };
    const proposal = { tone: 'info' as const, text: 'several runs', atMs: nowMs + 100 };
    const proposed: MonitorEvent = { kind: 'proposed', since: '5', toast: proposal };
    const written: MonitorEvent = { kind: 'written', undoable: undefined, tracked: null, toast: own };
    expect(all(start(), { kind: 'writing' }, written, proposed)).toMatchObject({ proposedSince: '5', toast: own });
    expect(all(start(), proposed).toast).toEqual(proposal);
  });

  it('names a new failure with its error, and the number of others', () => {
    const before = all(start(), polled([operation({ id: 1 }), failed(5)]));
    expect(before.toast).toBeNull();
    expect(all(before, polled([failed(1), failed(5)], 1)).toast).toMatchObject({
      tone: 'bad',
      text: 'failed: operation 1 · brackets: error of 1',
    });
    expect(all(before, polled([failed(1), failed(2), failed(3), failed(5)], 1)).toast?.text).toBe(
      'failed: operation 3 · brackets and 2 more: error of 3',
    );
    const ofTwoKinds = [failed(1), failed(2, { errorMessage: 'disk full' }), failed(3), failed(5)];
    expect(all(before, polled(ofTwoKinds, 1)).toast?.text).toBe(
      'failed: operation 3 · brackets and 2 more (2 kinds): error of 3',
    );
    expect(all(before, polled([failed(1, { errorMessage: ' ' }), failed(5)], 1)).toast?.text).toBe(
      'failed: operation 1 · brackets: no error message',
    );
    expect(all(before, polled([failed(1, { errorMessage: null }), failed(5)], 1)).toast?.text).toContain(
      'no error message',
    );
  });

  it('names no earlier failure, and none of the first poll', () => {
    const before = all(start(), polled([failed(5), failed(6)]));
    expect(all(before, polled([failed(5), failed(6)], 1)).toast).toBeNull();
    expect(all(before, polled([failed(5), { ...failed(6), status: 'skipped' }], 1)).toast).toBeNull();
  });

  it('reports that the connection is back, unless the outcome of a write is unknown', () => {
    const lost: MonitorEvent = { kind: 'lost', atMs: nowMs, attempt: 1, problem: 'gone' };
    const bad: MonitorEvent = {
      kind: 'toasted',
      toast: { tone: 'bad', text: 'not known', atMs: nowMs, unsettled: true },
    };
    const rows = [operation()];
    expect(all(start(), polled(rows), lost, polled(rows, 9)).toast?.text).toBe('connected again after 9s');
    expect(all(start(), polled(rows), lost, bad, polled(rows, 9)).toast?.text).toBe('not known');
    expect(all(start(), polled(rows), lost, polled([...rows, failed(2)], 9)).toast?.text).toContain('failed: ');
  });
});

describe('the state', () => {
  it('counts the attempts to reconnect from the first, and keeps the frame', () => {
    const state = all(
      start(),
      polled([operation({ id: 3 })]),
      { kind: 'lost', atMs: nowMs + 1000, attempt: 1, problem: 'one' },
      { kind: 'lost', atMs: nowMs + 9000, attempt: 2, problem: 'two' },
    );
    expect(state.connection).toEqual({ kind: 'lost', sinceMs: nowMs + 1000, attempt: 2, problem: 'two' });
    expect([state.receivedAtMs, state.nowMs]).toEqual([nowMs, nowMs + 9000]);
    expect(selectedOperation(state)?.id).toBe(3);
    expect(all(state, polled([operation({ id: 3 })], 10)).connection).toEqual({ kind: 'live' });
  });

  it('has data of the time of its poll, however late the answer arrived', () => {
    const poll = polled([operation({ id: 3 })], 10);
    const state = all(start(), polled([operation({ id: 3 })]), { ...poll, readMs: nowMs + 2000 } as MonitorEvent);
    expect([state.receivedAtMs, state.nowMs]).toEqual([nowMs + 2000, nowMs + 10_000]);
  });

  it('waits for an unanswered poll, but not if the connection is lost', () => {
    const waited: MonitorEvent = { kind: 'waited', sinceMs: nowMs + 1000, atMs: nowMs + 4000 };
    const lost: MonitorEvent = { kind: 'lost', atMs: nowMs, attempt: 1, problem: 'gone' };
    const picture = all(start(), polled([operation({ id: 3 })]));
    expect(all(picture, waited).connection).toEqual({ kind: 'waiting', sinceMs: nowMs + 1000 });
    expect(all(picture, lost, waited).connection).toMatchObject({ kind: 'lost', attempt: 1 });
    expect(all(picture, waited, polled([operation({ id: 3 })], 5)).connection).toEqual({ kind: 'live' });
  });

  it('keeps the frozen data until it is resumed, whatever is polled', () => {
    const frozen = all(start(), polled([operation({ id: 1 })]), { kind: 'froze' }, polled([operation({ id: 2 })], 1));
    expect(rowsOf(frozen).map(({ key }) => key)).toEqual(['1']);
    expect(rowsOf(all(frozen, { kind: 'thawed' })).map(({ key }) => key)).toEqual(['2']);
  });

  it('has nothing to freeze before the first poll', () => {
    expect(all(start(), { kind: 'froze' }).frozen).toBeNull();
  });

  it('keeps the interval that was chosen when a slow poll stretches it', () => {
    const slow = { ...polled([operation()]), nextSeconds: 20 } as MonitorEvent;
    expect(all(start(), slow).interval).toEqual({ wantedSeconds: 1, actualSeconds: 20 });
    expect(all(start(), slow, { kind: 'interval-changed', wantedSeconds: 5 }).interval).toEqual({
      wantedSeconds: 5,
      actualSeconds: 5,
    });
  });

  it('adds the history of the last hour, with whichever poll it arrives', () => {
    const history = [{ tableName: 'brackets', from: takenAt - 100, to: takenAt - 50, records: 500 }];
    const found = { ...polled([]), snapshot: { ...snapshotOf([]), history } } as MonitorEvent;
    const moved = all(start(), polled([]), found).latest?.throughput.migration.slices.values() ?? [];
    expect([...moved].reduce((sum, records) => sum + records, 0)).toBeCloseTo(500);
  });

  it('counts the writes in progress', () => {
    const toast = { tone: 'good', text: 'done', atMs: nowMs } as const;
    const written: MonitorEvent = { kind: 'written', undoable: undefined, tracked: null, toast };
    const writing = all(start(), { kind: 'writing' }, { kind: 'writing' }, written);
    expect(writing.writing).toBe(1);
    expect(all(writing, written)).toMatchObject({ writing: 0, toast, undoable: null });
  });
});

describe('the cursor', () => {
  it('is on the first row as soon as there is one', () => {
    expect(selectedRow(start())).toBeNull();
    const empty = all(start(), polled([]));
    expect([selectedRow(empty), empty.cursors.overview.key]).toEqual([null, null]);
    expect(selectedRow(all(empty, polled([operation({ id: 8 })], 1)))?.key).toBe('8');
  });

  it('returns to its row when that returns', () => {
    const [one, two] = [operation({ id: 1 }), operation({ id: 2, workerId: 2 })];
    const without = all(
      start(),
      { kind: 'viewed', view: 'tables' },
      polled([one, operation({ id: 3, tableName: 'cases' }), two]),
      { kind: 'pointed', key: 'cases', index: 1 },
      polled([one, two], 1),
    );
    expect(selectedRow(without)).toBeNull();
    const back = all(without, polled([one, operation({ id: 3, tableName: 'cases' }), two], 2));
    expect(selectedRow(back)?.key).toBe('cases');
  });

  it('does not show a deleted operation as running', () => {
    const state = all(
      start(),
      polled([operation({ id: 1 }), operation({ id: 2, workerId: 2 })]),
      { kind: 'pointed', key: '1', index: 0 },
      polled([operation({ id: 2, workerId: 2 })], 1, [1]),
    );
    expect(rowsOf(state).map(({ key }) => key)).toEqual(['2']);
    expect(selectedOperation(state)).toBeNull();
  });

  it('keeps a failed one in the list of the Overview, above the kinds of failure', () => {
    const state = all(
      start(),
      polled([operation({ id: 1 }), operation({ id: 2, workerId: 2 })]),
      { kind: 'pointed', key: '1', index: 0 },
      polled([failed(1), operation({ id: 2, workerId: 2 })], 1, [1]),
    );
    expect(rowsOf(state).map(({ key }) => key)).toEqual(['1', '2', 'kind error of …']);
    expect(selectedOperation(state)).toMatchObject({ id: 1, status: 'failed' });
  });
});

describe('the store', () => {
  it('calls its listeners for every change until they unsubscribe, and for nothing else', () => {
    const store = createStore(start());
    let told = 0;
    const stop = store.subscribe(() => told++);
    store.emit({ kind: 'viewed', view: 'tables' });
    store.emit({ kind: 'detailed', id: 1, detail: null, problem: null });
    expect(told).toBe(1);
    stop();
    store.emit({ kind: 'viewed', view: 'workers' });
    expect([told, store.state().view]).toEqual([1, 'workers']);
  });
});

describe("the result of the operator's own key", () => {
  const written = {
    kind: 'written' as const,
    undoable: undefined,
    tracked: null,
    toast: { tone: 'good' as const, text: 'paused: operation 2', atMs: nowMs },
  };

  it('is not replaced by other events while it is shown', () => {
    const writing = all(start(), polled([failed(1)]), { kind: 'writing' }, written);
    expect(all(writing, polled([failed(1), failed(5)], 1)).toast?.text).toBe('paused: operation 2');
    expect(
      all(writing, polled([failed(1)], 30), polled([failed(1), failed(5, { completedAt: takenAt + 31 })], 31)).toast
        ?.text,
    ).toMatch(/^failed: /);
  });
});
