import type { Query } from './query.ts';
import { tempo } from './tempo.ts';

/** The worker that does not look: nobody else has its number or its table. */
export const rogue = {
  workerId: 7,
  table: 'legacy_notes',
  records: 180_000,
  batchSize: 500,
  recordsPerSecond: 62,
} as const;

const reportEverySeconds = 0.8;

/**
 * What it writes: the specification's own statements, word by word but for the values ("Batch Migration Tracking").
 * They set a status that they have not looked at: a pause or a skip of the operation is gone with the next report,
 * unless the guard (sql/options/guard.sql) keeps it.
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

/** A worker that copies one long table and overwrites whatever an operator does to its operation. */
export interface Rogue {
  /** Does what is due by `now`, `elapsed` after the last time, both in seconds of the simulation. Never throws. */
  step(now: number, elapsed: number): Promise<void>;
}

/** @throws whatever `query` throws while the operation is started */
export async function createRogue(query: Query): Promise<Rogue> {
  const { workerId, table, records, batchSize, recordsPerSecond } = rogue;
  let moved = 0;
  let reportAt = 0;
  let isDone = false;
  await query(start, [table, batchSize, records, workerId]);

  async function write(statement: string): Promise<boolean> {
    try {
      await query(statement, [Math.floor(moved), table, workerId]);
      return true;
    } catch {
      // An operator may have dropped the table, or holds it: it tries again, and does not ask.
      return false;
    }
  }

  return {
    async step(now, elapsed) {
      if (isDone) return;
      moved = Math.min(records, moved + recordsPerSecond * tempo(now) * elapsed);
      if (moved >= records) isDone = await write(completion);
      else if (now >= reportAt) {
        reportAt = now + reportEverySeconds;
        await write(progress);
      }
    },
  };
}
