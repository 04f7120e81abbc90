import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Operation } from '../../source/domain/operation.ts';
import { createRowCache } from '../../source/polling/row-cache.ts';
import { operation } from '../domain/build.ts';

/** Newest end first; without an end that is finite the start counts, and of two that ended together the one with the higher id is first. */
function newestFirst(rows: Iterable<Operation>): number[] {
  const end = ({ completedAt, startedAt }: Operation): number =>
    [completedAt, startedAt].find((time) => time !== null && Number.isFinite(time)) ?? Number.NEGATIVE_INFINITY;
  const failed = [...rows].filter(({ status }) => status === 'failed');
  return failed.sort((a, b) => (end(a) === end(b) ? b.id - a.id : end(b) - end(a))).map(({ id }) => id);
}

const moment = fc.option(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(Number.POSITIVE_INFINITY)));
const version = fc.record({
  id: fc.integer({ min: 1, max: 40 }),
  status: fc.constantFrom<Operation['status']>('failed', 'failed', 'completed', 'running'),
  startedAt: moment,
  completedAt: moment,
});
/** The versions that a poll reads, the ids that are gone, and whether the cache may begin again before. */
const poll = fc.record({
  rows: fc.array(version, { maxLength: 30 }),
  gone: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }),
  isNew: fc.boolean(),
});

it('lists the failures in the same order, however many of them each poll adds, changes and removes', () => {
  fc.assert(
    fc.property(fc.array(poll, { maxLength: 20 }), fc.integer({ min: 1, max: 60 }), (polls, listed) => {
      const cache = createRowCache(listed);
      for (const [number, { rows, gone, isNew }] of polls.entries()) {
        if (isNew && number % 7 === 6) cache.clear();
        for (const [index, row] of rows.entries()) cache.take(operation({ ...row, version: `${number}${index}` }));
        for (const id of gone) cache.remove(id);
        const expected = newestFirst(cache.all());
        expect(cache.failures().map(({ id }) => id)).toEqual(expected.slice(0, listed));
        expect(cache.inStatus('failed')).toBe(expected.length);
        expect(cache.failures()).toBe(cache.failures());
      }
    }),
  );
});

it('lists the failures in order after more changes than it places one by one', () => {
  const cache = createRowCache(1000);
  const failed = (id: number, completedAt: number, version: string) =>
    cache.take(operation({ id, status: 'failed', completedAt, version }));
  for (let id = 1; id <= 500; id++) failed(id, (id * 7919) % 501, '1');
  expect(cache.failures().map(({ id }) => id)).toEqual(newestFirst(cache.all()));
  const before = cache.failures();
  for (let id = 100; id <= 300; id++) failed(id, (id * 31) % 997, '2');
  expect(cache.failures().map(({ id }) => id)).toEqual(newestFirst(cache.all()));
  expect(before).toHaveLength(500);
  expect(before.every((row) => row.version === '1')).toBe(true);
});
