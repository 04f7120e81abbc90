import { expect, it } from 'vitest';
import { addedBatches, endByBatches } from '../../source/domain/batches-left.ts';
import { leftOf } from '../../source/domain/left.ts';
import type { TableSummary } from '../../source/domain/summary.ts';

const table = (totalRecords: number): TableSummary => ({
  tableName: 'cases',
  operations: 12,
  statuses: { pending: 2, running: 0, paused: 0, completed: 10, failed: 0, skipped: 0 },
  recordsProcessed: 50_000,
  totalRecords,
  wholeTotal: null,
  percent: null,
  counting: 'per batch',
  reasons: [],
  isProven: true,
  outcome: null,
  startedAt: 0,
  completedAt: null,
  recordsPerSecond: 100,
  averageBatchSeconds: 50,
  usualRecords: 5000,
  largestBatch: 5000,
  pendingBatches: { rows: 2, records: 1000 },
  open: null,
});

const batches = { seconds: 100, longest: 50, running: 2, isUneven: true };
const leftAt = (totalRecords: number) =>
  leftOf(table(totalRecords), [], [table(totalRecords)], { records: null, speedOf: () => null, plans: null, batches })
    ?.batches ?? null;

it('shows an end by the batches whose rows are there only if they have all that is left', () => {
  expect(endByBatches(leftAt(51_000))).toEqual({ low: 35, high: 115 });
  // The workers insert a row for each batch that they begin: 1,450,000 records have none yet.
  expect(endByBatches(leftAt(1_500_000))).toBeNull();
  expect(endByBatches(addedBatches(leftAt(51_000), leftAt(1_500_000)))).toBeNull();
});
