import pg from 'pg';
import { createMigrationControl, poolTransaction } from '../../source/worker/index.ts';

const pool = new pg.Pool();
const transaction = poolTransaction(pool);
const outcome = await createMigrationControl(pool, { workerId: 1 }).runBatches({
  start: { phase: 'execution', tableName: 'brackets', operation: 'batch_migration', batchSize: 500 },
  transaction,
  async migrateBatch({ db, limit }) {
    const { rowCount } = await db.query(
      `INSERT INTO brackets (id, name)
       SELECT id, name FROM dispatch_bracket
       WHERE id > (SELECT coalesce(max(id), 0) FROM brackets) ORDER BY id LIMIT $1`,
      [limit],
    );
    return rowCount ?? 0;
  },
});
await pool.end();
process.exitCode = outcome.kind === 'completed' || outcome.kind === 'already done' ? 0 : 1;
