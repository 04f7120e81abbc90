import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Chord } from '../../source/monitor/command.ts';
import { commandsOf, scopeOf } from '../../source/monitor/commands.ts';
import { createCustomRunning } from '../../source/monitor/custom-running.ts';
import { notPersonal } from '../../source/monitor/personal.ts';
import type { Watched } from '../support/fake-table.ts';
import { type FakeTable, fakeTable, monitorOf } from '../support/fake-table.ts';
import { nowMs, operation } from '../support/fixtures.ts';
import { productionGuard } from '../support/production.ts';

/** With a command of the configuration file. */
const personal = {
  ...notPersonal,
  commands: [{ name: 'runbook', key: 'W', title: 'Open the runbook', scope: 'operation' as const }],
};
let stop: () => Promise<void> = async () => {};

beforeEach(() => {
  vi.useFakeTimers({ now: nowMs });
});
afterEach(async () => {
  await stop();
  vi.useRealTimers();
});

async function started(guard = productionGuard()): Promise<Watched & { readonly table: FakeTable }> {
  const rows = [
    operation({ id: 1, status: 'running', workerId: 1 }),
    operation({ id: 2, status: 'failed', errorMessage: 'x' }),
    operation({ id: 3, status: 'paused' }),
  ];
  const table = Object.assign(fakeTable(rows), { production: guard });
  const watched = monitorOf(table, { personal });
  stop = () => watched.monitor.stop();
  watched.monitor.start();
  await vi.advanceTimersByTimeAsync(0);
  return { ...watched, table };
}

const asksThatWrite = ['act'] as const;

it('a command in the background runs once on a row until it has ended', async () => {
  const { monitor } = await started(productionGuard({ selected: null }));
  const ends: (() => void)[] = [];
  const toasts: string[] = [];
  const running = createCustomRunning({
    store: monitor.store,
    commands: {
      rows: [{ name: 'tell', key: null, title: 'Tell', scope: 'operation', isBackground: true }],
      run: () => ({
        result: new Promise((end) => ends.push(() => end({ text: 'exit code 0', isGood: true, output: '' }))),
        stop: () => {},
      }),
    },
    readOnly: () => null,
    toast: (_, text) => toasts.push(text),
    redact: false,
  });
  for (const name of ['tell', 'tell', 'tell']) running.runCustom(name);
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  running.runCustom('tell');
  expect(ends).toHaveLength(2);
  expect(toasts).toEqual([
    'tell is running',
    'tell is still running',
    'tell is still running',
    'tell: exit code 0',
    'tell is running',
  ]);
});

describe('a locked production target', () => {
  it('disables every command that writes, whatever is selected', async () => {
    const { monitor, state, table } = await started();
    const writing = commandsOf({ personal }).filter(({ writes, scopes }) => writes && scopes.includes('list'));
    expect(writing.map(({ id }) => id)).toContain('command-runbook');
    for (const view of ['1', '2', '3', '4', '5', '6']) {
      monitor.press([view]);
      await vi.advanceTimersByTimeAsync(0);
      for (const { id, keys } of writing) {
        monitor.press([keys[0] ?? '']);
        await vi.advanceTimersByTimeAsync(800);
        expect({ id, view, writing: state().writing, scope: scopeOf(state()) }).toEqual({
          id,
          view,
          writing: 0,
          scope: 'list',
        });
      }
    }
    for (const question of asksThatWrite) expect(table.count(question)).toBe(0);
  });

  it('says which key unlocks it, and is unlocked by its name until it is locked again', async () => {
    const { monitor, state, table } = await started();
    expect(state().toast?.text).toBe('read-only: production target prod is locked (U unlocks it)');
    const type = async (...chords: Chord[]): Promise<void> => {
      monitor.press(chords);
      await vi.advanceTimersByTimeAsync(800);
    };
    await type('p');
    expect(state().toast?.text).toBe('cannot pause: read-only: production target prod is locked (U unlocks it)');
    await type('U', ...'pro', 'enter');
    expect(scopeOf(state())).toBe('unlock');
    // The line above the key line says so, until something else is typed.
    expect(state().overlay).toMatchObject({ refused: 'pro' });
    await type('x', 'enter');
    expect(state().overlay).toMatchObject({ refused: 'prox', field: { text: 'prox' } });
    expect(state().readOnly).not.toBeNull();
    await type('backspace', 'd', 'enter');
    expect({ scope: scopeOf(state()), readOnly: state().readOnly }).toEqual({ scope: 'list', readOnly: null });
    await type('p');
    expect(table.count('act')).toBe(1);
    await type('U');
    expect(state()).toMatchObject({ session: { production: { name: 'prod', isLocked: true } } });
    await type('r');
    expect(table.count('act')).toBe(1);
  });

  it('cannot be left while an action on many operations is running', async () => {
    const { monitor, state } = await started();
    monitor.store.emit({ kind: 'acting', change: { running: { action: 'pause', what: 'all', total: 2, done: 1 } } });
    monitor.press(['C']);
    expect(state().toast?.text).toBe(
      'cannot change the target: an action on many operations is running (Esc stops it)',
    );
  });

  it('is found by a later connection too', async () => {
    const guard = productionGuard({ selected: null, rules: { hosts: ['db7'] } });
    const { state } = await started(guard);
    expect(state().readOnly).toBeNull();
    await guard.connected({
      server: { name: 'db7', isNamed: true, address: 'db7', port: 5432, portText: '5432' },
      ip: '10.0.0.7',
      database: 'dispatch',
    });
    await vi.advanceTimersByTimeAsync(1100);
    expect(state()).toMatchObject({
      readOnly: 'production target db7 is locked (U unlocks it)',
      session: { production: { name: 'db7', isLocked: true } },
    });
  });
});
