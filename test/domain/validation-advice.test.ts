import { describe, expect, it } from 'vitest';
import { kindOf } from '../../source/domain/held-failures.ts';
import { noMemo } from '../../source/domain/memo.ts';
import { observe } from '../../source/domain/observation.ts';
import { triageOf } from '../../source/domain/triage-tally.ts';
import { countsIn } from '../../source/domain/validation-advice.ts';
import { countGapText } from '../../source/presentation/count-gap.ts';
import { errorCell } from '../../source/presentation/error-cell.ts';
import { operationRow } from '../../source/presentation/rows.ts';
import { statusFailureKinds, statusFailures } from '../../source/presentation/status-failures.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { auditEntry, operation, snapshotOf, takenAt } from '../support/fixtures.ts';

const mismatch = 'count mismatch: source 65000, target 64779';
const failed = (id: number, errorMessage: string, given = {}) =>
  operation({ id, status: 'failed', phase: 'validation', completedAt: takenAt - 60, errorMessage, ...given });

function observed(rows: ReturnType<typeof operation>[], openAttempts: Readonly<Record<number, number>> = {}) {
  const judged = rows
    .filter(({ status }) => status === 'failed')
    .map((row) => ({
      ...row,
      ...noMemo(kindOf, row),
      failedAt: row.completedAt,
      resolution: { kind: 'unresolved' } as const,
      openAttempt: openAttempts[row.id],
    }));
  return observe(null, { ...snapshotOf(rows), triage: triageOf(judged, true) });
}

describe('the advice on failed validations', () => {
  it.each([
    [mismatch, /different counts: .* retry the validation/],
    ['23 orphaned rows in case_file_relationships', /parents that the target does not have/],
    ['checksum mismatch in cases', /different values/],
    ['result is strange', /a check of the result has failed/],
    ['could not receive data from client: Connection reset by peer', /connection was lost/],
  ])('on %j says what to compare before the retry', (error, advice) => {
    expect(observed([failed(1, error)]).triage.kinds[0]?.suggestion).toMatch(advice);
  });

  it('is not given on failures of other phases', () => {
    expect(observed([failed(1, mismatch, { phase: 'execution' })]).triage.kinds[0]?.suggestion).toBeNull();
  });

  it('has the difference of the counts that the error names', () => {
    expect(countsIn(mismatch)).toEqual({ source: 65000, target: 64779 });
    expect(countGapText(failed(1, mismatch))).toBe('the target has 221 fewer records than the source');
    expect(countGapText(failed(1, 'expected 1,000 rows, got 1,001'))).toBe(
      'the target has 1 more record than the source',
    );
    expect(countGapText(failed(1, 'counts differ'))).toBeNull();
  });
});

it('a failure shows the retry that is under way, in the list and in JSON, and its kind how the numbers add up', () => {
  const rows = [
    failed(1, mismatch),
    failed(2, mismatch),
    failed(3, mismatch),
    operation({ id: 9, status: 'running', phase: 'validation' }),
  ];
  const seen = observed(rows, { 1: 9, 2: 10 });
  const theme = themeOf({ LANG: 'C.UTF-8' });
  const texts = rows.slice(0, 3).map((row) => errorCell(operationRow(seen, row, []), mismatch, 80, theme));
  expect(texts).toEqual([`retry 9 running · ${mismatch}`, `retry 10 pending · ${mismatch}`, mismatch]);
  expect(statusFailures(seen).map(({ openRetry }) => openRetry)).toEqual([
    null,
    { id: 10, status: 'pending' },
    { id: 9, status: 'running' },
  ]);
  const skipped = { ...failed(4, mismatch), status: 'skipped' } as const;
  const activity = [auditEntry({ operationId: 4, fromStatus: 'failed', toStatus: 'skipped', row: skipped })];
  expect(statusFailureKinds(seen, activity)).toMatchObject([
    { failed: 3, unresolved: 3, accepted: 0, resolved: 0, beingRetried: 2, pausedRetries: 0, skipped: 1 },
  ]);
  const paused = rows.map((row) => (row.id === 9 ? { ...row, status: 'paused' as const } : row));
  expect(statusFailureKinds(observed(paused, { 1: 9, 2: 10 }), [])).toMatchObject([
    { beingRetried: 2, pausedRetries: 1 },
  ]);
});
