import { expect, it } from 'vitest';
import { pauseAllReason } from '../../source/domain/last-actors.ts';
import { pausesOfAllIn, resumesIn } from '../../source/domain/resumes.ts';

const action = (at: number | null, fromStatus: string, toStatus: string, outcome = 'applied') => ({
  at,
  operationId: 1,
  fromStatus,
  toStatus,
  outcome,
});

it.each([
  ['a pause and its resume', [action(10, 'running', 'paused'), action(70, 'paused', 'running')], [70, 60]],
  [
    'two pauses',
    [
      action(10, 'running', 'paused'),
      action(20, 'paused', 'running'),
      action(50, 'running', 'paused'),
      action(90, 'paused', 'running'),
    ],
    [90, 50],
  ],
  ['a resume of which the pause is not known', [action(70, 'paused', 'running')], [70, 0]],
  ['a resume that was not applied', [action(70, 'paused', 'running', 'stale')], null],
  ['a resume without a time', [action(null, 'paused', 'running')], null],
  ['a retry after it', [action(70, 'paused', 'running'), action(80, 'failed', 'pending')], null],
] as const)('the last resume after %s', (_, oldestFirst, expected) => {
  const resume = resumesIn(oldestFirst.toReversed()).get(1);
  expect(resume).toEqual(expected === null ? undefined : { at: expected[0], pausedSeconds: expected[1] });
});

it('finds when all operations were paused: from a pause of all to the first resume', () => {
  const pause = (at: number, reason: string | null) => ({
    ...action(at, 'running', 'paused'),
    action: 'pause',
    reason,
  });
  const resume = (at: number, outcome = 'applied') => ({
    ...action(at, 'paused', 'running', outcome),
    action: 'resume',
    reason: null,
  });
  const oldestFirst = [
    pause(10, 'replica lag'),
    resume(20),
    pause(30, pauseAllReason),
    pause(31, `${pauseAllReason}; release`),
    resume(50, 'stale'),
    resume(60),
    resume(61),
    pause(90, pauseAllReason),
  ];
  expect(pausesOfAllIn(oldestFirst.toReversed())).toEqual([{ from: 30, to: 60 }]);
});
