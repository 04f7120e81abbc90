import { describe, expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import { isLive, type Operation, type Status } from '../../source/domain/operation.ts';
import { remainingRecords } from '../../source/domain/remaining.ts';
import { expectedRecordsOf } from '../../source/domain/shared-total.ts';
import { summariseTables } from '../../source/domain/summary.ts';
import { operationRow } from '../../source/presentation/rows.ts';
import { snapshotOf } from '../support/fixtures.ts';
import { totalsOf } from '../support/totals.ts';
import { operation } from './build.ts';

/** One range each: `[status, counter, total]`. */
type Range = readonly [Status, number | null, number];

function remaining(ranges: readonly Range[], batchSize = 500): number | null {
  const rows = ranges.map(
    ([status, recordsProcessed, totalRecords], index): Operation =>
      operation({ id: index + 1, status, recordsProcessed, totalRecords, batchSize, startedAt: 1000 + index }),
  );
  const [table] = summariseTables(totalsOf(rows));
  if (table === undefined) throw new Error('There is no table.');
  expect(table.counting).toBe('own totals');
  return remainingRecords(
    table,
    rows.filter(({ status }) => isLive(status)),
  );
}

describe('the remaining records of a table with own totals', () => {
  it.each<[why: string, ranges: readonly Range[], records: number]>([
    [
      'are those of its open operations',
      [
        ['completed', 5000, 5000],
        ['running', 2000, 5000],
        ['pending', null, 5000],
      ],
      8000,
    ],
    [
      'do not include records that completed operations left undone',
      [
        ['completed', 5000, 5000],
        ['completed', 3000, 5000],
        ['running', 2000, 5000],
        ['pending', null, 5000],
      ],
      8000,
    ],
    [
      'do not include those of failed and skipped operations, also if the totals differ',
      [
        ['completed', 4000, 4000],
        ['failed', 1000, 6000],
        ['skipped', null, 5000],
        ['running', 400, 5000],
        ['pending', null, 5000],
      ],
      9600,
    ],
    [
      'are those of the total if the totals differ and nothing failed',
      [
        ['completed', 1000, 1000],
        ['running', 0, 1000],
        ['pending', null, 9000],
      ],
      10_000,
    ],
    [
      'do not include records left undone if the totals differ and nothing failed',
      [
        ['completed', 600, 1000],
        ['completed', 2000, 4000],
        ['running', 0, 1000],
        ['pending', null, 9000],
      ],
      10_000,
    ],
    [
      'are at most those that the open operations of a large table can have',
      [
        ...Array.from({ length: 60 }, (_, index): Range => ['completed', 500, index % 2 === 0 ? 1000 : 2000]),
        ['completed', 1000, 1000],
        ['running', 400, 1000],
        ['pending', null, 1000],
      ],
      2600,
    ],
  ])('%s', (_, ranges, records) => {
    expect(remaining(ranges)).toBe(records);
  });
});

describe('the remaining records of operations that share a total', () => {
  const rows = [1000, 1200, 900, 1100].map((recordsProcessed, index) =>
    operation({
      id: index + 1,
      status: 'running',
      recordsProcessed,
      totalRecords: 60_000,
      batchSize: 50,
      workerId: index,
      startedAt: 1000 + index,
    }),
  );

  it('are those of the table, where each worker has one long row', () => {
    const [table] = summariseTables(totalsOf(rows));
    if (table === undefined) throw new Error('There is no table.');
    expect(table.counting).toBe('per batch');
    expect(remainingRecords(table, rows)).toBe(60_000 - 4200);
  });

  it('are unknown for one of them: its share and its end are not shown', () => {
    const observation = observe(null, snapshotOf(rows, 2000));
    const [row] = rows;
    if (row === undefined) throw new Error('There is no row.');
    expect(expectedRecordsOf(observation, row)).toBeNull();
    expect(expectedRecordsOf(null, row)).toBe(60_000);
    expect(expectedRecordsOf(observation, { ...row, recordsProcessed: 40 })).toBe(50);
    expect(operationRow(observation, row, [])).toMatchObject({ share: null, eta: null });
  });
});

describe('the expected records of an operation that continues a work', () => {
  const retry = (from: string, counter: number) =>
    operation({
      id: 2,
      status: 'completed',
      recordsProcessed: counter,
      totalRecords: 9000,
      batchSize: 500,
      validationQuery: `/* migtop run=- counts=own ${from} repeats=1 */`,
    });

  it.each([
    ['are those that its batch lacked', 'from=265 of=operation', 235, 235],
    ['are at least those that it has', 'from=265 of=operation', 240, 240],
    ['are a batch if the mark counts those of the table', 'from=265', 235, 500],
    ['are a batch if all of it was done before', 'from=500 of=operation', 0, 500],
  ])('%s', (_, from, counter, records) => {
    expect(expectedRecordsOf(null, retry(from, counter))).toBe(records);
  });
});

describe('the expected records of an operation with a total above its batch size', () => {
  const rows = (...counters: readonly (readonly [processed: number, total: number, status?: Status])[]) =>
    counters.map(([recordsProcessed, totalRecords, status = 'running'], index) =>
      operation({ id: index + 1, status, recordsProcessed, totalRecords, batchSize: 100, startedAt: 1000 + index }),
    );

  function expected(all: readonly Operation[]): (number | null)[] {
    const observation = observe(null, snapshotOf(all, 2000));
    return all.map((row) => expectedRecordsOf(observation, row));
  }

  it.each([0, 50, 100, 101, 999])('are its total if it is the only one of its table: %i of 1,000', (processed) => {
    expect(expected(rows([processed, 1000]))).toEqual([1000]);
  });

  it('are its total if the operations evidently have totals of their own', () => {
    expect(expected(rows([50, 1000], [100, 3000], [20, 5000]))).toEqual([1000, 3000, 5000]);
  });

  it('are its batch if several share the total of their table', () => {
    expect(expected(rows([100, 1000, 'completed'], [50, 1000], [20, 1000]))).toEqual([100, 100, 100]);
  });
});
