import { describe, expect, it } from 'vitest';
import { auditedResults } from '../../source/domain/audited-results.ts';
import type { Backend } from '../../source/domain/backend.ts';
import { largestBatch, planSizes, sizesOf, whyNotSize } from '../../source/domain/batch-size.ts';
import { observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import type { Snapshot, WorkerConnection } from '../../source/domain/snapshot.ts';
import { judgeTakeOver, planTakeOver } from '../../source/domain/takeover.ts';
import { auditEntry, operation, snapshotOf, takenAt } from '../support/fixtures.ts';

const mark = (more = ''): string => `SELECT 1 /* migtop run=dispatch counts=own${more} from=0 */`;
/** An operation of migtop/worker that began long ago. */
const lost = operation({ id: 31, workerId: 7, startedAt: takenAt - 1800, validationQuery: mark() });
const foreign = { ...lost, validationQuery: null };
const session: WorkerConnection = {
  run: 'dispatch',
  workerId: 7,
  operationId: 31,
  paused: false,
  pid: 77,
  blockedBy: [],
};

function judged(row: Operation, more: Partial<Snapshot> = {}) {
  return judgeTakeOver(observe(null, { ...snapshotOf([row]), ...more }), row);
}

describe('a take over', () => {
  it('is proven possible if the worker named its connections and has none', () => {
    expect(judged(lost)).toEqual({ kind: 'dead' });
    const paused = { ...lost, status: 'paused' } as const;
    const first = observe(null, snapshotOf([paused]));
    expect(judgeTakeOver(first, paused)).toMatchObject({ kind: 'unproven', provenInSeconds: 15 });
    const later = observe(first, snapshotOf([paused], takenAt + 16, [], [paused]));
    expect(judgeTakeOver(later, paused)).toEqual({ kind: 'dead' });
  });

  it('is not proven possible during a batch that may take long, and then it is', () => {
    // Nothing shows how long a batch of this table takes.
    const young = { ...lost, startedAt: takenAt - 60 };
    const first = observe(null, snapshotOf([young]));
    expect(judgeTakeOver(first, young)).toMatchObject({ kind: 'unproven', provenInSeconds: 540 });
    expect(planTakeOver(first, [young], false).changes).toEqual([]);
    const later = observe(first, snapshotOf([young], takenAt + 541, [], [young]));
    expect(judgeTakeOver(later, young)).toEqual({ kind: 'dead' });
  });

  it('is refused while a session has the name of the worker, or works on the operation', () => {
    const named = { kind: 'alive', why: 'its worker is connected (pid 77)' };
    expect(judged(lost, { sessions: [session] })).toEqual(named);
    expect(judged({ ...lost, status: 'paused' }, { sessions: [{ ...session, paused: true }] })).toEqual(named);
    const backend: Backend = {
      pid: 90,
      user: 'etl',
      application: 'etl worker 7',
      client: null,
      state: 'active',
      wait: null,
      transactionSeconds: 5,
      stateSeconds: 5,
      query: 'INSERT INTO brackets SELECT 1',
      blockedBy: [],
    };
    const found = judged(foreign, { backends: { all: [backend], readAt: takenAt } });
    expect(found).toEqual({ kind: 'alive', why: 'a session works on it (pid 90 etl worker 7)' });
  });

  it('is refused while the operation makes progress within its usual gap', () => {
    const first = observe(null, snapshotOf([foreign]));
    const moved = { ...foreign, recordsProcessed: 500, version: '701' };
    const second = observe(first, snapshotOf([moved], takenAt + 5, [], [foreign]));
    expect(judgeTakeOver(second, moved)).toMatchObject({
      kind: 'alive',
      why: expect.stringContaining('progress 0s ago'),
    });
    const later = observe(second, snapshotOf([moved], takenAt + 400, [], [moved]));
    expect(judgeTakeOver(later, moved)).toMatchObject({ kind: 'unproven' });
  });

  it.each([
    ['a worker of another program', foreign, {}, 'does not name its connections'],
    ['a worker behind a pooler', { ...lost, validationQuery: mark(' pooled') }, {}, 'behind a pooler'],
    ['a server that shows no sessions', lost, { hasSessions: false }, 'does not show which sessions'],
    ['a worker that had a connection a moment ago', { ...lost, startedAt: takenAt - 3 }, {}, 'may be between two'],
  ])('is not proven possible for %s', (_, row, more, why) => {
    expect(judged(row, more)).toMatchObject({ kind: 'unproven', why: expect.stringContaining(why) });
  });

  it('is only possible for running and paused operations', () => {
    for (const status of ['pending', 'completed', 'failed', 'skipped'] as const)
      expect(judged({ ...lost, status })).toEqual({ kind: 'wrong status', status });
  });

  it('of many takes those that are proven dead, in the version that was judged', () => {
    const alive = { ...lost, id: 32, identity: 'b' };
    const unknown = { ...foreign, id: 33, identity: 'c' };
    const observation = observe(null, {
      ...snapshotOf([lost, alive, unknown]),
      sessions: [{ ...session, operationId: 32 }],
    });
    const plan = planTakeOver(observation, [{ ...lost, version: '1' }, alive, unknown], false);
    expect(plan.changes).toMatchObject([{ transition: { id: 31, from: 'running', to: 'pending', version: '700' } }]);
    expect(plan.refused.map(({ id, reason }) => [id, reason.kind])).toEqual([
      [32, 'alive'],
      [33, 'unproven'],
    ]);
    expect(planTakeOver(observation, [unknown], true).changes).toHaveLength(1);
    expect(planTakeOver(observation, [alive], true).changes).toHaveLength(0);
  });
});

describe('a batch size', () => {
  it('of a row of migtop/worker may be any, but its records stay on their side of it', () => {
    expect(whyNotSize(lost, 1, 'cumulative')).toBeNull();
    expect(whyNotSize(lost, largestBatch, 'own totals')).toBeNull();
    const beyond = { ...lost, recordsProcessed: 1500 };
    expect(whyNotSize(beyond, 1499, null)).toBeNull();
    expect(whyNotSize(beyond, 1500, null)).toBe('at most 1,499: it has 1,500 records');
    expect(whyNotSize({ ...lost, status: 'completed' }, 5, null)).toBe('it is completed');
    expect(whyNotSize(lost, 1000, null)).toBe('its batch size is already 1,000');
  });

  it('of a row of another program must not be evidence for another way of counting', () => {
    expect(whyNotSize(foreign, 400, 'per batch')).toBeNull();
    expect(whyNotSize(foreign, 399, 'per batch')).toMatch(/^at least 400 /);
    expect(whyNotSize(foreign, 500, 'cumulative')).toContain('its figures depend on its batch size');
    expect(whyNotSize({ ...foreign, recordsProcessed: 0 }, 1, 'unclear')).toBeNull();
  });

  it('is changed for each row that can have it, once', () => {
    const plan = planSizes([lost, lost, { ...lost, id: 32, status: 'failed' }], 200, () => null);
    expect(plan.changes.map(({ rewrite }) => rewrite)).toEqual([{ kind: 'batch size', from: 1000, to: 200 }]);
    expect(plan.refused).toMatchObject([{ id: 32, reason: { kind: 'size', why: 'it is failed' } }]);
  });

  it('is no action that another status overwrites', () => {
    const entry = (action: string, toStatus: string) =>
      auditEntry({ at: takenAt, action, operationId: 31, fromStatus: toStatus, toStatus });
    expect(sizesOf('batch size 500 to 200')).toEqual({ from: '500', to: '200', isUndo: false });
    expect(sizesOf('undo batch size 200 to 500')).toEqual({ from: '200', to: '500', isUndo: true });
    expect(sizesOf('pause')).toBeNull();
    const results = auditedResults([entry('batch size 500 to 200', 'paused'), entry('pause', 'paused')], () => ({
      status: 'paused',
      workerId: 7,
    }));
    expect(results).toMatchObject([null, { state: 'holds' }]);
  });
});
