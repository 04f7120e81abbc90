import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResolutions } from '../../source/commands/export-resolutions.ts';
import { needsTriage, pollWithTriage, resolutionsIn } from '../../source/commands/where.ts';
import { DatabaseError } from '../../source/database/database-error.ts';
import { controlColumns, type ExportedRow } from '../../source/domain/control-columns.ts';
import { parseFilter } from '../../source/domain/filter/parse.ts';
import { emptyMark, writeMark } from '../../source/domain/mark.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const row = (id: number, status = 'failed'): ExportedRow => ({
  ...(Object.fromEntries(controlColumns.map((column) => [column, null])) as ExportedRow),
  id: String(id),
  status,
});

const timedOut = new DatabaseError(
  'failed',
  'canceled',
  Object.assign(new Error('canceled'), { severity: 'ERROR', code: '57014' }),
);

/** Resolutions of a table in which operation `id + 100` resolves each failure. */
function resolutions(read: (failed: readonly number[]) => number | Error) {
  const asked: (readonly number[] | 'all')[] = [];
  let nowMs = 0;
  const known = createResolutions({
    async some(failed) {
      asked.push(failed);
      const took = read(failed);
      if (took instanceof Error) throw took;
      nowMs += took;
      return new Map(failed.map((id) => [id, id + 100]));
    },
    async all() {
      asked.push('all');
      return new Map([1, 2, 3, 4].map((id) => [id, id + 200]));
    },
    now: () => nowMs,
  });
  const page = async (...rows: ExportedRow[]) => {
    await known.learn(rows);
    return rows.map(known.of);
  };
  return { asked, page, known };
}

describe('the resolutions of an export', () => {
  it('are read for the failures of one page after the other', async () => {
    const { asked, page } = resolutions(() => 100);
    expect(await page(row(1), row(2, 'completed'), row(3))).toEqual([101, null, 103]);
    expect(await page(row(4, 'running'))).toEqual([null]);
    expect(await page(row(5))).toEqual([105]);
    expect(asked).toEqual([[1, 3], [5]]);
  });

  it.each([
    ['a minute of pages', [59_000, 2000, 0]],
    ['a page that takes too long', [100, 100, timedOut]],
  ])('are read of the whole table after %s', async (_, took) => {
    const left = [...took];
    const { asked, page } = resolutions(() => left.shift() ?? 0);
    expect([await page(row(1)), await page(row(2)), await page(row(3)), await page(row(4))]).toEqual([
      [101],
      [102],
      [203],
      [204],
    ]);
    expect(asked.filter((one) => one === 'all')).toHaveLength(1);
  });

  it('are unknown for the rest after an error, which is named', async () => {
    const left = [0, new Error('connection lost')];
    const { page, known } = resolutions(() => left.shift() ?? 0);
    expect([await page(row(1)), await page(row(2)), await page(row(3))]).toEqual([[101], [null], [null]]);
    expect(known.problem()).toBe('connection lost');
  });
});

it('only filters by a kind or a property read all failures of the table', () => {
  const needs = (text: string): boolean | null => {
    const parsed = parseFilter(text);
    return parsed.kind === 'wrong' ? null : needsTriage(parsed.filter);
  };
  expect(['status:failed table:cases id:1..5 !copy', 'since:15m', 'by:ana'].map(needs)).toEqual([false, false, false]);
  expect(['is:unresolved', '!kind:23505', 'is:stalled'].map(needs)).toEqual([true, true, true]);
});

describe('the failures of a table', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase({ schema: true });
  });
  afterAll(() => database?.drop());

  it('have the same resolutions page by page as of the whole table', async () => {
    const queries = [
      null,
      'SELECT * FROM cases LIMIT 10 OFFSET 20',
      'select * from cases  limit 10 offset 20',
      'SELECT * FROM cases WHERE id > 5 AND id <= 10',
      'SELECT * FROM cases WHERE id > $1',
      'SELECT * FROM cases',
    ];
    const one = fc.record({
      status: fc.constantFrom(
        'failed',
        'failed',
        'failed',
        'completed',
        'completed',
        'completed',
        'skipped',
        'running',
        'pending',
      ),
      table: fc.oneof({ weight: 9, arbitrary: fc.constant('cases') }, fc.constant('judges')),
      phase: fc.oneof({ weight: 9, arbitrary: fc.constant('execution') }, fc.constant('validation')),
      name: fc.oneof(
        fc.constantFrom('copy', 'retry_copy', 'copy_retry', 'batch_2'),
        fc.nat(19).map((id) => `retry_batch_${id + 1}`),
      ),
      query: fc.constantFrom(...queries, ...queries.slice(1, 4)),
      repeats: fc.option(fc.nat(19), { freq: 1 }),
      batch: fc.constantFrom(10, 1000),
      ended: fc.option(fc.nat(20), { freq: 8 }),
    });
    const tables = fc.sample(fc.array(one, { minLength: 14, maxLength: 20 }), { numRuns: 12, seed: 13 });
    let resolved = 0;
    for (const rows of tables) {
      await database.query('TRUNCATE migration_control RESTART IDENTITY');
      for (const [index, { status, table, phase, name, query, repeats, batch, ended }] of rows.entries())
        await database.query(
          `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
             source_query, validation_query, started_at, completed_at)
           VALUES ($1, $2, $3, $4::text, 10, 1000, $5, $6, $7, CASE WHEN $4 <> 'pending' THEN timestamp '2026-11-05 10:00' END,
             CASE WHEN $4 IN ('failed', 'completed', 'skipped') THEN timestamp '2026-11-05 10:00' + $8::int * interval '1 min' END)`,
          [
            ...[phase, table, name, status, batch, query],
            repeats === null || repeats === index
              ? null
              : writeMark(null, { ...emptyMark, run: 'dispatch', repeats: repeats + 1 }),
            ended,
          ],
        );
      await using opened = await openTable(database.url);
      const whole = resolutionsIn(await pollWithTriage(opened));
      const failed = rows.flatMap(({ status }, index) => (status === 'failed' ? [index + 1] : []));
      const paged = new Map<number, number>();
      for (const id of failed) for (const pair of await opened.completedBy([id])) paged.set(...pair);
      expect([...paged].sort(([a], [b]) => a - b)).toEqual([...whole].sort(([a], [b]) => a - b));
      expect(await opened.completedBy(failed)).toEqual(paged);
      resolved += whole.size;
    }
    expect(resolved).toBeGreaterThan(5);
  });
});
