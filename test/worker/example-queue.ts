import pg from 'pg';
import { createMigrationControl, poolTransaction } from '../../source/worker/index.ts';

const workerId = Number(process.env.WORKER_ID ?? 1);
const pool = new pg.Pool();
const transaction = poolTransaction(pool);
const control = createMigrationControl(pool, { workerId, run: 'dispatch' });
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

// First the operations that this worker had when it was stopped, then the pending ones.
const unfinished = await control.findIncompleteOperations({ workerId });
for (;;) {
  const operation = unfinished.shift() ?? (await control.claimNext({ phase: 'execution' }));
  if (operation === null) break;
  const outcome = await control.runBatches({
    operation,
    transaction,
    signal: stop.signal,
    async migrateBatch({ db, offset, limit }) {
      const batch = `${operation.sourceQuery} ORDER BY id LIMIT $1 OFFSET $2`;
      const { rowCount } = await db.query(`INSERT INTO cases (id, title) ${batch}`, [limit, offset]);
      return rowCount ?? 0;
    },
  });
  if (outcome.kind === 'aborted') break;
}
await pool.end();
