import pg from 'pg';
import { createMigrationControl, poolTransaction } from '../../source/worker/index.ts';

const pool = new pg.Pool();
const transaction = poolTransaction(pool);
const outcome = await createMigrationControl(pool, { workerId: 1 }).runBatches({
  start: { phase: 'execution', tableName: 'case_file_relationships', operation: 'batch_migration', batchSize: 200 },
  transaction,
  async migrateBatch({ db, offset, limit }) {
    // `offset` is how many records are done: the next one is at OFFSET `offset`, not `offset + 1`.
    const { rowCount } = await db.query(
      `INSERT INTO case_file_relationships (case_id, file_id)
       SELECT case_id, file_id FROM case_files ORDER BY case_id, file_id LIMIT $1 OFFSET $2`,
      [limit, offset],
    );
    return rowCount ?? 0;
  },
});
await pool.end();
process.exitCode = outcome.kind === 'completed' || outcome.kind === 'already done' ? 0 : 1;
