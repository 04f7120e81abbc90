import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import {
  actedOn,
  auditedResults,
  decidingRow,
  isOverwritten,
  lastDecisions,
  repeatedIds,
} from '../../source/domain/audited-results.ts';
import type { Operation, Status } from '../../source/domain/operation.ts';
import { withRetries } from '../../source/domain/retried-results.ts';
import {
  isUpTo,
  type NewAction,
  type TrackedAction,
  unrecordedAfter,
  withAction,
} from '../../source/domain/tracked-actions.ts';
import type { Triage } from '../../source/domain/triage.ts';
import { triageOf } from '../../source/domain/triage-tally.ts';
import { auditEntry } from '../support/fixtures.ts';
import { at, operation } from './build.ts';

const noon = at('12:00:00');

const entry = (fields: Partial<AuditEntry> = {}) => auditEntry({ at: noon - 60, ...fields });

const statesOf = (entries: readonly AuditEntry[], rows: readonly Operation[]) =>
  auditedResults(entries, (id) => rows.find((row) => row.id === id) ?? null).map((result) => result?.state ?? null);

const overwritten = (
  entries: readonly AuditEntry[],
  row: Operation,
  takenAt: number,
  isFollowed?: (entry: AuditEntry) => boolean,
): boolean => isOverwritten(lastDecisions(entries).get(row.id), row, takenAt, isFollowed);

describe('the result of an action', () => {
  it.each([
    ['paused', 'holds'],
    ['running', 'overwritten'],
    ['completed', 'overwritten'],
  ] as const)('that paused a row which is %s now: %s', (status, state) => {
    expect(statesOf([entry()], [operation({ status })])).toEqual([state]);
  });

  it('is "went on" for a resume', () => {
    expect(statesOf([entry({ toStatus: 'running' })], [operation({ status: 'completed' })])).toEqual(['went on']);
  });

  it('is known only for the last action that changed the row', () => {
    const resume = entry({ fromStatus: 'paused', toStatus: 'running', action: 'resume' });
    const entries = [entry({ outcome: 'stale' }), resume, entry()];
    expect(statesOf(entries, [operation()])).toEqual([null, 'holds', null]);
  });

  it('is "undone" if an undo took it back, the newest one first', () => {
    const undo = (from: Status, to: Status) => entry({ action: 'undo', fromStatus: from, toStatus: to });
    const resume = entry({ action: 'resume', fromStatus: 'paused', toStatus: 'running' });
    const row = [operation({ status: 'running' })];
    expect(statesOf([undo('paused', 'running'), entry()], row)).toEqual(['holds', 'undone']);
    const both = [undo('paused', 'running'), undo('running', 'paused'), resume, entry()];
    expect(statesOf(both, row)).toEqual(['holds', null, 'undone', 'undone']);
    expect(statesOf([undo('running', 'paused'), resume, entry()], [operation({ status: 'paused' })])).toEqual([
      'holds',
      'undone',
      null,
    ]);
    // Before the audit is read again, the undo of this session is known.
    const later = () => ({ action: 'undo', fromStatus: 'paused' });
    expect(auditedResults([entry()], () => row[0], new Set(), later)[0]?.state).toBe('undone');
  });

  it('is "undone" if the undo or the resume found that a worker had overwritten it: nobody wants it any more', () => {
    for (const action of ['undo', 'resume']) {
      const given = entry({ action, fromStatus: 'paused', toStatus: 'running', outcome: 'stale' });
      expect(statesOf([given, entry()], [operation({ status: 'running' })])).toEqual([null, 'undone']);
      expect(overwritten([given, entry()], operation(), noon)).toBe(false);
      // A later pause is wanted again.
      expect(statesOf([entry(), given, entry()], [operation({ status: 'running' })])[0]).toBe('overwritten');
      expect(overwritten([entry(), given, entry()], operation(), noon)).toBe(true);
    }
    // An operation that ended before is not as it was, and nobody has undone anything.
    const late = entry({ action: 'undo', fromStatus: 'paused', toStatus: 'running', outcome: 'stale' });
    expect(auditedResults([late, entry()], () => ({ status: 'completed', workerId: 3 }))).toEqual([
      null,
      { state: 'overwritten', status: 'completed', workerId: 3, next: 'undo' },
    ]);
    // An undo that the version prevented has changed nothing: the skip holds.
    const skip = entry({ action: 'skip', toStatus: 'skipped' });
    const undo = entry({ action: 'undo', fromStatus: 'skipped', toStatus: 'paused', outcome: 'stale' });
    expect(statesOf([undo, skip], [operation({ status: 'skipped' })])).toEqual([null, 'holds']);
  });

  it('is "undone" while an undo is in progress that has changed the row, and is not marked as overwritten', () => {
    const undo = entry({ action: 'undo', fromStatus: 'paused', toStatus: 'running', outcome: 'started', at: null });
    const pause = entry({ action: 'pause', fromStatus: 'running', toStatus: 'paused' });
    const row = (status: Status) => operation({ id: pause.operationId, status });
    expect(statesOf([undo, pause], [row('running')])).toEqual([null, 'undone']);
    expect(overwritten([undo, pause], row('running'), noon)).toBe(false);
    expect(statesOf([undo, pause], [row('paused')])).toEqual([null, 'holds']);
    expect(statesOf([pause], [row('running')])).toEqual(['overwritten']);
  });

  it('is that of the row when the audit was read, if that was still paused: who changed it since is not known', () => {
    const [paused, running] = [
      { status: 'paused', workerId: 1 },
      { status: 'running', workerId: 1 },
    ];
    expect(decidingRow(running, paused)).toBe(paused);
    expect(decidingRow(paused, running)).toBe(paused);
    expect(decidingRow(undefined, running)).toBe(running);
    expect(decidingRow(running, undefined)).toBe(running);
  });

  it('is "overwritten" if the next action found another status', () => {
    const skip = entry({ fromStatus: 'running', toStatus: 'skipped', action: 'skip' });
    expect(auditedResults([skip, entry()], () => ({ status: 'skipped', workerId: 3 }))).toEqual([
      { state: 'holds', status: 'skipped', workerId: 3, next: null },
      { state: 'overwritten', status: 'running', workerId: null, next: 'skip' },
    ]);
  });

  it('is not "overwritten" by an action of this session that the audit does not have yet', () => {
    const resume: NewAction = {
      action: 'resume',
      operationId: 1,
      tableName: 'brackets',
      from: 'paused',
      to: 'running',
      requestedAt: noon,
      version: null,
    };
    const row = () => ({ status: 'running', workerId: 3 });
    const judged = (entries: readonly AuditEntry[], from: Status) =>
      auditedResults(entries, row, new Set(), unrecordedAfter(withAction([], { ...resume, from }), entries));
    expect(judged([entry()], 'paused')).toEqual([null]);
    expect(judged([entry()], 'running')).toMatchObject([{ state: 'overwritten', next: 'resume' }]);
    const recorded = entry({ action: 'resume', fromStatus: 'paused', toStatus: 'running', at: noon });
    expect(judged([recorded, entry()], 'paused')).toMatchObject([{ state: 'holds' }, null]);
    // A pause by a colleague after the resume is the last action.
    expect(judged([entry({ at: noon + 5 })], 'paused')).toMatchObject([{ state: 'overwritten', next: null }]);
  });

  it('names the worker of the row', () => {
    expect(auditedResults([entry()], () => ({ status: 'completed', workerId: 3 }))).toEqual([
      { state: 'overwritten', status: 'completed', workerId: 3, next: null },
    ]);
  });

  it('is null for a row that is unknown', () => {
    expect(auditedResults([entry()], () => undefined)).toEqual([null]);
  });

  it('is null if several operations share the id', () => {
    const rows = [operation({ status: 'paused' }), operation({ status: 'completed', identity: 'another' })];
    const states = auditedResults([entry()], (id) => rows.find((row) => row.id === id), repeatedIds(rows));
    expect(states).toEqual([null]);
    expect(repeatedIds([...rows.slice(0, 1), ...rows.slice(0, 1)])).toEqual(new Set());
  });

  it('is "gone" if the row is gone', () => {
    expect(statesOf([entry()], [])).toEqual(['gone']);
  });
});

describe('a row', () => {
  it('is marked as overwritten if the last action was a pause or a skip that no longer holds', () => {
    expect(overwritten([entry()], operation(), noon)).toBe(true);
    expect(overwritten([entry({ toStatus: 'skipped' })], operation({ status: 'pending' }), noon)).toBe(true);
    expect(overwritten([entry()], operation({ status: 'paused' }), noon)).toBe(false);
    expect(overwritten([entry({ action: 'resume', toStatus: 'running' }), entry()], operation(), noon)).toBe(false);
    expect(overwritten([entry({ outcome: 'locked' })], operation(), noon)).toBe(false);
    expect(overwritten([entry({ operationId: 2 })], operation(), noon)).toBe(false);
  });

  it('is not marked if polls decide about the action, or if this session has acted on it since the entries were read', () => {
    const [own] = withAction([], {
      ...{ action: 'pause', operationId: 1, tableName: 'cases', from: 'running', to: 'paused', version: null },
      requestedAt: (entry().at ?? 0) - 0.1,
    });
    const markedBy = (tracked: TrackedAction | undefined, ...entries: readonly AuditEntry[]): boolean =>
      overwritten(entries, operation(), noon, (one) => isUpTo(tracked, one));
    expect(markedBy(undefined, entry())).toBe(true);
    // The audit has the action's time from before its commit: a poll in between shows the row without it.
    expect(markedBy(own, entry())).toBe(false);
    expect(markedBy(own, entry({ at: noon - 90 }))).toBe(false);
    expect(markedBy(own, entry({ at: noon - 30 }), entry())).toBe(true);
    expect(markedBy(own && { ...own, result: { kind: 'superseded' } }, entry())).toBe(true);
  });

  it('is not marked if it still had the status when the audit was read: who changed it since is not known', () => {
    const read = (status: Status) => entry({ row: { status, workerId: 1 } });
    expect(overwritten([read('paused')], operation(), noon)).toBe(false);
    expect(overwritten([read('running')], operation(), noon)).toBe(true);
    expect(overwritten([entry({ row: null })], operation(), noon)).toBe(true);
  });

  it('is marked for an hour, and not after it has ended', () => {
    expect(overwritten([entry({ at: noon - 3601 })], operation(), noon)).toBe(false);
    expect(overwritten([entry()], operation({ status: 'completed' }), noon)).toBe(false);
    expect(actedOn([entry(), entry(), entry({ operationId: 2, at: noon - 3601 })], noon)).toEqual([1]);
  });
});

describe('the result of a retry', () => {
  const retry = entry({ action: 'retry', fromStatus: 'failed', toStatus: 'pending' });
  const failed = operation({ id: 1, status: 'failed' });
  const resultOf = (attempts: readonly Operation[], triage?: Triage) =>
    withRetries([null], [retry], { operations: attempts, failures: [failed] }, triage)[0];

  it.each(['pending', 'running', 'failed', 'completed'] as const)('is that its new operation is %s', (status) => {
    const attempt = operation({ id: 9, operation: 'retry_batch_1', status });
    expect(resultOf([attempt])).toMatchObject({ state: 'retried', status, next: '9' });
  });

  it('is what triage knows of a later attempt, if no poll has its row', () => {
    const resolved = {
      id: 1,
      identity: 'i',
      version: null,
      phase: 'execution',
      tableName: 'b',
      workerId: null,
      failedAt: 1,
      kind: 'k',
      sqlState: null,
    } as const;
    const by = triageOf([{ ...resolved, resolution: { kind: 'resolved', by: 9 } }], true);
    expect(resultOf([], by)).toMatchObject({ state: 'retried', status: 'completed', next: '9' });
    const open = triageOf([{ ...resolved, resolution: { kind: 'unresolved' }, openAttempt: 9 }], true);
    expect(resultOf([], open)).toMatchObject({ status: 'pending', next: '9' });
    expect(resultOf([])).toBeNull();
  });
});
