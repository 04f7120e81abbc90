import { expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { observe } from '../../source/domain/observation.ts';
import { operationRecord } from '../../source/presentation/operation-record.ts';
import { auditEntry, detailOf, operation, snapshotOf, takenAt } from '../support/fixtures.ts';

const pause = auditEntry({ osUser: 'ops2', host: 'db1' });

/** The facts of a paused and of a suspected operation. */
function factsOf(id: number, activity: readonly AuditEntry[], hasAudit: boolean): readonly string[] {
  const rows = [
    operation({ id: 1, status: 'paused' }),
    operation({ id: 2, status: 'running', workerId: 7, startedAt: takenAt - 7200, recordsProcessed: 1 }),
    operation({ id: 3, status: 'completed', startedAt: takenAt - 100, completedAt: takenAt - 60 }),
  ];
  const detail = detailOf(rows, id, takenAt);
  if (detail === null) throw new Error('no such operation');
  const observation = observe(null, snapshotOf(rows, takenAt));
  const shared = { areIdsUnique: true, mayBeHidden: false, hasAudit };
  return operationRecord({ detail, observation, activity, ...shared }).facts.map(
    ({ name, value }) => `${name}: ${value}`,
  );
}

it('says who paused an operation, or that nobody knows', () => {
  expect(factsOf(1, [pause], true)).toContainEqual(expect.stringMatching(/^paused by: ops2@db1/));
  expect(factsOf(1, [], false)).toContain('paused by: unknown (no audit)');
  expect(factsOf(1, [], true)).toContain('paused by: unknown (not in the audit)');
  expect(factsOf(1, [{ ...pause, action: 'resume', toStatus: 'running' }], true)).toContain(
    'paused by: unknown (not in the audit)',
  );
});

it('says why an operation was paused beside who paused it, not beside its worker', () => {
  const facts = factsOf(1, [{ ...pause, reason: 'replica lag' }], true);
  expect(facts.filter((fact) => fact.includes('replica lag'))).toEqual(['paused because: replica lag']);
  expect(factsOf(1, [{ ...pause, reason: null }], true).filter((fact) => fact.startsWith('paused because'))).toEqual(
    [],
  );
});

it('says whether a blocker was looked for where none was found', () => {
  const facts = factsOf(2, [], true);
  expect(facts[0]).toMatch(/^perhaps stalled: /);
  expect(facts[1]).toBe('waits for: unknown: the session of its worker is not known');
});
