import { describe, expect, it } from 'vitest';
import { cumulativeHistory } from '../../source/domain/cumulative-history.ts';
import { historyOf } from '../support/history.ts';
import { operation } from './build.ts';

const noon = 1_000_000;

/** The history of a cumulative table with batches of 500 records that take so many seconds each, one after the other. */
function historyOfBatches(seconds: readonly number[]) {
  let startedAt = noon - seconds.reduce((sum, one) => sum + one, 0);
  const rows = seconds.map((one, index) => {
    const row = operation({
      id: index + 1,
      status: 'completed',
      recordsProcessed: 500 * (index + 1),
      startedAt,
      completedAt: startedAt + one,
    });
    startedAt += one;
    return row;
  });
  return cumulativeHistory(historyOf(rows, noon), 500 * seconds.length, 500);
}

const rateOf = (spans: readonly { from: number; to: number; records: number }[]): number =>
  spans.reduce((sum, { records }) => sum + records, 0) / spans.reduce((sum, { from, to }) => sum + to - from, 0);

describe('the history of a cumulative table', () => {
  it.each([2, 7, 30, 95])('has the rate of its batches of %i seconds', (seconds) => {
    const spans = historyOfBatches(Array.from({ length: Math.ceil(1200 / seconds) }, () => seconds));
    expect(spans.length).toBeGreaterThan(5);
    expect(rateOf(spans) / (500 / seconds)).toBeCloseTo(1, 1);
  });

  it('shows that batches became slower', () => {
    const spans = historyOfBatches(Array.from({ length: 60 }, (_, index) => 10 + index / 2)).toSorted(
      (a, b) => a.from - b.from,
    );
    expect(rateOf(spans.slice(0, 10))).toBeGreaterThan(1.5 * rateOf(spans.slice(-10)));
  });

  it('is empty if the sums fit no counters', () => {
    const spans = [{ tableName: 'brackets', from: noon - 60, to: noon, records: 6000 }];
    expect(cumulativeHistory(spans, 3000, 1000)).toEqual([]);
  });
});
