import { expect, it } from 'vitest';
import { addedBatches, batchesLeft, endByBatches } from '../../source/domain/batches-left.ts';
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

const batches = { seconds: 100, longest: 50, slowest: 50, running: 2, isUneven: true, speeds: [], times: null };
const leftAt = (totalRecords: number) =>
  leftOf(table(totalRecords), [], [table(totalRecords)], { records: null, speedOf: () => null, plans: null, batches })
    ?.batches ?? null;

it('shows an end by the batches whose rows are there only if they have all that is left', () => {
  expect(endByBatches(leftAt(51_000))).toEqual({ low: 35, high: 115, isProven: false });
  // The workers insert a row for each batch that they begin: 1,450,000 records have none yet.
  expect(endByBatches(leftAt(1_500_000))).toBeNull();
  expect(endByBatches(addedBatches(leftAt(51_000), leftAt(1_500_000)))).toBeNull();
});

it('keeps to the time of the batches where the running ones show that each takes the same time', () => {
  const left = leftAt(51_000);
  const speeds = [{ secondsLeft: 20, ifEachBatch: 0, ifEachRecord: 1 }];
  const proven = left && { ...left, speeds, times: 0.8 };
  expect(endByBatches(proven)).toEqual({ low: 32, high: 98, isProven: true });
  // One that ends late, and a worker that needs two minutes for a batch, may end after all others.
  expect(
    endByBatches(proven && { ...proven, speeds: speeds.map((one) => ({ ...one, secondsLeft: 200 })) }),
  ).toMatchObject({
    low: 140,
    high: 260,
  });
  expect(endByBatches(proven && { ...proven, slowest: 120 })).toMatchObject({ low: 32, high: 168 });
});

it('takes the time of other tables for one that has completed no batch, if each batch takes the same time', () => {
  const fresh = { ...table(200_000), averageBatchSeconds: null, recordsPerSecond: null };
  const known = { speeds: [], slowestSeconds: 0 };
  expect(batchesLeft(fresh, [], { ...known, times: { times: 0.8, batchSeconds: 40 } })).toMatchObject({
    seconds: 80,
    longest: 40,
    times: 0.8,
  });
  expect(batchesLeft(fresh, [], { ...known, times: null })).toBeNull();
});
