import { expect, it } from 'vitest';
import { wholeTotals } from '../../bench/screens.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { countsLine } from '../../source/screen/tabs.tsx';
import { nowMs, snapshot, takenAt } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';
import { total } from '../support/totals.ts';

/** The line of the screen that counts the operations of a table with so many completed ones. */
function countsWith(completed: number, isCounted: boolean): string {
  const coverage = { share: isCounted ? 1 : 0.5, countedAt: isCounted ? takenAt : null, isStale: false };
  const totals = [total({ statuses: { completed } })];
  const counted = snapshot({ totals, coverage, counts: { running: 20, paused: 0, failed: 3 } });
  const state = reduce(migrationState({ columns: 120, rows: 40 }), {
    kind: 'polled',
    snapshot: counted,
    atMs: nowMs + 1000,
    nextSeconds: 1,
  });
  return countsLine(state, themeOf({ LANG: 'en_US.UTF-8' }))
    .map(({ text }) => text)
    .join('');
}

// The default size of the bench has ten million rows, and the smoke run ten thousand.
it.each([0, 7, 9_400, 999_999, 9_999_999, 10_010_000, 123_456_789, 4_000_000_000])(
  'the bench sees that all of %d completed operations have been counted',
  (completed) => {
    expect(countsWith(completed, true)).toMatch(wholeTotals);
  },
);

it('the bench does not take a part of the count for all of it', () => {
  expect(countsWith(10_010_000, false)).not.toMatch(wholeTotals);
});
