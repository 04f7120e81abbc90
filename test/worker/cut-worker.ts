// A worker whose connections are cut at every message in turn: node cut-worker.ts LIBRARY URL
// Its pool has an error handler, and it is started again after each cut. Writes a line of JSON for each of them; if an error
// that nobody hears ends the process, the lines end there.
import pg from 'pg';
import type * as Library from '../../source/worker/index.ts';
import { startCutter } from '../support/cutter.ts';

const [library = '', url = ''] = process.argv.slice(2);
const { createMigrationControl, poolTransaction }: typeof Library = await import(library);

const records = 5;
const direct = new pg.Pool({ connectionString: url, max: 1 });
const cutter = await startCutter(Number(new URL(url).port));
const through = new URL(url);
through.hostname = '127.0.0.1';
through.port = `${cutter.port}`;

/** Starts the worker once, through the cutter or as it is; what it comes to, in a word. */
async function run(pool: pg.Pool): Promise<string> {
  const transaction = poolTransaction(pool);
  try {
    const outcome = await createMigrationControl(pool, { workerId: 7, run: 'cut' }).runBatches({
      start: { phase: 'execution', tableName: 'target', operation: 'copy', batchSize: 3, totalRecords: records },
      transaction,
      async migrateBatch({ db, offset, limit }) {
        const { rowCount } = await db.query('INSERT INTO target SELECT id FROM source ORDER BY id LIMIT $1 OFFSET $2', [
          limit,
          offset,
        ]);
        return { records: rowCount ?? 0, done: rowCount !== limit };
      },
    });
    return outcome.kind;
  } catch (error) {
    return `thrown: ${error instanceof Error ? error.name : String(error)}`;
  }
}

// That a message does not arrive is the same as that the one before it was the last.
for (let message = 1; ; message++) {
  await direct.query('DELETE FROM target; DELETE FROM migration_control');
  cutter.arm({ message, arrives: message > 1 });
  const pool = new pg.Pool({ connectionString: through.href, max: 1 });
  pool.on('error', () => {});
  const first = await run(pool);
  await pool.end();
  if (!cutter.hasCut) {
    process.stdout.write('"end"\n');
    process.exit();
  }
  // The server may still be at what the lost connection sent.
  await direct.query(
    `DO $$ BEGIN FOR attempt IN 1..500 LOOP
           PERFORM pg_stat_clear_snapshot();
           EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
             AND backend_type = 'client backend');
           PERFORM pg_sleep(0.005);
         END LOOP; END $$`,
  );
  const { rows: left } = await direct.query('SELECT status FROM migration_control ORDER BY id');
  const second = await run(direct);
  const { rows } = await direct.query('SELECT id FROM target ORDER BY id');
  process.stdout.write(
    `${JSON.stringify({ message, first, left: left.map(({ status }) => status), second, ids: rows.map(({ id }) => id) })}\n`,
  );
}
