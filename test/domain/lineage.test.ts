import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attempt, attemptsOf, attemptsOfRow, canonicalQuery, limitsOf } from '../../source/domain/lineage.ts';
import { emptyMark, type Mark } from '../../source/domain/mark.ts';

const row = (id: number, given: Partial<Attempt> = {}): Attempt => ({
  id,
  phase: 'execution',
  tableName: 'cases',
  operation: 'batch_migration',
  status: 'failed',
  recordsProcessed: 0,
  totalRecords: 10_000,
  batchSize: 500,
  sourceQuery: null,
  startedAt: null,
  completedAt: null,
  mark: null,
  ...given,
});

const repeats = (id: number): Mark => ({ ...emptyMark, repeats: id });
const groups = (rows: readonly Attempt[]) => attemptsOf(rows).map((group) => group.map(({ id }) => id));

const all = 'SELECT * FROM case_files';
const range = `${all} LIMIT 500 OFFSET 1000`;

it('are rows that the library marked, whatever they are called and however many there are', () => {
  const rows = [
    row(1),
    row(2, { operation: 'b', mark: repeats(1) }),
    row(3, { operation: 'c', mark: repeats(2) }),
    row(4),
  ];
  expect(groups(rows)).toEqual([[1, 2, 3], [4]]);
  // The row that is repeated may be gone, or of another table.
  expect(groups([row(1), row(3, { mark: repeats(2) }), row(4, { tableName: 'files', mark: repeats(1) })])).toEqual([
    [1],
    [3],
    [4],
  ]);
});

it('are rows with a query that names the same range', () => {
  const same = [
    range,
    'select *  from case_files\n offset 1000 limit 500;',
    `${all} OFFSET 1000 ROWS FETCH NEXT 500 ROWS ONLY`,
  ];
  expect(groups(same.map((sourceQuery, at) => row(at + 1, { sourceQuery, operation: `o${at}` })))).toEqual([[1, 2, 3]]);
  const others = [
    range,
    `${all} LIMIT 500 OFFSET 1500`,
    `${all} LIMIT 500`,
    all,
    `${all} WHERE id < 9 LIMIT 500 OFFSET 1000`,
  ];
  expect(groups(others.map((sourceQuery, at) => row(at + 1, { sourceQuery })))).toEqual([[1], [2], [3], [4], [5]]);
  const columns = [
    `${all} WHERE id BETWEEN 1 AND 1000`,
    `${all} WHERE id >= 1 AND id <= 1000`,
    `${all} WHERE id BETWEEN 1 AND 100`,
  ];
  expect(groups(columns.map((sourceQuery, at) => row(at + 1, { sourceQuery })))).toEqual([[1, 2], [3]]);
});

it('are not rows of another phase or table, nor rows without a query', () => {
  expect(groups([row(1, { sourceQuery: range }), row(2, { sourceQuery: range, phase: 'rollback' })])).toEqual([
    [1],
    [2],
  ]);
  expect(groups([row(1, { sourceQuery: range }), row(2, { sourceQuery: range, tableName: 'x' })])).toEqual([[1], [2]]);
  expect(groups([row(1), row(2)])).toEqual([[1], [2]]);
});

describe('a name', () => {
  it('alone says nothing', () => {
    expect(
      groups([row(15), row(16, { operation: 'retry_batch_15' }), row(17, { operation: 'batch_migration_retry' })]),
    ).toEqual([[15], [16], [17]]);
  });

  it('of a retry says it together with the query', () => {
    const of = (id: number, operation: string) => row(id, { operation, sourceQuery: all });
    expect(groups([of(10, 'batch_migration'), of(13, 'batch_migration_retry')])).toEqual([[10, 13]]);
    expect(groups([of(10, 'a'), of(11, 'b'), of(13, 'retry_batch_10'), of(14, 'retry_b')])).toEqual([
      [10, 13],
      [11, 14],
    ]);
    // The fifteenth batch, not the row 15.
    expect(groups([of(15, 'batch_2'), of(16, 'batch_15'), of(17, 'retry_batch_15')])).toEqual([[15], [16, 17]]);
    // Retries of retries.
    for (const [second, third] of [
      ['retry_load', 'retry_retry_load'],
      ['load_retry', 'load_retry_retry'],
      ['load_retry', 'retry_load_retry_2'],
      ['retry_batch_20', 'retry_retry_batch_20'],
      ['retry_batch_20', 'retry_batch_21'],
      ['retry_load', 'retry_load_2'],
    ] as const)
      expect(groups([of(20, 'load'), of(21, second), of(22, third)]), third).toEqual([[20, 21, 22]]);
    // Not the second one of `load`: there is a row of that name.
    expect(groups([of(20, 'load'), of(21, 'retry_load'), of(22, 'load_2'), of(23, 'retry_load_2')])).toEqual([
      [20, 21],
      [22, 23],
    ]);
    expect(groups([of(20, 'load'), of(21, 'again'), of(22, 'last')])).toEqual([[20], [21], [22]]);
    // It is unknown which of the two it repeats.
    expect(groups([of(1, 'batch_migration'), of(2, 'batch_migration'), of(3, 'batch_migration_retry')])).toEqual([
      [1],
      [2],
      [3],
    ]);
  });
});

it('are rows of one query without a range only if they are not its batches', () => {
  const of = (id: number, given: Partial<Attempt> = {}) => row(id, { sourceQuery: all, ...given });
  expect(groups([of(1), of(2)])).toEqual([[1], [2]]);
  expect(groups([of(1, { operation: 'batch_1' }), of(2, { operation: 'batch_2', recordsProcessed: 4000 })])).toEqual([
    [1],
    [2],
  ]);
  expect(groups([of(1, { recordsProcessed: 4000 }), of(2)])).toEqual([[1, 2]]);
  expect(groups([of(1, { mark: { ...emptyMark, from: 0, ofOperation: true } }), of(2)])).toEqual([[1, 2]]);
  expect(groups([of(1, { batchSize: 500, totalRecords: 300 }), of(2, { batchSize: 500, totalRecords: 300 })])).toEqual([
    [1, 2],
  ]);
});

it('are not rows with a parameter in their query', () => {
  for (const open of [
    `${all} WHERE id > $1 AND id <= $2`,
    `${all} WHERE id > :first LIMIT 500`,
    `${all} ORDER BY id LIMIT 500 OFFSET ?`,
    `${all} WHERE id > 0 LIMIT %s`,
    `${all} LIMIT 500 OFFSET {offset}`,
  ]) {
    const of = (id: number, given: Partial<Attempt> = {}) =>
      row(id, { sourceQuery: open, batchSize: 1000, totalRecords: 1000, ...given });
    expect(groups([of(1, { status: 'completed' }), of(2), of(3, { recordsProcessed: 4000 })])).toEqual([[1], [2], [3]]);
    expect(groups([of(1), of(2, { operation: 'batch_migration_retry' })])).toEqual([[1, 2]]);
  }
  const quoted = `${all} WHERE at >= '2026-01-01 00:00:00'::timestamp AND name < '$1 :x ?' LIMIT 500`;
  expect(groups([row(1, { sourceQuery: quoted }), row(2, { sourceQuery: quoted })])).toEqual([[1, 2]]);
});

it('are not rows of one query that was completed twice with totals of their own', () => {
  const of = (id: number, status: Attempt['status']) =>
    row(id, { sourceQuery: all, batchSize: 1000, totalRecords: 1000, status });
  expect(groups([of(1, 'completed'), of(2, 'failed'), of(3, 'completed')])).toEqual([[1], [2], [3]]);
  expect(groups([of(1, 'failed'), of(2, 'completed')])).toEqual([[1, 2]]);
});

it('are the same in any order of arrival, and each row is in one group', () => {
  const names = fc.constantFrom('batch_migration', 'batch_migration_retry', 'retry_batch_3', 'batch_3', 'copy');
  const queries = fc.constantFrom(null, all, range, `${all} LIMIT 500`);
  const marks = fc.option(fc.integer({ min: 1, max: 8 }).map(repeats), { freq: 2 });
  const given = fc.record({
    operation: names,
    sourceQuery: queries,
    mark: marks,
    recordsProcessed: fc.constantFrom(0, 300, 4000),
  });
  const rows = fc.array(given, { minLength: 1, maxLength: 8 }).map((list) => list.map((one, at) => row(at + 1, one)));
  fc.assert(
    fc.property(
      rows.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
      ([list, shuffled]) => {
        expect(groups(shuffled)).toEqual(groups(list));
        expect(
          groups(list)
            .flat()
            .sort((a, b) => a - b),
        ).toEqual(list.map(({ id }) => id));
        for (const { id } of list) expect(attemptsOfRow(shuffled, id).map((one) => one.id)).toContain(id);
      },
    ),
  );
});

it('compares queries without comments, case and spacing, but not what is quoted', () => {
  expect(canonicalQuery('SELECT \'A  b\' -- note\n FROM  "T t" /* x */ WHERE a = 1;')).toBe(
    canonicalQuery('select \'A  b\' from "T t" where a=1'),
  );
  expect(canonicalQuery("SELECT 'A b'")).not.toBe(canonicalQuery("SELECT 'a b'"));
  expect(canonicalQuery("SELECT 'a  b'")).not.toBe(canonicalQuery("SELECT 'a b'"));
  expect(limitsOf(range)).toEqual({ base: 'select * from case_files', limit: 500, offset: 1000 });
  expect(limitsOf(`${all} limit 7`)).toMatchObject({ limit: 7, offset: 0 });
  expect(limitsOf(`${all} OFFSET 7`)).toBeNull();
  expect(limitsOf(`${all} LIMIT $1`)).toBeNull();
});

it('are a row and the retry that names it, also with a lower id if that waits in the queue or began later', () => {
  const failed = row(20, { operation: 'copy', sourceQuery: all, startedAt: 100 });
  const named = (given: Partial<Attempt>) => row(7, { operation: 'retry_batch_20', sourceQuery: all, ...given });
  for (const retry of [{ status: 'pending' }, { status: 'completed', startedAt: 200 }] as const)
    expect(groups([failed, named(retry)])).toEqual([[7, 20]]);
  for (const batch of [{ status: 'completed', startedAt: 50 }, { status: 'completed' }] as const)
    expect(groups([failed, named(batch)])).toEqual([[7], [20]]);
});
