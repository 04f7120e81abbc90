import { describe, expect, it, vi } from 'vitest';
import { ownCommands } from '../../source/monitor/commands.ts';
import { detailExtras } from '../../source/monitor/detail-extras.ts';
import { commandsHere, helpLength } from '../../source/monitor/help.ts';
import type { Overlay } from '../../source/monitor/overlay.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { detailRows } from '../../source/presentation/detail-document.ts';
import { overlayRows } from '../../source/presentation/layout.ts';
import { sortNames } from '../../source/presentation/sorts.ts';
import { viewIds } from '../../source/presentation/view-id.ts';
import { fakeTable, type Watched } from '../support/fake-table.ts';
import { auditEntry, operation } from '../support/fixtures.ts';
import { flush, monitorsUnderTest } from '../support/operator.ts';

const watching = monitorsUnderTest();

const forty = Array.from({ length: 40 }, (_, index) =>
  operation({ id: index + 1, workerId: index + 1, tableName: index % 2 === 0 ? 'cases' : 'brackets' }),
);

function keyOf({ state }: Watched): string | null {
  return state().cursors[state().view].key;
}

describe('the cursor', () => {
  it('leaves the first live operations on the screen when it goes to a kind of failure', async () => {
    const failed = operation({ id: 99, status: 'failed', errorMessage: 'no room' });
    const operator = await watching(fakeTable([...forty, failed]));
    await operator.press('n').sees(/▸ .*no room/, /LIVE {2}1-\d+ of 40/, /► +1 /);
    await operator.press('k').sees(/▸ ► +40 /);
  });

  it('moves as many rows as keys were held, with letters and with arrows', async () => {
    const watched = await watching(fakeTable(forty));
    watched.monitor.press(['2']);
    watched.monitor.press(['j', 'j', 'j']);
    expect(keyOf(watched)).toBe('4');
    watched.monitor.press(['down', 'down', 'up', 'k']);
    expect(keyOf(watched)).toBe('4');
  });

  it('stops at either end', async () => {
    const watched = await watching(fakeTable(forty));
    watched.monitor.press(['2', 'k', 'up', 'page-up', 'ctrl-u']);
    expect(keyOf(watched)).toBe('1');
    watched.monitor.press(Array.from({ length: 100 }, () => 'j'));
    expect(keyOf(watched)).toBe('40');
    watched.monitor.press(['page-down', 'ctrl-d', 'ctrl-f']);
    expect(keyOf(watched)).toBe('40');
  });

  it('jumps by pages, half pages and to the ends, and stays in the window', async () => {
    const watched = await watching(fakeTable(forty));
    const places: (string | null)[] = [];
    watched.monitor.press(['2']);
    for (const key of ['page-down', 'ctrl-d', 'ctrl-u', 'page-up', 'G', 'g', 'end', 'home', 'ctrl-f', 'ctrl-b']) {
      watched.monitor.press([key]);
      places.push(keyOf(watched));
      const { index, top } = watched.state().cursors.workers;
      expect(index).toBeGreaterThanOrEqual(top);
      expect(index).toBeLessThan(top + 16);
    }
    expect(places).toEqual(['16', '24', '16', '1', '40', '1', '40', '1', '16', '1']);
  });

  it('stays on its operation when a poll reorders the rows', async () => {
    const table = fakeTable(forty);
    const watched = await watching(table);
    watched.monitor.press(['2', 'j', 'j']);
    table.rows = forty.map((row) => ({ ...row, workerId: 100 - row.id }));
    await vi.advanceTimersByTimeAsync(1000);
    expect(keyOf(watched)).toBe('3');
    expect(rowsOf(watched.state()).findIndex(({ key }) => key === '3')).toBe(37);
    expect(watched.state().cursors.workers).toMatchObject({ index: 37, top: 22 });
  });

  it('stays on its operation after that has ended, and keeps the row in the list', async () => {
    for (const status of ['completed', 'failed', 'skipped', 'pending'] as const) {
      const table = fakeTable(forty.slice(0, 3));
      const watched = await watching(table);
      watched.monitor.press(['2', 'j']);
      table.rows = table.rows.map((row) => (row.id === 2 ? { ...row, status, version: '9' } : row));
      await vi.advanceTimersByTimeAsync(1000);
      await vi.advanceTimersByTimeAsync(1000);
      const rows = rowsOf(watched.state());
      expect([keyOf(watched), rows.map(({ key }) => key)]).toEqual(['2', ['1', '2', '3']]);
      expect(rows[1]).toMatchObject({ operation: { status } });
      watched.monitor.press(['j']);
      expect([keyOf(watched), rowsOf(watched.state()).map(({ key }) => key)]).toEqual(['3', ['1', '3']]);
    }
  });

  it('is on the first row when a view of live operations is opened again after its operation has ended', async () => {
    const table = fakeTable(forty.slice(0, 3));
    const watched = await watching(table);
    watched.monitor.press(['2', 'j', '3']);
    table.rows = table.rows.map((row) => (row.id === 2 ? { ...row, status: 'completed', version: '9' } : row));
    await vi.advanceTimersByTimeAsync(1000);
    await vi.advanceTimersByTimeAsync(1000);
    watched.monitor.press(['2']);
    expect(rowsOf(watched.state()).map(({ key }) => key)).toEqual(['1', '3']);
    expect(watched.state().cursors.workers.index).toBe(0);
    watched.monitor.press(['j']);
    expect(keyOf(watched)).toBe('3');
  });

  it.each(['2', '5'])(
    'selects nothing when its operation vanishes, so that no key acts on another, and continues from that place (view %s)',
    async (view) => {
      const ordered = view === '5' ? ['4', '3', '2', '1'] : ['1', '2', '3', '4'];
      const [first = '', own = '', below = '', last = ''] = ordered;
      for (const [key, expected] of [
        ['j', below],
        ['k', first],
        ['g', first],
        ['G', last],
      ] as const) {
        const table = fakeTable(forty.slice(0, 4));
        const watched = await watching(table);
        watched.monitor.press([view]);
        await flush();
        watched.monitor.press(['j']);
        table.rows = table.rows.filter(({ id }) => String(id) !== own);
        await vi.advanceTimersByTimeAsync(2000);
        expect(rowsOf(watched.state()).map((row) => row.key)).toEqual([first, below, last]);
        watched.monitor.press(['p']);
        expect(watched.state().toast?.text).toBe(
          `cannot pause: operation ${own} has left this list (j selects the next)`,
        );
        watched.monitor.press(['enter']);
        expect(watched.state().toast?.text).toBe(`operation ${own} has left this list: j selects the next`);
        expect(watched.state().overlay.kind).toBe('none');
        watched.monitor.press([key]);
        expect(keyOf(watched)).toBe(expected);
        expect(table.count('act')).toBe(0);
      }
    },
  );

  it('continues at the row that was below, also when rows above have gone too, and at the last one where none is below', async () => {
    for (const [ids, at, key, expected, text] of [
      [[1, 2, 3], 'jj', 'j', '4', 'operation 3 has left this list: j selects the next'],
      [[1, 3], 'jj', 'k', '2', 'operation 3 has left this list: j selects the next'],
      [[6], 'jjjjj', 'k', '5', 'operation 6 has left this list: k selects the one before'],
      [[6], 'jjjjj', 'j', '5', 'operation 6 has left this list: k selects the one before'],
    ] as const) {
      const table = fakeTable(forty.slice(0, 6));
      const watched = await watching(table);
      watched.monitor.press(['2', ...at]);
      // One after the other: the place stays known while it has no row.
      for (const gone of [...ids].reverse()) {
        table.rows = table.rows.filter(({ id }) => id !== gone);
        await vi.advanceTimersByTimeAsync(1000);
      }
      watched.monitor.press(['enter']);
      expect(watched.state().toast?.text).toBe(text);
      watched.monitor.press([key]);
      expect(keyOf(watched)).toBe(expected);
    }
  });

  it('has a separate place in every view', async () => {
    const watched = await watching(fakeTable(forty));
    watched.monitor.press(['2', 'j', 'j', '1', 'j', '4', '2']);
    expect(keyOf(watched)).toBe('3');
    watched.monitor.press(['1']);
    expect(keyOf(watched)).toBe('2');
  });

  it('reaches the kinds of failure below the workers in the Overview, and opens their failures', async () => {
    const failed = operation({ id: 99, status: 'failed', completedAt: 1, errorMessage: 'no' });
    const watched = await watching(fakeTable([...forty.slice(0, 2), failed]));
    watched.monitor.press(['j', 'j', 'j']);
    expect(keyOf(watched)).toBe('kind no');
    watched.monitor.press(['enter']);
    expect([watched.state().view, keyOf(watched)]).toEqual(['failures', '99']);
    watched.monitor.press(['s']);
    expect(watched.state().overlay).toMatchObject({ kind: 'confirm', operation: { id: 99 } });
    watched.monitor.press(['escape', 'escape']);
    expect(keyOf(watched)).toBe('kind no');
  });
});

describe('the views', () => {
  it('are reached by number and one after another', async () => {
    const { monitor, state } = await watching(fakeTable(forty));
    const seen = viewIds.map((_, index) => {
      monitor.press([String(index + 1)]);
      return state().view;
    });
    expect(seen).toEqual([...viewIds]);
    monitor.press(['tab']);
    expect(state().view).toBe('overview');
    monitor.press(['shift-tab', 'shift-tab']);
    expect(state().view).toBe(viewIds.at(-2));
  });

  it('close the detail', async () => {
    const { monitor, state } = await watching(fakeTable(forty));
    monitor.press(['enter', '3']);
    expect([state().view, state().overlay.kind]).toEqual(['failures', 'none']);
  });

  it('are sorted by one column after the other, and reversed', async () => {
    const watched = await watching(fakeTable(forty.slice(0, 4)));
    const { monitor, state } = watched;
    monitor.press(['4']);
    expect(rowsOf(state()).map(({ key }) => key)).toEqual(['brackets', 'cases']);
    monitor.press(['o', 'O']);
    expect(rowsOf(state()).map(({ key }) => key)).toEqual(['cases', 'brackets']);
    const orders = Array.from({ length: sortNames('tables', {}).length }, () => {
      monitor.press(['o']);
      return state().sorts.tables;
    });
    const [start, ...others] = sortNames('tables', {});
    expect(orders.map((sort) => sort?.by)).toEqual([...others.slice(1), start, others[0]]);
    expect(orders.every((sort) => sort?.reverse === false)).toBe(true);
  });

  it('keep the cursor on its row when they are sorted', async () => {
    const watched = await watching(fakeTable(forty.slice(0, 4)));
    watched.monitor.press(['2', 'j', ':', ...'sort by table', 'enter']);
    expect(rowsOf(watched.state()).map(({ key }) => key)).toEqual(['2', '4', '1', '3']);
    expect([keyOf(watched), watched.state().cursors.workers.index]).toEqual(['2', 0]);
  });

  it('open the operations of a table', async () => {
    const { monitor, state } = await watching(fakeTable(forty));
    monitor.press(['4', 'j', 'enter']);
    await flush();
    expect([state().view, state().filter]).toEqual(['operations', 'phase:execution table:=cases']);
    expect(rowsOf(state()).every((row) => row.kind === 'operation' && row.operation.tableName === 'cases')).toBe(true);
  });
});

describe('the filter', () => {
  function text(overlay: Overlay): string | null {
    return overlay.kind === 'filter' ? overlay.field.text : null;
  }

  it('accepts every key as text, also those of commands, until Enter applies it', async () => {
    const { monitor, state, left } = await watching(fakeTable(forty));
    monitor.press(['2', '/', ...'table:case ', ...'q?1sj', 'backspace', 'backspace', 'ctrl-w']);
    expect(text(state().overlay)).toBe('table:case ');
    expect(rowsOf(state())).toHaveLength(20);
    monitor.press(['enter']);
    expect([state().overlay.kind, state().filter, left()]).toEqual(['none', 'table:case', 0]);
    expect(rowsOf(state())).toHaveLength(20);
  });

  it('is edited by the keys that shells have', async () => {
    const { monitor, state } = await watching(fakeTable());
    monitor.press(['/', ...'one two  three']);
    const steps = ['ctrl-w', 'ctrl-w', 'backspace', 'up', 'ctrl-d', 'page-down', 'tab', 'ctrl-u', 'backspace'];
    expect(
      steps.map((key) => {
        monitor.press([key]);
        return text(state().overlay);
      }),
    ).toEqual(['one two  ', 'one ', 'one', 'one', 'one', 'one', 'one', '', '']);
  });

  it('accepts letters of several code points, and deletes them completely', async () => {
    const { monitor, state } = await watching(fakeTable());
    monitor.press(['/', 'e\u0301', '移', '👨‍👩‍👧', '🇦🇶']);
    expect(text(state().overlay)).toBe('e\u0301移👨‍👩‍👧🇦🇶');
    monitor.press(['backspace', 'backspace']);
    expect(text(state().overlay)).toBe('e\u0301移');
    monitor.press(['backspace', 'backspace', 'backspace']);
    expect(text(state().overlay)).toBe('');
  });

  it('accepts pasted text on one line, without its control sequences', async () => {
    const { monitor, state } = await watching(fakeTable());
    monitor.press(['/']);
    monitor.take([
      { kind: 'paste', text: 'status:failed\r\nfoo\u001B]52;c;aGVsbG8=\u0007\u0000 \u202Ebar', whole: true },
    ]);
    expect(text(state().overlay)).toBe('status:failed foo bar');
    monitor.take([{ kind: 'paste', text: 'x'.repeat(1_000_000), whole: true }]);
    expect(text(state().overlay)?.length).toBeLessThan(1000);
  });

  it('opens empty, and Esc restores the one that applied before', async () => {
    const { monitor, state } = await watching(fakeTable(forty));
    monitor.press(['/', ...'table:case', 'enter', '/']);
    expect([text(state().overlay), state().filter]).toEqual(['', 'table:case']);
    monitor.press([...'status:failed']);
    expect([state().filter, rowsOf(state()).length]).toEqual(['status:failed', 0]);
    monitor.press(['escape']);
    expect([state().overlay.kind, state().filter]).toEqual(['none', 'table:case']);
    monitor.press(['escape']);
    expect(state().filter).toBe('');
    monitor.press(['escape']);
    expect([state().filter, state().toast]).toEqual(['', null]);
  });

  it('is applied while it is typed, and the cursor returns to its row when that passes again', async () => {
    const watched = await watching(fakeTable(forty));
    const { monitor, state } = watched;
    monitor.press(['2', 'j', 'j', '/', ...'table:x']);
    expect(rowsOf(state())).toHaveLength(0);
    monitor.press(['backspace', ...'case']);
    expect([state().filter, rowsOf(state()).length, keyOf(watched)]).toEqual(['table:case', 20, '3']);
    monitor.press([...' zzz']);
    expect(rowsOf(state())).toHaveLength(0);
    monitor.press(['escape']);
    expect([state().filter, rowsOf(state()).length, keyOf(watched)]).toEqual(['', 40, '3']);
  });

  it('waits with a word that may become a field, until Enter', async () => {
    const { monitor, state } = await watching(fakeTable(forty));
    monitor.press(['2', '/', ...'!tab']);
    expect(state().filter).toBe('');
    monitor.press(['enter']);
    expect(state().filter).toBe('!tab');
  });

  it('recalls earlier filters with Up and Down, each once, and goes on from them', async () => {
    const { monitor, state } = await watching(fakeTable(forty));
    for (const one of ['table:case', 'status:failed', 'table:case', '']) monitor.press(['/', ...one, 'enter']);
    expect(state().filterHistory).toEqual(['status:failed', 'table:case']);
    monitor.press(['/', 'up']);
    expect([text(state().overlay), state().filter]).toEqual(['table:case', 'table:case']);
    monitor.press(['up', 'up']);
    expect([text(state().overlay), state().filter]).toEqual(['status:failed', 'status:failed']);
    monitor.press(['down', 'down', 'down']);
    expect([text(state().overlay), state().filter]).toEqual(['', '']);
    monitor.press(['up', ...'s', 'enter']);
    expect(state().filterHistory).toEqual(['status:failed', 'table:case', 'table:cases']);
  });

  it('is completed by Tab: fields, then values, one after the other', async () => {
    const { monitor, state } = await watching(fakeTable(forty));
    const textAfter = (...keys: string[]) => {
      monitor.press(keys);
      return text(state().overlay);
    };
    expect(textAfter('/', 's', 't', 'tab')).toBe('status:');
    expect(textAfter('tab')).toBe('status:pending');
    expect(textAfter('tab', 'tab')).toBe('status:completed');
    expect(textAfter('shift-tab')).toBe('status:running');
    expect(state().filter).toBe('status:running');
    expect(textAfter(' ', ...'table:ca', 'tab')).toBe('status:running table:cases');
    expect(textAfter(' ', ...'!w', 'tab', '1', 'tab')).toBe('status:running table:cases !worker:1');
    expect(textAfter('ctrl-u', ...'x', 'tab')).toBe('x');
  });

  it('is not applied while it has an error', async () => {
    const { monitor, state } = await watching(fakeTable(forty));
    monitor.press(['/', ...'status:broken', 'enter']);
    expect([state().overlay.kind, state().filter]).toEqual(['filter', '']);
    monitor.press(['ctrl-w', ...'status:running', 'enter']);
    expect([state().overlay.kind, state().filter]).toEqual(['none', 'status:running']);
  });

  it('keeps the cursor on its row if that matches, else moves it to the first match', async () => {
    const watched = await watching(fakeTable(forty));
    watched.monitor.press(['2', 'j', 'j', '/', ...'table:case', 'enter']);
    expect(keyOf(watched)).toBe('3');
    watched.monitor.press(['/', ...'table:brackets', 'enter']);
    expect(keyOf(watched)).toBe('2');
    watched.monitor.press(['p']);
    await flush();
    expect(watched.state().toast?.text).toContain('paused: operation 2 · brackets');
  });
});

describe('scrolling', () => {
  function top(overlay: Overlay): number {
    return overlay.kind === 'help' || overlay.kind === 'detail' ? overlay.top : -1;
  }

  it('of the help stops at both ends, and shows every line', async () => {
    const { monitor, state } = await watching(fakeTable(forty));
    const height = overlayRows('help', { columns: 80, rows: 24 });
    const last = helpLength(ownCommands, { columns: 80 }, commandsHere(state())) - height;
    monitor.press(['?', 'k', 'page-up', 'ctrl-u']);
    expect(top(state().overlay)).toBe(0);
    monitor.press(['j', 'j']);
    expect(top(state().overlay)).toBe(2);
    monitor.press(['G']);
    expect(top(state().overlay)).toBe(last);
    monitor.press(['j', 'page-down']);
    expect(top(state().overlay)).toBe(last);
    monitor.press(['k']);
    expect(top(state().overlay)).toBe(last - 1);
    monitor.press(['g', 'page-down']);
    expect(top(state().overlay)).toBe(Math.min(height, last));
    monitor.press(['?']);
    expect(state().overlay.kind).toBe('none');
  });

  it('of the detail stops at both ends, moves by pages, and follows the window', async () => {
    const window = { columns: 80, rows: 24 };
    const table = fakeTable([operation({ id: 1, errorMessage: 'line\n'.repeat(200) })]);
    const { monitor, state } = await watching(table);
    monitor.press(['enter', 'j']);
    // Nothing to scroll before it has been read.
    expect(top(state().overlay)).toBe(0);
    await flush();
    const { overlay } = state();
    if (overlay.kind !== 'detail' || overlay.detail === null) throw new Error('no detail');
    const height = overlayRows('detail', window);
    const last = detailRows(overlay.detail, window, detailExtras(state())) - height;
    monitor.press(['page-down']);
    expect(top(state().overlay)).toBe(height);
    monitor.press(['ctrl-d', 'ctrl-u', 'page-up']);
    expect(top(state().overlay)).toBe(0);
    monitor.press(['end', 'j']);
    expect(top(state().overlay)).toBe(last);
    monitor.resize({ columns: 80, rows: 40 });
    expect(top(state().overlay)).toBe(last - 16);
    monitor.press(['home']);
    expect(top(state().overlay)).toBe(0);
  });

  it('does not move the cursor of the list below', async () => {
    const watched = await watching(fakeTable(forty));
    watched.monitor.press(['2', 'j', '?', 'j', 'G', 'escape']);
    expect(keyOf(watched)).toBe('2');
    watched.monitor.press(['enter', 'j', 'G', 'escape']);
    expect(keyOf(watched)).toBe('2');
  });
});

describe('a window that changes', () => {
  it('keeps the cursor visible, however small it becomes', async () => {
    const watched = await watching(fakeTable(forty));
    watched.monitor.press(['2', 'G']);
    for (const rows of [50, 15, 8, 1, 24]) {
      watched.monitor.resize({ columns: 80, rows });
      const { index, top } = watched.state().cursors.workers;
      expect([keyOf(watched), index]).toEqual(['40', 39]);
      expect(top).toBe(Math.max(0, 40 - Math.max(1, rows - 8)));
    }
  });
});

it('Enter on an entry of the Activity opens the operation that the audit names, if several have its id', async () => {
  const two = [
    operation({ id: 7, workerId: 1, phase: 'execution', identity: 'one' }),
    operation({ id: 7, workerId: 2, phase: 'validation', identity: 'two' }),
  ];
  const table = fakeTable(two, { isFollowable: false });
  table.audit = [auditEntry({ key: 'k1', at: table.takenAt - 60, operationId: 7, identity: 'two' })];
  const { monitor, state } = await watching(table);
  monitor.press(['6']);
  await flush();
  monitor.press(['enter']);
  expect(state().overlay).toMatchObject({ kind: 'detail', id: 7, identity: 'two' });
});

describe('the key of the Failures view', () => {
  it('leads to the kinds, from the failures of one and from another view', async () => {
    const failed = [1, 2].map((id) => operation({ id, status: 'failed', errorMessage: 'no room' }));
    const { monitor, state } = await watching(fakeTable(failed));
    const kindAfter = async (...keys: string[]): Promise<string | null> => {
      monitor.press(keys);
      await flush();
      return state().failureKind;
    };
    expect(await kindAfter('3', 'enter')).toBe('no room');
    expect(await kindAfter('2', '3')).toBeNull();
    expect(await kindAfter('enter')).toBe('no room');
    expect(await kindAfter('tab', 'shift-tab')).toBeNull();
    expect(await kindAfter('enter', 'enter', '3')).toBeNull();
  });
});
