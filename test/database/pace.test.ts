import { expect, it } from 'vitest';
import { createPace } from '../../source/database/pace.ts';

/** A pace on a clock of its own. `others`: how many other sessions work. */
function paceOn(others: () => number | Error) {
  const clock = { ms: 0, reads: 0 };
  const read = async () => {
    clock.reads += 1;
    const found = others();
    if (found instanceof Error) throw found;
    return [{ others: found }];
  };
  return { clock, pace: createPace({ read }, () => clock.ms) };
}

it('rests little after the first rows, and 19 times as long as the message took after more', async () => {
  const { pace, clock } = paceOn(() => 4);
  expect(await pace.restMs(10, 200)).toBeCloseTo(40);
  expect(await pace.restMs(10, 1800)).toBeCloseTo(40);
  expect(clock.reads).toBe(0);
  expect(await pace.restMs(10, 2000)).toBeCloseTo(190);
  // The same message on a server that is three times as slow.
  expect(await pace.restMs(30, 2000)).toBeCloseTo(570);
  // It waited for a lock.
  expect(await pace.restMs(5000, 2000)).toBe(4000);
});

it('is faster once no other session has worked for a second, until one does', async () => {
  let working = 2;
  const { pace, clock } = paceOn(() => working);
  const restAfter = (ms: number) => {
    clock.ms += ms;
    return pace.restMs(10, 50_000);
  };
  expect(await restAfter(0)).toBeCloseTo(190);
  working = 0;
  expect(await restAfter(300)).toBeCloseTo(190);
  expect(await restAfter(600)).toBeCloseTo(190);
  expect(await restAfter(400)).toBeCloseTo(10);
  // It looks four times in a second.
  const { reads } = clock;
  for (let message = 0; message < 10; message++) expect(await restAfter(20)).toBeCloseTo(10);
  expect(clock.reads).toBe(reads);
  working = 1;
  expect(await restAfter(100)).toBeCloseTo(190);
});

it('is not faster if it cannot find out who works', async () => {
  const { pace, clock } = paceOn(() => new Error('no answer'));
  await pace.restMs(10, 50_000);
  clock.ms = 10_000;
  expect(await pace.restMs(10, 50_000)).toBeCloseTo(190);
});
