import { expect, it } from 'vitest';
import { earlierLine, earlierLines } from '../../source/presentation/earlier-text.ts';

const counts = { pending: 11, running: 2, paused: 1, failed: 63 };

it.each([
  ['15m', 'left out, began more than 15m ago: 2 running (not checked for stalls), 1 paused, 11 pending, 63 failed'],
  ['4711', 'left out, below id 4711: 2 running (not checked for stalls), 1 paused, 11 pending, 63 failed'],
  ['22:00', 'left out, began before 22:00: 2 running (not checked for stalls), 1 paused, 11 pending, 63 failed'],
])('what --since %s leaves out is said with its reason', (since, line) => {
  expect(earlierLine(since, counts)).toBe(line);
});

it('nothing is said where nothing is left out', () => {
  expect(earlierLines({ since: { text: '2h' }, earlier: null })).toEqual([]);
  expect(earlierLines({ since: null, earlier: counts })).toEqual([]);
});
