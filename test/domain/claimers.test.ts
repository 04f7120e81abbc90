import { expect, it } from 'vitest';
import { claimersOf } from '../../source/domain/claimers.ts';
import type { Stall } from '../../source/domain/stalls.ts';
import { operation, workerConnection } from '../support/fixtures.ts';

const stallsOfIds = (...ids: readonly number[]) => {
  const stall: Stall = { kind: 'still', seconds: 100, usualSeconds: 10 };
  return { size: ids.length, all: [], of: ({ id }: { id: number }) => (ids.includes(id) ? stall : undefined) };
};

const running = (id: number) => operation({ id, workerId: id, status: 'running' });

it('counts workers that progress and those without an operation, not those that are stalled, blocked or held', () => {
  const operations = [
    running(1),
    running(2),
    running(3),
    operation({ id: 4, workerId: 4, status: 'paused' }),
    operation({ id: 6, workerId: 6, status: 'paused' }),
  ];
  const sessions = [
    workerConnection(1),
    workerConnection(2),
    workerConnection(3, { blockedBy: [7] }),
    workerConnection(4, { paused: true }),
    workerConnection(5),
    workerConnection(6),
  ];
  expect(claimersOf({ sessions, operations }, stallsOfIds(2))).toEqual({ connected: 6, able: 2, others: 0 });
});

it('counts a worker with several sessions once', () => {
  expect(
    claimersOf(
      { sessions: [workerConnection(1), workerConnection(1, { pid: 7 })], operations: [running(1)] },
      stallsOfIds(),
    ),
  ).toEqual({
    connected: 1,
    able: 1,
    others: 0,
  });
});

it('counts the workers of running operations that are not connected apart', () => {
  const operations = [
    running(1),
    running(2),
    operation({ ...running(3), workerId: 2 }),
    { ...running(4), workerId: null },
  ];
  expect(claimersOf({ sessions: [workerConnection(1)], operations }, stallsOfIds())).toEqual({
    connected: 1,
    able: 1,
    others: 2,
  });
});
