import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CheckpointOptions, checkpointOf, doneBefore } from '../../source/domain/checkpoint.ts';
import type { CheckpointRow } from '../../source/domain/checkpoint-rows.ts';
import { emptyMark, type Mark } from '../../source/domain/mark.ts';
import type { Status } from '../../source/domain/operation.ts';

interface Case {
  readonly name: string;
  readonly rows: readonly {
    readonly operation: string;
    readonly status: Status;
    readonly records_processed: number | null;
    readonly total_records: number | null;
    readonly batch_size: number | null;
    readonly startedSecondsAgo: number | null;
    readonly endedSecondsAgo: number | null;
    readonly source_query: string | null;
  }[];
  readonly expect: { readonly checkpoint: number | 'ambiguous' };
}

const { cases } = JSON.parse(readFileSync(new URL('../cases/counting.json', import.meta.url), 'utf8')) as {
  cases: readonly Case[];
};

const day = 86_400;
let id = 0;

function row(given: Partial<CheckpointRow> = {}): CheckpointRow {
  id++;
  return {
    id,
    phase: 'execution',
    tableName: 't',
    operation: 'batch_migration',
    status: 'completed',
    recordsProcessed: 500,
    totalRecords: 10_000,
    batchSize: 500,
    startedAt: 10 * id,
    completedAt: 10 * id + 9,
    sourceQuery: null,
    mark: null,
    ...given,
  };
}

const mark = (given: Partial<Mark> = {}): Mark => ({ ...emptyMark, ...given });
const counters = (...all: number[]) => all.map((recordsProcessed) => row({ recordsProcessed }));

function at(rows: readonly CheckpointRow[], options: Partial<CheckpointOptions> = {}): number | string {
  const found = checkpointOf(rows, { run: null, ...options });
  return found.kind === 'at' ? found.records : found.reason;
}

it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { rows, expect: right }) => {
  const read = rows.map((one, index) =>
    row({
      id: index + 1,
      operation: one.operation,
      status: one.status,
      recordsProcessed: one.records_processed,
      totalRecords: one.total_records,
      batchSize: one.batch_size,
      startedAt: one.startedSecondsAgo === null ? null : 10_000 - one.startedSecondsAgo,
      completedAt: one.endedSecondsAgo === null ? null : 10_000 - one.endedSecondsAgo,
    }),
  );
  const found = at(read);
  expect(typeof found === 'number' ? found : 'ambiguous').toBe(right.checkpoint);
});

describe('rows that the library did not mark', () => {
  it('are cumulative from three completed rows on, and ambiguous before', () => {
    expect(at(counters(500, 1000))).toBe('either');
    // A cumulative table that was begun again from 0, with batch sizes and without.
    expect(at(counters(500, 1000, 500, 1000, 1500))).toBe('either');
    expect(at(counters(500, 1000, 480, 960))).toBe('either');
    const bare = [500, 1000, 500, 1000].map((records) => row({ recordsProcessed: records, batchSize: null }));
    expect(at(bare)).toBe('either');
    // Batches of one size and less.
    expect(at(counters(500, 480, 500, 69))).toBe(1549);
    expect(at(counters(500, 1000, 1500))).toBe(1500);
    expect(
      at([...counters(500, 1000, 1500), row({ recordsProcessed: 1700, status: 'running', completedAt: null })]),
    ).toBe(1700);
    // It may have counted records that were rolled back.
    const withFailed = (recordsProcessed: number) => [
      ...counters(500, 1000, 1500),
      row({ recordsProcessed, status: 'failed' }),
    ];
    expect(at(withFailed(1700))).toBe('either');
    expect(at(withFailed(1400))).toBe(1500);
    // The second one has done none of its batch, or all.
    for (const status of ['failed', 'skipped', 'running'] as const)
      expect(at([row(), row({ status })]), status).toBe('either');
    expect(at([row(), row(), row({ status: 'failed' })])).toBe(1500);
    expect(at([row(), row({ status: 'failed', recordsProcessed: 499 })])).toBe(999);
  });

  it('are ambiguous if the attempts of one work have more records than its total', () => {
    const range = { totalRecords: 1000, sourceQuery: 'SELECT * FROM s WHERE id > 5' };
    const attempts = (...all: number[]) =>
      all.map((recordsProcessed, index) =>
        row({ ...range, recordsProcessed, status: index === 0 ? 'failed' : 'completed' }),
      );
    expect(at(attempts(700, 300))).toBe(1000);
    expect(at(attempts(700, 400))).toBe('more than the total');
  });

  it('add up if a failed attempt is followed by a retry with fewer records, and are ambiguous if by as many or more', () => {
    const failed = row({ status: 'failed', recordsProcessed: 300 });
    const retry = (recordsProcessed: number) => row({ recordsProcessed, operation: 'batch_migration_retry' });
    expect(at([failed, retry(200)])).toBe(500);
    expect(at([failed, retry(300)])).toBe('either');
    expect(at([failed, retry(500)])).toBe('either');
    // Without such a name it may be the next batch.
    expect(at([failed, row({ recordsProcessed: 200 })])).toBe('gap');
  });

  it.each([
    ['failed', 0],
    ['failed', null],
    ['failed', 200],
    ['skipped', null],
    ['skipped', 0],
    ['pending', null],
    ['paused', 0],
  ] as const)('leave a gap where one between or before them is %s with %s records', (status, recordsProcessed) => {
    const given = { status, recordsProcessed, ...(status === 'pending' ? { startedAt: null, completedAt: null } : {}) };
    expect(at([row(), row(given), row()])).toBe('gap');
    expect(at([row(given), row()])).toBe('gap');
    expect(at([row(given), row()], { counting: 'batch' })).toBe('gap');
    // The last one leaves none.
    expect(at([row(), row(), row(given)])).toBe(1000 + (recordsProcessed ?? 0));
    // Skipped in the queue, after the others had ended.
    const skipped = row({ ...given, startedAt: null });
    if (status === 'skipped') expect(at([skipped, row({ completedAt: 10 })])).toBe('gap');
  });

  it('leave a gap where a worker of this library has claimed and released one of them', () => {
    const released = { status: 'pending', recordsProcessed: 0, startedAt: null, completedAt: null } as const;
    expect(at([row(), row({ ...released, mark: mark({ worked: 3 }) }), row()])).toBe('gap');
    expect(at([row(), row({ ...released, status: 'skipped', mark: mark({ worked: 3 }) }), row()])).toBe('gap');
    // A start of this library that did nothing.
    expect(at([row(), row({ ...released, status: 'skipped', mark: mark() }), row()])).toBe(1000);
    expect(at([row(), row({ ...released, mark: mark({ worked: 3, from: 500 }) }), row()])).toBe(1000);
  });

  it('leave a gap where the order of their times and that of their ids differ, or the times are unknown', () => {
    const times = { startedAt: 100, completedAt: 110 };
    const failed = { status: 'failed', recordsProcessed: 0 } as const;
    expect(at([row(times), row({ ...times, ...failed })])).toBe('gap');
    expect(at([row(times), row({ startedAt: 110, completedAt: 112, ...failed })])).toBe(500);
    const unknown = { startedAt: null, completedAt: null };
    expect(at([row(unknown), row({ ...unknown, ...failed })])).toBe('gap');
    const lower = row({ startedAt: 1e6, completedAt: 1e6, ...failed });
    expect(at([lower, row(times)])).toBe('gap');
  });

  it('leave no gap where a retry went on, by its name or by the same range', () => {
    const failed = { status: 'failed', recordsProcessed: 0 } as const;
    const [first, second] = [row(), row(failed)];
    expect(at([first, second, row({ operation: `retry_batch_${second.id}` }), row()])).toBe(1500);
    expect(
      at([
        row(),
        row(failed),
        row({ ...failed, operation: 'batch_migration_retry' }),
        row({ operation: 'batch_migration_retry_2' }),
      ]),
    ).toBe(1000);
    const range = (offset: number) => ({ sourceQuery: `SELECT * FROM s LIMIT 500 OFFSET ${offset}` });
    expect(at([row(range(0)), row({ ...failed, ...range(500) }), row(range(500)), row(range(1000))])).toBe(1500);
    expect(at([row(range(0)), row({ ...failed, ...range(500) }), row(range(1000))])).toBe('gap');
  });

  it.each([
    ['completed', null],
    ['completed', -5],
    ['failed', -5],
    ['running', -5],
  ] as const)('do not say how many are done if one is %s with %s records', (status, recordsProcessed) => {
    expect(at([row({ status, recordsProcessed })])).toBe('no counter');
    expect(at([row({ status, recordsProcessed }), row()], { counting: 'batch' })).toBe('no counter');
    expect(at([row({ status, recordsProcessed }), row({ mark: mark({ from: 700 }) })])).toBe(1200);
    expect(at([row({ recordsProcessed: null, totalRecords: 0 })])).toBe(0);
  });

  it('are ambiguous if they rise batch by batch in an order that is unknown', () => {
    const same = { startedAt: 100, completedAt: 110, batchSize: 1000 };
    const of = (given: Partial<CheckpointRow>, ...all: number[]) =>
      all.map((recordsProcessed) => row({ ...same, recordsProcessed, ...given }));
    expect(at(of({}, 3000, 2000, 1000))).toBe('either');
    expect(at(of({}, 1000, 3000, 2000))).toBe('either');
    expect(at(of({ startedAt: null, completedAt: null }, 3000, 2000, 1000))).toBe('either');
    expect(at(of({}, 1000, 1000, 569))).toBe(2569);
  });

  it('are ambiguous if a row of the phase that undoes them came later', () => {
    const first = row();
    const rollback = row({ phase: 'rollback', recordsProcessed: 500 });
    const later = row();
    expect(at([first], { undoing: [rollback] })).toBe('undone');
    expect(at([first], { undoing: [rollback], counting: 'batch' })).toBe('undone');
    expect(at([later], { undoing: [rollback] })).toBe(500);
    expect(at([{ ...first, mark: mark({ from: 0 }) }], { undoing: [rollback] })).toBe('undone');
    for (const given of [{ recordsProcessed: 0 }, { status: 'pending', recordsProcessed: null }] as const)
      expect(at([first], { undoing: [{ ...rollback, ...given }] })).toBe(500);
    for (const given of [{ recordsProcessed: null }, { status: 'running', recordsProcessed: 0 }] as const)
      expect(at([first], { undoing: [{ ...rollback, ...given }] })).toBe('undone');
    // Claimed again after it; its records may be from before.
    const again = { ...first, startedAt: 1e6, completedAt: 1e6 };
    expect(at([{ ...again, mark: mark({ from: 0, worked: 60 }) }], { undoing: [rollback] })).toBe('undone');
    expect(at([{ ...again, mark: mark({ from: 0, repeats: rollback.id }) }], { undoing: [rollback] })).toBe(500);
  });

  it('leave a gap if a row before the last has not ended, or continues under another name', () => {
    expect(at([row({ status: 'running', recordsProcessed: 200 }), row()])).toBe('gap');
    expect(
      at([
        row({ operation: 'batch_1', status: 'failed', recordsProcessed: 200 }),
        row({ operation: 'batch_2', recordsProcessed: 100 }),
      ]),
    ).toBe('gap');
  });

  it('do not add up across names, across days, or above their total', () => {
    expect(at([row(), row({ operation: 'create_index', recordsProcessed: 5 })])).toBe('other operations');
    expect(at([row(), row({ startedAt: 3 * day, completedAt: 3 * day + 9 })])).toBe('several runs');
    expect(at([row({ totalRecords: 800 }), row({ totalRecords: 800 })])).toBe('more than the total');
    expect(at([row({ operation: 'copy_1' }), row({ operation: 'copy_2' })])).toBe(1000);
    expect(at([row({ operation: 'copy_1' })], { operation: 'copy_2' })).toBe('other operations');
  });

  it('with named ranges must be contiguous from 0', () => {
    const range = (offset: number) => row({ sourceQuery: `SELECT * FROM s LIMIT 500 OFFSET ${offset}` });
    expect(at([range(0), range(500)])).toBe(1000);
    expect(at([range(500), range(0)])).toBe(1000);
    expect(at([range(0), range(1000)])).toBe('gap');
    expect(at([range(500)])).toBe('gap');
    expect(at([row(), range(500)])).toBe(1000);
    expect(at([row(), range(1000)])).toBe('gap');
    // As others write the last query of their batches: all records up to its end.
    expect(at([row({ ...range(2300), recordsProcessed: 2300 })])).toBe(2300);
    expect(at([row({ ...range(2300), recordsProcessed: 13_500, totalRecords: 20_000 })])).toBe('either');
  });

  it('with ranges of a key must be contiguous from the first one', () => {
    const keys = (from: number, to: number) =>
      row({ sourceQuery: `SELECT * FROM s WHERE id BETWEEN ${from} AND ${to}` });
    expect(at([keys(1, 500), keys(501, 1000)])).toBe(1000);
    expect(at([keys(501, 1000), keys(1, 500)])).toBe(1000);
    expect(at([keys(1, 500), keys(1001, 1500)])).toBe('gap');
    expect(at([keys(501, 1000)])).toBe('gap');
    const open = (from: number) => row({ sourceQuery: `SELECT * FROM s WHERE id > ${from} ORDER BY id LIMIT 500` });
    expect(at([open(0), open(1000)])).toBe('gap');
    // The same text in each row is no range of one of them.
    const filter = { sourceQuery: "SELECT * FROM s WHERE made > '2020-01-01' AND id > $1" };
    expect(at([row(filter), row(filter)])).toBe(1000);
  });

  it('count in the way that the caller names', () => {
    expect(at(counters(500, 1000), { counting: 'cumulative' })).toBe(1000);
    expect(at(counters(500, 1000), { counting: 'batch' })).toBe(1500);
    expect(at(counters(500, 1000), { counting: 'own' })).toBe(1500);
  });
});

describe('rows that the library marked', () => {
  it('give the exact position, whatever the rows before them', () => {
    const before = counters(500, 1000);
    const exact = row({ recordsProcessed: 300, mark: mark({ from: 1000 }) });
    expect(at([...before, exact])).toBe(1300);
    expect(at([exact, row({ recordsProcessed: 100 })])).toBe(1400);
    expect(at([row({ recordsProcessed: 0, mark: mark({ from: 700 }) })])).toBe(700);
    expect(at([exact, row({ recordsProcessed: 1500 })])).toBe('either');
  });

  it('are ignored if they were given up before their first batch', () => {
    const first = row({ recordsProcessed: 700, mark: mark({ from: 0 }) });
    const withdrawn = row({ status: 'skipped', recordsProcessed: 0, mark: mark({ from: 0 }) });
    expect(at([first, withdrawn])).toBe(700);
    expect(at([first, { ...withdrawn, status: 'failed' }])).toBe(0);
  });

  it('count only in their run', () => {
    const of = (run: string | null) => row({ mark: mark({ run, from: 0 }) });
    expect(at([of('monday')], { run: 'tuesday' })).toBe(0);
    expect(at([of('monday')], { run: 'monday' })).toBe(500);
    expect(at([of('monday')])).toBe('another run');
    expect(at([of('monday'), of('tuesday')])).toBe('another run');
    expect(at([of(null)], { run: 'tuesday' })).toBe('another run');
    expect(at([row()], { run: 'tuesday' })).toBe(500);
  });

  it('of another operation do not count for this one', () => {
    const other = row({ operation: 'create_index', mark: mark({ from: 0 }) });
    expect(at([other], { operation: 'batch_migration' })).toBe(0);
    const retry = row({ operation: 'mine', mark: mark({ from: 500, repeats: other.id }), recordsProcessed: 7 });
    expect(at([other, retry], { operation: 'create_index' })).toBe(507);
  });

  it('count their own records, so that a rising counter is added', () => {
    expect(at([row({ mark: mark() }), row({ recordsProcessed: 600, mark: mark() })])).toBe(1100);
    // Each worker may have a separate range.
    const of = (workerId: number, status: Status) => row({ mark: mark(), workerId, status });
    expect(at([of(1, 'completed'), of(1, 'failed'), of(1, 'completed')])).toBe(1500);
    expect(at([of(1, 'completed'), of(2, 'completed')])).toBe('gap');
    expect(at([of(1, 'failed'), of(2, 'failed')])).toBe('gap');
  });
});

describe('the earlier attempts of one operation', () => {
  const of = (rows: readonly CheckpointRow[]) => {
    const found = doneBefore(row(), rows, { run: null, now: 0 });
    return found.kind === 'at' ? found.records : found.reason;
  };

  it('add up if each later one has fewer records', () => {
    const failures = (...all: number[]) => counters(...all).map((one) => ({ ...one, status: 'failed' as const }));
    expect(of([])).toBe(0);
    expect(of(failures(300))).toBe(300);
    // The second one may have continued the first, or begun again.
    expect(of(failures(300, 200))).toBe('either');
    expect(of(failures(300, 300))).toBe('either');
    expect(of(failures(300, 500))).toBe('either');
    expect(of(counters(300))).toBe('several runs');
    expect(of([row({ recordsProcessed: null })])).toBe('no counter');
    expect(of([row({ status: 'failed', recordsProcessed: -1 })])).toBe('no counter');
    expect(of(failures(300).map((one) => ({ ...one, completedAt: -day })))).toBe('several runs');
    expect(
      of([
        row({ status: 'failed', recordsProcessed: 900, totalRecords: 1000 }),
        row({ status: 'failed', recordsProcessed: 200, totalRecords: 1000 }),
      ]),
    ).toBe('more than the total');
  });

  it('are exact if the library marked them', () => {
    const first = row({ recordsProcessed: 300, mark: mark({ from: 0, ofOperation: true }) });
    const second = row({ recordsProcessed: 300, mark: mark({ from: 300, ofOperation: true, repeats: first.id }) });
    expect(of([second, first])).toBe(600);
    expect(of([second, first, row({ recordsProcessed: 5, mark: mark({ repeats: second.id }) })])).toBe(605);
  });

  it('belong to another range if the counter is above the LIMIT', () => {
    expect(
      of([row({ status: 'failed', recordsProcessed: 2300, sourceQuery: 'SELECT * FROM s LIMIT 200 OFFSET 2300' })]),
    ).toBe('either');
  });
});
