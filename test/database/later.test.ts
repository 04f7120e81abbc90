import fc from 'fast-check';
import { expect, it } from 'vitest';
import { retrySql } from '../../source/domain/doctor/retry-command.ts';
import { attemptOf } from '../../source/domain/held-failures.ts';
import { isLater } from '../../source/domain/later.ts';
import { emptyMark, writeMark } from '../../source/domain/mark.ts';
import { operation } from '../domain/build.ts';
import { createDatabase, readSql } from '../support/database.ts';

const time = fc.option(fc.constantFrom(1, 2, 3, 4, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));
const pair = fc.record({
  ids: fc.constantFrom<[done: number, own: number]>([1, 2], [2, 1], [-1, 3]),
  status: fc.constantFrom('failed' as const, 'skipped' as const),
  names: fc.constantFrom<['copy' | 'retry', 'copy' | 'retry']>(['copy', 'copy'], ['copy', 'retry'], ['retry', 'copy']),
  isMarked: fc.boolean(),
  times: fc.tuple(time, time, time, time),
});

function rowsOf({
  ids: [done, own],
  status,
  names,
  isMarked,
  times,
}: typeof pair extends fc.Arbitrary<infer P> ? P : never) {
  const [doneStart, doneEnd, ownStart, ownEnd] = times;
  const nameOf = (name: 'copy' | 'retry', of: number) => (isMarked || name === 'copy' ? 'copy' : `retry_batch_${of}`);
  const checkOf = (name: 'copy' | 'retry', of: number) =>
    isMarked && name === 'retry' ? writeMark(null, { ...emptyMark, repeats: of }) : null;
  const sourceQuery = 'SELECT 1 LIMIT 5';
  return {
    completed: operation({
      id: done,
      status: 'completed',
      sourceQuery,
      startedAt: doneStart,
      completedAt: doneEnd,
      operation: nameOf(names[0], own),
      validationQuery: checkOf(names[0], own),
    }),
    own: operation({
      id: own,
      status,
      sourceQuery,
      startedAt: ownStart,
      completedAt: ownEnd,
      operation: nameOf(names[1], done),
      validationQuery: checkOf(names[1], done),
    }),
  };
}

const stamp = (seconds: number | null) =>
  seconds === null || Number.isFinite(seconds)
    ? seconds === null
      ? null
      : `2026-01-01 00:00:0${seconds}`
    : seconds > 0
      ? 'infinity'
      : '-infinity';

it('a completed attempt is later than another one by the same rule in memory, in a write, and in the SQL of doctor', async () => {
  await using database = await createDatabase({ schema: true });
  const times = await readSql('queries/fragments/attempt-times.sql');
  const rule = await readSql('queries/fragments/is-later.sql');
  const decided = async (own: number, completed: number) => {
    const { rows } = await database.query<{ later: boolean }>(
      `WITH rows AS (SELECT id, status, ${times} FROM migration_control)
       SELECT ${rule.replace(/^--.*$/gm, '')} AS later FROM rows AS works, rows AS other WHERE works.id = $1 AND other.id = $2`,
      [own, completed],
    );
    return rows[0]?.later;
  };
  await fc.assert(
    fc.asyncProperty(pair, async (given) => {
      const { completed, own } = rowsOf(given);
      await database.query('TRUNCATE migration_control');
      for (const row of [completed, own])
        await database.query(
          `INSERT INTO migration_control (id, phase, table_name, operation, status, source_query, validation_query, started_at, completed_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
          [
            row.id,
            row.phase,
            row.tableName,
            row.operation,
            row.status,
            row.sourceQuery,
            row.validationQuery,
            stamp(row.startedAt),
            stamp(row.completedAt),
          ],
        );
      const later = isLater(attemptOf(completed), attemptOf(own));
      expect(await decided(own.id, completed.id)).toBe(later);
      const times = [completed.startedAt, completed.completedAt, own.startedAt, own.completedAt];
      if (times.some((one) => one !== null && !Number.isFinite(one))) return;
      if (own.status !== 'failed' || own.validationQuery !== null || completed.validationQuery !== null) return;
      await database.query("SELECT setval('migration_control_id_seq', 10)");
      await database.query(retrySql('public.migration_control', [own.id]));
      const { rows } = await database.query("SELECT FROM migration_control WHERE status = 'pending'");
      expect(rows).toHaveLength(later ? 0 : 1);
    }),
    { numRuns: 300 },
  );
});
