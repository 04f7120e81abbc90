import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseUntil } from '../../source/domain/deadline.ts';
import { observe } from '../../source/domain/observation.ts';
import { sinceText } from '../../source/domain/since.ts';
import { newDeadline, withDeadline } from '../../source/monitor/deadline.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { migrationLine } from '../../source/screen/migration.tsx';
import { snapshot } from '../domain/build.ts';
import { fakeTable } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const watching = monitorsUnderTest();
const theme = themeOf({ LANG: 'C.UTF-8' });

it('keeps a deadline after its time, and names its day from the next day on', () => {
  const [until, now] = [parseUntil('06:00'), Date.parse('2024-01-15T05:59Z') / 1000];
  const seenAt = (takenAt: number) => observe(null, snapshot(takenAt, []));
  const given = newDeadline(until, seenAt(now));
  expect(withDeadline(given, seenAt(now + 7 * 3600)).deadline).toBe(given.deadline);
  expect(withDeadline(given, seenAt(now + 20 * 3600)).deadline).toEqual({
    ...given.deadline,
    name: '2024-01-15 06:00',
  });
});

it('D takes a time that has just passed as that one, and says how to give the next one', async () => {
  const { monitor, state } = await watching(fakeTable([operation({ id: 1 })]));
  const { takenAt } = state().latest?.snapshot ?? { takenAt: 0 };
  const clock = sinceText(takenAt - 720).slice(11);
  monitor.press(['D', ...clock, 'enter']);
  const next = sinceText(takenAt - 720 + 86_400);
  expect(state().toast?.text).toMatch(/^deadline: (?:\S+ )?\d\d:\d\d passed 1[23]m ago \(the next one: /);
  expect(state().toast?.text).toContain(`(the next one: ${next})`);
  expect(state().due.deadline?.at).toBeLessThan(takenAt);
});

it('D takes a time that passed longer ago as that of the next day, and names the day', async () => {
  const { monitor, state } = await watching(fakeTable([operation({ id: 1 })]));
  const { takenAt } = state().latest?.snapshot ?? { takenAt: 0 };
  monitor.press(['D', ...sinceText(takenAt - 3600).slice(11), 'enter']);
  const next = sinceText(takenAt - 3600 + 86_400);
  expect(state().toast?.text).toBe(`deadline: ${next}`);
  expect(state().due.deadline).toMatchObject({ name: next });
  // At the start, it is the one that a check calls late.
  const until = parseUntil('06:00');
  const latest = observe(null, snapshot(Date.parse('2024-01-15T07:00Z') / 1000, []));
  expect(newDeadline(until, latest).deadline?.at).toBe(Date.parse('2024-01-15T06:00Z') / 1000);
  expect(newDeadline(until, latest, true).deadline?.at).toBe(Date.parse('2024-01-16T06:00Z') / 1000);
});

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
  expect(lineOf()).toMatch(/deadline (?:\S+ )?\d\d:\d\d in 2h 00m, no ETA: too few reports of workers yet/);
  monitor.resize({ columns: 80, rows: 24 });
  expect(lineOf()).toMatch(/ no ETA: too few reports$/);
  // The time is offered; as it is, it stays the same deadline, and what is typed takes its place.
  const { due } = state();
  monitor.press(['D', 'enter']);
  expect(state().due).toBe(due);
  monitor.press(['D', '3', 'h', 'enter']);
  expect(state().due).toMatchObject({ until: { seconds: 10_800 } });
  monitor.press(['D', 'ctrl-u', 'enter']);
  expect(state().due).toMatchObject({ until: null, deadline: null });
  // The message goes when the operator looks at something else.
  expect(state().toast?.text).toBe('no deadline any more');
  monitor.press(['2']);
  expect(state().toast).toBeNull();
});
