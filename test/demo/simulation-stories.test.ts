import { expect, test } from 'vitest';
import { type Row, simulatedDatabase, until } from './simulated.ts';

const { rows, begin } = simulatedDatabase();

/** The rows of the foreign key's story, which worker 2 plays. */
const storyOfForeignKey = () =>
  rows<{ operation: string; status: string; records_processed: number; worker_id: number }>(
    `SELECT table_name, operation, status, records_processed, worker_id FROM migration_control
     WHERE table_name = 'case_file_relationships' AND phase IN ('execution', 'validation')
       AND operation <> 'count_verification' AND worker_id = 2
        OR operation = 'missing_parent_migration'
     ORDER BY id LIMIT 4`,
  );

test('runs for more than ten minutes, with its stories and a stall, and ends with every table complete and validated', async () => {
  const simulation = await begin();
  /** For how many seconds worker 5 has been running without progress, and the longest of these times. */
  let still = 0;
  let longest = 0;
  let before: Row | undefined;
  const seconds = await until(simulation, async () => {
    const [now] = await rows<Row>("SELECT * FROM migration_control WHERE status = 'running' AND worker_id = 5");
    still = now && before && now.id === before.id && now.records_processed === before.records_processed ? still + 1 : 0;
    longest = Math.max(longest, still);
    before = now;
    return simulation.isFinished();
  });
  expect(seconds).toBeGreaterThan(600);
  expect(longest).toBeGreaterThan(60);
  expect(await rows("SELECT * FROM migration_control WHERE status NOT IN ('completed', 'failed')")).toEqual([]);
  expect(
    await rows(`SELECT table_name, sum(records_processed) FROM migration_control WHERE phase = 'execution'
                GROUP BY table_name HAVING sum(records_processed) <> max(total_records)`),
  ).toEqual([]);
  const [validated] = await rows<{ validated: number; tables: number }>(
    `SELECT count(*) FILTER (WHERE phase = 'validation' AND operation = 'count_verification' AND status = 'completed')::int AS validated,
            count(DISTINCT table_name) FILTER (WHERE phase = 'execution')::int AS tables
     FROM migration_control`,
  );
  expect(validated).toEqual({ validated: 15, tables: 15 });
  const failures = await rows<{ error_message: string }>(
    "SELECT error_message FROM migration_control WHERE status = 'failed'",
  );
  for (const error of [
    /deadlock detected/,
    /numeric field overflow/,
    /invalid byte sequence/,
    /Connection reset/,
    /Foreign key/,
  ]) {
    expect(failures.some((failure) => error.test(failure.error_message))).toBe(true);
  }
  expect(await storyOfForeignKey()).toEqual([
    {
      table_name: 'case_file_relationships',
      operation: 'batch_migration',
      status: 'failed',
      records_processed: 2_300,
      worker_id: 2,
    },
    {
      table_name: 'case_file_relationships',
      operation: 'orphan_detection',
      status: 'completed',
      records_processed: 23,
      worker_id: 2,
    },
    {
      table_name: 'cases',
      operation: 'missing_parent_migration',
      status: 'completed',
      records_processed: 23,
      worker_id: 2,
    },
    {
      table_name: 'case_file_relationships',
      operation: 'batch_migration_retry',
      status: 'completed',
      records_processed: 200,
      worker_id: 2,
    },
  ]);
  // Simulating 15 minutes takes a few seconds, on a busy machine many.
}, 300_000);
