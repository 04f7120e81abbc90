import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { actedOn, auditedResults, isOverwritten, repeatedIds } from '../../source/domain/audited-results.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { at, operation } from './build.ts';

const noon = at('12:00:00');

const entry = (fields: Partial<AuditEntry> = {}): AuditEntry => ({
  key: null,
  at: noon - 60,
  databaseRole: 'ops',
  osUser: 'ana',
  host: 'bastion',
  client: 'migtop',
  action: 'pause',
  operationId: 1,
  fromStatus: 'running',
  toStatus: 'paused',
  reason: null,
  outcome: 'applied',
  ...fields,
});

const statesOf = (entries: readonly AuditEntry[], rows: readonly Operation[]) =>
  auditedResults(entries, (id) => rows.find((row) => row.id === id) ?? null).map((result) => result?.state ?? null);

describe('the state of an action', () => {
  it.each([
    ['paused', 'holds'],
    ['running', 'overwritten'],
    ['completed', 'overwritten'],
  ] as const)('that paused a row which is %s now: %s', (status, state) => {
    expect(statesOf([entry()], [operation({ status })])).toEqual([state]);
  });

  it('that resumed a row is that it went on', () => {
    expect(statesOf([entry({ toStatus: 'running' })], [operation({ status: 'completed' })])).toEqual(['went on']);
  });

  it('is told of the last one that changed the row only', () => {
    const resume = entry({ fromStatus: 'paused', toStatus: 'running', action: 'resume' });
    const entries = [entry({ outcome: 'stale' }), resume, entry()];
    expect(statesOf(entries, [operation()])).toEqual([null, 'holds', null]);
  });

  it('that did not last until the next one is that it was overwritten', () => {
    const skip = entry({ fromStatus: 'running', toStatus: 'skipped', action: 'skip' });
    expect(auditedResults([skip, entry()], () => ({ status: 'skipped', workerId: 3 }))).toEqual([
      { state: 'holds', status: 'skipped', workerId: 3, next: null },
      { state: 'overwritten', status: 'running', workerId: null, next: 'skip' },
    ]);
  });

  it('names whose row it is', () => {
    expect(auditedResults([entry()], () => ({ status: 'completed', workerId: 3 }))).toEqual([
      { state: 'overwritten', status: 'completed', workerId: 3, next: null },
    ]);
  });

  it('is not told of a row that is not known', () => {
    expect(auditedResults([entry()], () => undefined)).toEqual([null]);
  });

  it('is not told where more than one operation has its id', () => {
    const rows = [operation({ status: 'paused' }), operation({ status: 'completed', identity: 'another' })];
    const states = auditedResults([entry()], (id) => rows.find((row) => row.id === id), repeatedIds(rows));
    expect(states).toEqual([null]);
    expect(repeatedIds([...rows.slice(0, 1), ...rows.slice(0, 1)])).toEqual(new Set());
  });

  it('is gone with its row', () => {
    expect(statesOf([entry()], [])).toEqual(['gone']);
  });
});

describe('a row', () => {
  it('is marked as overwritten where the last action was a pause or a skip that it does not keep', () => {
    expect(isOverwritten([entry()], operation(), noon)).toBe(true);
    expect(isOverwritten([entry({ toStatus: 'skipped' })], operation({ status: 'pending' }), noon)).toBe(true);
    expect(isOverwritten([entry()], operation({ status: 'paused' }), noon)).toBe(false);
    expect(isOverwritten([entry({ action: 'resume', toStatus: 'running' }), entry()], operation(), noon)).toBe(false);
    expect(isOverwritten([entry({ outcome: 'locked' })], operation(), noon)).toBe(false);
    expect(isOverwritten([entry({ operationId: 2 })], operation(), noon)).toBe(false);
  });

  it('is marked for an hour, and not once it has ended', () => {
    expect(isOverwritten([entry({ at: noon - 3601 })], operation(), noon)).toBe(false);
    expect(isOverwritten([entry()], operation({ status: 'completed' }), noon)).toBe(false);
    expect(actedOn([entry(), entry(), entry({ operationId: 2, at: noon - 3601 })], noon)).toEqual([1]);
  });
});
