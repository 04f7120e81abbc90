import { expect, it } from 'vitest';
import { batchSpeeds, slowestBatchSeconds, timesByBatch } from '../../source/domain/batch-speeds.ts';
import type { TableSummary } from '../../source/domain/summary.ts';
import { operation } from './build.ts';

/** Completed batches of 1000 records take 40 seconds; two of them are pending. */
const table = {
  averageBatchSeconds: 40,
  recordsPerSecond: 25,
  pendingBatches: { rows: 2, records: 2000 },
} as TableSummary;

const running = (sizes: readonly number[]) =>
  sizes.map((batchSize, index) => operation({ id: index + 1, batchSize, recordsProcessed: batchSize / 2 }));

/** The speeds of batches that take half a minute each, with a tenth more or less. */
const ofEqualTime = (sizes: readonly number[]) =>
  batchSpeeds(table, running(sizes), ({ id, batchSize }) => (batchSize ?? 0) / (30 * (0.9 + 0.1 * (id % 3))));

const ofEqualRecords = (sizes: readonly number[]) =>
  batchSpeeds(table, running(sizes), ({ id }) => 25 * (0.9 + 0.1 * (id % 3)));

const sizes = [500, 1000, 2000, 4000, 8000, 16_000];

it('tells batches that take the same time from records that do', () => {
  expect(timesByBatch(ofEqualTime(sizes))).toBeCloseTo(0.75, 2);
  expect(timesByBatch(ofEqualRecords(sizes))).toBeNull();
  // Batches of one size show neither.
  expect(timesByBatch(ofEqualTime([1000, 1000, 1000, 1000, 1000, 1000]))).toBeNull();
});

it('needs the fewer batches, the more their speeds differ', () => {
  expect(timesByBatch(ofEqualTime(sizes.slice(0, 3)))).toBeNull();
  expect(timesByBatch(ofEqualTime([1000, 1500, 1000, 1500]))).toBeNull();
  const many = Array.from({ length: 30 }, (_, index) => [1000, 1400, 2000][index % 3] ?? 0);
  expect(timesByBatch(ofEqualTime(many))).not.toBeNull();
});

it('stays decided while the speeds still speak for it, so that the ends do not jump', () => {
  const few = ofEqualTime([1000, 1400, 1000, 1400, 2000]);
  expect(timesByBatch(few)).toBeNull();
  expect(timesByBatch(few, 0.75)).not.toBeNull();
  expect(timesByBatch(ofEqualRecords(sizes), 0.75)).toBeNull();
});

it('knows nothing of operations without a batch size or a speed', () => {
  expect(batchSpeeds(table, [operation({ id: 1, batchSize: null, recordsProcessed: 5 })], () => 7)).toEqual([]);
  expect(batchSpeeds(table, running([500]), () => null)).toEqual([]);
  expect(batchSpeeds({ ...table, averageBatchSeconds: null }, running([500]), () => 7)).toEqual([]);
});

it('shows how long a pending batch takes with the slowest worker, at most ten times the mean', () => {
  const reports = [
    { records: 100, seconds: 4, variance: 0 },
    { records: 100, seconds: 12, variance: 0 },
  ];
  expect(slowestBatchSeconds(table, reports)).toBe(120);
  expect(slowestBatchSeconds(table, [{ records: 1, seconds: 100, variance: 0 }])).toBe(400);
  expect(slowestBatchSeconds(table, [])).toBe(0);
  expect(slowestBatchSeconds(table, [{ records: 1, seconds: 100 }])).toBe(0);
});
