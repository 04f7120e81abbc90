import { expect, it } from 'vitest';
import { claimersOf } from '../../source/domain/claimers.ts';
import { noSeenWorkers, type SeenWorkers, seenWorkersAfter } from '../../source/domain/seen-workers.ts';
import type { Stall } from '../../source/domain/stalls.ts';
import { operation, takenAt, workerConnection } from '../support/fixtures.ts';

const stallsOfIds = (...ids: readonly number[]) => {
  const stall: Stall = { kind: 'still', seconds: 100, usualSeconds: 10 };
  return { size: ids.length, all: [], of: ({ id }: { id: number }) => (ids.includes(id) ? stall : undefined) };
};

const validationQuery = 'SELECT 1 /* migtop run=dispatch counts=own */';
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
  expect(claimersOf({ sessions, operations, takenAt }, stallsOfIds(2))).toEqual({
    known: 6,
    able: 2,
    halted: [2, 3, 4, 6],
    others: [],
    waiting: [],
  });
});

it('counts a worker with several sessions once', () => {
  expect(
    claimersOf(
      { sessions: [workerConnection(1), workerConnection(1, { pid: 7 })], operations: [running(1)], takenAt },
      stallsOfIds(),
    ),
  ).toEqual({
    known: 1,
    able: 1,
    halted: [],
    others: [],
    waiting: [],
  });
});

it('counts the workers of running operations that are not connected apart', () => {
  const operations = [
    running(1),
    running(2),
    operation({ ...running(3), workerId: 2 }),
    { ...running(4), workerId: null },
  ];
  expect(claimersOf({ sessions: [workerConnection(1)], operations, takenAt }, stallsOfIds())).toEqual({
    known: 1,
    able: 1,
    halted: [],
    others: [2, 'of 4'],
    waiting: [],
  });
});

it('counts the workers of paused operations of other programs too, but not of paused ones that have not begun', () => {
  const operations = [
    running(1),
    { ...running(2), status: 'paused' as const },
    { ...running(3), status: 'paused' as const, startedAt: null, workerId: null },
  ];
  expect(claimersOf({ sessions: [], operations, takenAt }, stallsOfIds())).toMatchObject({ known: 0, others: [1, 2] });
});

it('has the workers that have ended their operations last, without those that have others now', () => {
  const seen = new Map([
    [1, takenAt - 10],
    [20, takenAt - 60],
    [21, takenAt - 30],
  ]);
  const { waiting } = claimersOf({ sessions: [], operations: [running(1)], takenAt }, stallsOfIds(), seen);
  expect(waiting).toEqual([
    { workerId: 21, seconds: 30 },
    { workerId: 20, seconds: 60 },
  ]);
});

it('forgets a worker ten minutes after it was seen to begin or end an operation', () => {
  const poll = (at: number, before = noSeenWorkers) =>
    seenWorkersAfter(before, {
      takenAt: at,
      failures: [],
      operations: [
        operation({
          id: 1,
          workerId: 7,
          status: 'completed',
          startedAt: takenAt - 90,
          completedAt: takenAt,
          validationQuery,
        }),
      ],
    });
  const later = (before: SeenWorkers, at: number) =>
    seenWorkersAfter(before, { takenAt: at, failures: [], operations: [] });
  expect([...poll(takenAt + 5)]).toEqual([[7, takenAt]]);
  expect(later(poll(takenAt), takenAt + 600).size).toBe(1);
  expect(later(poll(takenAt), takenAt + 601).size).toBe(0);
});
