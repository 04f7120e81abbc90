import { expect, it } from 'vitest';
import { resultText } from '../../source/presentation/action-text.ts';

it.each([
  ['pause', 'paused', 'paused'],
  ['skip', 'skipped', 'skipped'],
  ['resume', 'running', 'running again'],
  ['resume', 'pending', 'pending again'],
  ['retry', 'pending', 'queued again'],
  ['takeover', 'pending', 'pending again'],
  ['undo', 'running', 'running again'],
  ['undo', 'skipped', 'skipped'],
  // It has not failed a second time.
  ['undo', 'failed', 'failed as before'],
  ['accept', 'failed', 'accepted'],
  ['unaccept', 'failed', 'unresolved again'],
  ['batch size 500 to 200', 'running', '500 to 200'],
])('the result of %s to %s is %s', (action, toStatus, text) => {
  expect(resultText({ action, toStatus, outcome: 'applied' }, null)).toBe(text);
});

it('the result of an action that was not applied says why', () => {
  const action = { action: 'pause', toStatus: 'paused' };
  expect(resultText({ ...action, outcome: 'locked' }, null)).toBe('not applied: row was locked');
});
