import { expect, it } from 'vitest';
import { createActionRest } from '../../source/database/action-rest.ts';

/** The rests of an action on a separate clock. `others`: how many other sessions work. */
function restOn(others: () => number | Error) {
  const clock = { ms: 0, reads: 0 };
  const read = async () => {
    clock.reads += 1;
    const found = others();
    if (found instanceof Error) throw found;
    return [{ others: found }];
  };
  return { clock, rest: createActionRest({ read }, () => clock.ms) };
}

it('rests little after the first rows, and 19 times as long as the message took after more', async () => {
  const { rest, clock } = restOn(() => 4);
  expect(await rest.restMs(10, 200)).toBeCloseTo(40);
  expect(await rest.restMs(10, 1800)).toBeCloseTo(40);
  expect(clock.reads).toBe(0);
  expect(await rest.restMs(10, 2000)).toBeCloseTo(190);
  // The same message on a server that is three times as slow.
  expect(await rest.restMs(30, 2000)).toBeCloseTo(570);
  // It waited for a lock.
  expect(await rest.restMs(5000, 2000)).toBe(4000);
});

it('is faster once no other session has worked for a second, until one does', async () => {
  let working = 2;
  const { rest, clock } = restOn(() => working);
  const restAfter = (ms: number) => {
    clock.ms += ms;
    return rest.restMs(10, 50_000);
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
  const { rest, clock } = restOn(() => new Error('no answer'));
  await rest.restMs(10, 50_000);
  clock.ms = 10_000;
  expect(await rest.restMs(10, 50_000)).toBeCloseTo(190);
});
