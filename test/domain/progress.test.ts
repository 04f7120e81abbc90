import { describe, expect, it } from 'vitest';
import { percentOf } from '../../source/domain/progress.ts';

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
