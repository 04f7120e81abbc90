import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rowsOf } from '../../source/monitor/views.ts';
import { steadyOf } from '../../source/screen/list.ts';
import { type FakeTable, fakeTable, lostConnection, monitorOf, type Watched } from '../support/fake-table.ts';
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

/** Ids with gaps, as tables have them. */
const ids = Array.from({ length: 1000 }, (_, index) => 10 * index + (index % 7));
const newestFirst = ids.toReversed();
const rows = ids.map((id, index) =>
  operation({
    id,
    status: index % 10 === 0 ? 'failed' : 'completed',
    tableName: index % 2 === 0 ? 'cases' : 'brackets',
    completedAt: 1000,
  }),
);

async function paging(table: FakeTable, given: Parameters<typeof monitorOf>[1] = {}): Promise<Watched> {
  // The interval is long: polls happen where a test asks for one.
  const watched = monitorOf(table, { intervalSeconds: 60, ...given });
  stopped.push(() => watched.monitor.stop());
  watched.monitor.start();
  watched.monitor.press(['5']);
  await flush();
  return watched;
}

function place({ state }: Watched): number {
  return Number(state().cursors.operations.key);
}

/** The row of the window that the cursor is on. */
function line({ state }: Watched): number {
  const { index, top } = state().cursors.operations;
  return index - top;
}

/** Presses a key until the cursor does not move any more; the ids that it stood on. */
async function walk(watched: Watched, key: string): Promise<number[]> {
  const seen = [place(watched)];
  for (;;) {
    watched.monitor.press([key]);
    await flush();
    const now = place(watched);
    if (now === seen.at(-1)) return seen;
    seen.push(now);
  }
}

describe('moving through a thousand operations', () => {
  it('visits every one exactly once in order, down and up again', async () => {
    const watched = await paging(fakeTable(rows));
    expect(await walk(watched, 'j')).toEqual(newestFirst);
    expect(await walk(watched, 'k')).toEqual(ids);
  });

  it('does so in windows of all sizes', async () => {
    for (const window of [
      { columns: 60, rows: 15 },
      { columns: 80, rows: 16 },
      { columns: 200, rows: 50 },
      { columns: 80, rows: 400 },
    ]) {
      const watched = await paging(fakeTable(rows.slice(0, 300)), { window });
      expect(await walk(watched, 'j')).toEqual(newestFirst.slice(-300));
      expect(await walk(watched, 'k')).toEqual(ids.slice(0, 300));
    }
  });

  it('scrolls by one line at a time: no page that is read makes the list jump', async () => {
    const watched = await paging(fakeTable(rows));
    const lines: number[] = [];
    for (let step = 0; step < 300; step++) {
      watched.monitor.press(['j']);
      await flush();
      lines.push(line(watched));
    }
    // The window has 16 rows: down to the last of them, and there the cursor stays.
    expect(lines).toEqual(Array.from({ length: 300 }, (_, step) => Math.min(step + 1, 15)));
  });

  it('reaches the end and the beginning by pages, without missing a row', async () => {
    const watched = await paging(fakeTable(rows));
    for (const [down, up] of [
      ['page-down', 'page-up'],
      ['ctrl-d', 'ctrl-u'],
    ] as const) {
      const seen = await walk(watched, down);
      expect(seen.at(-1)).toBe(newestFirst.at(-1));
      for (const [index, id] of seen.slice(1).entries()) {
        const moved = newestFirst.indexOf(id) - newestFirst.indexOf(seen[index] ?? 0);
        expect(moved).toBeGreaterThan(0);
        expect(moved).toBeLessThanOrEqual(down === 'page-down' ? 16 : 8);
      }
      expect((await walk(watched, up)).at(-1)).toBe(newestFirst[0]);
    }
  });

  it('goes to the oldest with G and to the newest with g, at once', async () => {
    const watched = await paging(fakeTable(rows));
    watched.monitor.press(['G']);
    await flush();
    expect(place(watched)).toBe(newestFirst.at(-1));
    expect(watched.state().page).toMatchObject({ atNewest: false, atOldest: true });
    expect(line(watched)).toBe(15);
    watched.monitor.press(['k', 'k']);
    await flush();
    expect(place(watched)).toBe(newestFirst.at(-3));
    watched.monitor.press(['g']);
    await flush();
    expect(place(watched)).toBe(newestFirst[0]);
    expect(watched.state().page).toMatchObject({ atNewest: true, atOldest: false });
    expect(line(watched)).toBe(0);
  });

  it('names a value in the title again that only rows elsewhere do not have', async () => {
    const [old, recent] = [ids.slice(0, 500), ids.slice(500)];
    const table = fakeTable(
      rows.map((row) => ({ ...row, operation: old.includes(row.id) && row.id % 2 === 0 ? 'planning' : 'copy' })),
    );
    const watched = await paging(table);
    const isNamed = () => !steadyOf(watched.state()).differing.has('OPERATION 0');
    expect([recent.length, isNamed()]).toEqual([500, true]);
    watched.monitor.press(['G']);
    await flush();
    expect(isNamed()).toBe(false);
    watched.monitor.press(['g']);
    await flush();
    expect(isNamed()).toBe(true);
  });

  it('never reads more than a few windows of rows, nor two pages at a time', async () => {
    const table = fakeTable(rows);
    const watched = await paging(table);
    await walk(watched, 'page-down');
    watched.monitor.press(['g', 'G', 'g', 'G', 'j', 'k']);
    await flush();
    expect(table.mostAtOnce.page).toBe(1);
    const limits = table.asked.flatMap(({ question, argument }) =>
      question === 'page' ? [(argument as { limit: number }).limit] : [],
    );
    expect(Math.max(...limits)).toBeLessThanOrEqual(3 * 18 + 1);
    expect(rowsOf(watched.state()).map(({ key }) => key)).toContain(String(place(watched)));
  });

  it('knows whether there is more, when the rows just fit a page and when one does not', async () => {
    for (const [count, all] of [
      [53, true],
      [54, true],
      [55, false],
    ] as const) {
      const watched = await paging(fakeTable(rows.slice(0, count)));
      expect(watched.state().page).toMatchObject({ atNewest: true, atOldest: all });
      watched.monitor.press(['G']);
      await flush();
      expect(watched.state().page).toMatchObject({ atNewest: all, atOldest: true });
      expect(place(watched)).toBe(ids[0]);
    }
  });

  it('waits only if the database is slower than the keys', async () => {
    const table = fakeTable(rows);
    const watched = await paging(table);
    const held = table.hold('page');
    watched.monitor.press(Array.from({ length: 500 }, () => 'j'));
    await flush();
    // Only up to the last known row: the cursor is never beyond it.
    expect(place(watched)).toBe(newestFirst[53]);
    expect(rowsOf(watched.state()).some(({ key }) => key === String(place(watched)))).toBe(true);
    held.end();
    await flush();
    expect(place(watched)).toBe(newestFirst[53]);
    watched.monitor.press(['j']);
    await flush();
    expect(place(watched)).toBe(newestFirst[54]);
  });
});

describe('a poll', () => {
  const inserted = (count: number) =>
    Array.from({ length: count }, (_, index) => operation({ id: 100_000 + index, status: 'pending', startedAt: null }));

  it('leaves the cursor on its row when rows are inserted above it, however many', async () => {
    for (const steps of [0, 30, 150]) {
      for (const count of [1, 10, 200]) {
        const table = fakeTable(rows);
        const watched = await paging(table);
        for (let step = 0; step < steps; step++) {
          watched.monitor.press(['j']);
          await flush();
        }
        table.rows = [...rows, ...inserted(count)];
        watched.monitor.press(['ctrl-r']);
        await flush();
        expect(place(watched)).toBe(newestFirst[steps]);
        expect(rowsOf(watched.state()).map(({ key }) => key)).toContain(String(newestFirst[steps]));
        // And from there on no row is missed, in either direction.
        expect(await walk(watched, 'k')).toEqual([
          ...ids.slice(ids.length - 1 - steps),
          ...inserted(count).map(({ id }) => id),
        ]);
      }
    }
  });

  it('keeps the row on its line of the screen if the operator has scrolled down', async () => {
    const table = fakeTable(rows);
    const watched = await paging(table);
    for (const _ of Array.from({ length: 40 })) {
      watched.monitor.press(['j']);
      await flush();
    }
    const before = line(watched);
    table.rows = [...rows, ...inserted(7)];
    watched.monitor.press(['ctrl-r']);
    await flush();
    expect(line(watched)).toBe(before);
  });

  it('shows new rows at once if the newest are shown', async () => {
    const table = fakeTable(rows);
    const watched = await paging(table);
    table.rows = [...rows, ...inserted(3)];
    watched.monitor.press(['ctrl-r']);
    await flush();
    expect(rowsOf(watched.state())[0]?.key).toBe('100002');
    expect(watched.state().cursors.operations).toMatchObject({ index: 3, top: 0 });
  });

  it('stays where it was when rows are deleted around it', async () => {
    const table = fakeTable(rows);
    const watched = await paging(table);
    for (const _ of Array.from({ length: 40 })) {
      watched.monitor.press(['j']);
      await flush();
    }
    const id = place(watched);
    table.rows = rows.filter((row) => row.id === id || row.id % 2 === 0);
    watched.monitor.press(['ctrl-r']);
    await flush();
    expect(place(watched)).toBe(id);
  });

  it('reports that the page cannot be read, and keeps the current one', async () => {
    const table = fakeTable(rows);
    const watched = await paging(table);
    table.gone = lostConnection;
    watched.monitor.press(['G']);
    await flush();
    expect(watched.state().toast?.text).toContain('The operations could not be read');
    expect(rowsOf(watched.state())).toHaveLength(54);
    table.gone = null;
    watched.monitor.press(['G']);
    await flush();
    expect(place(watched)).toBe(newestFirst.at(-1));
  });
});

describe('a filter', () => {
  it('lists its matches in order, and starts at the newest', async () => {
    const watched = await paging(fakeTable(rows));
    watched.monitor.press(['G']);
    await flush();
    watched.monitor.press(['/', ...'status:failed table:case', 'enter']);
    await flush();
    const failed = newestFirst.filter((id) => ids.indexOf(id) % 10 === 0);
    expect(await walk(watched, 'j')).toEqual(failed);
    expect(await walk(watched, 'k')).toEqual(failed.toReversed());
  });

  it('applies to the page when it was set in another view', async () => {
    const table = fakeTable(rows);
    const watched = await paging(table);
    watched.monitor.press(['3', '/', ...'status:failed', 'enter', '5']);
    await flush();
    expect(rowsOf(watched.state()).every((row) => row.kind === 'operation' && row.operation.status === 'failed')).toBe(
      true,
    );
    expect(place(watched)).toBe(newestFirst.find((id) => ids.indexOf(id) % 10 === 0));
  });

  it('without a match leaves no row and no cursor, and restores both when it is cleared', async () => {
    const watched = await paging(fakeTable(rows));
    watched.monitor.press(['/', ...'no such thing', 'enter']);
    await flush();
    expect(rowsOf(watched.state())).toEqual([]);
    watched.monitor.press(['j', 'G', 'p', 'enter']);
    expect(watched.state().overlay.kind).toBe('none');
    watched.monitor.press(['escape']);
    await flush();
    expect(place(watched)).toBe(newestFirst[0]);
  });

  it('ignores the page of the previous filter, whichever arrives first', async () => {
    const table = fakeTable(rows);
    const watched = await paging(table);
    const held = table.hold('page');
    watched.monitor.press(['/', ...'table:case', 'enter']);
    watched.monitor.press(['/', 'ctrl-u', ...'table:bracket', 'enter']);
    await flush();
    held.end();
    await flush();
    expect(watched.state().page?.filter).toBe('table:bracket');
    expect(rowsOf(watched.state())[0]).toMatchObject({ operation: { tableName: 'brackets' } });
  });
});
