import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { themeOf } from '../../source/presentation/theme.ts';
import { migrationLine } from '../../source/screen/migration.tsx';
import { fakeTable } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const watching = monitorsUnderTest();
const theme = themeOf({ LANG: 'C.UTF-8' });

it('D sets a deadline, which line 2 compares with the ETA; empty, it removes it', async () => {
  const { monitor, state } = await watching(fakeTable([operation({ id: 1 })]));
  const lineOf = (): string =>
    migrationLine(state(), theme)
      .map(({ text }) => text)
      .join('');
  expect(lineOf()).not.toContain('no ETA');
  monitor.press(['D']);
  expect(state().overlay.kind).toBe('until');
  monitor.press(['4', '7', '1', '1', 'enter']);
  expect(state().overlay.kind).toBe('until');
  monitor.press(['ctrl-u', '2', 'h', 'enter']);
  expect(state().overlay.kind).toBe('none');
  expect(state().due).toMatchObject({ until: { kind: 'ago', seconds: 7200 }, deadline: { text: '2h' } });
  // Two hours later, `2h` would name another time.
  monitor.resize({ columns: 160, rows: 24 });
  expect(lineOf()).toMatch(/\d\d:\d\d: deadline in 2h 00m, no ETA: too few reports of workers yet/);
  monitor.resize({ columns: 80, rows: 24 });
  expect(lineOf()).toMatch(/ no ETA: too few reports$/);
  // The time is offered; as it is, it stays the same deadline, and what is typed takes its place.
  const { due } = state();
  monitor.press(['D', 'enter']);
  expect(state().due).toBe(due);
  monitor.press(['D', '3', 'h', 'enter']);
  expect(state().due).toMatchObject({ until: { seconds: 10_800 } });
  monitor.press(['D', 'ctrl-u', 'enter']);
  expect(state().due).toEqual({ until: null, deadline: null });
});
