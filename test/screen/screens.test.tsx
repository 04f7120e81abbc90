import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import type { Coverage } from '../../source/domain/snapshot.ts';
import { decide } from '../../source/domain/transitions.ts';
import type { MonitorEvent } from '../../source/monitor/event.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { noCursor } from '../../source/monitor/page-cursor.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { fieldOf } from '../../source/presentation/text-field.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { type ViewId, viewIds } from '../../source/presentation/view-id.ts';
import type { Window } from '../../source/presentation/window.ts';
import { Screen } from '../../source/screen/app.tsx';
import { lostConnection } from '../support/fake-table.ts';
import { auditEntry, detailOf, nowMs, operation, snapshot, snapshotOf, takenAt, target } from '../support/fixtures.ts';
import { migrationAt, migrationOperation, migrationState } from '../support/migration.ts';
import { hugeError, nastyRows, nastyState, nastyTexts } from '../support/nasty.ts';
import { expectScreen, renderScreen } from '../support/render.tsx';

const sizes: readonly Window[] = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 50 },
];
/** Only the views have a different layout in a wide window. */
const narrowSizes = sizes.slice(0, 2);
const small: Window = { columns: 80, rows: 24 };

const themes = {
  colour: themeOf({ LANG: 'en_US.UTF-8' }),
  'no-colour': themeOf({ LANG: 'en_US.UTF-8', NO_COLOR: '1' }),
  ascii: themeOf({ LC_ALL: 'C' }),
};

function changed(state: MonitorState, ...events: readonly MonitorEvent[]): MonitorState {
  return events.reduce(reduce, state);
}

async function expectFrame(state: MonitorState, name: string, theme: keyof typeof themes = 'colour'): Promise<void> {
  await using screen = await renderScreen(<Screen state={state} theme={themes[theme]} />, state.window);
  await expectScreen(screen, name);
}

/** A view, with the data that the program reads for it. */
function viewed(state: MonitorState, view: ViewId, place: 'first' | 'last' = 'first'): MonitorState {
  const seen = changed(state, { kind: 'viewed', view });
  if (view !== 'operations') return seen;
  const rows =
    state.latest?.snapshot.takenAt === takenAt && state.target.user === 'ops' ? migrationAt(takenAt) : nastyRows;
  const newest = rows.toSorted((a, b) => b.id - a.id);
  const limit = (state.window.rows - 5) * 3;
  const operations = place === 'first' ? newest.slice(0, limit) : newest.slice(-limit);
  const page = {
    operations,
    atNewest: place === 'first' || operations.length === rows.length,
    atOldest: place === 'last' || operations.length === rows.length,
    filter: state.filter,
  };
  return changed(seen, { kind: 'paged', page, place });
}

/** The detail of an operation, as it is once it has been read. */
function opened(state: MonitorState, id: number, detail = detailOf(migrationAt(takenAt), id)): MonitorState {
  return changed(
    state,
    { kind: 'overlaid', overlay: { kind: 'detail', id, detail: null, problem: null, top: 0 } },
    { kind: 'detailed', id, detail, problem: detail === null ? `operation ${id} is no longer in the table` : null },
  );
}

/** Adds the actions of operators in the last hour; the newest is this operator's, and its worker has not read the status yet. */
function acted(state: MonitorState): MonitorState {
  const subject = migrationOperation('paused');
  const entry = (secondsAgo: number | null, given: Partial<AuditEntry>) =>
    auditEntry({
      at: secondsAgo === null ? null : takenAt - secondsAgo,
      host: 'bastion1',
      client: 'migtop 0.1.0',
      operationId: subject.id,
      ...given,
    });
  const { id, tableName, version } = subject;
  return changed(
    state,
    { kind: 'viewed', view: 'activity' },
    { kind: 'writing' },
    {
      kind: 'written',
      undoable: undefined,
      tracked: {
        action: 'pause',
        operationId: id,
        tableName,
        from: 'running',
        to: 'paused',
        requestedAt: takenAt - 3,
        version: version ?? '',
      },
      toast: { tone: 'good', text: `paused: operation ${id} · ${tableName}  (u undoes it)`, atMs: nowMs },
    },
    {
      kind: 'audited',
      atMs: nowMs,
      activity: [
        entry(3, {}),
        entry(65, { operationId: 3263, action: 'skip', fromStatus: 'failed', toStatus: 'skipped', outcome: 'stale' }),
        entry(640, { osUser: nastyTexts.cjk, host: nastyTexts.long, reason: nastyTexts.leftovers }),
        entry(3500, { action: 'resume', fromStatus: 'paused', toStatus: 'running', outcome: 'locked' }),
        entry(90_000, { operationId: 2_147_483_647, action: 'undo', reason: 'wrong one', outcome: 'unknown' }),
        entry(null, { action: 'skip', toStatus: 'skipped', reason: 'from the local file' }),
      ],
    },
  );
}

function asked(state: MonitorState, id: number): MonitorState {
  const subject = migrationAt(takenAt).find((row) => row.id === id) ?? operation();
  const decision = decide('skip', subject);
  if (decision.kind === 'refused') throw new Error(decision.reason.kind);
  return changed(state, {
    kind: 'overlaid',
    overlay: {
      kind: 'confirm',
      operation: subject,
      transition: decision.transition,
      reason: fieldOf(''),
      editing: false,
      reasonBefore: fieldOf(''),
    },
  });
}

for (const window of sizes) {
  describe(`the screen at ${window.columns}x${window.rows}`, () => {
    for (const view of viewIds) {
      it(`shows the ${view} of a running migration`, async () => {
        await expectFrame(viewed(migrationState(window), view), view);
      });

      it(`shows the ${view} of a table full of oddities`, async () => {
        await expectFrame(viewed(nastyState(window), view), `nasty-${view}`);
      });
    }
  });
}

it('shows a failure in detail at 200x50, with the texts beside the facts', async () => {
  const window = { columns: 200, rows: 50 };
  await expectFrame(opened(migrationState(window), migrationOperation('failed', 3).id), 'detail');
});

for (const window of narrowSizes) {
  describe(`the screen at ${window.columns}x${window.rows}`, () => {
    it('shows the oldest operations', async () => {
      await expectFrame(viewed(migrationState(window), 'operations', 'last'), 'operations-oldest');
    });

    it('shows a failure in detail, with the later attempt', async () => {
      await expectFrame(opened(migrationState(window), migrationOperation('failed', 3).id), 'detail');
    });

    it('shows that a detail is being read, and that its operation is gone', async () => {
      const reading = changed(migrationState(window), {
        kind: 'overlaid',
        overlay: { kind: 'detail', id: 77, detail: null, problem: null, top: 0 },
      });
      await expectFrame(reading, 'detail-reading');
      await expectFrame(opened(migrationState(window), 77, null), 'detail-gone');
    });

    it('shows the end of an error of five megabytes', async () => {
      const huge = operation({ id: 11, status: 'failed', errorMessage: hugeError(), tableName: nastyTexts.emoji });
      const state = opened(nastyState(window), 11, { takenAt, operation: huge, attempts: nastyRows });
      const { overlay } = state;
      if (overlay.kind !== 'detail') throw new Error('no detail');
      await expectFrame(state, 'nasty-detail');
      await expectFrame(
        changed(state, { kind: 'overlaid', overlay: { ...overlay, top: Number.MAX_SAFE_INTEGER } }),
        'nasty-detail-end',
      );
    });

    it('shows the help, and its end', async () => {
      const state = migrationState(window);
      await expectFrame(changed(state, { kind: 'overlaid', overlay: { kind: 'help', top: 0 } }), 'help');
      await expectFrame(changed(state, { kind: 'overlaid', overlay: { kind: 'help', top: 999 } }), 'help-end');
    });

    it('asks before a skip', async () => {
      await expectFrame(asked(migrationState(window), migrationOperation('paused').id), 'confirm');
    });

    it('shows the reason for a skip while it is typed, and after that', async () => {
      const state = asked(migrationState(window), migrationOperation('paused').id);
      const { overlay } = state;
      if (overlay.kind !== 'confirm') throw new Error('no question');
      const reason = fieldOf('duplicates of batch 571, agreed with ana');
      await expectFrame(
        changed(state, { kind: 'overlaid', overlay: { ...overlay, reason, editing: true } }),
        'confirm-typing',
      );
      await expectFrame(changed(state, { kind: 'overlaid', overlay: { ...overlay, reason } }), 'confirm-reason');
      await expectFrame(
        changed(state, { kind: 'overlaid', overlay: { ...overlay, reason: fieldOf(nastyTexts.cjk), editing: true } }),
        'nasty-confirm-typing',
      );
    });

    it('shows the actions of operators and their results', async () => {
      await expectFrame(acted(migrationState(window)), 'activity-done');
    });

    it('asks before a skip of an unusual operation', async () => {
      const odd = operation({
        id: 4,
        tableName: nastyTexts.cjk,
        operation: nastyTexts.emoji,
        sourceQuery: nastyTexts.long,
      });
      const transition = {
        id: 4,
        from: 'paused',
        to: 'skipped',
        completedAt: 'set',
        version: null,
        identity: null,
      } as const;
      await expectFrame(
        changed(nastyState(window), {
          kind: 'overlaid',
          overlay: {
            kind: 'confirm',
            operation: odd,
            transition,
            reason: fieldOf(''),
            editing: false,
            reasonBefore: fieldOf(''),
          },
        }),
        'nasty-confirm',
      );
    });

    it('shows the filter while it is typed, and its error', async () => {
      const state = viewed(migrationState(window), 'failures');
      const filter = (text: string) =>
        ({
          kind: 'filter',
          field: fieldOf(text),
          before: { filter: '', cursor: noCursor },
          recalled: null,
          completing: null,
        }) as const;
      await expectFrame(changed(state, { kind: 'overlaid', overlay: filter('status:failed ') }), 'filter');
      await expectFrame(changed(state, { kind: 'overlaid', overlay: filter('status:broken') }), 'filter-wrong');
      await expectFrame(changed(state, { kind: 'overlaid', overlay: filter(nastyTexts.cjk) }), 'nasty-filter');
      const contradiction = 'status:failed phase:execution status:paused';
      await expectFrame(changed(state, { kind: 'overlaid', overlay: filter(contradiction) }), 'filter-contradiction');
      await expectFrame(changed(state, { kind: 'overlaid', overlay: filter('table:ca') }), 'filter-completion');
    });

    it('shows the palette, and the commands that it finds', async () => {
      const state = viewed(migrationState(window), 'workers');
      const palette = (text: string, index: number | null) =>
        ({ kind: 'palette', field: fieldOf(text), index, under: { kind: 'none' } }) as const;
      await expectFrame(changed(state, { kind: 'overlaid', overlay: palette('', null) }), 'palette');
      await expectFrame(changed(state, { kind: 'overlaid', overlay: palette('sort', 2) }), 'palette-found');
      await expectFrame(changed(state, { kind: 'overlaid', overlay: palette('1684', null) }), 'palette-number');
    });

    it('marks the column by which a list is sorted', async () => {
      const state = viewed(migrationState(window), 'workers');
      await expectFrame(changed(state, { kind: 'sorted', sort: { by: 'table', reverse: true } }), 'sorted');
    });

    it('shows the restriction while it is typed, and its error', async () => {
      const state = viewed(migrationState(window), 'failures');
      const since = (text: string) => ({ kind: 'since', field: fieldOf(text) }) as const;
      await expectFrame(changed(state, { kind: 'overlaid', overlay: since('22:00') }), 'since');
      await expectFrame(changed(state, { kind: 'overlaid', overlay: since('yesterday') }), 'since-wrong');
    });

    it('shows the matches of a filter, and that there is none', async () => {
      const state = viewed(migrationState(window), 'failures');
      await expectFrame(changed(state, { kind: 'filtered', filter: 'table:case_file' }), 'filtered');
      await expectFrame(changed(state, { kind: 'filtered', filter: 'no such thing' }), 'filtered-none');
      await expectFrame(changed(state, { kind: 'filtered', filter: nastyTexts.emoji }), 'nasty-filtered');
    });

    it('keeps the last frame while the connection is lost', async () => {
      await expectFrame(
        changed(
          migrationState(window),
          { kind: 'lost', atMs: nowMs + 1000, attempt: 1, problem: lostConnection.message },
          { kind: 'lost', atMs: nowMs + 41_000, attempt: 7, problem: lostConnection.message },
        ),
        'lost',
      );
    });

    it('shows that the table is read-only', async () => {
      await expectFrame(migrationState(window, { readOnly: '--read-only is set' }), 'read-only');
    });

    it('shows that the display is frozen', async () => {
      await expectFrame(
        changed(
          migrationState(window),
          { kind: 'froze' },
          {
            kind: 'polled',
            snapshot: snapshotOf(migrationAt(takenAt), takenAt + 65),
            atMs: nowMs + 65_000,
            nextSeconds: 1,
          },
        ),
        'frozen',
      );
    });

    it('keeps the row of an operation that has ended while the cursor is on it', async () => {
      const state = migrationState(window);
      const ended = [...(state.latest?.tracks.values() ?? [])].find((track) => track.operation.status === 'completed');
      await expectFrame(
        changed(state, { kind: 'pointed', key: String(ended?.operation.id), index: 0 }),
        'overview-ended',
      );
    });

    it('shows the result of the last action', async () => {
      await expectFrame(
        changed(
          migrationState(window),
          { kind: 'writing' },
          {
            kind: 'written',
            undoable: {
              undo: { id: 3250, from: 'running', to: 'paused', completedAt: 'keep', version: '9', identity: null },
              tableName: 'cases',
            },
            tracked: null,
            toast: { tone: 'good', text: 'resumed: operation 3250 · cases  (u undoes it)', atMs: nowMs },
          },
        ),
        'toast',
      );
      await expectFrame(
        changed(migrationState(window), {
          kind: 'toasted',
          toast: { tone: 'bad', text: `failed: operation 4 · ${nastyTexts.cjk}: ${nastyTexts.leftovers}`, atMs: nowMs },
        }),
        'nasty-toast',
      );
    });

    it('shows an empty table', async () => {
      for (const view of viewIds) {
        const empty = changed(
          initialState({ target, readOnly: null, intervalSeconds: 1, window, nowMs }),
          { kind: 'polled', snapshot: snapshot(), atMs: nowMs, nextSeconds: 1 },
          { kind: 'viewed', view },
          { kind: 'paged', page: { operations: [], atNewest: true, atOldest: true, filter: '' }, place: null },
        );
        await expectFrame(empty, `empty-${view}`);
      }
    });

    it('shows that the first poll is running, and that it failed', async () => {
      const first = initialState({ target, readOnly: null, intervalSeconds: 1, window, nowMs });
      await expectFrame(first, 'first');
      await expectFrame(
        changed(first, { kind: 'lost', atMs: nowMs, attempt: 2, problem: lostConnection.message }),
        'first-lost',
      );
    });
  });
}

describe('the theme', () => {
  for (const theme of ['no-colour', 'ascii'] as const) {
    for (const view of viewIds) {
      it(`shows the ${view} in ${theme}`, async () => {
        await expectFrame(viewed(migrationState(small), view), `${theme}-${view}`, theme);
      });
    }

    it(`shows detail, help, confirm, filter, lost connection and oddities in ${theme}`, async () => {
      const state = migrationState(small);
      await expectFrame(opened(state, migrationOperation('failed', 3).id), `${theme}-detail`, theme);
      await expectFrame(
        changed(state, { kind: 'overlaid', overlay: { kind: 'help', top: 0 } }),
        `${theme}-help`,
        theme,
      );
      await expectFrame(asked(state, migrationOperation('paused').id), `${theme}-confirm`, theme);
      await expectFrame(
        changed(state, {
          kind: 'overlaid',
          overlay: {
            kind: 'filter',
            field: fieldOf('worker:2'),
            before: { filter: '', cursor: noCursor },
            recalled: null,
            completing: null,
          },
        }),
        `${theme}-filter`,
        theme,
      );
      await expectFrame(
        changed(state, { kind: 'lost', atMs: nowMs, attempt: 1, problem: lostConnection.message }),
        `${theme}-lost`,
        theme,
      );
      await expectFrame(viewed(nastyState(small), 'workers'), `${theme}-nasty-workers`, theme);
    });
  }

  it('uses no colour under NO_COLOR', async () => {
    for (const view of viewIds) {
      const state = viewed(migrationState(small), view);
      await using screen = await renderScreen(<Screen state={state} theme={themes['no-colour']} />, small);
      await screen.settle();
      const coloured = screen.terminal
        .cells()
        .flat()
        .filter(({ foreground, background }) => foreground.kind !== 'default' || background.kind !== 'default');
      expect(coloured).toEqual([]);
    }
  });

  it('uses only ASCII if the locale is not UTF-8', async () => {
    const states = [
      ...viewIds.map((view) => viewed(migrationState(small), view)),
      ...viewIds.map((view) => viewed(migrationState({ columns: 200, rows: 50 }), view)),
      opened(migrationState(small), migrationOperation('failed', 3).id),
      opened(migrationState({ columns: 200, rows: 50 }), 77, null),
      changed(migrationState(small), { kind: 'overlaid', overlay: { kind: 'help', top: 0 } }),
      changed(migrationState(small), {
        kind: 'overlaid',
        overlay: {
          kind: 'filter',
          field: fieldOf('x'),
          before: { filter: '', cursor: noCursor },
          recalled: null,
          completing: null,
        },
      }),
      asked(migrationState(small), migrationOperation('paused').id),
      changed(migrationState(small), { kind: 'froze' }, { kind: 'lost', atMs: nowMs, attempt: 1, problem: 'gone' }),
      initialState({ target, readOnly: null, intervalSeconds: 1, window: small, nowMs }),
    ];
    for (const state of states) {
      await using screen = await renderScreen(<Screen state={state} theme={themes.ascii} />, state.window);
      expect(await screen.text()).toMatch(/^[\n\u0020-\u007E]*$/);
    }
  });
});

describe('a window that is too small', () => {
  it('shows one line, and the program continues', async () => {
    await expectFrame(migrationState({ columns: 59, rows: 14 }), 'too-small');
    await expectFrame(migrationState({ columns: 59, rows: 24 }), 'too-small');
    await expectFrame(migrationState({ columns: 12, rows: 3 }), 'too-small');
  });

  it('draws everything at the smallest size', async () => {
    for (const view of viewIds) {
      await expectFrame(viewed(migrationState({ columns: 60, rows: 15 }), view), view);
      await expectFrame(viewed(nastyState({ columns: 60, rows: 15 }), view), `nasty-${view}`);
    }
  });
});

describe('incomplete totals', () => {
  /** The believable migration, of which the newest part has been counted. */
  function counted(window: Window, coverage: Coverage): MonitorState {
    const state = migrationState(window);
    const rows = migrationAt(takenAt);
    const whole = snapshotOf(rows, takenAt);
    const part = snapshotOf(
      rows.filter(({ id }) => coverage.countedAt !== null || id > rows.length / 2),
      takenAt,
    );
    const counts = { running: 5, paused: 1, failed: whole.failures.length };
    const polled: MonitorEvent = {
      kind: 'polled',
      snapshot: { ...whole, totals: part.totals, coverage, counts },
      atMs: nowMs,
      nextSeconds: 1,
    };
    return reduce(state, polled);
  }

  it.each(narrowSizes)('are shown with a progress bar while they are counted, $columns x $rows', async (window) => {
    const state = counted(window, { share: 0.43, countedAt: null, isStale: false });
    await expectFrame(viewed(state, 'overview'), 'counting-overview');
    await expectFrame(viewed(state, 'tables'), 'counting-tables');
  });

  it.each([
    ['checked', { share: 1, countedAt: takenAt - 490, isStale: false }],
    ['recounting', { share: 1, countedAt: takenAt - 20, isStale: true }],
    ['again', { share: 0.21, countedAt: takenAt - 185, isStale: false }],
  ])('say how old they are: %s', async (name, coverage) => {
    for (const window of narrowSizes)
      await expectFrame(viewed(counted(window, coverage), 'overview'), `totals-${name}`);
  });
});
