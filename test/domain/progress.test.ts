import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentOf, tableProgress } from '../../source/domain/progress.ts';

describe('how far a table is', () => {
  it.each([
    ['brackets, two batches of 500', 1000, 500, 1569, 500, 1000, 63.73],
    ['case_file_relationships, a failure at 2300 and a batch of 200', 2500, 2300, 15420, 200, 2500, 16.21],
    ['cases, one batch', 23, 23, 23, 23, 23, 100],
    ['brackets, one row that counts 500 -> 1569', 1569, 1569, 1569, 500, 1569, 100],
  ])('adds up the rows of the specification: %s', (_, summed, largest, total, batch, processed, percent) => {
    expect(tableProgress(summed, largest, total, batch)).toEqual({
      recordsProcessed: processed,
      totalRecords: total,
      percent,
      counting: 'per batch',
    });
  });

  it('takes the largest row where the sum overshoots and a row holds more than a batch', () => {
    // 500, 1000, 1500, 1569 of 1569, in batches of 500
    expect(tableProgress(4569, 1569, 1569, 500)).toEqual({
      recordsProcessed: 1569,
      totalRecords: 1569,
      percent: 100,
      counting: 'cumulative',
    });
    expect(tableProgress(3000, 1500, 1569, null)).toMatchObject({ recordsProcessed: 1500, counting: 'cumulative' });
  });

  it('shows work that was done twice as more than all where every row is within its batch', () => {
    expect(tableProgress(2000, 500, 1569, 500)).toMatchObject({
      recordsProcessed: 2000,
      percent: 127.47,
      counting: 'per batch',
    });
  });

  it('adds up where even the largest row overshoots, because no rule makes sense of it', () => {
    expect(tableProgress(5000, 3000, 1569, 500)).toMatchObject({ recordsProcessed: 5000, counting: 'per batch' });
  });

  it('does not take a sum that is exactly the total for an overshoot', () => {
    expect(tableProgress(1569, 1000, 1569, null)).toMatchObject({ counting: 'per batch', percent: 100 });
  });

  it.each([
    ['missing', null],
    ['0', 0],
    ['negative', -5],
  ])('knows no percentage where the total is %s', (_, total) => {
    expect(tableProgress(500, 500, total, 500)).toEqual({
      recordsProcessed: 500,
      totalRecords: null,
      percent: null,
      counting: 'per batch',
    });
  });

  it('takes rows that never counted', () => {
    expect(tableProgress(0, null, 1569, null)).toMatchObject({ recordsProcessed: 0, percent: 0 });
  });

  it('never shows more than the sum, and never a figure that is none', () => {
    const counter = fc.option(fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }));
    fc.assert(
      fc.property(fc.array(counter, { maxLength: 20 }), counter, counter, (rows, total, batch) => {
        const known = rows.filter((row) => row !== null);
        const summed = known.reduce((all, row) => all + row, 0);
        const progress = tableProgress(summed, known.length === 0 ? null : Math.max(...known), total, batch);
        expect(progress.recordsProcessed).toBeLessThanOrEqual(summed);
        expect(Number.isFinite(progress.percent ?? 0)).toBe(true);
        expect(progress.percent === null).toBe(total === null || total <= 0);
      }),
    );
  });
});

describe('a percentage', () => {
  it('has two decimals', () => {
    expect(percentOf(1000, 1569)).toBe(63.73);
    expect(percentOf(1, 3)).toBe(33.33);
  });

  it.each([
    [999_960, 1_000_000],
    [15_399_999, 15_400_000],
    [2_147_483_646, 2_147_483_647],
  ])('is not 100 while a record is missing: %d of %d', (part, whole) => {
    expect(percentOf(part, whole)).toBe(99.99);
  });

  it('is 100 when all is done, and more when more is', () => {
    expect(percentOf(15_400_000, 15_400_000)).toBe(100);
    expect(percentOf(3, 2)).toBe(150);
  });

  it('is not known of nothing', () => {
    expect(percentOf(5, null)).toBeNull();
    expect(percentOf(0, 0)).toBeNull();
    expect(percentOf(5, -1)).toBeNull();
  });
});
