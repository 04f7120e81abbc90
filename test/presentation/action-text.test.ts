import { expect, it } from 'vitest';
import type { TrackedAction } from '../../source/domain/tracked-actions.ts';
import { resultText } from '../../source/presentation/action-text.ts';
import { auditEntry } from '../support/fixtures.ts';

const stale = { outcome: 'stale', action: 'undo', toStatus: 'skipped' } as const;

it('names the worker that has ended an operation before an action, as the message and the list of results do', () => {
  expect(resultText({ ...stale, row: { status: 'completed', workerId: 20 } }, null)).toBe(
    'not applied: worker 20 changed it to completed',
  );
  // Who made a status that others may have changed since is not known.
  expect(resultText({ ...stale, row: { status: 'running', workerId: 20 } }, null)).toBe(
    'not applied: changed by another session first',
  );
  expect(resultText(stale, null)).toBe('not applied: changed by another session first');
  // Another session has retried it: its own row is as it was.
  const retry = { outcome: 'stale', action: 'retry', fromStatus: 'failed', toStatus: 'pending' } as const;
  expect(resultText({ ...retry, row: { status: 'failed', workerId: 20 } }, null)).toBe(
    'not applied: changed by another session first',
  );
  expect(resultText({ ...retry, fromStatus: 'skipped', row: { status: 'failed', workerId: 20 } }, null)).toBe(
    'not applied: worker 20 changed it to failed',
  );
});

it('writes batch sizes as other numbers', () => {
  const sized = { outcome: 'applied', action: 'batch size 40000 to 13878', toStatus: 'paused' } as const;
  expect(resultText(sized, null)).toBe('40,000 to 13,878');
});

it('says of an operation that waits again that a worker has claimed it, not that it is running again', () => {
  const entry = auditEntry({ action: 'undo', fromStatus: 'paused', toStatus: 'pending' });
  const undone: TrackedAction = {
    action: 'undo',
    operationId: 160,
    tableName: 'cases',
    from: 'paused',
    to: 'pending',
    requestedAt: 0,
    version: null,
    lastProgressAt: null,
    progressCount: 0,
    result: { kind: 'acknowledged', afterSeconds: 9, isConfirmed: true },
  };
  expect(resultText(entry, null, undone)).toBe('pending again, claimed by a worker');
  expect(resultText({ ...entry, toStatus: 'running' }, null, { ...undone, to: 'running' })).toBe('running again');
});

it.each([
  ['holds', 'pending', 'pending again'],
  ['went on', 'running', 'pending again, now running'],
  ['went on', 'completed', 'pending again, now completed'],
] as const)('says what status an operation has that was taken over: %s %s', (state, status, text) => {
  const entry = auditEntry({ action: 'takeover', fromStatus: 'running', toStatus: 'pending' });
  expect(resultText(entry, { state, status, workerId: null, next: null })).toBe(text);
});
