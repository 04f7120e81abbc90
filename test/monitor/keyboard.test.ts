import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Typed } from '../../source/monitor/typed.ts';
import { fakeTable, monitorOf, type Watched } from '../support/fake-table.ts';
import { nowMs, operation } from '../support/fixtures.ts';

let stopped: (() => Promise<void>)[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: nowMs });
});
afterEach(async () => {
  for (const stop of stopped) await stop();
  stopped = [];
  vi.useRealTimers();
});

const flush = () => vi.advanceTimersByTimeAsync(0);
const text = (characters: string): Typed[] => [...characters].map((each) => ({ kind: 'character', text: each }));
const key = (chord: string): Typed => ({ kind: 'key', chord });

async function watching() {
  const table = fakeTable([
    operation({ id: 1 }),
    operation({ id: 2, workerId: 2, status: 'paused' }),
    ...Array.from({ length: 30 }, (_, index) => operation({ id: index + 3, workerId: index + 3 })),
  ]);
  const watched: Watched = monitorOf(table);
  stopped.push(() => watched.monitor.stop());
  watched.monitor.start();
  await flush();
  return { table, ...watched, take: (...typed: Typed[]) => watched.monitor.take(typed) };
}

describe('a chunk of characters', () => {
  it.each(['jjp', 'p', 'G', 'jjjjjjjjjjjjjjjp'])('%j is read as keys', async (typed) => {
    const { table, take, state } = await watching();
    take(...text(typed));
    await flush();
    expect(table.count('act')).toBe(typed.includes('p') ? 1 : 0);
    expect(state().toast?.text ?? '').not.toContain('pasted');
  });

  it.each([
    'please pause',
    'p\r',
    '\rp',
    'p\n',
    'p\tr',
    'pppppppppppppppppp',
    'p '.repeat(10),
    'https://ops/pause',
    'ps u\n',
  ])('%j is a paste, which causes no action and is reported', async (typed) => {
    const { table, take, state } = await watching();
    const before = state();
    take(...text(typed));
    await flush();
    expect(table.count('act')).toBe(0);
    expect(state()).toEqual({ ...before, toast: state().toast });
    expect(state().toast).toMatchObject({ tone: 'bad' });
    expect(state().toast?.text).toMatch(/^ignored \d+ pasted characters: press \/ to paste into the filter$/);
  });

  it('is read as a paste in the dialog too', async () => {
    const { table, take, state } = await watching();
    take(...text('js'));
    take(...text('yes please'));
    await flush();
    expect(table.count('act')).toBe(0);
    expect(state().overlay.kind).toBe('confirm');
    expect(state().toast?.text).toBe('ignored 10 pasted characters: press e to paste into the reason');
  });

  it('is read as keys, however many, if they only move the cursor', async () => {
    const { take, state } = await watching();
    take(...text('2'));
    take(...text(`${'j'.repeat(20)}${'k'.repeat(3)}`));
    expect(state().cursors.workers.key).toBe('18');
    take(...text('jj\r'));
    expect(state().overlay).toMatchObject({ kind: 'detail', id: 20 });
  });

  it('marks rows, if it only moves the cursor and marks', async () => {
    const { table, take, state } = await watching();
    take(...text('2'));
    take(...text(' j j'));
    expect(state().acting.marks.size).toBe(2);
    expect(state().toast?.text ?? '').not.toContain('pasted');
    // Blanks alone, lines, other keys and many characters are a text.
    for (const pasted of ['   ', ' j\r', ' jp', ' j'.repeat(9)]) {
      take(...text(pasted));
      await flush();
      expect(state().toast?.text).toContain('pasted');
    }
    expect([state().acting.marks.size, state().overlay.kind, table.count('act')]).toEqual([2, 'none', 0]);
  });

  it('marks rows and opens the dialog of the last key, which only asks', async () => {
    const { table, take, state } = await watching();
    take(...text('2'));
    take(...text(' j s'));
    expect(state().overlay).toMatchObject({ kind: 'bulk', action: 'skip' });
    expect([state().acting.marks.size, table.count('act')]).toEqual([2, 0]);
  });

  it('says how many keys came before the question that they would have answered', async () => {
    const { take, state } = await watching();
    take(...text('js31'));
    await flush();
    expect(state().overlay).toMatchObject({ kind: 'confirm' });
    expect(state().toast?.text).toBe('ignored 2 keys typed before this question was shown');
  });

  it('may open the filter and fill it', async () => {
    const { table, take, state } = await watching();
    take(...text('/status:running table:brackets\r'));
    expect([state().overlay.kind, state().filter]).toEqual(['none', 'status:running table:brackets']);
    take(...text('/x\rp'));
    await flush();
    expect([state().filter, table.count('act')]).toEqual(['status:running table:brackets', 0]);
  });

  it('of several lines fills a field with the first one, and the rest is ignored', async () => {
    const { table, take, state } = await watching();
    take(...text('/'));
    take(...text('brackets\rp\r'));
    await flush();
    expect([state().filter, table.count('act')]).toEqual(['brackets', 0]);
    expect(state().toast?.text).toContain('pasted');
  });

  it.each(['table:brackets ', 'cases\tjudges '])(
    'of many thousands of characters (%j) changes a field once',
    async (line) => {
      const { take, state, monitor } = await watching();
      take(...text('/'));
      let changes = 0;
      monitor.store.subscribe(() => {
        changes += 1;
      });
      take(...text(line.repeat(5000)));
      expect(changes).toBeLessThanOrEqual(3);
      expect(state().overlay).toMatchObject({ kind: 'filter', field: { caret: 400 } });
    },
  );

  it('changes a field once if it has a control character after each letter', async () => {
    const { take, state, monitor } = await watching();
    take(...text('/'));
    let changes = 0;
    monitor.store.subscribe(() => {
      changes += 1;
    });
    const letters = Array.from({ length: 5000 }, (_, index): Typed[] => [
      { kind: 'character', text: 'abc'[index % 3] ?? '' },
      key(['ctrl-a', 'backspace', 'ctrl-u', 'left'][index % 4] ?? ''),
    ]);
    take(...letters.flat());
    expect(changes).toBeLessThanOrEqual(3);
    expect(state().overlay).toMatchObject({ kind: 'filter', field: { caret: 400 } });
    take(...letters.flat(), key('escape'));
    expect(state().overlay.kind).toBe('none');
  });

  it('is ignored if the end of an unknown sequence follows', async () => {
    const { table, take } = await watching();
    take(...text('p'), { kind: 'tail' });
    await flush();
    expect(table.count('act')).toBe(0);
    take({ kind: 'tail' }, ...text('p'));
    await flush();
    expect(table.count('act')).toBe(1);
  });

  it('continues a paste that the terminal has divided', async () => {
    const { table, take } = await watching();
    take(...text('x'.repeat(1024)));
    take(...text('p'));
    await flush();
    expect(table.count('act')).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    take(...text('p'));
    await flush();
    expect(table.count('act')).toBe(1);
  });

  it('keeps ctrl-c a key', async () => {
    const { take, left } = await watching();
    take(...text('please pause'), key('ctrl-c'));
    expect(left()).toBe(1);
  });

  it('reads a letter and its accent as one key', async () => {
    const { table, take } = await watching();
    take(...text('p\u0301'));
    await flush();
    expect(table.count('act')).toBe(0);
  });
});

describe('after a goodbye', () => {
  it.each([
    ['q', key('q')],
    ['ctrl-c', key('ctrl-c')],
    ['ctrl-z', key('ctrl-z')],
  ])('%s no later key of the chunk counts', async (_, goodbye) => {
    const { table, take } = await watching();
    take(goodbye, ...text('p'));
    await flush();
    expect(table.count('act')).toBe(0);
  });
});

describe('a key with Alt', () => {
  it('keeps the text that is being typed, and the filter', async () => {
    const { take, state } = await watching();
    take(...text('/bra'), key('alt-p'), key('alt-up'), key('alt-é'));
    expect(state().overlay).toMatchObject({ kind: 'filter', field: { text: 'bra' } });
    take(...text('\r'));
    take(key('alt-1'));
    expect(state().filter).toBe('bra');
    take(...text('js'));
    take(...text('e'));
    take(...text('because'), key('alt-b'));
    expect(state().overlay).toMatchObject({ kind: 'confirm', editing: true, reason: { text: 'because' } });
  });

  it('closes the overlay: it may be Esc and a letter', async () => {
    const { table, take, state } = await watching();
    take(...text('?'));
    take(key('alt-p'));
    await flush();
    expect([state().overlay.kind, table.count('act')]).toEqual(['none', 0]);
  });
});

describe('a letter of another layout', () => {
  it('causes one hint', async () => {
    const { take, state, left } = await watching();
    take(...text('й'));
    expect(state().toast).toMatchObject({
      tone: 'info',
      text: 'й is not a key of migtop: switch the keyboard to Latin letters',
    });
    await vi.advanceTimersByTimeAsync(30_000);
    take(...text('з'));
    expect([state().toast, left()]).toEqual([null, 0]);
  });

  it('is text in a field', async () => {
    const { take, state } = await watching();
    take(...text('/й'));
    expect(state().overlay).toMatchObject({ kind: 'filter', field: { text: 'й' } });
    expect(state().toast).toBeNull();
  });
});
