import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCounter } from '../../source/monitor/counter.ts';
import type { Patient, WorkDone } from '../../source/polling/counting-rest.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** Lets a counter run for a number of seconds. @returns which kinds were due at each step, with its second */
async function run(seconds: number, answer: (isDue: (kind: Patient) => boolean) => WorkDone | null) {
  const steps: { second: number; check: boolean; guess: boolean }[] = [];
  const startedMs = performance.now();
  const counter = createCounter({
    async work(isDue) {
      const second = Math.round((performance.now() - startedMs) / 1000);
      steps.push({ second, check: isDue('check'), guess: isDue('guess') });
      return answer(isDue);
    },
    onWhole: () => {},
  });
  counter.start();
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  counter.stop();
  return steps;
}

it.each(['check', 'guess'] as const)('lets only the next %s wait for its rest', async (kind) => {
  const steps = await run(100, (isDue) => (isDue(kind) ? { restSeconds: 40, isWhole: false, waits: kind } : null));
  const other = kind === 'check' ? 'guess' : 'check';
  // It looks for other work each second.
  expect(steps.length).toBeGreaterThan(90);
  expect(steps.every((step) => step[other])).toBe(true);
  expect(steps.filter((step) => step[kind]).map(({ second }) => second)).toEqual([0, 40, 80]);
});

it('rests before everything else after a count that cannot wait', async () => {
  const steps = await run(100, () => ({ restSeconds: 30, isWhole: false }));
  expect(steps.map(({ second }) => second)).toEqual([0, 30, 60, 90]);
});
