import { expect, it } from 'vitest';
import { followSessions, isPooled, noPooledWorkers } from '../../source/domain/pooled-workers.ts';
import type { WorkerConnection } from '../../source/domain/snapshot.ts';
import { snapshotOf } from '../support/fixtures.ts';
import { operation } from './build.ts';

const seven = operation({ id: 7, workerId: 1, status: 'running' });
const eight = operation({ id: 8, workerId: 2, status: 'running' });

function session(fields: Partial<WorkerConnection>): WorkerConnection {
  return { run: 'dispatch', workerId: 1, operationId: 7, paused: false, pid: 400, blockedBy: [], ...fields };
}

function after(...sessions: WorkerConnection[][]) {
  return sessions.reduce(
    (known, now) => followSessions(known, { ...snapshotOf([seven, eight]), sessions: now }),
    noPooledWorkers,
  );
}

it('a session that keeps its name, and one that continues with the next operation of its worker, are not behind a pooler', () => {
  expect(isPooled(after([session({})], [session({ operationId: 9 })], []), seven)).toBe(false);
});

it('a session that has the name of another worker later shows that all workers of the run may share sessions', () => {
  const known = after([session({})], [session({ workerId: 2, operationId: 8 })]);
  expect([isPooled(known, seven), isPooled(known, eight)]).toEqual([true, true]);
});

it('a session that stays under another name while the operation is open may be that of any worker', () => {
  const backend = {
    pid: 400,
    user: 'ops',
    application: 'psql',
    client: null,
    state: 'idle',
    wait: null,
    transactionSeconds: null,
    stateSeconds: null,
    query: null,
    blockedBy: [],
  };
  const snapshot = { ...snapshotOf([seven]), sessions: [], backends: { all: [backend], readAt: 0 } };
  expect(isPooled(followSessions(after([session({})]), snapshot), seven)).toBe(true);
});
