import type { Key } from 'ink';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Monitor } from '../../source/monitor/monitor.ts';
import { App } from '../../source/screen/app.tsx';
import { chordsOf } from '../../source/screen/chords.ts';
import { lookOf } from '../../source/screen/look.ts';
import { fakeTable, migrationState, monitorOf, nowMs, operation, snapshotOf } from '../support/fixtures.ts';
import { type RenderedScreen, renderScreen } from '../support/render.tsx';
import { keys } from '../support/terminal.ts';

const look = lookOf({ LANG: 'C.UTF-8' });
const window = { columns: 80, rows: 24 };

/** A monitor that only writes down what reaches it. */
function recorder() {
  const state = migrationState(window);
  const pressed: string[][] = [];
  const pasted: string[] = [];
  const monitor: Monitor = {
    store: { state: () => state, emit: () => {}, subscribe: () => () => {} },
    start: () => {},
    press: (chords) => void pressed.push([...chords]),
    paste: (text) => void pasted.push(text),
    resize: () => {},
    stop: async () => {},
  };
  return { monitor, pressed, pasted };
}

describe('the keys of the terminal', () => {
  let screen: RenderedScreen;
  let recorded: ReturnType<typeof recorder>;

  beforeEach(async () => {
    recorded = recorder();
    screen = await renderScreen(<App monitor={recorded.monitor} look={look} />, window);
  });
  afterEach(async () => {
    await screen.unmount();
  });

  async function pressed(bytes: string): Promise<string[]> {
    recorded.pressed.length = 0;
    await screen.press(bytes);
    return recorded.pressed.flat();
  }

  it('reach the monitor by their names', async () => {
    for (const [bytes, name] of [
      [keys.up, 'up'],
      [keys.down, 'down'],
      ['\u001BOA', 'up'],
      ['\u001BOB', 'down'],
      [keys.pageUp, 'page-up'],
      [keys.pageDown, 'page-down'],
      [keys.home, 'home'],
      [keys.end, 'end'],
      ['\u001B[1~', 'home'],
      ['\u001B[4~', 'end'],
      ['\u001BOH', 'home'],
      ['\u001BOF', 'end'],
      [keys.tab, 'tab'],
      [keys.shiftTab, 'shift-tab'],
      [keys.enter, 'enter'],
      [keys.escape, 'escape'],
      [keys.backspace, 'backspace'],
      ['\b', 'backspace'],
      [keys.delete, 'backspace'],
      [keys.left, 'left'],
      [keys.right, 'right'],
      [' ', ' '],
      ['G', 'G'],
      ['?', '?'],
      ['移', '移'],
      ['👨‍👩‍👧', '👨‍👩‍👧'],
    ] as const) {
      expect([JSON.stringify(bytes), await pressed(bytes)]).toEqual([JSON.stringify(bytes), [name]]);
    }
  });

  it('reach it with ctrl', async () => {
    for (const letter of 'abcdefgklnopqrstuvwxyz') {
      expect([letter, await pressed(keys.ctrl(letter))]).toEqual([letter, [`ctrl-${letter}`]]);
    }
  });

  it('arrive all when they are held', async () => {
    expect(await pressed('jjj')).toEqual(['j', 'j', 'j']);
    expect(await pressed(keys.down + keys.down + keys.up)).toEqual(['down', 'down', 'up']);
    expect(await pressed(keys.ctrl('d').repeat(3))).toEqual(['ctrl-d', 'ctrl-d', 'ctrl-d']);
    expect(await pressed(keys.pageDown.repeat(2))).toEqual(['page-down', 'page-down']);
    expect(await pressed(keys.tab.repeat(2))).toEqual(['tab', 'tab']);
    expect(await pressed(keys.backspace.repeat(3))).toEqual(['backspace', 'backspace', 'backspace']);
  });

  it('arrive in order when a chunk mixes them', async () => {
    expect(await pressed('j\r')).toEqual(['j', 'enter']);
    expect(await pressed('jj\rk')).toEqual(['j', 'j', 'enter', 'k']);
    expect(await pressed('j\r\nk')).toEqual(['j', 'enter', 'k']);
    expect(await pressed('a\tb')).toEqual(['a', 'tab', 'b']);
    expect(await pressed(`j${keys.down}k`)).toEqual(['j', 'down', 'k']);
    expect(await pressed(`j${keys.ctrl('d')}k`)).toEqual(['j', 'ctrl-d', 'k']);
    expect(await pressed(`a${keys.backspace}b`)).toEqual(['a', 'backspace', 'b']);
  });

  it('are Esc and no letter with Alt: over a slow line it may be Esc and a letter that came together', async () => {
    for (const letter of ['p', 's', 'y', 'u', 'q', '1', '/', 'A'])
      expect(await pressed(`\u001B${letter}`)).toEqual(['escape']);
  });

  it('mean nothing where they are keys that we do not know, or what a terminal says by itself', async () => {
    for (const bytes of [
      '\u001BOP',
      '\u001B[11~',
      '\u001B[24~',
      '\u001B[25~',
      '\u001B[1;2P',
      '\u001B[2~',
      '\u001B[I',
      '\u001B[O',
      '\u001B[?1;2c',
      '\u001B[24;80R',
      '\u001B[<0;10;5M',
      '\u001B[?62;22c',
    ]) {
      const meant = (await pressed(bytes)).filter((chord) => /^(?:[\x21-\x7E]|enter|escape|tab)$/.test(chord));
      expect([JSON.stringify(bytes), meant]).toEqual([JSON.stringify(bytes), []]);
    }
  });

  it('are told from pasted text', async () => {
    await screen.paste('yq\nps');
    expect([recorded.pressed, recorded.pasted]).toEqual([[], ['yq\rps']]);
  });
});

describe('chords', () => {
  const none: Key = {
    upArrow: false,
    downArrow: false,
    leftArrow: false,
    rightArrow: false,
    pageDown: false,
    pageUp: false,
    home: false,
    end: false,
    return: false,
    escape: false,
    ctrl: false,
    shift: false,
    tab: false,
    backspace: false,
    delete: false,
    meta: false,
    super: false,
    hyper: false,
    capsLock: false,
    numLock: false,
  };

  it('are the graphemes of what was typed, each one key', () => {
    expect(chordsOf('', none)).toEqual([]);
    expect(chordsOf('e\u0301x🇦🇶', none)).toEqual(['e\u0301', 'x', '🇦🇶']);
    expect(chordsOf('\u0004\u0015', none)).toEqual(['ctrl-d', 'ctrl-u']);
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
    const screen = await renderScreen(<App monitor={monitor} look={look} />, window);
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

  it('shows what every key did', async () => {
    await using app = await running();
    await app.screen.press('2jj');
    expect(await app.screen.text()).toMatch(/^ ▸ ‖ +3 {2}persons/m);
    await app.screen.press('s');
    expect(await app.screen.text()).toContain('Skip operation 3 (persons)?');
    await app.screen.press(keys.escape);
    expect(await app.screen.text()).not.toContain('Skip operation');
    await app.screen.press('?');
    expect(await app.screen.text()).toContain('Pause a running or pending operation');
    await app.screen.press(`${keys.escape}`);
    await app.screen.press('/table:cas');
    expect(await app.screen.text()).toMatch(/^ \/table:cas▏/m);
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

  it('says what came of an action', async () => {
    await using app = await running();
    await app.screen.press('p');
    await app.screen.waitForText('paused: operation 1 (cases) · u undoes it');
    await app.screen.press('s');
    await app.screen.press('y');
    await app.screen.waitForText('skipped: operation 1 (cases) · u undoes it');
    expect(app.table.rows.map(({ status }) => status)).toEqual(['skipped', 'running', 'paused']);
  });

  it('never leaves the window, whatever is pressed in whichever size', async () => {
    await using app = await running();
    for (const [columns, rows] of [
      [80, 24],
      [59, 10],
      [60, 15],
      [200, 50],
    ] as const) {
      app.monitor.resize({ columns, rows });
      await app.screen.resize(columns, rows);
      for (const bytes of ['1', '2', '3', '4', '5', '6', '?', keys.escape, 'j\r', keys.escape, '/x', keys.escape]) {
        await app.screen.press(bytes);
        expect([bytes, columns, app.screen.terminal.overflow()]).toEqual([
          bytes,
          columns,
          { wrappedLines: 0, scrolledLines: 0 },
        ]);
      }
    }
  });
});
