import { describe, expect, it } from 'vitest';
import { inOrder } from '../../source/domain/doctor/finding.ts';
import type { JudgedFailure } from '../../source/domain/triage.ts';
import { triageOf } from '../../source/domain/triage-tally.ts';

const failure = (id: number, kind: string, failedAt: number | null): JudgedFailure => ({
  id,
  identity: `${id}`,
  version: null,
  phase: 'execution',
  tableName: 'cases',
  workerId: null,
  kind,
  sqlState: null,
  resolution: { kind: 'unresolved' },
  failedAt,
});

describe('the kinds of failure', () => {
  it('are in the order of their unresolved failures, and then of their newest failure', () => {
    const failures = [
      failure(1, 'a without a time', null),
      failure(2, 'b older', 100),
      failure(3, 'c newer', 200),
      failure(4, 'd twice', 50),
      failure(5, 'd twice', 60),
    ];
    const { kinds } = triageOf(failures, true);
    expect(kinds.map(({ kind }) => kind)).toEqual(['d twice', 'c newer', 'b older', 'a without a time']);
  });

  it('stay in that order in the findings of doctor, whatever their tables are', () => {
    const finding = { severity: 'error', tables: [], rows: [], rowCount: 1, sql: null, advice: '' } as const;
    const findings = inOrder([
      { ...finding, check: 'failures', title: 'newer', tableName: 'warrants' },
      { ...finding, check: 'failures', title: 'older', tableName: 'cases' },
    ]);
    expect(findings.map(({ title }) => title)).toEqual(['newer', 'older']);
  });
});
