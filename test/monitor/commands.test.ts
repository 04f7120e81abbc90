import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Operation, Status } from '../../source/domain/operation.ts';
import { type Chord, type Command, keyName, placesOf, type Scope, scopes } from '../../source/monitor/command.ts';
import { commandFor, ownCommands as commands, keyOf, scopeOf } from '../../source/monitor/commands.ts';
import { notPersonal } from '../../source/monitor/personal.ts';
import { lineWidth } from '../../source/presentation/line.ts';
import { viewIds } from '../../source/presentation/view-id.ts';
import { keyLine } from '../../source/screen/key-line.tsx';
import { type FakeTable, fakeTable, lostConnection, monitorOf, type Watched } from '../support/fake-table.ts';
import { nowMs, operation } from '../support/fixtures.ts';
import { productionGuard } from '../support/production.ts';

const usual = { personal: notPersonal };

let stopped: (() => Promise<void>)[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: nowMs });
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const stop of stopped) await stop();
  stopped = [];
  vi.useRealTimers();
});

const flush = () => vi.advanceTimersByTimeAsync(0);

/** The keys that lead to a scope from a list with the cursor on a paused operation. */
const ways: Readonly<Record<Scope, readonly Chord[]>> = {
  list: [],
  detail: ['enter'],
  help: ['?'],
  confirm: ['s'],
  bulk: ['s'],
  number: [' ', 'j', ' ', 's'],
  size: ['b'],
  results: [' ', 'j', ' ', 'r', 'v'],
  reason: ['s', 'e'],
  filter: ['/'],
  since: ['S'],
  until: ['D'],
  accept: ['n', 'x'],
  palette: [':'],
  copy: ['y'],
  search: ['enter', '/'],
  unlock: ['U'],
};

/** A state as text, with its maps. */
const written = (state: unknown): string =>
  JSON.stringify(state, (_key, value: unknown) => (value instanceof Map ? [...value] : value));

interface Arranged extends Watched {
  readonly table: FakeTable;
}

/** Conditions under which a key is pressed. */
interface Circumstances {
  readonly rows: readonly Operation[];
  readonly view: Chord;
  readonly scope: Scope;
  readonly readOnly?: boolean;
  readonly lost?: boolean;
  readonly undoable?: boolean;
  readonly filtered?: boolean;
}

async function arrange(given: Circumstances): Promise<Arranged> {
  const table = Object.assign(fakeTable(given.rows), given.scope === 'unlock' ? { production: productionGuard() } : {});
  const watched = monitorOf(table, { readOnly: given.readOnly ?? false });
  stopped.push(() => watched.monitor.stop());
  watched.monitor.start();
  await flush();
  watched.monitor.press([given.view]);
  await flush();
  if (given.filtered) watched.monitor.press(['/', ...'table:b', 'enter']);
  await flush();
  if (given.undoable) {
    watched.monitor.press(['r']);
    await flush();
    watched.monitor.press(['p']);
    await flush();
    // The same key is another press only after a moment.
    await vi.advanceTimersByTimeAsync(700);
  }
  if (given.lost) {
    table.gone = lostConnection;
    await vi.advanceTimersByTimeAsync(1000);
    table.gone = lostConnection;
  }
  for (const chord of ways[given.scope]) {
    watched.monitor.press([chord]);
    await flush();
  }
  return { ...watched, table };
}

const paused = [
  operation({ id: 1, status: 'paused' }),
  operation({ id: 2, status: 'paused', workerId: 2 }),
  operation({ id: 3, status: 'failed', workerId: 3, errorMessage: 'no' }),
];

describe('the registry', () => {
  it('gives no key two meanings in one scope', () => {
    for (const scope of scopes) {
      const keys = commands.filter((command) => command.scopes.includes(scope)).flatMap((command) => command.keys);
      expect(keys).toEqual([...new Set(keys)]);
    }
  });

  it('names every command once, and explains it in a line that fits', () => {
    const ids = commands.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    for (const command of commands) {
      expect(command.keys.length).toBeGreaterThan(0);
      expect(command.scopes.length).toBeGreaterThan(0);
      expect(command.help).toMatch(/^[A-Z`].{3,42}$/);
      expect(command.help).not.toMatch(/\.$/);
    }
  });

  it('has a key that leaves each scope', () => {
    for (const scope of scopes) {
      expect(commandFor(usual, 'ctrl-c', scope)?.id).toBe('leave');
      expect(commandFor(usual, 'escape', scope)?.id).toBe('back');
    }
  });

  it('has a number for every view', () => {
    for (const [index, view] of viewIds.entries()) expect(commandFor(usual, String(index + 1), 'list')?.id).toBe(view);
  });

  it('marks as a write whatever can change the table', () => {
    expect(commands.filter(({ writes }) => writes).map(({ id }) => id)).toEqual([
      'pause',
      'resume',
      'skip',
      'accept',
      'undo',
      'confirm',
      'retry',
      'pause-all',
      'confirm-many',
      'confirm-retry',
      'confirm-number',
      'take-over',
      'batch-size',
      'apply-size',
    ]);
  });

  it('names the scopes of a command for the help and the README', () => {
    const placesOfKey = (id: string) => commands.filter((command) => command.id === id).map(placesOf);
    expect(placesOfKey('down')).toEqual(['lists, detail, help']);
    expect(placesOfKey('confirm')).toEqual(['dialogs']);
    expect(placesOfKey('apply')).toEqual(['text fields']);
    expect(placesOfKey('back')).toEqual(['everywhere']);
  });

  it('knows the key of each command, for the texts that mention it', () => {
    expect([keyOf(usual, 'undo'), keyOf(usual, 'resume'), keyOf(usual, 'back')]).toEqual(['u', 'r', 'Esc']);
    expect(() => keyOf(usual, 'nothing')).toThrow('There is no command nothing.');
  });

  it('writes keys for a reader', () => {
    expect(['enter', 'escape', 'page-down', 'shift-tab', 'ctrl-d', 'j', '/'].map(keyName)).toEqual([
      'Enter',
      'Esc',
      'PgDn',
      'Shift-Tab',
      'ctrl-d',
      'j',
      '/',
    ]);
  });
});

describe('every key in every scope that claims it', () => {
  for (const scope of scopes) {
    const claimed = commands.flatMap((command) =>
      command.scopes.includes(scope) ? command.keys.map((key): [string, Command] => [key, command]) : [],
    );
    for (const [key, command] of claimed) {
      it(`${keyName(key)} in the ${scope}: ${command.help}`, async () => {
        for (const circumstances of [
          { rows: paused, view: '2', scope },
          { rows: paused, view: '2', scope, undoable: true },
          { rows: paused, view: '2', scope, lost: true },
          { rows: paused.map((row): Operation => ({ ...row, status: 'running' })), view: '2', scope },
          { rows: [], view: '1', scope },
        ]) {
          const { monitor, state } = await arrange(circumstances);
          // A skip that is refused opens no question, an empty list no detail.
          if (scopeOf(state()) !== scope) continue;
          const reason = command.disabledReason(state());
          const ran = commands.map((one) => vi.spyOn(one, 'run'));
          monitor.press([key]);
          const called = commands.filter((_, index) => (ran[index]?.mock.calls.length ?? 0) > 0).map(({ id }) => id);
          if (reason === null) expect(called).toEqual([command.id]);
          else {
            expect(called).toEqual([]);
            if (command.id !== 'back') {
              expect(state().toast).toMatchObject({ tone: 'bad', text: reason.text });
            }
          }
          vi.restoreAllMocks();
        }
      });
    }
  }

  it('no other key does anything in it', async () => {
    const known = new Set(commands.flatMap(({ keys }) => keys));
    const all = [...known, ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !,.;:', 'left', 'right'];
    for (const scope of ['list', 'detail', 'help', 'confirm'] as const) {
      const { monitor, state, table } = await arrange({ rows: paused, view: '2', scope });
      const asked = table.asked.length;
      for (const key of all.filter((one) => commandFor(usual, one, scope) === null)) {
        const before = state();
        monitor.press([key]);
        await flush();
        // A dialog, the help and the detail say of a key of the list that it does nothing.
        const isSaid = scope !== 'list' && commandFor(usual, key, 'list') !== null;
        if (isSaid) expect(state().toast?.text).toBe(`${keyName(key)} does nothing here: Esc closes this first`);
        expect([key, isSaid || state() === before, table.asked.length]).toEqual([key, true, asked]);
        expect([key, { ...state(), toast: before.toast }]).toEqual([key, before]);
      }
    }
  });
});

describe('the key line', () => {
  const statuses: readonly Status[] = ['pending', 'running', 'paused', 'completed', 'failed', 'skipped'];

  function* allCircumstances(): Generator<Circumstances> {
    const rows = statuses.map((status) => [operation({ id: 1, status }), operation({ id: 2, status, workerId: 2 })]);
    for (const scope of scopes) {
      for (const view of viewIds.map((_, index) => String(index + 1))) {
        for (const some of [[], ...rows]) {
          yield { rows: some, view, scope };
          yield { rows: some, view, scope, readOnly: true };
        }
        yield { rows: paused, view, scope, lost: true };
        yield { rows: paused, view, scope, undoable: true };
        yield { rows: paused, view, scope, filtered: true };
      }
    }
  }

  /** The keys that it offers: those in the colour of what can be pressed. */
  function offeredOn(watched: Watched): string[] {
    return keyLine(watched.state())
      .filter(({ tone }) => tone === 'accent')
      .map(({ text }) => text.trim());
  }

  it('fits into 80 columns, and into 60, in every state', async () => {
    for (const circumstances of allCircumstances()) {
      const watched = await arrange(circumstances);
      for (const columns of [60, 80]) {
        watched.monitor.resize({ columns, rows: 24 });
        expect(lineWidth(keyLine(watched.state()))).toBeLessThanOrEqual(columns);
      }
      await stopped.pop()?.();
    }
  });

  it('shows help and quit in every list', async () => {
    for (const circumstances of allCircumstances()) {
      if (circumstances.scope !== 'list') continue;
      const offered = offeredOn(await arrange(circumstances));
      expect(offered).toContain('?');
      expect(offered).toContain('q');
      await stopped.pop()?.();
    }
  });

  it('never offers a key that does nothing', async () => {
    for (const [place, circumstances] of [...allCircumstances()].entries()) {
      // Enter does nothing in a field without the text that it needs.
      if (['filter', 'since', 'unlock'].includes(circumstances.scope)) continue;
      // With an overlay, the view below it matters little: all rows are tried with two of the six views, each time others.
      if (circumstances.scope !== 'list' && place % 3 > 0) continue;
      const seen = await arrange(circumstances);
      const offered = offeredOn(seen);
      await stopped.pop()?.();
      // The keys do not lead there from these rows: the list that they leave open is another circumstance.
      if (scopeOf(seen.state()) !== circumstances.scope) continue;
      for (const name of offered.filter((one) => !/ marked$/.test(one))) {
        // A view in the range of views that is not shown.
        const key = /^1-\d$/.test(name) ? (circumstances.view === '1' ? '2' : '1') : name;
        const chord = commands.flatMap(({ keys }) => keys).find((one) => keyName(one) === key);
        if (chord === undefined) throw new Error(`no command has the key ${name}`);
        const { monitor, state, table, left, copied } = await arrange(circumstances);
        const { toast } = state();
        const before = { ...state(), toast: null };
        const asked = table.asked.length;
        monitor.press([chord]);
        const after = { ...state(), toast: null };
        await flush();
        const did = left() > 0 || copied.length > 0 || table.asked.length > asked || written(after) !== written(before);
        expect([circumstances.view, circumstances.scope, name, did]).toEqual([
          circumstances.view,
          circumstances.scope,
          name,
          true,
        ]);
        if (state().toast !== toast) expect(state().toast?.text ?? '').not.toMatch(/^cannot |^nothing /);
        await stopped.pop()?.();
      }
    }
  });

  it('names what u undoes where there is room, and shortens that before a key goes', async () => {
    const watched = await arrange({ rows: paused, view: '2', scope: 'list', undoable: true });
    const lineAt = (columns: number): string => {
      watched.monitor.resize({ columns, rows: 24 });
      return keyLine(watched.state())
        .map(({ text }) => text)
        .join('');
    };
    expect(lineAt(200)).toMatch(/ {2}u undo \w+ of \d+ {2}/);
    const widths = Array.from({ length: 141 }, (_, index) => 200 - index);
    const keysOf = (line: string): number => line.split(/ {2}/).length;
    const lines = widths.map(lineAt);
    const all = keysOf(lines[0] ?? '');
    expect(lines.some((line) => / {2}u undo pause {2}/.test(line) && keysOf(line) === all)).toBe(true);
  });

  it('always names the operation that u changes where the cursor is on another one, or on none', async () => {
    const watched = await arrange({
      rows: [...paused, operation({ id: 99 })],
      view: '2',
      scope: 'list',
      undoable: true,
    });
    const id = watched.state().undoable?.undo.id;
    for (const keys of [['j'], ['3']]) {
      watched.monitor.press(keys);
      for (const columns of [60, 80, 200]) {
        watched.monitor.resize({ columns, rows: 24 });
        expect(
          keyLine(watched.state())
            .map(({ text }) => text)
            .join(''),
        ).toContain(`u undo pause of ${id}`);
      }
    }
  });

  it('shows what has to be done first, and why nothing can be done', async () => {
    const running = [operation({ id: 1 })];
    const lineOf = async (circumstances: Circumstances) => {
      const watched = await arrange(circumstances);
      return keyLine(watched.state())
        .map(({ text }) => text)
        .join('');
    };
    expect(await lineOf({ rows: running, view: '2', scope: 'list' })).toContain('(s skip: pause first)');
    expect(await lineOf({ rows: running, view: '2', scope: 'list', readOnly: true })).toContain('(p pause: read-only)');
    expect(await lineOf({ rows: running, view: '2', scope: 'list', lost: true })).toContain('p pause: not connected');
    expect(await lineOf({ rows: [], view: '2', scope: 'list' })).not.toContain('pause');
  });
});
