import { expect, it } from 'vitest';
import { createMemo, type Memo, noMemo } from '../../source/domain/memo.ts';

const counted = () => {
  const calls: object[] = [];
  const compute = (key: { readonly n: number }): number | undefined => {
    calls.push(key);
    return key.n === 0 ? undefined : key.n * 2;
  };
  return { calls, compute };
};

it('computes a value once for each object, also if it is undefined', () => {
  const { calls, compute } = counted();
  const memo = createMemo();
  const [zero, one, alike] = [{ n: 0 }, { n: 1 }, { n: 1 }];
  expect([zero, zero, one, one, alike].map((key) => memo(compute, key))).toEqual([undefined, undefined, 2, 2, 2]);
  expect(calls).toEqual([zero, one, alike]);
});

it('keeps the values of two functions apart, and those of two owners', () => {
  const { calls, compute } = counted();
  const memo = createMemo();
  const key = { n: 3 };
  expect([memo(compute, key), memo(({ n }) => n, key), createMemo()(compute, key)]).toEqual([6, 3, 6]);
  expect(calls).toHaveLength(2);
});

it('passes itself to the function', () => {
  const { calls, compute } = counted();
  const outer = (key: { readonly n: number }, memo: Memo) => memo(compute, key);
  const key = { n: 1 };
  const memo = createMemo();
  expect([memo(outer, key), memo(compute, key), noMemo(outer, key)]).toEqual([2, 2, 2]);
  expect(calls).toHaveLength(2);
});
