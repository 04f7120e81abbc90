import { expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { noFailures } from '../../source/domain/triage-tally.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import { usualLimits } from '../../source/polling/ledger-limits.ts';
import { createSumming } from '../../source/polling/summed.ts';
import { operation } from '../domain/build.ts';
import { fakeDatabase, step, workOff } from '../support/fake-database.ts';

it('begins while the limit of new rows end in each second, and ends at half of it', () => {
  const summing = createSumming(300);
  const after = (rows: number, takenAt: number): boolean => {
    summing.take(rows, takenAt);
    return summing.isDue();
  };
  expect(after(0, 10)).toBe(false);
  expect(after(299, 11)).toBe(false);
  expect(after(600, 13)).toBe(true);
  expect(after(151, 14)).toBe(true);
  // Two polls at almost the same time have few new rows.
  expect(after(0, 14.1)).toBe(true);
  expect(after(149, 15)).toBe(false);
  expect(after(400, 16)).toBe(true);
  summing.end();
  expect(summing.isDue()).toBe(false);
});

/** Four workers begin and complete many operations between two polls; one of the workers always has a running one. */
function watch(summedPerSecond: number): { readonly observation: Observation; readonly fetched: number } {
  const database = fakeDatabase();
  const ledger = createLedger({ ...usualLimits, summedPerSecond });
  let observation: Observation | null = null;
  let fetched = 0;
  const put = (fields: Partial<Operation>): void => {
    const transaction = database.begin();
    transaction.put(
      operation({ id: database.nextId(), phase: 'execution', batchSize: 500, totalRecords: 90_000, ...fields }),
    );
    transaction.commit();
  };
  step(ledger, database);
  workOff(ledger, database);
  for (let poll = 0; poll < 40; poll++) {
    database.now += 2;
    for (let row = 0; row < 200; row++) {
      const completedAt = database.now - 2 + (row + 1) / 100;
      const [tableName, workerId] = [`table ${row % 3}`, row % 4];
      const ended = { status: 'completed', recordsProcessed: 500, startedAt: completedAt - 0.04, completedAt } as const;
      put({ tableName, workerId, ...ended });
    }
    put({ tableName: 'table 0', workerId: 9, status: 'running', recordsProcessed: 100, startedAt: database.now - 1 });
    step(ledger, database);
    const snapshot = { ...ledger.snapshot(), triage: noFailures };
    fetched += snapshot.operations.length;
    observation = observe(observation, snapshot);
  }
  return { observation: observation ?? expect.fail(), fetched };
}

it('leaves the rates and the totals as if the poll fetched every row', () => {
  const all = watch(Number.POSITIVE_INFINITY);
  const summed = watch(50);
  expect(all.fetched).toBeGreaterThan(8000);
  expect(summed.fetched).toBeLessThan(2000);
  expect(summed.observation.snapshot.totals).toEqual(all.observation.snapshot.totals);
  expect(summed.observation.migration).toEqual(all.observation.migration);
  const rateOf = ({ observation }: typeof all): number => phaseRateAndEta(observation).recordsPerSecond ?? 0;
  expect(rateOf(all)).toBeGreaterThan(40_000);
  expect(rateOf(summed) / rateOf(all)).toBeCloseTo(1, 1);
  for (const of of ['tables', 'workers'] as const) {
    const records = ({ observation: { throughput } }: typeof all) =>
      [...throughput[of]].map(([key, { slices }]) => [key, slices.reduce((sum, records) => sum + records, 0)]).sort();
    expect(records(summed)).toEqual(records(all));
  }
});

it('notices that operations begin that were pending when they were added up', () => {
  const database = fakeDatabase();
  const ledger = createLedger({ ...usualLimits, summedPerSecond: 50 });
  let seen = 0;
  let records = 0;
  step(ledger, database);
  workOff(ledger, database);
  const put = (fields: Partial<Operation>): void => {
    const transaction = database.begin();
    transaction.put(
      operation({ phase: 'execution', tableName: 'cases', batchSize: 500, totalRecords: 90_000, ...fields }),
    );
    transaction.commit();
  };
  let queued: number[] = [];
  for (let poll = 0; poll < 6; poll++) {
    const startedAt = database.now + 0.5;
    database.now += 1;
    const ended = { status: 'completed', recordsProcessed: 500, startedAt, completedAt: database.now } as const;
    const added = Array.from({ length: 200 }, () => database.nextId());
    for (const id of [...queued, ...added]) put({ id, ...ended });
    records += (queued.length + added.length) * 500;
    queued = Array.from({ length: 100 }, () => database.nextId());
    for (const id of queued) put({ id, status: 'pending', recordsProcessed: null, startedAt: null, completedAt: null });
    step(ledger, database);
    const { coverage, summed = [], gained } = ledger.snapshot();
    expect(coverage.isStale).toBe(false);
    for (const gain of [...summed.map((one) => one.records), ...(gained ?? new Map()).values()]) seen += gain;
  }
  expect(seen).toBe(records);
});
