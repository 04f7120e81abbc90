import { expect, it } from 'vitest';
import { leftIn } from '../../source/domain/left-in.ts';
import { observe } from '../../source/domain/observation.ts';
import { notRetried, notRetriedIn } from '../../source/domain/open-retry.ts';
import { triageOf } from '../../source/domain/triage-tally.ts';
import { operation, snapshot, takenAt } from '../support/fixtures.ts';
import { totalsOf } from '../support/totals.ts';

/** Ten batches of 100 of 2,000 records are completed, and two have failed, of which pending or running rows repeat some. */
function observed(openAttempts: readonly (number | undefined)[], retry: { startedAt: number | null }) {
  const row = { tableName: 'cases', totalRecords: 2000, batchSize: 100, recordsProcessed: 0, startedAt: takenAt - 900 };
  const done = Array.from({ length: 10 }, (_, index) =>
    operation({ ...row, id: 1 + index, status: 'completed', recordsProcessed: 100, completedAt: takenAt - 800 }),
  );
  const failed = [21, 22].map((id) => operation({ ...row, id, status: 'failed', completedAt: takenAt - 90 }));
  const attempts = [...new Set(openAttempts)].flatMap((id) =>
    id === undefined
      ? []
      : operation({ ...row, id, status: retry.startedAt === null ? 'pending' : 'running', workerId: id, ...retry }),
  );
  const running = operation({ ...row, id: 31, status: 'running', workerId: 1, startedAt: takenAt - 20 });
  const triage = triageOf(
    failed.map(({ id, identity, version, phase, tableName, workerId }, index) => ({
      ...{ id, identity, version, phase, tableName, workerId, kind: 'deadlock detected', sqlState: null },
      failedAt: takenAt - 90,
      resolution: { kind: 'unresolved' as const },
      ...(openAttempts[index] !== undefined && { openAttempt: openAttempts[index] }),
    })),
    true,
  );
  const rows = [...done, ...failed, running, ...attempts];
  const live = rows.filter(({ status }) => status === 'running');
  return observe(null, snapshot({ takenAt, totals: totalsOf(rows), operations: live, failures: failed, triage }));
}

it.each([
  ['nothing repeats', [undefined, undefined], null, 2, 2, 800],
  ['a pending row repeats one of', [41, undefined], null, 1, 1, 900],
  ['pending rows repeat', [41, 42], null, 0, 0, 1000],
  // No worker is at work on the batch of that row.
  ['a row repeats again and again', [41, 41], takenAt - 80, 2, 0, 900],
  ['a row repeats later', [41, 41], takenAt - 10, 0, 0, 1000],
] as const)('the work left lacks that of failures, and not of those with an open retry: %s them', (...given) => {
  const [, openAttempts, startedAt, named, left, records] = given;
  const observation = observed(openAttempts, { startedAt });
  expect(notRetried(observation)).toBe(named);
  expect(notRetriedIn(observation, 'execution', 'cases')).toBe(left);
  expect(notRetriedIn(observation, 'validation', 'cases')).toBe(0);
  expect(leftIn(observation, observation.tables)?.records).toBeCloseTo(records, 5);
});
