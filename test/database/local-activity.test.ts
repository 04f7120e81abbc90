import { expect, it } from 'vitest';
import { auditedResults } from '../../source/domain/audited-results.ts';
import { memoryLog, openTable } from '../support/control-table.ts';
import { createDatabase } from '../support/database.ts';
import { auditEntry } from '../support/fixtures.ts';

/** A pause of this many operations, newest first, and 300 resumes of operation 1 before it. */
function paused(many: number) {
  const entry = (id: number) =>
    auditEntry({
      key: `0a1b2c3d-0000-8000-a000-${String(id).padStart(12, '0')}`,
      operationId: id,
      action: 'pause',
      fromStatus: 'running',
      toStatus: 'paused',
    });
  const earlier = Array.from({ length: 300 }, (_, index) =>
    auditEntry({
      key: `earlier ${index}`,
      operationId: 1,
      action: 'resume',
      fromStatus: 'paused',
      toStatus: 'running',
    }),
  );
  return [...Array.from({ length: many }, (_, index) => entry(many - index)), ...earlier];
}

async function activityOf(many: number, on: readonly number[] = []) {
  await using database = await createDatabase({ schema: true });
  await database.query(
    `INSERT INTO migration_control (id, phase, table_name, operation, status)
     SELECT n, 'execution', 'cases', 'batch_migration', CASE WHEN n = 3 THEN 'running' ELSE 'paused' END
     FROM generate_series(1, ${many}) n`,
  );
  const entries = paused(many);
  await using table = await openTable(database.url, 'migration_control', {
    ...memoryLog(),
    recent: async (limit) => entries.slice(0, limit),
  });
  return table.activity(on);
}

it('an overwritten pause of some hundred operations is known without an audit table', async () => {
  const activity = await activityOf(320);
  expect(activity).toHaveLength(320);
  const results = auditedResults(activity, (id) => activity.find(({ operationId }) => operationId === id)?.row);
  const overwritten = activity.filter((_, index) => results[index]?.state === 'overwritten');
  expect(overwritten.map(({ operationId }) => operationId)).toEqual([3]);
});

it('only the newest rows of a pause of some thousand operations are read, and those that are asked for', async () => {
  expect(await activityOf(2300)).toHaveLength(200);
  const activity = await activityOf(2300, [3]);
  expect(activity.map(({ operationId }) => operationId).slice(199)).toEqual([2101, 3]);
});
