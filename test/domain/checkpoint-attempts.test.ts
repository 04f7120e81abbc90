import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CheckpointCounting, checkpointOf, doneBefore } from '../../source/domain/checkpoint.ts';
import type { CheckpointRow } from '../../source/domain/checkpoint-rows.ts';
import type { Status } from '../../source/domain/operation.ts';

const limit = (offset: number) => `SELECT * FROM s ORDER BY id LIMIT 500 OFFSET ${offset}`;
const between = (offset: number) => `SELECT * FROM s WHERE id BETWEEN ${offset + 1} AND ${offset + 500}`;
const openKey = (offset: number) => `SELECT * FROM s WHERE id > ${offset} ORDER BY id LIMIT 500`;
const shard = () => 'SELECT * FROM s WHERE k = 1';

type Attempt = readonly [status: Status, records: number, offset?: number];

/** Rows of another program, one after the other; `null` is a row without times. */
function rowsOf(attempts: readonly Attempt[], query: (offset: number) => string | null = limit): CheckpointRow[] {
  return attempts.map(([status, recordsProcessed, offset = 0], index) => ({
    id: index + 1,
    phase: 'execution',
    tableName: 't',
    operation: 'copy',
    status,
    recordsProcessed,
    totalRecords: 3000,
    batchSize: 500,
    sourceQuery: query(offset),
    startedAt: 10 * index + 10,
    completedAt: status === 'running' ? null : 10 * index + 19,
    mark: null,
  }));
}

function at(rows: readonly CheckpointRow[], counting?: CheckpointCounting): number | string {
  const found = checkpointOf(rows, { run: null, operation: 'copy', counting });
  return found.kind === 'at' ? found.records : found.reason;
}

const both = (attempts: readonly Attempt[], query?: (offset: number) => string | null) => {
  const rows = rowsOf(attempts, query);
  return [at(rows), at(rows, 'batch')];
};

describe('the attempts at one range', () => {
  it.each([
    ['LIMIT and OFFSET', limit],
    ['BETWEEN', between],
    ['LIMIT after a key', openKey],
  ])('by %s add nothing to one that is completed', (_, query) => {
    for (const status of ['failed', 'skipped', 'running', 'completed'] as const) {
      for (const records of [300, 500]) {
        const first = ['completed', 500] as const;
        expect(both([first, [status, records]], query)).toEqual(['begun again', 'begun again']);
        expect(
          both(
            [
              ['completed', 200],
              [status, records],
            ],
            query,
          ),
        ).toEqual(['begun again', 'begun again']);
      }
    }
  });

  it('add nothing to one that is completed where the query does not say how many records it has', () => {
    // Batches above their size, so each row is an attempt at the whole query.
    const first = ['completed', 900] as const;
    expect(both([first, ['failed', 700]], shard)).toEqual(['begun again', 'begun again']);
    // Counters that rise may be cumulative.
    expect(at(rowsOf([first, ['completed', 1300]], shard))).toBe('either');
    expect(at(rowsOf([first, ['completed', 1300]], shard), 'cumulative')).toBe(1300);
  });

  it('have all of it if the last one completed it, whatever the ones before it did', () => {
    for (const query of [limit, between])
      for (const records of [1, 300, 500]) {
        const second = ['completed', 500] as const;
        expect(both([['failed', records], second], query)).toEqual([500, 500]);
        expect(both([['failed', 100], ['skipped', records], second], query)).toEqual([500, 500]);
        expect(both([['failed', records], second, ['completed', 500, 500]], query)).toEqual([1000, 1000]);
      }
    expect(
      both(
        [
          ['failed', 300],
          ['completed', 3000],
        ],
        shard,
      ),
    ).toEqual([3000, 3000]);
  });

  it('are taken in the order of their ids where their times do not say it', () => {
    const times = { startedAt: null, completedAt: null };
    const [failed, completed] = rowsOf([
      ['failed', 300],
      ['completed', 500],
    ]);
    if (failed === undefined || completed === undefined) throw new Error('There is a row missing.');
    expect(at([failed, { ...completed, ...times }])).toBe(500);
    expect(at([{ ...completed, id: 0, ...times }, failed])).toBe('begun again');
  });

  it('add up if each later one has fewer records and the last one is completed', () => {
    expect(
      both([
        ['failed', 300],
        ['completed', 200],
      ]),
    ).toEqual([500, 500]);
    expect(
      both([
        ['failed', 300],
        ['failed', 150],
        ['completed', 50],
      ]),
    ).toEqual([500, 500]);
    expect(
      both([
        ['failed', 300],
        ['completed', 200],
        ['completed', 500, 500],
      ]),
    ).toEqual([1000, 1000]);
    expect(
      both([
        ['failed', 300],
        ['completed', 500, 500],
        ['completed', 200],
      ]),
    ).toEqual([1000, 1000]);
  });

  it('may have begun again if a later one has as many records or more, or failed too: only the caller knows', () => {
    expect(
      both([
        ['failed', 200],
        ['completed', 300],
      ]),
    ).toEqual(['either', 500]);
    expect(
      both([
        ['failed', 200],
        ['completed', 200],
      ]),
    ).toEqual(['either', 400]);
    for (const status of ['failed', 'skipped', 'running'] as const)
      expect(
        both([
          ['failed', 300],
          [status, 200],
        ]),
      ).toEqual(['either', 500]);
    expect(
      both([
        ['failed', 200],
        ['completed', 300],
        ['completed', 500, 500],
      ]),
    ).toEqual(['either', 1000]);
  });

  it('have begun again if they have more records than the range', () => {
    for (const [first, second] of [[400, 300], [300, 400], [300, 300]] as const) // biome-ignore format: one line
      for (const status of ['completed', 'failed', 'running'] as const)
        expect(
          both([
            ['failed', first],
            [status, second],
          ]),
        ).toEqual(['begun again', 'begun again']);
    // A counter above the LIMIT counts all records up to the end of the range.
    expect(
      both([
        ['failed', 500, 500],
        ['completed', 1000, 500],
      ]),
    ).toEqual([1000, 1000]);
    expect(
      both([
        ['completed', 1000, 500],
        ['completed', 400, 500],
      ]),
    ).toEqual(['begun again', 'begun again']);
    expect(
      both([
        ['failed', 1000, 500],
        ['completed', 400, 500],
      ]),
    ).toEqual(['begun again', 'begun again']);
  });

  it('do not begin at the first record if the range does not', () => {
    for (const query of [limit, between, openKey]) {
      expect(both([['completed', 500, 500]], query)).toEqual(['gap', 'gap']);
      expect(
        both(
          [
            ['failed', 300, 500],
            ['completed', 200, 500],
          ],
          query,
        ),
      ).toEqual(['gap', 'gap']);
      expect(
        both(
          [
            ['completed', 500, 0],
            ['completed', 500, 1000],
          ],
          query,
        ),
      ).toEqual(['gap', 'gap']);
    }
    // Parts by a value are not known to be the first records.
    const shards = (offset: number) => `SELECT * FROM s WHERE k = ${offset}`;
    expect(
      both(
        [
          ['completed', 500],
          ['completed', 500, 500],
        ],
        shards,
      ),
    ).toEqual(['gap', 'gap']);
    // With a parameter, the text does not say which range it is.
    const parameter = () => 'SELECT * FROM s WHERE id > $1 ORDER BY id LIMIT 500';
    expect(
      both(
        [
          ['completed', 500],
          ['completed', 500],
        ],
        parameter,
      ),
    ).toEqual([1000, 1000]);
  });

  it.each([
    'ORDER BY id LIMIT 500 OFFSET 500 FOR UPDATE SKIP LOCKED',
    'ORDER BY id OFFSET 500',
    'ORDER BY id OFFSET 500 ROWS FETCH NEXT 500 ROWS WITH TIES',
    'WHERE id > 500 LIMIT 500',
    'WHERE s.id > 500 ORDER BY id LIMIT 500',
    'WHERE 500 < id ORDER BY id LIMIT 500',
    'WHERE (id) > 500 ORDER BY id LIMIT 500',
    "WHERE (d, id) > ('2024-01-17', 500) ORDER BY d, id LIMIT 500",
    'WHERE id BETWEEN 501 AND 1000 AND amount > 0',
    'WHERE 501 <= id AND id <= 1000',
    "WHERE d >= '2024-02-01' AND d < '2024-03-01'",
    "WHERE d BETWEEN '2024-02-01' AND '2024-02-29'",
    'WHERE id % 4 = 1',
    'WHERE mod(id, 4) = 1',
    'WHERE id IN (501, 502, 503)',
    "WHERE id = ANY ('{501,502,503}')",
  ])('are not the first records of the table: %s', (end) => {
    const query = () => `SELECT * FROM s ${end}`;
    expect(both([['completed', 300]], query)).toEqual(['gap', 'gap']);
    const [first, later] = rowsOf(
      [
        ['completed', 500],
        ['completed', 300],
      ],
      query,
    );
    if (first === undefined || later === undefined) throw new Error('There is a row missing.');
    // Behind 500 records, only a LIMIT and OFFSET shows that it goes on there.
    const goesOn = /LIMIT 500 OFFSET|FETCH/.test(end);
    expect(at([{ ...first, sourceQuery: null }, later])).toBe(goesOn ? 800 : 'gap');
  });

  it.each([
    'ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED',
    'WHERE id > 0 ORDER BY id LIMIT 500',
    'WHERE id BETWEEN 1 AND 500 AND amount > 0',
    'WHERE NOT deleted ORDER BY id',
    "WHERE made > '2020-01-01'",
  ])('may be the first records of the table: %s', (end) => {
    expect(both([['completed', 300]], () => `SELECT * FROM s ${end}`)).toEqual([300, 300]);
  });

  it('have no counters of other ranges, and no names that join them', () => {
    // More than the keys of the range.
    expect(at(rowsOf([['completed', 1000]], between))).toBe('either');
    expect(at(rowsOf([['completed', 1000, 500]], between))).toBe('gap');
    expect(
      at(
        rowsOf(
          [
            ['completed', 500],
            ['completed', 600, 500],
          ],
          between,
        ),
      ),
    ).toBe('either');
    for (const operation of ['copy_retry', 'retry_batch_1']) {
      const [failed, retry] = rowsOf([
        ['failed', 300],
        ['completed', 500, 500],
      ]);
      if (failed === undefined || retry === undefined) throw new Error('There is a row missing.');
      expect(at([failed, { ...retry, operation }])).toBe('gap');
    }
  });

  it('count no more than the figures of the table, where their order is unknown', () => {
    const query = () => 'SELECT * FROM s WHERE id > $1 ORDER BY id LIMIT 500';
    const [completed, running] = rowsOf(
      [
        ['completed', 500],
        ['running', 200],
      ],
      query,
    );
    if (completed === undefined || running === undefined) throw new Error('There is a row missing.');
    const unsized = { batchSize: null, startedAt: null, completedAt: null };
    expect(
      at([
        { ...completed, batchSize: null },
        { ...running, ...unsized },
      ]),
    ).toBe('either');
  });

  it('count for one operation in the same way', () => {
    const done = (attempts: readonly Attempt[], counting?: CheckpointCounting) => {
      const [own, ...rows] = rowsOf([['running', 0], ...attempts]);
      if (own === undefined) throw new Error('There is no row.');
      const found = doneBefore(own, rows, { run: null, counting, now: 0 });
      return found.kind === 'at' ? found.records : found.reason;
    };
    for (const counting of [undefined, 'batch', 'own'] as const) {
      expect(
        done(
          [
            ['failed', 400],
            ['failed', 300],
          ],
          counting,
        ),
      ).toBe('begun again');
      expect(done([['failed', 400]], counting)).toBe(400);
    }
    expect(
      done([
        ['failed', 300],
        ['failed', 200],
      ]),
    ).toBe('either');
    expect(
      done(
        [
          ['failed', 300],
          ['failed', 200],
        ],
        'batch',
      ),
    ).toBe(500);
    expect(
      done(
        [
          ['completed', 400],
          ['failed', 50],
        ],
        'batch',
      ),
    ).toBe('begun again');
    expect(
      done(
        [
          ['failed', 400],
          ['failed', 300],
        ],
        'cumulative',
      ),
    ).toBe(400);
  });
});

/** Attempts at ranges of one table, by a program that continues a failed attempt, or begins again from the start of the range. */
const program = fc.record({
  /** Begun again: the records of an attempt that is not completed are removed, or kept and written over. */
  retries: fc.constantFrom('continues', 'removes', 'keeps'),
  query: fc.constantFrom(limit, between, openKey),
  ranges: fc.array(
    fc.record({
      /** How many records it has, by its number of ids. */
      size: fc.oneof(fc.constant(500), fc.integer({ min: 1, max: 500 })),
      parts: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { maxLength: 3 }),
      status: fc.constantFrom('failed' as const, 'skipped' as const),
      isCompleted: fc.boolean(),
      /** Whether the range is done again after it was completed: how far, if it fails then. */
      again: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true })),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

it('count no record that is not in the target', () => {
  let counted = 0;
  fc.assert(
    fc.property(program, ({ retries, query, ranges }) => {
      const attempts: Attempt[] = [];
      const target = new Set<number>();
      let first = 0;
      for (const [index, { size: given, parts, status, isCompleted, again }] of ranges.entries()) {
        // LIMIT reads fewer records only at the end of the table.
        const size = query === between || index === ranges.length - 1 ? given : 500;
        const from = first;
        const fill = (count: number, to: boolean): void => {
          for (let record = from; record < from + count; record++) to ? target.add(record) : target.delete(record);
        };
        let done = 0;
        for (const part of parts) {
          const records = Math.ceil(part * (retries === 'continues' ? size - done : size));
          if (records === 0) continue;
          if (retries === 'removes') fill(size, false);
          attempts.push([status, records, 500 * index]);
          done = retries === 'continues' ? done + records : records;
          fill(done, true);
        }
        if (isCompleted && (retries !== 'continues' || done < size)) {
          attempts.push(['completed', retries === 'continues' ? size - done : size, 500 * index]);
          fill(size, true);
          if (again !== null) {
            if (retries !== 'keeps') fill(size, false);
            fill(Math.ceil(again * size), true);
            attempts.push([status, Math.ceil(again * size), 500 * index]);
          }
        }
        first += size;
      }
      const found = checkpointOf(rowsOf(attempts, query), { run: null, operation: 'copy' });
      if (found.kind === 'ambiguous') return;
      counted++;
      const missing = Array.from({ length: found.records }, (_, record) => record).filter(
        (record) => !target.has(record),
      );
      expect(missing).toEqual([]);
    }),
    { numRuns: Number(process.env.MIGTOP_HISTORIES ?? 2000), seed: Number(process.env.MIGTOP_SEED ?? 1) },
  );
  expect(counted).toBeGreaterThan(0);
});
