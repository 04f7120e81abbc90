import { expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { auditedResults } from '../../source/domain/audited-results.ts';
import { countedBulkActions, listedActions } from '../../source/monitor/counted-bulk.ts';
import type { BulkCounts } from '../../source/presentation/bulk-counts.ts';
import { memoryLog, openTable } from '../support/control-table.ts';
import { createDatabase } from '../support/database.ts';
import { firstState } from '../support/first-state.ts';
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

/** A later pause of other operations. */
const many = (operations: number): readonly AuditEntry[] =>
  paused(operations)
    .slice(0, operations)
    .map((entry) => ({
      ...entry,
      key: entry.key?.replace('0a1b2c3d', 'eeeeeeee') ?? null,
      operationId: entry.operationId + 5,
    }));

/** The counts of actions on many that the Activity view has besides their listed rows. */
const bulkCountsOf = (activity: readonly AuditEntry[]): readonly BulkCounts[] => [
  ...countedBulkActions({ ...firstState(), activity }).values(),
];

async function activityIn(
  status: string,
  operations: number,
  recent: (limit: number) => Promise<AuditEntry[]>,
  on: readonly number[] = [],
) {
  await using database = await createDatabase({ schema: true });
  await database.query(
    `INSERT INTO migration_control (id, phase, table_name, operation, status)
     SELECT n, 'execution', 'cases', 'batch_migration', '${status}' FROM generate_series(1, ${operations}) n`,
  );
  await using table = await openTable(database.url, 'migration_control', { ...memoryLog(), recent });
  return await table.activity(on);
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
  return await table.activity(on);
}

it('an overwritten pause of some hundred operations is known without an audit table', async () => {
  const activity = await activityOf(320);
  expect(activity).toHaveLength(320 + 199);
  const results = auditedResults(activity, (id) => activity.find(({ operationId }) => operationId === id)?.row);
  const overwritten = activity.filter((_, index) => results[index]?.state === 'overwritten');
  expect(overwritten.map(({ operationId }) => operationId)).toEqual([3]);
});

/** The undo of a pause of `paused`. */
const undone = (entries: readonly AuditEntry[]): AuditEntry[] =>
  entries.map((entry) => ({
    ...entry,
    key: entry.key?.replace('0a1b2c3d', 'ffffffff') ?? null,
    ...{ action: 'undo', fromStatus: 'paused', toStatus: 'running' },
  }));

it('a pause of some hundred operations stays listed after its undo, and is undone', async () => {
  const pause = paused(700).slice(0, 700);
  const activity = await activityIn('running', 700, async () => [...undone(pause), ...pause]);
  expect(activity).toHaveLength(1400);
  const results = auditedResults(activity, (id) => activity.find(({ operationId }) => operationId === id)?.row);
  expect(new Set(results.slice(700).map((result) => result?.state))).toEqual(new Set(['undone']));
  expect(listedActions(activity)).toBeNull();
  expect(bulkCountsOf(activity)).toEqual([]);
});

it('an undo between the reading of the log and of the rows does not make the pause overwritten', async () => {
  const pause = paused(300).slice(0, 300);
  let reads = 0;
  const activity = await activityIn('running', 300, async () => (reads++ === 0 ? pause : [...undone(pause), ...pause]));
  const results = auditedResults(activity, (id) => activity.find(({ operationId }) => operationId === id)?.row);
  expect(results.filter((result) => result?.state === 'overwritten')).toEqual([]);
  expect(activity).toHaveLength(600);
});

it('of a pause of some thousand operations the number is "or more" where the log does not have it', async () => {
  const activity = await activityOf(2300);
  expect(bulkCountsOf(activity)).toMatchObject([{ total: 200, isAtLeast: true }]);
  expect(listedActions(activity)).toBe(1);
});

it('an earlier action on many has the number of all its operations, where only some are asked for', async () => {
  const activity = await activityIn(
    'paused',
    5,
    async (limit) => [...many(2300), ...paused(5).slice(0, 5)].slice(0, limit),
    [3],
  );
  expect(activity.at(-1)).toMatchObject({ operationId: 3, bulkOutcomes: new Map([['applied', 5]]) });
});

it('only the newest rows of a pause of some thousand operations are read, and those that are asked for', async () => {
  expect(await activityOf(2300)).toHaveLength(200);
  const activity = await activityOf(2300, [3]);
  expect(activity.map(({ operationId }) => operationId).slice(199)).toEqual([2101, 3]);
});
