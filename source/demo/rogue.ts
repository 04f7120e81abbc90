import type { Query } from './query.ts';
import { speedAt } from './speed.ts';

/** A worker that overwrites an operator's actions. No other worker has its id or its table. */
export const rogue = {
  workerId: 7,
  table: 'legacy_notes',
  records: 180_000,
  batchSize: 500,
  recordsPerSecond: 62,
} as const;

const reportEverySeconds = 0.8;

/**
 * The specification's own statements, unchanged except for the values ("Batch Migration Tracking"). They set the status without
 * reading it: the next report undoes a pause or a skip, unless the guard (sql/options/guard.sql) prevents it.
 */
const start = `
INSERT INTO migration_control (
  phase, table_name, operation, status, 
  batch_size, total_records, started_at, worker_id
) VALUES (
  'execution', $1, 'batch_migration', 'running',
  $2, $3, NOW(), $4
);`;

const progress = `
UPDATE migration_control 
SET records_processed = $1, status = 'running'
WHERE phase = 'execution' AND table_name = $2 AND worker_id = $3;`;

const completion = `
UPDATE migration_control
SET status = 'completed', completed_at = NOW(), records_processed = $1
WHERE phase = 'execution' AND table_name = $2 AND worker_id = $3;`;

/** A worker that migrates one long table and overwrites an operator's actions on its operation. */
export interface Rogue {
  /** Advances to `now`, `elapsed` after the previous step, both in seconds of the simulation. Never throws. */
  step(now: number, elapsed: number): Promise<void>;
}

/** @throws what `query` throws while the operation is started */
export async function createRogue(query: Query): Promise<Rogue> {
  const { workerId, table, records, batchSize, recordsPerSecond } = rogue;
  let migrated = 0;
  let reportAt = 0;
  let isDone = false;
  await query(start, [table, batchSize, records, workerId]);

  async function write(statement: string): Promise<boolean> {
    try {
      await query(statement, [Math.floor(migrated), table, workerId]);
      return true;
    } catch {
      // The table may be dropped or locked: the next step tries again.
      return false;
    }
  }

  return {
    async step(now, elapsed) {
      if (isDone) return;
      migrated = Math.min(records, migrated + recordsPerSecond * speedAt(now) * elapsed);
      if (migrated >= records) isDone = await write(completion);
      else if (now >= reportAt) {
        reportAt = now + reportEverySeconds;
        await write(progress);
      }
    },
  };
}
