import { expect, it } from 'vitest';
import { addSpans, emptyThroughput } from '../../source/domain/throughput.ts';
import { inWorkerSeconds, type TableWork } from '../../source/domain/worker-seconds.ts';

const takenAt = 1_000_040;
const since = takenAt - 40;
const recorded = (records: number) =>
  addSpans(emptyThroughput(since), [{ from: since, to: takenAt, records }], takenAt);

const table = (speed: number | null, records: number, left = 1000, batch = 100): TableWork => ({
  speed,
  batch,
  throughput: recorded(records),
  ahead: [],
  stopped: [],
  left: { records: left, fewest: left / 2, done: records },
});

it('counts the seconds of a worker for each record, so that a change of the table does not change the rate', () => {
  // Two workers for forty seconds: one on each table.
  const timed = inWorkerSeconds(recorded(4040), [table(100, 4000), table(1, 40)]);
  expect(timed?.throughput.slices).toEqual([20, 20, 20, 20]);
  expect(timed?.left).toEqual({ records: 1010, fewest: 505, done: 80, offBy: 0 });
});

it('counts the records that are not reported alike', () => {
  const ahead = {
    from: since,
    to: takenAt,
    records: 500,
    isReported: false,
    isDue: true,
    reportSeconds: 10,
    batchSeconds: 10,
    usual: { recordsPerSecond: 100, offBy: 20 },
  };
  const timed = inWorkerSeconds(recorded(4040), [
    { ...table(100, 4000), ahead: [ahead], stopped: [{ from: since, to: takenAt, records: -200 }] },
    table(1, 40),
  ]);
  expect(timed?.ahead).toEqual([{ ...ahead, records: 5, usual: { recordsPerSecond: 1, offBy: 0.2 } }]);
  expect(timed?.stopped).toEqual([{ from: since, to: takenAt, records: -2 }]);
});

it('is unknown for one table, for tables of about the same speed, and if the speed or the rest of one is unknown', () => {
  const whole = recorded(100);
  expect(inWorkerSeconds(whole, [table(100, 100)])).toBeNull();
  expect(inWorkerSeconds(whole, [table(100, 100), table(120, 100)])).toBeNull();
  expect(inWorkerSeconds(whole, [table(100, 100), table(null, 100)])).toBeNull();
  expect(inWorkerSeconds(whole, [table(100, 100), { ...table(10, 100), left: null }])).toBeNull();
  expect(inWorkerSeconds(whole, [table(100, 100), table(10, 100)])).not.toBeNull();
});

it('takes a table that has completed no batch for as fast as the others that are open, if these have half of the rest', () => {
  const whole = recorded(4040);
  const others = [table(100, 4000), table(1, 40)];
  // A record takes 0.505 s on average in the other two.
  expect(inWorkerSeconds(whole, [...others, table(null, 0, 200)])?.left.records).toBeCloseTo(1010 + 101);
  expect(inWorkerSeconds(whole, [...others, table(null, 0, 2100)])).toBeNull();
  expect(inWorkerSeconds(whole, [...others, table(null, 0, 0)])?.left.records).toBeCloseTo(1010);
});

it('takes a batch of such a table for as fast as one of the others, if these take about the same time', () => {
  // Batches of 500, 2,000 and 5,000 records take 40, 38 and 42 s.
  const others = [table(12.5, 4000, 1000, 500), table(52.6, 40, 1000, 2000), table(119, 40, 0, 5000)];
  const known = inWorkerSeconds(recorded(4080), others)?.left ?? expect.fail();
  const timed = inWorkerSeconds(recorded(4080), [...others, table(null, 0, 100_000, 1000)])?.left ?? expect.fail();
  // A hundred batches of 39 s, the mean of the two tables that are open.
  expect((timed.records - known.records) / 100).toBeCloseTo(39, 0);
  expect(timed.offBy).toBeGreaterThan(0);
  expect(timed.offBy).toBeLessThan(0.1);
  // A table that is done without a batch changes nothing.
  const done = { ...table(null, 0, 0), batch: null };
  const withDone = inWorkerSeconds(recorded(4080), [...others, table(null, 0, 100_000, 1000), done])?.left;
  expect(withDone?.records).toBeCloseTo(timed.records);
  // How long batches of 20,000 records take, these do not show.
  expect(inWorkerSeconds(recorded(4080), [...others, table(null, 0, 100_000, 20_000)])).toBeNull();
});
