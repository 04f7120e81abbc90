import { expect, it } from 'vitest';
import { workSumsOf } from '../../source/domain/attempt-sums.ts';
import { isAboveTotal, mayIncludeEarlier } from '../../source/domain/checkpoint-rows.ts';
import { largest, smallest } from '../../source/domain/extremes.ts';
import { createUnreported } from '../../source/polling/unreported.ts';
import { operation } from './build.ts';

/** More than a call takes arguments. */
const many = 300_000;

it('finds the extremes of any number of values', () => {
  expect([largest([]), smallest([])]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  expect([largest([-3, 2, 1]), smallest([-3, 2, 1])]).toEqual([2, -3]);
});

it('judges tables of any number of rows', () => {
  const row = { ...operation({ recordsProcessed: 5, totalRecords: 10, batchSize: 5 }), mark: null };
  const items = Array.from({ length: many }, () => ({ row, records: 5 }));
  expect(isAboveTotal(items)).toBe(true);
  expect(mayIncludeEarlier(items)).toBe(false);
  const work = {
    records: 5,
    total: 10,
    isUnit: false,
    isSide: false,
    isReached: false,
    isUnfinished: false,
    state: 'completed',
  } as const;
  expect(workSumsOf(items.map(() => work))).toMatchObject({ works: many, smallestTotal: 10, largestTotal: 10 });
});

it('reports a history of any number of spans', () => {
  const unreported = createUnreported();
  unreported.addHistory(
    Array.from({ length: many }, (_, from) => ({ tableName: 't', from, to: from + 1, records: 1 })),
  );
  expect(unreported.report().history).toHaveLength(many);
});
