import { expect, it } from 'vitest';
import { createMemo } from '../../source/domain/memo.ts';
import type { ActionResult } from '../../source/domain/tracked-actions.ts';
import { otherAttempt } from '../../source/monitor/other-attempt.ts';
import type { MonitorState } from '../../source/monitor/state.ts';

/** Operation 1 failed and operation 60 retries it, as the last poll shows them; the retry was undone since. */
function undone(kind: ActionResult['kind']) {
  const latest = {
    triage: { of: () => ({ openAttempt: 60, resolution: { kind: 'unresolved' } }) },
    memo: createMemo(),
  };
  const state = {
    latest,
    target: { isFollowable: true },
    trackedActions: [{ action: 'undo', operationId: 60, from: 'pending', to: 'skipped', result: { kind } }],
  };
  return state as unknown as MonitorState;
}

it('is none if a key of this session has undone the retry since the last poll', () => {
  expect(otherAttempt(undone('requested'), { id: 1, status: 'failed' })).toBeNull();
});

it.each(['overwritten', 'superseded', 'gone'] as const)('is that of the last poll if the undo is %s', (kind) => {
  expect(otherAttempt(undone(kind), { id: 1, status: 'failed' })).toBe('already has attempt 60');
});
