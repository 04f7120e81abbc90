import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attemptOf } from '../../source/domain/held-failures.ts';
import { emptyMark, writeMark } from '../../source/domain/mark.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { repeatedWorks } from '../../source/domain/repeated-works.ts';
import { otherAttempts } from '../../source/domain/resolved-failures.ts';
import { evidenceOf, inOrderOfId } from '../../source/domain/works.ts';
import { noAttemptQueries, putAttempt, takeAttempt, worksOfQueries } from '../../source/polling/attempts.ts';
import { createFailureLineage } from '../../source/polling/failure-lineage.ts';
import { operation } from '../domain/build.ts';

const attempt = (id: number, status: Operation['status'], completedAt: number | null): Operation =>
  operation({ id, status, startedAt: id, completedAt, sourceQuery: 'SELECT * FROM cases LIMIT 500 OFFSET 1000' });

/** A table of these rows, whose lineage reads what it wants. */
function followed(...rows: readonly Operation[]) {
  const kept = { rows: 0 };
  const lineage = createFailureLineage(kept);
  const table = new Map<number, Operation>();
  const write = (row: Operation): void => {
    table.set(row.id, row);
    if (row.status === 'failed') lineage.put(row.id, evidenceOf(row));
    else lineage.offer([evidenceOf(row)]);
  };
  for (const row of rows) write(row);
  const read = () => {
    const ids = lineage.wanted(5000);
    lineage.take(ids, table);
    return { ids: ids.toSorted((a, b) => a - b), resolved: [...lineage.resolve()].map(({ id, by }) => [id, by]) };
  };
  return { lineage, write, read, table, kept };
}

it('reads of the attempts at one work only those that changed, and those that are open', () => {
  const { write, read, kept } = followed(
    attempt(1, 'failed', 10),
    attempt(2, 'skipped', 11),
    attempt(3, 'running', null),
    attempt(5, 'failed', 10),
  );
  expect(read()).toEqual({
    ids: [1, 2, 3, 5],
    resolved: [
      [1, null],
      [5, null],
    ],
  });
  expect(read()).toEqual({ ids: [], resolved: [] });
  write(attempt(4, 'completed', 12));
  expect(read()).toEqual({
    ids: [3, 4],
    resolved: [
      [1, 4],
      [5, 4],
    ],
  });
  write(attempt(1, 'failed', 13));
  expect(read()).toEqual({
    ids: [1, 3],
    resolved: [
      [1, null],
      [5, 4],
    ],
  });
  expect(kept.rows).toBe(4);
});

it('reads all of them again after those that are kept were forgotten', () => {
  const { lineage, write, read, table, kept } = followed(attempt(1, 'failed', 10), attempt(2, 'completed', 11));
  expect(read().resolved).toEqual([[1, 2]]);
  table.delete(2);
  lineage.forget();
  expect(kept.rows).toBe(0);
  write(attempt(3, 'running', null));
  expect(read()).toEqual({ ids: [1, 2, 3], resolved: [[1, null]] });
});

it('finds the completed attempt of a failure that came after more rows of its query than are compared', () => {
  const completed = Array.from({ length: 2050 }, (_, index) => attempt(index + 2, 'completed', index + 2));
  const { write, read } = followed(attempt(1, 'failed', 1), ...completed);
  expect(read().resolved).toEqual([[1, 2]]);
  write(attempt(3000, 'failed', 3000));
  expect(read().resolved).toEqual([
    [1, 2],
    [3000, null],
  ]);
  write(attempt(3001, 'running', null));
  write(attempt(3001, 'completed', 3001));
  expect(read().resolved).toEqual([
    [1, 2],
    [3000, 3001],
  ]);
});

it('finds the same attempt of each of hundreds of failures of one query, in any order of arrival', () => {
  const rows = Array.from({ length: 1200 }, (_, index) =>
    attempt(index + 1, index % 3 === 2 ? 'completed' : 'failed', index + 1 - (index % 7)),
  );
  const expected = new Map(otherAttempts(rows.map(attemptOf)).resolved);
  expect([...expected.values()].filter((by) => by === null).length).toBeLessThan(5);
  for (const order of [rows, rows.toReversed(), rows.toSorted((a, b) => (a.id % 11) - (b.id % 11))])
    expect(decided(order)).toEqual(expected);
});

/** A row that the library marked: it repeats another one. */
const repetition = (
  id: number,
  status: Operation['status'],
  repeats: number | null,
  sourceQuery: string | null = null,
) =>
  operation({
    ...{ id, status, startedAt: id, completedAt: status === 'running' ? null : id, sourceQuery },
    validationQuery: repeats === null ? null : writeMark(null, { ...emptyMark, run: 'dispatch', repeats }),
  });

it.each([
  ['three failures', ['failed', 'failed', 'failed', 'completed']],
  ['a skipped one', ['failed', 'skipped', 'completed']],
  ['two skipped ones and an open one', ['failed', 'skipped', 'failed', 'skipped', 'running']],
] as const)('follows what the library repeated over %s, in any order of arrival', (_, statuses) => {
  const rows = statuses.map((status, index) => repetition(index + 1, status, index === 0 ? null : index));
  const expected = otherAttempts(rows.map(attemptOf));
  fc.assert(
    fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (order) => {
      expect(decided(order)).toEqual(new Map(expected.resolved));
    }),
  );
});

it('finds what domain/lineage.ts finds, whatever repeats what', () => {
  const status = fc.constantFrom<Operation['status'][]>('failed', 'skipped', 'completed', 'running');
  const one = fc.record({ status, repeats: fc.option(fc.nat(11)), query: fc.option(fc.constantFrom('a', 'b')) });
  fc.assert(
    fc.property(fc.array(one, { minLength: 2, maxLength: 12 }), fc.infiniteStream(fc.nat()), (given, order) => {
      const rows = given.map(({ status: of, repeats, query }, index) =>
        repetition(
          ...([index + 1, of, repeats === null || repeats === index ? null : repeats + 1] as const),
          query === null ? null : `SELECT * FROM ${query} LIMIT 10 OFFSET 20`,
        ),
      );
      const shuffled = rows.map((row) => ({ row, at: order.next().value as number })).sort((a, b) => a.at - b.at);
      const { resolved } = otherAttempts(rows.map(attemptOf));
      expect(decided(shuffled.map(({ row }) => row))).toEqual(new Map(resolved));
    }),
  );
});

/**
 * The resolution of each failure after all rows have arrived in an order; null for those without another attempt, which are
 * unresolved.
 */
function decided(order: readonly Operation[]): Map<number, number | null> {
  const { lineage, table } = followed(...order);
  const found = new Map(order.filter(({ status }) => status === 'failed').map(({ id }) => [id, null as number | null]));
  // As the totals do it.
  while (lineage.hasGrown()) for (const row of order) if (row.status !== 'failed') lineage.offer([evidenceOf(row)]);
  while (lineage.isChanged()) {
    lineage.take(lineage.wanted(1000), table);
    for (const { id, by } of lineage.resolve()) found.set(id, by);
  }
  return found;
}

it('keeps the attempts of a work as the same list until one of them changes', () => {
  const attempts = new Map();
  const ranges = noAttemptQueries();
  const row = (id: number, status: Operation['status'], offset: number) =>
    evidenceOf(operation({ id, status, sourceQuery: `SELECT * FROM cases LIMIT 500 OFFSET ${offset}` }));
  const rows = [row(5, 'running', 500), row(2, 'failed', 0), row(4, 'completed', 0), row(1, 'failed', 500)];
  for (const one of rows) putAttempt(attempts, ranges, one, true);
  const before = worksOfQueries(ranges);
  expect(before).toEqual(inOrderOfId(repeatedWorks(rows)));
  expect(before.map((work) => work.map(({ id }) => id))).toEqual([
    [1, 5],
    [2, 4],
  ]);
  const ended = row(5, 'completed', 500);
  takeAttempt(attempts, ranges, rows[0] ?? ended);
  expect(worksOfQueries(ranges)).toEqual([before[1]]);
  putAttempt(attempts, ranges, ended, true);
  const after = worksOfQueries(ranges);
  expect(after[0]).toEqual([rows[3], ended]);
  expect(after[1]).toBe(before[1]);
});
