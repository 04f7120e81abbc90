import fc from 'fast-check';
import * as parser from 'pgsql-ast-parser';
import { describe, expect, it } from 'vitest';
import { createCoverage } from '../../../source/domain/source-ranges/coverage.ts';
import { createRangeReader } from '../../../source/domain/source-ranges/query-range.ts';

const reader = createRangeReader(parser);

describe('the range of a source query', () => {
  it.each([
    ['SELECT * FROM a LIMIT 500 OFFSET 1000', null, 1000, 1500],
    ['SELECT * FROM a ORDER BY id LIMIT 500', null, 0, 500],
    ['select x, y from "A b" order by 1 limit 10 offset 20;', null, 20, 30],
    ['SELECT * FROM a WHERE id > 100 AND id <= 200', 'id', 101, 201],
    ['SELECT * FROM a WHERE id >= 100 AND id < 200', 'id', 100, 200],
    ['SELECT * FROM a WHERE 100 <= id AND 200 > id', 'id', 100, 200],
    ['SELECT * FROM a WHERE id BETWEEN 5 AND 9', 'id', 5, 10],
    ['SELECT * FROM a x WHERE x.id BETWEEN 5 AND 9 AND x.kind = 3', 'x.id', 5, 10],
    ["SELECT * FROM a WHERE id > '100' AND id <= '200'::int", 'id', 101, 201],
    ['SELECT * FROM a WHERE id::bigint > -10 AND id <= -5', 'id', -9, -4],
    ['SELECT \'id > 7\', "9" FROM a1 /* 3 */ WHERE id > 1 AND id <= 2 -- 4', 'id', 2, 3],
    ['SELECT * FROM a JOIN b ON a.id = b.id WHERE a.id >= 0 AND a.id < 10', 'a.id', 0, 10],
  ])('%s', (query, column, from, to) => {
    expect(reader.read(query)).toMatchObject({ column, from, to });
    expect(reader.read(reader.rewrite(query, from, to) ?? query)).toEqual(reader.read(query));
  });

  it.each([
    'SELECT * FROM a',
    'SELECT * FROM a WHERE id > 100',
    'SELECT * FROM a WHERE id > 100 ORDER BY id LIMIT 10',
    'SELECT * FROM a WHERE id > 100 OR id <= 200',
    'SELECT * FROM a WHERE id NOT BETWEEN 1 AND 2',
    'SELECT * FROM a WHERE id > 1 AND id <= 2 AND n > 1 AND n <= 2',
    'SELECT * FROM a WHERE id IN (1, 2)',
    "SELECT * FROM a WHERE day > '2026-01-01' AND day <= '2026-02-01'",
    'SELECT * FROM a WHERE id > 5 AND id <= 5',
    'SELECT * FROM a LIMIT 10 OFFSET $1',
    'SELECT 1; SELECT * FROM a LIMIT 10',
    'DELETE FROM a WHERE id > 1 AND id <= 2',
    'not SQL at all (((',
    '',
  ])('is unknown for: %s', (query) => {
    expect(reader.read(query)).toBeNull();
  });

  it('keeps queries apart that read other rows', () => {
    const groups = [
      'SELECT * FROM a WHERE tenant = 1 AND id > 0 AND id <= 10',
      'SELECT * FROM a WHERE tenant = 2 AND id > 10 AND id <= 20',
      'SELECT * FROM b WHERE tenant = 1 AND id > 10 AND id <= 20',
    ].map((query) => reader.read(query)?.group);
    expect(new Set(groups).size).toBe(3);
    expect(reader.read('SELECT id FROM a WHERE id > 30 AND tenant = 1 AND id <= 40')?.group).toBe(groups[0]);
  });

  it('is written into a query of the same form', () => {
    expect(reader.rewrite('SELECT * FROM a9 WHERE id > 100 AND id <= 200 -- 7', 301, 401)).toBe(
      'SELECT * FROM a9 WHERE id > 300 AND id <= 400 -- 7',
    );
    expect(reader.rewrite('SELECT * FROM a LIMIT 5 OFFSET 10', 20, 23)).toBe('SELECT * FROM a LIMIT 3 OFFSET 20');
    expect(reader.rewrite('SELECT * FROM a LIMIT 5', 20, 23)).toBeNull();
  });
});

/** A query for the records `from` to `to` (exclusive), in one of the forms that workers use. */
const forms: readonly ((from: number, to: number) => string)[] = [
  (from, to) => `SELECT * FROM source ORDER BY id LIMIT ${to - from} OFFSET ${from}`,
  (from, to) => `SELECT * FROM source WHERE id > ${from - 1} AND id <= ${to - 1}`,
  (from, to) => `SELECT * FROM source WHERE id BETWEEN ${from} AND ${to - 1} AND kind = 7`,
  (from, to) => `SELECT a, ${from} FROM source s WHERE s.id >= ${from} AND ${to} > s.id`,
];

interface Batch {
  readonly from: number;
  readonly to: number;
  readonly status: string;
}

const batches = fc.array(
  fc
    .record({
      from: fc.nat(60),
      size: fc.integer({ min: 1, max: 12 }),
      status: fc.constantFrom('completed', 'pending', 'failed'),
    })
    .map(({ from, size, status }): Batch => ({ from, to: from + size, status })),
  { minLength: 2, maxLength: 12 },
);

describe('the coverage of generated ranges', () => {
  it('has exactly the records that are in no range, and tells whether any is in two', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 0, max: forms.length - 1 }), (given, form) => {
        const query = forms[form] ?? String;
        const collector = createCoverage(reader);
        given.forEach(({ from, to, status }, index) => {
          collector.add({
            id: index + 1,
            tableName: 't',
            status,
            sourceQuery: query(from, to),
            recordsProcessed: null,
          });
        });
        const [group, another] = collector.coverage().groups;
        expect(another).toBeUndefined();
        const isDistinct = new Set(given.map(({ from, to }) => `${from} ${to}`)).size > 1;
        const first = form === 0 ? 0 : Math.min(...given.map(({ from }) => from));
        const end = Math.max(...given.map(({ to }) => to));
        const records = Array.from({ length: end - first }, (_, index) => first + index);
        const missing = isDistinct
          ? records.filter((record) => !given.some(({ from, to }) => from <= record && record < to))
          : [];
        const holes = group?.holes.flatMap(({ from, to }) =>
          Array.from({ length: to - from }, (_, index) => from + index),
        );
        expect(holes).toEqual(missing);
        const doubled = records.filter(
          (record) =>
            given.filter(({ from, to, status }) => status !== 'failed' && from <= record && record < to).length > 1,
        );
        const overlapping = new Set(
          group?.overlaps.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)),
        );
        expect([...overlapping].toSorted((a, b) => a - b)).toEqual(doubled);
      }),
    );
  });

  it('has no hole for one work that was tried several times', () => {
    const collector = createCoverage(reader);
    for (const [id, status] of [
      [1, 'failed'],
      [2, 'completed'],
    ] as const)
      collector.add({
        id,
        tableName: 't',
        status,
        sourceQuery: 'SELECT * FROM case_files LIMIT 200 OFFSET 2300',
        recordsProcessed: 200,
      });
    collector.add({
      id: 3,
      tableName: 't',
      status: 'completed',
      sourceQuery: 'SELECT count(*) FROM x',
      recordsProcessed: 1,
    });
    const { groups, untold } = collector.coverage();
    expect(groups).toMatchObject([{ operations: 2, holes: [], overlaps: [] }]);
    expect([...untold]).toEqual([['t', 1]]);
  });
  it.each([
    [2300, []],
    [2000, [{ from: 0, to: 300, after: 1 }]],
    [200, [{ from: 0, to: 2300, after: 1 }]],
    [null, [{ from: 0, to: 2300, after: 1 }]],
  ])(
    'has the batches before the last one of an operation that writes a query for each: %s records',
    (records, holes) => {
      const collector = createCoverage(reader);
      const add = (id: number, status: string, offset: number, recordsProcessed: number | null) =>
        collector.add({
          id,
          tableName: 't',
          status,
          sourceQuery: `SELECT * FROM case_files LIMIT 200 OFFSET ${offset}`,
          recordsProcessed,
        });
      add(1, 'failed', 2300, records);
      add(2, 'completed', 2300, 200);
      add(3, 'pending', 2500, 0);
      expect(collector.coverage().groups).toMatchObject([{ holes, overlaps: [] }]);
    },
  );
});
