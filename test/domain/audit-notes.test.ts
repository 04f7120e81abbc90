import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { withLaterReasons, withOtherEntries } from '../../source/domain/audit-notes.ts';
import { auditEntry } from '../support/fixtures.ts';

const entry = (given: Partial<AuditEntry>) => auditEntry({ at: 100, operationId: 31, ...given });
const note = (given: Partial<AuditEntry>): AuditEntry => entry({ action: 'reason', outcome: 'noted', ...given });

describe('a reason that was given later', () => {
  it('belongs to the action before it on the same operation, with who gave it', () => {
    const entries = [
      note({ at: 140, reason: 'and disk full', osUser: 'ops2' }),
      note({ at: 130, reason: 'replica lag' }),
      entry({ at: 120, operationId: 32 }),
      entry({ at: 110, reason: 'lag' }),
      entry({ at: 90, action: 'resume' }),
    ];
    expect(withLaterReasons(entries).map(({ at, reason }) => [at, reason])).toEqual([
      [120, null],
      [110, 'lag; replica lag; and disk full (ops2@bastion)'],
      [90, null],
    ]);
  });

  it('stays an entry if its action is not among the entries', () => {
    const entries = [note({ at: 140, reason: 'replica lag' }), entry({ operationId: 32 })];
    expect(withLaterReasons(entries)).toEqual(entries);
  });
});

describe('the log from before the audit was installed', () => {
  it('is kept, in the order of time, and nothing is in it twice', () => {
    const table = [entry({ key: 'c', at: 300 }), entry({ key: 'b', at: 200 })];
    const local = [entry({ key: 'b', at: 200 }), entry({ key: 'a2', at: null }), entry({ key: 'a', at: 100 })];
    expect(withOtherEntries(table, local, 10).map(({ key }) => key)).toEqual(['c', 'b', 'a2', 'a']);
    expect(withOtherEntries(table, local, 3).map(({ key }) => key)).toEqual(['c', 'b', 'a2']);
    expect(withOtherEntries(table, [], 3)).toBe(table);
  });
});
