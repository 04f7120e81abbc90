import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../../source/domain/counting-rules.ts';
import { measureOf } from '../../source/domain/measure.ts';
import { isOpen, type Status, type StatusCounts, statuses } from '../../source/domain/operation.ts';
import { countings, openIn, type Progress, progressOf } from '../../source/domain/progress.ts';
import { exactQueryOf, keyOfQuery, limitOfWork, queryOf, workKeyOf } from '../../source/domain/work-key.ts';

import { type EvidenceRow, workOf } from '../../source/domain/works.ts';

interface Case {
  readonly name: string;
  readonly rows: readonly {
    readonly status: Status;
    readonly records_processed: number | null;
    readonly total_records: number | null;
    readonly batch_size: number | null;
    readonly startedSecondsAgo: number | null;
    readonly endedSecondsAgo: number | null;
  }[];
  readonly expect: { readonly checkpoint?: unknown };
}

const { cases } = JSON.parse(readFileSync(new URL('../cases/counting.json', import.meta.url), 'utf8')) as {
  cases: readonly Case[];
};

const row = (fields: Partial<EvidenceRow> = {}): EvidenceRow => ({
  id: 1,
  status: 'completed',
  recordsProcessed: null,
  totalRecords: null,
  batchSize: null,
  startedAt: null,
  completedAt: null,
  work: null,
  mark: null,
  ...fields,
});

/** Rows in order of start: `[counter, total, batch, status]` each. */
type Short = readonly [number | null, number | null, (number | null)?, Status?];
const rows = (...all: readonly Short[]): EvidenceRow[] =>
  all.map(([recordsProcessed, totalRecords, batchSize = null, status = 'completed'], index) =>
    row({
      id: index + 1,
      recordsProcessed,
      totalRecords,
      batchSize,
      status,
      startedAt: status === 'pending' ? null : 1000 + 10 * index,
      completedAt: isOpen(status) ? null : 1009 + 10 * index,
    }),
  );

function progress(of: readonly EvidenceRow[], counting?: Progress['counting']): Progress {
  const measure = measureOf(of);
  return progressOf(measure, countsOf(of), counting === undefined ? judge(measure) : { counting, reasons: [] });
}

function countsOf(of: readonly EvidenceRow[]): StatusCounts {
  return Object.fromEntries(
    statuses.map((status) => [status, of.filter((one) => one.status === status).length]),
  ) as Record<Status, number>;
}

const workOfQuery = (sourceQuery: string): string => workKeyOf({ operation: 'copy', sourceQuery }, keyOfQuery) ?? '';

describe('the cases of others', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { rows: given, expect: right }) => {
    const { checkpoint: __, ...figures } = right;
    const of = given.map((one, index) =>
      row({
        id: index + 1,
        status: one.status,
        recordsProcessed: one.records_processed,
        totalRecords: one.total_records,
        batchSize: one.batch_size,
        startedAt: one.startedSecondsAgo === null ? null : 10_000 - one.startedSecondsAgo,
        completedAt: one.endedSecondsAgo === null ? null : 10_000 - one.endedSecondsAgo,
      }),
    );
    expect(progress(of)).toMatchObject(figures);
  });
});

describe('own totals', () => {
  it.each<[why: string, given: Short[], records: number, total: number, percent: number | null]>([
    [
      'totals that differ by more than a tenth',
      [
        [1000, 1000, 500],
        [300, 2000, 500, 'running'],
      ],
      1300,
      3000,
      43.33,
    ],
    [
      'nothing done yet',
      [
        [null, 1000, 1000, 'pending'],
        [null, 1000, 1000, 'pending'],
      ],
      0,
      2000,
      0,
    ],
    [
      'a failure at its start',
      [
        [2500, 2500, 500],
        [0, 2500, 500, 'failed'],
      ],
      2500,
      5000,
      50,
    ],
    [
      'a paused range',
      [
        [2500, 2500, 500],
        [700, 2500, 500, 'paused'],
      ],
      3200,
      5000,
      64,
    ],
    [
      'a skipped range',
      [
        [1000, 1000, 1000],
        [null, 1000, 1000, 'skipped'],
      ],
      1000,
      2000,
      50,
    ],
    [
      'a range that was skipped before it began, and another that counts its batches',
      [
        [1000, 1000, 100],
        [null, 1000, 100, 'skipped'],
      ],
      1000,
      2000,
      50,
    ],
    [
      'a range that was skipped while it ran',
      [
        [1000, 1000, 100],
        [300, 1000, 100, 'skipped'],
      ],
      1300,
      2000,
      65,
    ],
    [
      'ranges of which some were skipped, with more records than one of their totals',
      [
        [700, 1000, 100, 'running'],
        [700, 1000, 100, 'skipped'],
      ],
      1400,
      2000,
      70,
    ],
    [
      'ranges of which none has ended, with more records than one of their totals',
      [
        [200_000, 250_000, 500, 'running'],
        [190_000, 250_000, 500, 'running'],
        [180_000, 250_000, 500, 'paused'],
        [null, 250_000, 500, 'pending'],
      ],
      570_000,
      1_000_000,
      57,
    ],
    [
      'an empty range',
      [
        [1000, 1000, 1000],
        [0, 0, 1000],
        [1000, 1000, 1000],
      ],
      2000,
      2000,
      100,
    ],
    [
      'a running range without a counter',
      [
        [1000, 1000, 500],
        [null, 1000, 500, 'running'],
      ],
      1000,
      2000,
      50,
    ],
  ])('%s', (_, given, recordsProcessed, totalRecords, percent) => {
    expect(progress(rows(...given))).toMatchObject({
      counting: 'own totals',
      recordsProcessed,
      totalRecords,
      percent,
    });
  });

  it('have one total for a failed attempt and its repetition with the same range', () => {
    const [done, failed, again] = rows([1000, 1000, 500], [400, 1000, 500, 'failed'], [1000, 1000, 500]);
    const all = [
      done,
      { ...failed, work: 'r-b' },
      { ...again, work: 'r-b' },
      { ...rows([null, 1000, 500, 'pending'])[0], id: 4 },
    ] as EvidenceRow[];
    expect(progress(all)).toMatchObject({ counting: 'own totals', recordsProcessed: 2000, totalRecords: 3000 });
  });

  it('add the attempts of one work up: to its total at most, and without a total to all that they have', () => {
    const attempts = (total: number | null): EvidenceRow[] =>
      rows([900, total, 1000, 'failed'], [300, total, 1000]).map((one) => ({ ...one, work: 'r-a' }));
    expect(progress(attempts(1000))).toMatchObject({ recordsProcessed: 1000 });
    expect(progress(attempts(null))).toMatchObject({ recordsProcessed: 1200, totalRecords: null });
  });

  it.each<[why: string, works: readonly string[], given: Short[], records: number]>([
    [
      'up to the LIMIT that is their batch size',
      ['r-a:500', 'r-a:500'],
      [
        [300, 9000, 500, 'failed'],
        [500, 9000, 500],
      ],
      500,
    ],
    [
      'so while it is repeated',
      ['r-a:500', 'r+a:500'],
      [
        [300, 9000, 500, 'failed'],
        [150, 9000, 500, 'running'],
      ],
      450,
    ],
    [
      'so without a total',
      ['r-a:500', 'r-a:500'],
      [
        [300, null, 500, 'failed'],
        [500, null, 500],
      ],
      500,
    ],
    [
      'also if one was skipped',
      ['r-a:500', 'r-a:500'],
      [
        [300, 9000, 500, 'skipped'],
        [500, 9000, 500],
      ],
      500,
    ],
    [
      'to more if no attempt was given up',
      ['r-a:500', 'r-a:500'],
      [
        [500, 9000, 500],
        [500, 9000, 500],
      ],
      1000,
    ],
    [
      'to more if a counter is above the LIMIT',
      ['r-a:200', 'r-a:200'],
      [
        [2300, 15_420, 200, 'failed'],
        [200, 15_420, 200],
      ],
      2500,
    ],
    [
      'to more if the batch size is another',
      ['r-a:500', 'r-a:500'],
      [
        [300, 9000, 500, 'failed'],
        [500, 9000, 1000],
      ],
      800,
    ],
    [
      'to more without a LIMIT',
      ['r-a', 'r-a'],
      [
        [300, 9000, 500, 'failed'],
        [500, 9000, 500],
      ],
      800,
    ],
  ])('add the attempts of one batch up %s', (_, works, given, records) => {
    const attempts = rows(...given).map((one, index) => ({ ...one, startedAt: 10, work: works[index] ?? null }));
    expect(workOf(attempts).records).toBe(records);
  });

  it('know the LIMIT with which a query ends', () => {
    const limits = [
      'SELECT * FROM s LIMIT 500',
      'SELECT * FROM s limit 500\n  OFFSET 0 ; ',
      'SELECT * FROM s OFFSET 0 LIMIT 500',
      'SELECT * FROM s OFFSET 0 ROWS FETCH NEXT 500 ROWS ONLY',
      'SELECT * FROM (SELECT * FROM s LIMIT 500) AS t WHERE id > 0',
      'SELECT * FROM s WHERE id > $1 LIMIT 500',
      `SELECT * FROM s WHERE name <> '${'x'.repeat(400)}' LIMIT 500`,
    ].map((query) => limitOfWork(keyOfQuery(query)));
    expect(limits).toEqual([500, 500, 500, 500, null, null, 500]);
  });

  it('know how many keys a query reads', () => {
    const ends = [
      ['id BETWEEN 1 AND 500', 500],
      ["s.id between '1' and '500' ORDER BY id", 500],
      ['id > 0 AND id <= 500', 500],
      ['id>=0 AND ID<500 AND kept', 500],
      ['id > 0 AND id < 500', 499],
      ['id >= 0 AND id <= 500', 501],
      ['id BETWEEN 1 AND 500 LIMIT 20', 20],
      ['id BETWEEN 500 AND 1', null],
      ['id > 0 AND other <= 500', null],
      ['id > 0', null],
      ['id BETWEEN 1 AND 500 OR id = 0', null],
      ['id NOT BETWEEN 1 AND 500', null],
      ["made BETWEEN '1-01-01' AND '500-01-01'", null],
      ['id BETWEEN 1.5 AND 500.5', null],
      ['id BETWEEN $1 AND 500', null],
    ] as const;
    for (const [end, keys] of ends)
      expect([end, limitOfWork(keyOfQuery(`SELECT * FROM s WHERE ${end}`))]).toEqual([end, keys]);
  });

  it('compare source queries whole, without white space but with other blanks', () => {
    const [query = '', ...others] = ['', '\t', '  ', ' ;', '\u00a0', '\ufeff'].map(
      (space) => `SELECT ${'a, '.repeat(200)}b FROM s${space} LIMIT 500${space}`,
    );
    const [key, ...otherKeys] = [query, ...others].map((text) => queryOf(workOfQuery(text)));
    expect(otherKeys.map((other) => other === key)).toEqual([true, true, false, false, false]);
    expect(queryOf(workOfQuery(`${query} OFFSET 500`))).not.toBe(key);
    const exact = [query, `${query}\n`, query].map((text) => exactQueryOf(workOfQuery(text)));
    expect([exact[0] === exact[1], exact[0] === exact[2]]).toEqual([false, true]);
  });

  it('take a query without a range for the same work only if a name says that it repeats, or it is the same', () => {
    const pair = rows([400, 1000, 500, 'failed'], [1000, 1000, 500]) as [EvidenceRow, EvidenceRow];
    const named = (second: string): EvidenceRow[] => [
      { ...pair[0], work: 'q-a@copy', startedAt: 1, completedAt: 2 },
      { ...pair[1], work: second, startedAt: 3, completedAt: 4 },
    ];
    const whole = { recordsProcessed: 1000, totalRecords: 1000, percent: 100 };
    expect(progress(named('q+a@other'))).toMatchObject(whole);
    expect(progress(named('q-a@copy'))).toMatchObject(whole);
    expect(progress(named('q-a@other'))).toMatchObject({ recordsProcessed: 1400, totalRecords: 2000, percent: 70 });
  });
});

describe('cumulative', () => {
  it.each<[why: string, given: Short[], records: number]>([
    [
      'with totals of 0',
      [
        [500, 0, 500],
        [1000, 0, 500],
        [1500, 0, 500],
      ],
      1500,
    ],
    [
      'without a batch size',
      [
        [100, 5000],
        [200, 5000],
        [330, 5000],
      ],
      330,
    ],
    [
      'with a live row ahead',
      [
        [500, 5000, 500],
        [1000, 5000, 500],
        [1200, 5000, 500, 'running'],
      ],
      1200,
    ],
    [
      'with a live row that has just begun',
      [
        [500, 5000, 500],
        [1000, 5000, 500],
        [20, 5000, 500, 'running'],
      ],
      1000,
    ],
    [
      'with a failure on the way',
      [
        [500, 5000, 500],
        [700, 5000, 500, 'failed'],
        [1000, 5000, 500],
      ],
      1000,
    ],
    [
      'with its last row at the total, after a failure',
      [
        [500, 1500, 500],
        [1000, 1500, 500],
        [1200, 1500, 500, 'failed'],
        [1500, 1500, 500],
      ],
      1500,
    ],
    [
      'with its last row at the total, and one that looks at all of it again',
      [
        [500, 1500, 500],
        [1000, 1500, 500],
        [1500, 1500, 500],
        [1500, 1500, 500, 'running'],
      ],
      1500,
    ],
    [
      'with its last row at the total, and some that have looked at all of it again',
      [
        [500, 1500, 500],
        [1000, 1500, 500],
        [1500, 1500, 500],
        [1500, 1500, 500],
        [1500, 1500, 500],
        [40, 1500, 500, 'failed'],
      ],
      1500,
    ],
    [
      'with rows beyond the total',
      [
        [500, 1500, 500],
        [1000, 1500, 500],
        [1500, 1500, 500],
        [2000, 1500, 500],
        [2100, 1500, 500, 'paused'],
      ],
      2100,
    ],
    [
      'with different batch sizes',
      [
        [500, 9000, 500],
        [1500, 9000, 1000],
        [2000, 9000, 500],
      ],
      2000,
    ],
  ])('%s', (_, given, recordsProcessed) => {
    expect(progress(rows(...given))).toMatchObject({ counting: 'cumulative', recordsProcessed });
  });

  it.each<[why: string, after: Short]>([
    ['one that has begun again follows', [900, 1500, 500, 'running']],
    ['one that has no records yet follows', [0, 1500, 500, 'running']],
    ['one waits', [null, 1500, 500, 'pending']],
    ['one was skipped', [900, 1500, 500, 'skipped']],
    ['one failed', [900, 1500, 500, 'failed']],
  ])('stays so if after the last row %s', (_, after) => {
    const given = rows([500, 1500, 500], [1000, 1500, 500], [1500, 1500, 500], after, [1500, 1500, 500]);
    expect(progress(given)).toMatchObject({ counting: 'cumulative', recordsProcessed: 1500, totalRecords: 1500 });
  });

  it('are own totals if a row repeats all records after two rows only: these may be ranges', () => {
    const given = rows([500, 1000, 500], [1000, 1000, 500], [1000, 1000, 500, 'running']);
    expect(progress(given)).toMatchObject({ counting: 'own totals', totalRecords: 3000 });
  });

  it('is not done while a row repeats all records', () => {
    const chain: Short[] = [1, 2, 3, 4, 5].map((step) => [500 * step, 2500, 500]);
    expect(progress(rows(...chain, [2500, 2500, 500, 'running']))).toMatchObject({ percent: 99.99, outcome: null });
    expect(progress(rows(...chain, [2500, 2500, 500]))).toMatchObject({ percent: 100, outcome: { kind: 'completed' } });
  });

  it('is decided in order of start, not of ids', () => {
    const given = rows([1000, 9000, 1000], [2000, 9000, 1000], [3000, 9000, 1000]);
    const turned = given.map((one, index) => ({ ...one, id: 10 - index }));
    expect(progress(turned)).toMatchObject({ counting: 'cumulative', recordsProcessed: 3000 });
  });

  it('is decided by the rows without a total if no row has one', () => {
    expect(progress(rows([1000, null, 1000], [2000, null, 1000]))).toMatchObject({
      counting: 'cumulative',
      recordsProcessed: 2000,
      totalRecords: null,
      percent: null,
    });
  });
});

describe('per batch', () => {
  it.each<[why: string, given: Short[], records: number]>([
    [
      'no counter above its batch',
      [
        [400, 5000, 500],
        [450, 5000, 500],
      ],
      850,
    ],
    [
      'a negative counter counts nothing',
      [
        [500, 5000, 500],
        [-70, 5000, 500, 'failed'],
      ],
      500,
    ],
    [
      'a completed row without a counter counts nothing',
      [
        [500, 5000, 500],
        [null, 5000, 500],
      ],
      500,
    ],
    [
      'a row without a total adds up',
      [
        [500, 5000, 500],
        [500, null, 500],
      ],
      1000,
    ],
    [
      'no row has a total',
      [
        [500, null, 500],
        [500, null, 500],
      ],
      1000,
    ],
    [
      'a live row below an earlier one',
      [
        [2300, 15420, 200, 'failed'],
        [100, 15420, 200, 'running'],
      ],
      2400,
    ],
    [
      'equal counters without a batch size, and one that runs',
      [
        [100, 5000],
        [100, 5000],
        [140, 5000, null, 'running'],
      ],
      340,
    ],
  ])('%s', (_, given, recordsProcessed) => {
    expect(progress(rows(...given))).toMatchObject({ counting: 'per batch', recordsProcessed });
  });
});

describe('works of one batch next to a larger total', () => {
  const side: Short = [23, 23, 23];
  it.each<[why: string, given: Short[], counting: string, records: number, total: number]>([
    ['after batches', [[500, 15420, 500], [500, 15420, 500], side], 'per batch', 1023, 15_443],
    [
      'after batches, with their batch size',
      [
        [500, 15420, 500],
        [69, 15420, 500],
        [9, 23, 500, 'failed'],
      ],
      'per batch',
      578,
      15_443,
    ],
    [
      'between open batches',
      [[500, 900, 500], [400, 900, 500], side, [null, 900, 500, 'pending']],
      'per batch',
      923,
      923,
    ],
    [
      'after batches, and it waits',
      [
        [500, 15420, 500],
        [500, 15420, 500],
        [null, 23, 23, 'pending'],
      ],
      'per batch',
      1000,
      15_443,
    ],
    ['after a single batch', [[500, 15420, 500], [500, 15420, 500, 'running'], side], 'own totals', 1023, 30_863],
    [
      'larger than a batch',
      [
        [500, 15420, 500],
        [500, 15420, 500],
        [600, 600, 600],
      ],
      'own totals',
      1600,
      31_440,
    ],
    [
      'without a batch size',
      [
        [500, 15420, 500],
        [500, 15420, 500],
        [23, 23],
      ],
      'own totals',
      1023,
      30_863,
    ],
    ['after batches of different totals', [[500, 15420, 500], [500, 9000, 500], side], 'own totals', 1023, 24_443],
    [
      'after a batch and a range',
      [[500, 15420, 500], [500, 15420, 500], [900, 15420, 500, 'running'], side],
      'own totals',
      1923,
      46_283,
    ],
    [
      'after cumulative rows that are done',
      [[500, 1400, 500], [1000, 1400, 500], [1400, 1400, 500], side],
      'cumulative',
      1400,
      1400,
    ],
    [
      'after rows that rise to a range',
      [[500, 1000, 500], [1000, 1000, 500], [400, 1000, 500, 'running'], side],
      'own totals',
      1923,
      3023,
    ],
    ['before the first batch', [side, [500, 15420, 500]], 'own totals', 523, 15443],
    ['before anything is done', [side, [null, 15420, 500, 'pending']], 'own totals', 23, 15443],
    ['within cumulative rows', [[500, 5000, 500], side, [1000, 5000, 500]], 'cumulative', 1000, 5000],
    ['of a range that counts its batches', [side, [5000, 100_000, 500, 'running']], 'own totals', 5023, 100_023],
    [
      'of ranges that wait',
      [
        [300, 300, 500],
        [null, 2500, 500, 'pending'],
        [null, 2500, 500, 'pending'],
      ],
      'own totals',
      300,
      5300,
    ],
    [
      'of ranges in parallel, of which the last is small',
      [
        [50_000, 250_000, 500, 'running'],
        [40_000, 250_000, 500, 'running'],
        [null, 300, 500, 'pending'],
      ],
      'own totals',
      90_000,
      500_300,
    ],
    ['of ranges', [side, [2500, 2500, 500], [700, 2500, 500, 'running']], 'own totals', 3223, 5023],
  ])('%s', (_, given, counting, recordsProcessed, totalRecords) => {
    expect(progress(rows(...given))).toMatchObject({ counting, recordsProcessed, totalRecords });
  });
});

describe('as others fill the table', () => {
  it.each<[why: string, given: Short[], counting: string, records: number, total: number | null]>([
    [
      'ranges that are all completed',
      [
        [2500, 2500, 500],
        [2500, 2500, 500],
      ],
      'own totals',
      5000,
      5000,
    ],
    [
      'a total on the first cumulative row only',
      [
        [500, 1569, 500],
        [1000, null, 500],
        [1500, null, 500],
      ],
      'cumulative',
      1500,
      1569,
    ],
    [
      'a total on some cumulative rows',
      [
        [500, 1569, 500],
        [1000, null, 500],
        [1500, 1569, 500],
      ],
      'cumulative',
      1500,
      1569,
    ],
    [
      'a total on the first batch only',
      [
        [500, 1569, 500],
        [500, null, 500],
      ],
      'per batch',
      1000,
      1569,
    ],
    [
      'tiny works',
      [
        [5, 5, 500],
        [3, 3, 500],
        [null, 7, 500, 'pending'],
      ],
      'own totals',
      8,
      15,
    ],
    [
      'a last batch that is smaller',
      [
        [500, 500, 500],
        [500, 500, 500],
        [null, 69, 500, 'pending'],
      ],
      'own totals',
      1000,
      1069,
    ],
    [
      'a total that grows a little',
      [
        [500, 15_420, 500],
        [500, 15_430, 500],
      ],
      'per batch',
      1000,
      15_430,
    ],
    [
      'works without a batch size',
      [
        [1000, 1000],
        [null, 2000, null, 'pending'],
      ],
      'own totals',
      1000,
      3000,
    ],
  ])('%s', (_, given, counting, recordsProcessed, totalRecords) => {
    expect(progress(rows(...given))).toMatchObject({ counting, recordsProcessed, totalRecords });
  });

  it('judges rows that migtop/worker marked by their marks, even if their totals differ', () => {
    const mark = { before: 0, isPlaced: true, isOfOperation: false, repeats: null };
    const given = rows([500, 1500, 500], [500, 9000, 500], [3000, 9000, 500]);
    expect(progress(given.map((one) => ({ ...one, mark })))).toMatchObject({
      counting: 'per batch',
      recordsProcessed: 4000,
    });
    const own = given.map((one) => ({ ...one, totalRecords: 9000, mark: { ...mark, isOfOperation: true } }));
    expect(progress(own)).toMatchObject({ counting: 'own totals', totalRecords: 27_000 });
  });
});

describe('a part of the rows', () => {
  it('may begin with any cumulative counter', () => {
    const measure = measureOf(rows([20_000, 90_000, 1000], [21_000, 90_000, 1000]));
    expect(judge(measure).counting).toBe('unclear');
    expect(judge({ ...measure, isPart: true }).counting).toBe('cumulative');
  });
});

describe('unclear', () => {
  it('shows the lower figure and the evidence for each way', () => {
    const unclear = progress(rows([800, 9000, 500], [3000, 9000, 500]));
    expect(unclear).toMatchObject({ counting: 'unclear', recordsProcessed: 3000, totalRecords: 9000, outcome: null });
    expect(unclear.reasons).toHaveLength(3);
  });

  it('shows the figures by own totals while several operations are open: they are the lowest', () => {
    const given: Short[] = [
      [700, 1000, 100],
      [800, 1000, 100],
      [950, 1000, 100, 'running'],
    ];
    // Two that have ended have not reached the totals that would be theirs.
    expect(progress(rows(...given))).toMatchObject({ counting: 'unclear', recordsProcessed: 950, percent: 95 });
    const waiting = Array.from({ length: 10 }, (): Short => [null, 1000, 100, 'pending']);
    const unclear = progress(rows(...given, ...waiting));
    expect(unclear.reasons.at(-1)).toMatch(/^for own totals: 11 open operations each name a total/);
    expect(unclear).toMatchObject({
      counting: 'unclear',
      recordsProcessed: 2450,
      totalRecords: 13_000,
      percent: 18.85,
    });
  });

  it('shows no higher percentage than that of the live and completed operations', () => {
    const given = rows(
      [160, 1000, 100],
      [180, 1000, 100, 'running'],
      [190, 1000, 100, 'paused'],
      [700, 1000, 100, 'failed'],
    );
    // 1230 of 4000 are 30.75 %.
    expect(progress(given)).toMatchObject({ counting: 'unclear', totalRecords: 4000, percent: 19 });
  });

  it('shows no higher figure after an open operation was skipped', () => {
    const given = (status: Status) =>
      rows([700, 1000, 100], [800, 1000, 100], [950, 1000, 100, 'running'], [null, 1000, 100, status]);
    expect(progress(given('pending'))).toMatchObject({ counting: 'unclear', percent: 61.25 });
    expect(progress(given('skipped'))).toMatchObject({ counting: 'unclear', percent: 61.25 });
  });

  it('has no percentage if the operations have records of a total of 0 by one of the ways', () => {
    const given = rows([50, 0, null, 'skipped'], [100, 0, null, 'skipped']);
    expect(progress(given)).toMatchObject({ counting: 'unclear', recordsProcessed: 0, totalRecords: 0, percent: null });
  });

  it('is settled by a name', () => {
    const given = rows([800, 9000, 500], [3000, 9000, 500]);
    expect(progress(given, 'per batch')).toMatchObject({ recordsProcessed: 3800, percent: 42.22 });
    expect(progress(given, 'own totals')).toMatchObject({ recordsProcessed: 3800, totalRecords: 18000 });
  });
});

describe('the outcome', () => {
  it.each<[given: Short[], percent: number | null, outcome: Progress['outcome']]>([
    [[[3000, 4000, 500]], 75, { kind: 'fewer', percent: 25 }],
    [[[4400, 4000, 500]], 110, { kind: 'more', percent: 10 }],
    [[[4000, 4000, 500]], 100, { kind: 'completed' }],
    [[[null, 4000, 500]], 0, { kind: 'unreported' }],
    [[[0, 0, 500]], 100, { kind: 'completed' }],
    [[[5, 0, 500]], null, { kind: 'more', percent: Number.POSITIVE_INFINITY }],
    [[[0, 0, 500, 'running']], null, null],
    [[[4400, 4000, 500, 'running']], 99.99, null],
    [[[3999999, 4000000, 500]], 99.99, { kind: 'fewer', percent: 0.01 }],
    [[[3000, 4000, 500, 'failed']], 75, null],
    [[[3000, null, 500]], null, null],
    [[[3000, -1, 500]], null, null],
  ])('of %j', (given, percent, outcome) => {
    expect(progress(rows(...given))).toMatchObject({ percent, outcome });
  });
});

/** Counters that never fall, as in a table whose counting is unclear. */
const risingTable = fc
  .array(
    fc.record({
      by: fc.integer({ min: 0, max: 300 }),
      totalRecords: fc.constantFrom(null, 960, 1000, 1000),
      batchSize: fc.constantFrom(null, 100),
      status: fc.constantFrom(...statuses),
    }),
    { minLength: 2, maxLength: 10 },
  )
  .map((all) => {
    let records = 50;
    return rows(
      ...all.map(({ by, totalRecords, batchSize, status }): Short => {
        records += by;
        return [status === 'pending' ? null : records, totalRecords, batchSize, status];
      }),
    );
  });

const anyRow = fc.record({
  status: fc.constantFrom(...statuses),
  recordsProcessed: fc.oneof(
    fc.constant(null),
    fc.integer({ min: -5, max: 12 }).map((n) => n * 50),
  ),
  totalRecords: fc.oneof(
    fc.constant(null),
    fc.integer({ min: -1, max: 12 }).map((n) => n * 100),
  ),
  batchSize: fc.constantFrom(null, 0, 50, 100),
  startedAt: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 20 })),
  completedAt: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 20 }), fc.constant(Number.POSITIVE_INFINITY)),
  work: fc.constantFrom(null, null, 'r-a', 'r-b', 'q-a', 'q+a'),
});
const anyTable = fc
  .array(anyRow, { minLength: 1, maxLength: 12 })
  .map((all): EvidenceRow[] => all.map((one, index) => row({ ...one, id: index + 1 })));

describe('whatever the rows are', () => {
  it('any order of arrival gives the same figures', () => {
    fc.assert(
      fc.property(anyTable, fc.infiniteStream(fc.nat()), (table, random) => {
        const shuffled = table
          .map((one) => [random.next().value as number, one] as const)
          .sort(([a], [b]) => a - b)
          .map(([, one]) => one);
        expect(progress(shuffled)).toEqual(progress(table));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([undefined, ...countings])('%s: never reports 100 %% while work is open', (counting) => {
    fc.assert(
      fc.property(anyTable, (table) => {
        const { percent } = progress(table, counting);
        if (openIn(countsOf(table)) > 0) expect(percent ?? 0).toBeLessThan(100);
      }),
      { numRuns: 1000 },
    );
  });

  it('a skip changes the counting of no table, and no percentage rises by it', () => {
    const isRisen = (before: number | null, after: number | null) =>
      after !== null && before !== null && after > before;
    fc.assert(
      fc.property(fc.oneof(risingTable, anyTable), fc.nat(), fc.integer({ min: 0, max: 30 }), (table, which, at) => {
        const one = table[which % table.length];
        if (one === undefined || one.status === 'completed' || one.status === 'skipped') return;
        // It is later than all starts.
        const skipped = { ...one, status: 'skipped' as const, completedAt: one.completedAt ?? 100_000 + at };
        const [before, after] = [table, table.map((other) => (other === one ? skipped : other))].map((of) =>
          progress(of),
        );
        expect(after?.counting).toBe(before?.counting);
        // An open operation alone keeps it below 100 %.
        if (before?.percent !== 99.99) expect(isRisen(before?.percent ?? null, after?.percent ?? null)).toBe(false);
        else if (after?.percent === 100) expect(after.recordsProcessed).toBeGreaterThanOrEqual(after.totalRecords ?? 0);
      }),
      { numRuns: 3000 },
    );
  });

  it('a skip of a failed attempt at completed work changes no counting', () => {
    const table = (status: Status): readonly EvidenceRow[] => [
      row({ id: 1, status: 'completed', recordsProcessed: null, totalRecords: null, work: 'r-a' }),
      row({ id: 2, status: 'pending', recordsProcessed: 150, totalRecords: 100 }),
      row({ id: 3, status, recordsProcessed: 0, totalRecords: 100, work: 'r-a' }),
    ];
    expect(progress(table('failed')).counting).toBe('per batch');
    expect(progress(table('skipped')).counting).toBe('per batch');
    expect(progress(table('pending')).counting).toBe('per batch');
  });

  it('shows the lowest percentage of an unclear table, by which several open operations may count', () => {
    let unclear = 0;
    fc.assert(
      fc.property(fc.oneof(risingTable, anyTable), (table) => {
        const { counting, percent } = progress(table);
        if (counting !== 'unclear') return;
        unclear++;
        const isLeft = (status: Status) => isOpen(status) || status === 'skipped';
        const open = table.filter(({ status, totalRecords }) => isLeft(status) && (totalRecords ?? 0) > 0).length;
        const ways = ['per batch', 'cumulative', ...(open >= 2 ? (['own totals'] as const) : [])] as const;
        const percents = ways.map((way) => progress(table, way).percent);
        const known = percents.filter((one) => one !== null);
        expect(percent).toBe(known.length < percents.length ? null : Math.min(...known));
      }),
      { numRuns: 2000 },
    );
    expect(unclear).toBeGreaterThan(50);
  });

  it.each(countings)('counted as %s, one row more never makes the records fall', (counting) => {
    fc.assert(
      fc.property(anyTable, anyRow, (table, added) => {
        const before = progress(table, counting).recordsProcessed;
        const after = progress([...table, row({ ...added, id: 99 })], counting).recordsProcessed;
        expect(after).toBeGreaterThanOrEqual(before);
      }),
      { numRuns: 1000 },
    );
  });
});
