import { describe, expect, it } from 'vitest';
import { isLive, type Operation, type Status } from '../../source/domain/operation.ts';
import { remainingRecords } from '../../source/domain/remaining.ts';
import { summariseTables } from '../../source/domain/summary.ts';
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
