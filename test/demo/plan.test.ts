import { expect, test } from 'vitest';
import { followers, type PlannedBatch } from '../../source/demo/batch.ts';
import { createHistory } from '../../source/demo/history.ts';
import { withIncidents } from '../../source/demo/incidents.ts';
import { createPlan } from '../../source/demo/plan.ts';
import { createRandom } from '../../source/demo/random.ts';
import { bracketsStory, relationshipsStory } from '../../source/demo/stories.ts';
import { brackets, relationships, tables } from '../../source/demo/tables.ts';

function begin(seed: number) {
  const random = createRandom(seed);
  const plan = createPlan(random);
  const history = createHistory(plan, random);
  return { plan, history, queue: withIncidents(history.queue, random) };
}

/** The records of a batch and of all its followers, if everything goes as planned. */
function recordsOf(batch: PlannedBatch, table: string): number {
  return [batch, ...followers(batch)]
    .filter((one) => one.phase === 'execution' && one.table === table)
    .reduce((sum, one) => sum + (one.repair ? (one.failure?.atRecord ?? 0) : one.records), 0);
}

test('the same seed gives the same migration, another seed another one', () => {
  expect(begin(1)).toEqual(begin(1));
  expect(begin(2)).not.toEqual(begin(1));
});

test('brackets have batches of 500, 500, 500 and 69: 1569 records', () => {
  const story = [bracketsStory(), ...followers(bracketsStory())];
  expect(story.map((batch) => batch.records)).toEqual([500, 500, 500, 69]);
  expect(recordsOf(bracketsStory(), 'brackets')).toBe(1_569);
  expect(story[1]?.sourceQuery).toBe('SELECT * FROM dispatch_bracket LIMIT 500 OFFSET 500');
});

test('case_file_relationships fails at 2300 of 15420, is repaired, and is complete in the end', () => {
  const story = relationshipsStory();
  expect(story).toMatchObject({
    batchSize: 200,
    totalRecords: 15_420,
    failure: { atRecord: 2_300, message: 'Foreign key constraint violation on case_id' },
    sourceQuery: 'SELECT * FROM case_files LIMIT 200 OFFSET 2300',
  });
  expect(followers(story).slice(0, 4)).toMatchObject([
    { phase: 'validation', operation: 'orphan_detection', records: 23 },
    { table: 'cases', operation: 'missing_parent_migration', records: 23 },
    { operation: 'batch_migration_retry', records: 200, sourceQuery: 'SELECT * FROM case_files LIMIT 200 OFFSET 2300' },
    { operation: 'batch_migration', sourceQuery: 'SELECT * FROM case_files LIMIT 200 OFFSET 2500' },
  ]);
  expect(recordsOf(story, relationships.target)).toBe(15_420);
  expect(recordsOf(story, 'cases')).toBe(23);
});

test.each([1, 2, 3])('completed, running and planned batches cover every table (seed %i)', (seed) => {
  const { history, queue, plan } = begin(seed);
  const settled = history.rows.filter((row) => row.phase === 'execution' && row.status !== 'running');
  const leftFailed = settled.filter(
    (row) => row.status === 'failed' && settled.filter((other) => other.source_query === row.source_query).length === 1,
  );
  for (const table of [brackets, relationships, ...tables]) {
    const done = settled.filter((row) => row.table_name === table.target);
    const planned = [...queue, ...history.underway.map((one) => one.batch)];
    // The records of a failure without a retry are in no plan.
    const leftOut = leftFailed
      .filter((row) => row.table_name === table.target)
      .reduce((sum, row) => sum + (row.batch_size ?? 0) - (row.records_processed ?? 0), 0);
    const sum =
      done.reduce((all, row) => all + (row.records_processed ?? 0), 0) +
      planned.reduce((all, batch) => all + recordsOf(batch, table.target), 0);
    expect([table.target, sum + leftOut]).toEqual([table.target, table.records]);
  }
  expect(plan.validations.map((batch) => batch.table).sort()).toEqual(
    [brackets, relationships, ...tables].map((table) => table.target).sort(),
  );
});

test.each([1, 2, 3])('the history fills the last hour with a few hundred batches (seed %i)', (seed) => {
  const { history } = begin(seed);
  const batches = history.rows.filter((row) => row.phase === 'execution' && row.status === 'completed');
  expect(batches.length).toBeGreaterThan(300);
  const starts = history.rows.flatMap((row) => (row.started_ago === null ? [] : [row.started_ago]));
  expect(Math.max(...starts)).toBeGreaterThan(65 * 60);
  for (const row of history.rows) {
    // No operation ends before it starts, or after the demo has started.
    if (row.completed_ago !== null) expect(row.started_ago).toBeGreaterThan(row.completed_ago);
    expect(row.completed_ago ?? 0).toBeGreaterThanOrEqual(0);
  }
  // At least one batch was running in every minute of the hour.
  for (let ago = 60; ago < 3_600; ago += 60) {
    expect(batches.some((row) => (row.started_ago ?? 0) > ago && (row.completed_ago ?? 0) < ago)).toBe(true);
  }
  expect(starts).toEqual([...starts].sort((a, b) => b - a));
});

test.each([1, 2, 3])('all six workers are busy when the demo starts (seed %i)', (seed) => {
  const { history } = begin(seed);
  expect(history.underway.map((one) => one.workerId).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  for (const { batch, migrated } of history.underway)
    expect(migrated).toBeLessThan(batch.failure?.atRecord ?? batch.records);
});
