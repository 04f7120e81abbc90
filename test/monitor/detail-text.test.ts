import { describe, expect, it } from 'vitest';
import type { TextPlace } from '../../source/database/detail.ts';
import { chunkCharacters, heldCharacters, type LongText, textWindow } from '../../source/domain/long-text.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { withText } from '../../source/monitor/detail-text.ts';
import { createFilterTyping } from '../../source/monitor/filter-typing.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { createNavigation } from '../../source/monitor/navigation.ts';
import { createStore } from '../../source/monitor/store.ts';
import { createTextReader } from '../../source/monitor/text-reader.ts';
import type { OperationDetail } from '../../source/polling/control-table.ts';
import { detailDocument } from '../../source/presentation/detail-document.ts';
import { detailColumns, overlayRows } from '../../source/presentation/layout.ts';
import type { Window } from '../../source/presentation/window.ts';
import { nowMs, operation, takenAt, target } from '../support/fixtures.ts';

/** The read of PostgreSQL, on texts in memory. */
function windowAt(text: string, place: TextPlace) {
  const last = Math.max(0, Math.ceil(text.length / chunkCharacters) - heldCharacters / chunkCharacters);
  const first = place === 'end' ? last : place;
  const start = first * chunkCharacters;
  return textWindow(text.slice(start, start + heldCharacters + 1), first, text.length);
}

function detailWith(row: Operation, texts: Partial<Record<LongText, string>>): OperationDetail {
  const whole: OperationDetail = { takenAt, operation: row, attempts: [] };
  return Object.entries(texts).reduce(
    (detail, [field, text]) => withText(detail, field as LongText, windowAt(text, 0)),
    whole,
  );
}

/** An open detail with long texts that are read while scrolling. */
function opened(texts: Partial<Record<LongText, string>>, window: Window) {
  const row = operation({ id: 7, status: 'failed', errorMessage: null, sourceQuery: 'SELECT 1', version: '42' });
  const store = createStore(initialState({ target, readOnly: null, intervalSeconds: 1, window, nowMs }));
  const detail = detailWith(row, texts);
  const reads: [LongText, TextPlace][] = [];
  const reader = createTextReader({
    table: {
      text: async (_id, field, place) => {
        reads.push([field, place]);
        return { window: windowAt(texts[field] ?? '', place), version: '42' };
      },
    },
    store,
    onProblem: (problem) => expect.fail(problem),
    onChanged: () => expect.fail('changed'),
  });
  let reading: Promise<void> = Promise.resolve();
  const navigation = createNavigation({
    store,
    readDetail: () => {},
    readTexts: (wishes, place) => {
      reading = reader(wishes, place);
    },
    readPage: () => {},
    restrict: () => {},
    toast: () => {},
    readActivity: () => {},
    stopBulk: () => false,
    filter: createFilterTyping({ store, readPage: () => {} }),
    palette: { typed: () => {}, runChosen: () => {}, close: () => {} },
  });
  store.emit({ kind: 'overlaid', overlay: { kind: 'detail', id: 7, detail: null, problem: null, top: 0 } });
  store.emit({ kind: 'detailed', id: 7, detail, problem: null });
  const overlay = () => {
    const { overlay: now } = store.state();
    if (now.kind !== 'detail' || now.detail === null) throw new Error('no detail');
    return { top: now.top, detail: now.detail };
  };
  return {
    store,
    reads,
    overlay,
    async move(motion: Parameters<typeof navigation.move>[0]) {
      navigation.move(motion);
      await reading;
    },
    /** The lines on the screen, of a window that shows texts and facts one below the other. */
    lines(): string[] {
      const { top, detail: now } = overlay();
      const { texts: shown, facts } = detailDocument(now, detailColumns(window), { memo: store.state().memo });
      return [...shown, ...facts]
        .slice(top, top + overlayRows('detail', window))
        .map((line) => ('text' in line ? line.text : 'name' in line ? line.name : ''));
    },
  };
}

const narrow: Window = { columns: 80, rows: 24 };
// More than twice the part that is kept in memory.
const lineCount = 12_000;
const lineOf = (index: number): string => `line ${String(index).padStart(6, '0')} of it, as wide as most of the screen`;
const long = Array.from({ length: lineCount }, (_, index) => lineOf(index)).join('\n');
const numberIn = (line: string | undefined): number => Number(/^line (\d{6}) of it,/.exec(line ?? '')?.[1] ?? -1);

describe('a long text that is read while scrolling', () => {
  it('shows every line page by page, and keeps only a part in memory', async () => {
    const screen = opened({ errorMessage: long }, narrow);
    const seen = new Set<number>();
    let highest = 0;
    for (let pages = 0; pages < lineCount && !screen.lines().includes('FIELDS'); pages++) {
      for (const line of screen.lines()) if (numberIn(line) >= 0) seen.add(numberIn(line));
      highest = Math.max(highest, screen.overlay().detail.operation.errorMessage?.length ?? 0);
      await screen.move('page-down');
    }
    for (const line of screen.lines()) if (numberIn(line) >= 0) seen.add(numberIn(line));
    expect(seen.size).toBe(lineCount);
    expect(highest).toBeLessThanOrEqual(heldCharacters);
  });

  it('keeps the visible line on the screen, down and up again', async () => {
    const screen = opened({ errorMessage: long }, narrow);
    const top = () =>
      screen
        .lines()
        .map(numberIn)
        .find((line) => line >= 0) ?? -1;
    for (let steps = 0; steps < 650; steps++) {
      const before = top();
      await screen.move('half-down');
      expect(top() - before).toBeLessThanOrEqual(overlayRows('detail', narrow));
      expect(top()).toBeGreaterThanOrEqual(before);
    }
    expect(screen.reads.length).toBeGreaterThan(1);
    for (let steps = 0; steps < 750; steps++) {
      const before = top();
      await screen.move('half-up');
      expect(before - top()).toBeLessThanOrEqual(overlayRows('detail', narrow));
      expect(top()).toBeLessThanOrEqual(before);
    }
    expect(top()).toBe(0);
    expect(screen.overlay().detail.windows?.errorMessage?.first).toBe(0);
  });

  it('jumps to its end with one key, and to its beginning with another', async () => {
    const screen = opened({ errorMessage: long, validationQuery: long }, narrow);
    await screen.move('last');
    expect(screen.reads).toEqual([
      ['errorMessage', 'end'],
      ['validationQuery', 'end'],
    ]);
    expect(screen.lines().at(-1)).toBe('elapsed');
    for (let steps = 0; steps < 30 && !screen.lines().some((line) => numberIn(line) >= 0); steps++)
      await screen.move('up');
    expect(Math.max(...screen.lines().map(numberIn))).toBe(lineCount - 1);
    await screen.move('first');
    expect(screen.overlay().top).toBe(0);
    expect(screen.lines()[2]).toBe(lineOf(1));
  });

  it('shows a single endless line completely', async () => {
    const endless = Array.from({ length: 40_000 }, (_, index) => `<${index}>`).join('');
    const screen = opened({ errorMessage: endless }, narrow);
    let seen = '';
    for (let steps = 0; steps < 6000 && !screen.lines().includes('FIELDS'); steps++) {
      for (const [index] of (screen.lines().join('') + seen.slice(0, 0)).matchAll(/<(\d+)>/g)) seen = index;
      await screen.move('page-down');
    }
    for (const [index] of screen
      .lines()
      .join('')
      .matchAll(/<(\d+)>/g))
      seen = index;
    expect(seen).toBe('<39999>');
  });

  it.each([
    { columns: 500, rows: 300 },
    { columns: 60, rows: 15 },
    { columns: 200, rows: 50 },
  ])('reaches its end at $columns x $rows, and reads nothing while nobody scrolls', async (window) => {
    const screen = opened({ errorMessage: long }, window);
    expect(screen.reads).toEqual([]);
    for (let pages = 0; pages < 10_000; pages++) {
      const { top, detail } = screen.overlay();
      await screen.move('page-down');
      const now = screen.overlay();
      if (now.top === top && now.detail === detail) break;
    }
    const { detail } = screen.overlay();
    expect(detail.windows?.errorMessage?.hasMore).toBe(false);
    expect(detail.operation.errorMessage?.endsWith(lineOf(lineCount - 1))).toBe(true);
  });
});
