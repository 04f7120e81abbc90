import { expect, it } from 'vitest';
import type { TrackedAction } from '../../source/domain/tracked-actions.ts';
import { nextToast } from '../../source/monitor/event-toasts.ts';
import { resultToast } from '../../source/presentation/result-text.ts';
import { migrationState } from '../support/migration.ts';

const words = { atMs: 1000, mayBeHidden: false, keys: { resume: 'r', undo: 'u' } };

/** A pause that has no result yet. */
const pauseOf = (operationId: number): TrackedAction => ({
  action: 'pause',
  operationId,
  tableName: 'cases',
  from: 'running',
  to: 'paused',
  requestedAt: 0,
  version: null,
  lastProgressAt: null,
  progressCount: 0,
  result: { kind: 'requested' },
});

it('keeps the reason of a refused key when an earlier action succeeds, but not when it fails', () => {
  const refused = { tone: 'bad', text: 'cannot undo: the row has changed since', atMs: 1000, own: true } as const;
  const state = { ...migrationState({ columns: 80, rows: 24 }), toast: refused };
  const held = { tone: 'good', text: 'paused, stopped after 1.0s', atMs: 2000 } as const;
  const overwritten = { tone: 'bad', text: 'overwritten by worker 3', atMs: 2000 } as const;
  expect(nextToast(state, held, null, 2000)).toBe(refused);
  expect(nextToast(state, overwritten, null, 2000)).toBe(overwritten);
  expect(nextToast(state, held, null, 30_000)).toBe(held);
});

it('keeps the result of a later key when an earlier action on another operation succeeds', () => {
  const window = { columns: 80, rows: 24 };
  const many = { tone: 'good', text: 'paused: 25 operations', atMs: 1000, own: true } as const;
  const one = { tone: 'good', text: 'paused: operation 7', atMs: 1000, own: true, operationId: 7 } as const;
  const held = {
    tone: 'good',
    text: 'running again after 0.2s: operation 2115',
    atMs: 2000,
    operationId: 2115,
  } as const;
  const stopped = {
    tone: 'good',
    text: 'paused, stopped after 1.0s: operation 7',
    atMs: 2000,
    operationId: 7,
  } as const;
  expect(nextToast({ ...migrationState(window), toast: many }, held, null, 2000)).toBe(many);
  expect(nextToast({ ...migrationState(window), toast: one }, held, null, 2000)).toBe(one);
  expect(nextToast({ ...migrationState(window), toast: one }, stopped, null, 2000)).toBe(stopped);
});

it('keeps that an action was overwritten when rows are removed, until the operation has stopped', () => {
  const result = { own: true, isResult: true, operationId: 7 } as const;
  const overwritten = { tone: 'bad', text: 'worker 3 keeps working', atMs: 1000, ...result } as const;
  const state = { ...migrationState({ columns: 80, rows: 24 }), toast: overwritten };
  const removed = { tone: 'info', text: '120 rows removed', atMs: 2000 } as const;
  const stopped = { tone: 'good', text: 'paused, stopped after 1.0s', atMs: 2000, operationId: 7 } as const;
  expect(nextToast(state, null, removed, 2000)).toBe(overwritten);
  expect(nextToast(state, stopped, removed, 2000)).toBe(stopped);
  expect(nextToast(state, null, removed, 30_000)).toBe(removed);
  const refusal = { tone: 'bad', text: 'cannot pause', atMs: 1000, own: true, operationId: 7 } as const;
  expect(nextToast({ ...state, toast: refusal }, stopped, removed, 2000)).toBe(refusal);
});

it('says of an operation that waited before its pause that a worker has claimed it, not that it is running again', () => {
  const resumed: TrackedAction = { ...pauseOf(160), action: 'resume', from: 'paused', to: 'pending' };
  const claimed: TrackedAction = {
    ...resumed,
    result: { kind: 'acknowledged', afterSeconds: 9, isConfirmed: true },
  };
  expect(resultToast([resumed], [claimed], words)?.text).toContain('claimed by a worker after 9.0s: operation 160');
  const running = { ...claimed, to: 'running' } as const;
  expect(resultToast([{ ...resumed, to: 'running' }], [running], words)?.text).toContain('running again after 9.0s');
});

it('keeps that a pause has stopped its worker when operations fail, until the next result of a key', () => {
  const paused = pauseOf(7);
  const result = { kind: 'acknowledged', afterSeconds: 1, isConfirmed: true } as const;
  const stopped = resultToast([paused], [{ ...paused, result }], words);
  const other = resultToast([paused], [{ ...paused, operationId: 8, result }], { ...words, atMs: 2000 });
  const state = { ...migrationState({ columns: 80, rows: 24 }), toast: stopped };
  const failed = { tone: 'bad', text: 'failed: operation 22', atMs: 2000 } as const;
  expect(stopped?.text).toContain('paused, stopped');
  expect(nextToast(state, null, failed, 2000)).toBe(stopped);
  expect(nextToast(state, other, failed, 2000)).toBe(other);
  expect(nextToast(state, null, failed, 30_000)).toBe(failed);
});

it('says how many other actions were overwritten in the same poll', () => {
  const messageOf = (many: number, result: TrackedAction['result']) => {
    const before = Array.from({ length: many }, (_, index) => pauseOf(index + 1));
    return resultToast(
      before,
      before.map((one) => ({ ...one, result })),
      words,
    );
  };
  const overwritten = { kind: 'overwritten', workerId: 2, afterSeconds: 1, status: 'running' } as const;
  expect(messageOf(1, overwritten)?.text).toContain('running again. To');
  expect(messageOf(2, overwritten)?.text).toContain('running again, and 1 more action was overwritten. To');
  expect(messageOf(3, overwritten)?.text).toContain('running again, and 2 more actions were overwritten. To');
  expect(messageOf(3, overwritten)?.brief).toContain('the pause of 1: running, and 2 more  (');
  const progressing = { kind: 'progressing', workerId: 2, afterSeconds: 1 } as const;
  expect(messageOf(3, progressing)?.text).toBe(
    'worker 2 keeps working although paused: operation 1 · cases; 2 more operations progress too',
  );
});
