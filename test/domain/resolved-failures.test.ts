import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptOf } from '../../source/domain/held-failures.ts';
import { isLater } from '../../source/domain/later.ts';
import { otherAttempts } from '../../source/domain/resolved-failures.ts';
import { junctionRows, operation } from './build.ts';

const query = 'SELECT * FROM legacy.cases ORDER BY id LIMIT 500 OFFSET 500';
const row = (id: number, given: Parameters<typeof operation>[0]) =>
  attemptOf(operation({ id, sourceQuery: query, ...given }));

describe('a failure', () => {
  it('is resolved by operation 13 in the worked example of the specification', () => {
    const sourceQuery = 'SELECT * FROM case_files LIMIT 200 OFFSET 2300';
    const rows = junctionRows.map((one) => ([10, 13].includes(one.id) ? { ...one, sourceQuery } : one));
    expect(otherAttempts(rows.map(attemptOf)).resolved).toEqual(new Map([[10, 13]]));
  });

  it('is resolved by the completed attempt that ended later, not by one that ended before it', () => {
    const failed = row(10, { status: 'failed', completedAt: 100 });
    const completed = (completedAt: number | null) => row(13, { status: 'completed', completedAt });
    expect(otherAttempts([failed, completed(200)]).resolved.get(10)).toBe(13);
    expect(otherAttempts([failed, completed(50)]).resolved.get(10)).toBeNull();
    // Without timestamps, the ids decide.
    expect(otherAttempts([failed, completed(null)]).resolved.get(10)).toBe(13);
    expect(
      otherAttempts([row(14, { status: 'failed', completedAt: 100 }), completed(null)]).resolved.get(14),
    ).toBeNull();
  });

  it('is not resolved by an attempt that is open or failed, or by another work', () => {
    const failed = row(10, { status: 'failed', completedAt: 100 });
    for (const status of ['pending', 'running', 'paused', 'failed', 'skipped'] as const)
      expect(otherAttempts([failed, row(13, { status, completedAt: 200 })]).resolved.get(10)).toBeNull();
    for (const other of [{ sourceQuery: `${query}0` }, { tableName: 'other' }, { phase: 'validation' as const }])
      expect(
        otherAttempts([failed, row(13, { status: 'completed', completedAt: 200, ...other })]).resolved.get(10),
      ).toBeNull();
  });

  it('is resolved by the first attempt in order of id that came later, whatever the timestamps are', () => {
    const time = fc.option(fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(Infinity, -Infinity)));
    const one = fc.record({ status: fc.constantFrom('failed', 'completed'), startedAt: time, completedAt: time });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (given) => {
        const rows = given.map((fields, index) =>
          row(index + 1, { ...fields, operation: index % 5 === 4 ? `retry_batch_${index + 2}` : 'copy' }),
        );
        const completed = rows.filter(({ status }) => status === 'completed');
        const failed = rows.filter(({ status }) => status === 'failed');
        expect([...otherAttempts(rows).resolved]).toEqual(
          failed.map((own) => [own.id, completed.find((other) => isLater(other, own))?.id ?? null]),
        );
      }),
    );
  });

  it('has the same answer in any order of the rows', () => {
    const attempts = fc.array(
      fc.record({
        status: fc.constantFrom('failed', 'completed', 'running', 'pending'),
        completedAt: fc.option(fc.integer({ min: 0, max: 20 })),
        range: fc.integer({ min: 0, max: 3 }),
        spelling: fc.constantFrom('LIMIT 5 OFFSET', 'limit 5  offset', 'LIMIT 5\nOFFSET'),
      }),
      { maxLength: 12 },
    );
    const rowsWithOrder = attempts.chain((all) => {
      const rows = all.map(({ status, completedAt, range, spelling }, id) =>
        row(id + 1, { status, completedAt, sourceQuery: `SELECT * FROM t ORDER BY id ${spelling} ${range}` }),
      );
      return fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }));
    });
    fc.assert(
      fc.property(rowsWithOrder, ([rows, shuffled]) => {
        expect(otherAttempts(shuffled).resolved).toEqual(otherAttempts(rows).resolved);
      }),
    );
  });
});
