import { expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import type { JudgedFailure } from '../../source/domain/triage.ts';
import { triageOf } from '../../source/domain/triage-tally.ts';
import { kindHelpText, suggestionText } from '../../source/presentation/kind-suggestion.ts';
import { operation, snapshotOf, takenAt } from '../support/fixtures.ts';

const kind = 'insert or update on table … violates foreign key constraint …';
const judged = (id: number, tableName: string, resolution: JudgedFailure['resolution']): JudgedFailure => ({
  id,
  tableName,
  resolution,
  phase: 'execution',
  kind,
  sqlState: '23503',
  identity: '',
  version: null,
  workerId: null,
  failedAt: null,
});

/** The advice about a failure of a child table, with these operations of its parent. */
function advice(parents: readonly Partial<Operation>[], failures: readonly JudgedFailure[] = []): string | null {
  const rows = parents.map((given, index) =>
    operation({ id: index + 1, tableName: 'cases', batchSize: 1000, ...given }),
  );
  const child = judged(9, 'fees', { kind: 'unresolved' });
  const triage = triageOf([child, ...failures], true, () => ['cases']);
  const [summary] = triage.kinds;
  return summary === undefined ? null : suggestionText(summary, observe(null, { ...snapshotOf(rows), triage }));
}

const done = { status: 'completed', recordsProcessed: 1000, totalRecords: 2000, completedAt: takenAt } as const;

it('says to migrate the parent table first while something of it is open', () => {
  expect(advice([done, { ...done, status: 'pending', recordsProcessed: 0 }])).toMatch(
    /migrate the parent table first, then retry\. Parents: cases is at 50\.0%, 1 open$/,
  );
});

it('says that the parent table has ended, and what else the cause may be', () => {
  expect(advice([done, done])).toMatch(
    /^a parent row is missing, although its table has ended: .*\. Parents: cases is complete$/,
  );
});

it('names skipped operations and accepted failures of the parent: their records are missing', () => {
  const accepted = judged(2, 'cases', { kind: 'accepted', who: 'ana', at: null, note: 'known' });
  expect(advice([done, { ...done, status: 'failed', recordsProcessed: 0 }], [accepted])).toMatch(
    /Parents: cases has ended at 50\.0%, 1 accepted$/,
  );
  expect(advice([done, { ...done, status: 'skipped', recordsProcessed: 0 }])).toMatch(
    /Parents: cases has ended at .*, 1 skipped$/,
  );
});

it('says nothing of a kind of which no failure is unresolved', () => {
  const triage = triageOf([judged(9, 'fees', { kind: 'resolved', by: 12 })], true, () => ['cases']);
  const [summary] = triage.kinds;
  expect(summary === undefined ? '' : suggestionText(summary, observe(null, { ...snapshotOf([]), triage }))).toBeNull();
});

it('is known of a kind that was accepted too, but suggested only for one with unresolved failures', () => {
  const accepted: JudgedFailure['resolution'] = { kind: 'accepted', who: 'ops1', at: takenAt, note: 'known' };
  const triage = triageOf([judged(9, 'fees', accepted)], true, () => ['cases']);
  const observation = observe(null, { ...snapshotOf([]), triage });
  const [summary] = triage.kinds;
  if (summary === undefined) return expect.unreachable();
  expect(suggestionText(summary, observation)).toBeNull();
  expect(kindHelpText(summary, observation)).toMatch(/^a parent row is missing/);
});
