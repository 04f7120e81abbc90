import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Monitor } from '../../source/monitor/monitor-interface.ts';
import type { Typed } from '../../source/monitor/typed.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { App } from '../../source/screen/app.tsx';
import { fakeTable, monitorOf } from '../support/fake-table.ts';
import { nowMs, operation, snapshotOf } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';
import { type RenderedScreen, renderScreen } from '../support/render.tsx';
import { keys } from '../support/terminal.ts';

const theme = themeOf({ LANG: 'C.UTF-8' });
const window = { columns: 80, rows: 24 };

/** A monitor that only writes down what reaches it. */
function recorder() {
  const state = migrationState(window);
  const taken: Typed[][] = [];
  const monitor: Monitor = {
    store: { state: () => state, emit: () => {}, subscribe: () => () => {} },
    start: () => {},
    take: (typed) => void taken.push([...typed]),
    press: () => {},
    resize: () => {},
    pause: async () => {},
    resume: () => {},
    stop: async () => {},
  };
  return { monitor, taken };
}

describe('the keys of the terminal', () => {
  let screen: RenderedScreen;
  let recorded: ReturnType<typeof recorder>;

  beforeEach(async () => {
    recorded = recorder();
    screen = await renderScreen(<App monitor={recorded.monitor} theme={theme} />, window);
  });
  afterEach(async () => {
    await screen.unmount();
  });

  async function pressed(bytes: string): Promise<string[]> {
    recorded.taken.length = 0;
    await screen.press(bytes);
    return recorded.taken.flat().map((typed) => (typed.kind === 'key' ? typed.chord : JSON.stringify(typed)));
  }

  const characters = (text: string) => [...text].map((each) => JSON.stringify({ kind: 'character', text: each }));

  it('reach the monitor by their names, and characters as they are', async () => {
    expect(await pressed(keys.up)).toEqual(['up']);
    expect(await pressed(keys.pageDown.repeat(2))).toEqual(['page-down', 'page-down']);
    expect(await pressed(keys.ctrl('d'))).toEqual(['ctrl-d']);
    expect(await pressed('jj\rk')).toEqual(characters('jj\rk'));
    expect(await pressed(`j${keys.down}k`)).toEqual([...characters('j'), 'down', ...characters('k')]);
  });

  it('arrive in one chunk if they were sent in one', async () => {
    await pressed(`jj${keys.down}`);
    expect(recorded.taken).toHaveLength(1);
  });

  it('are Esc if nothing follows, and an arrow if the rest follows at once', async () => {
    expect(await pressed(keys.escape)).toEqual(['escape']);
    recorded.taken.length = 0;
    await Promise.all([screen.press('\u001B'), screen.press('[A')]);
    expect(recorded.taken).toEqual([[{ kind: 'key', chord: 'up' }]]);
  });

  it('are distinguished from reports of the terminal, and from pasted text', async () => {
    expect(await pressed('\u001B]11;rgb:1e1e/1e1e/2e2e\u001B\\\u001B[<0;112;5M\u001B[?62;22c')).toEqual([]);
    await screen.paste('yq\nps');
    expect(recorded.taken).toEqual([[{ kind: 'paste', text: 'yq\rps', whole: true }]]);
  });

  it('arrive in raw mode with marks around pastes, and the terminal is restored', async () => {
    expect([screen.isRawMode(), screen.terminal.modes.bracketedPaste]).toEqual([true, true]);
    await screen.unmount();
    expect([screen.isRawMode(), screen.terminal.modes.bracketedPaste]).toEqual([false, false]);
  });
});

describe('the program on the screen', () => {
  async function running() {
    const table = fakeTable([
      operation({ id: 1, tableName: 'cases' }),
      operation({ id: 2, workerId: 2, tableName: 'documents' }),
      operation({ id: 3, workerId: 3, tableName: 'persons', status: 'paused' }),
    ]);
    const { monitor, state, left } = monitorOf(table);
    monitor.store.emit({ kind: 'polled', snapshot: snapshotOf(table.rows), atMs: nowMs, nextSeconds: 60 });
    const screen = await renderScreen(<App monitor={monitor} theme={theme} />, window);
    return {
      table,
      monitor,
      state,
      left,
      screen,
      async [Symbol.asyncDispose]() {
        await screen.unmount();
        await monitor.stop();
      },
    };
  }

  it('shows the effect of every key', async () => {
    await using app = await running();
    await app.screen.press('2jj');
    expect(await app.screen.text()).toMatch(/^ ▸ ‖ +3 +3 {2}persons/m);
    await app.screen.press('s');
    expect(await app.screen.text()).toContain('Skip operation 3 · persons?');
    await app.screen.press(keys.escape);
    expect(await app.screen.text()).not.toContain('Skip operation');
    await app.screen.press('?');
    expect(await app.screen.text()).toContain('Resume a paused operation');
    await app.screen.press(`${keys.escape}`);
    await app.screen.press('/table:cas');
    expect(await app.screen.text()).toMatch(/^ \/table:cases /m);
    await app.screen.paste('es\n');
    await app.screen.press(keys.enter);
    expect(await app.screen.text()).toContain('filter table:cases');
    expect(await app.screen.text()).not.toContain('documents');
    await app.screen.press('q');
    expect(app.left()).toBe(1);
  });

  it('opens the detail and shows it when it has been read', async () => {
    await using app = await running();
    const held = app.table.hold('detail');
    await app.screen.press('j\r');
    expect(await app.screen.text()).toContain('reading operation 2 …');
    held.end();
    await app.screen.waitForText('OPERATION 2  ► running  documents');
  });

  it('shows the result of an action', async () => {
    await using app = await running();
    await app.screen.press('p');
    await app.screen.waitForText('paused: operation 1 · cases  (u undoes it)');
    await app.screen.press('s');
    await app.screen.press('y');
    await app.screen.waitForText('skipped: operation 1 · cases  (u undoes it)');
    expect(app.table.rows.map(({ status }) => status)).toEqual(['skipped', 'running', 'paused']);
  });

  it('never leaves the window, in any size and after any key', async () => {
    await using app = await running();
    for (const [columns, rows] of [
      [80, 24],
      [59, 10],
      [60, 15],
      [200, 50],
    ] as const) {
      await app.screen.resize(columns, rows, () => app.monitor.resize({ columns, rows }));
      for (const bytes of ['1', '2', '3', '4', '5', '6', '?', keys.escape, 'j\r', keys.escape, '/x', keys.escape]) {
        await app.screen.press(bytes);
        expect([bytes, columns, app.screen.overflow()]).toEqual([bytes, columns, { wideLines: 0, highFrames: 0 }]);
      }
    }
  });
});
