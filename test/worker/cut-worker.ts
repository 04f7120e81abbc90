// A worker whose connection is cut, at each message once: node cut-worker.ts LIBRARY WORK EVERY TYPES URL
// It cuts at the first message, then at every EVERY-th, and counts messages of the TYPES (`client's/server's`; all if empty). Its pool has an
// error handler, and it is started again after each cut. Writes a line of JSON for each cut; if an unhandled error ends the process, the lines
// end there.
import pg from 'pg';
import type * as Library from '../../source/worker/index.ts';
import { startCutter } from '../support/cutter.ts';

const [library = '', name = '', every = '', types = '', url = ''] = process.argv.slice(2);
const { createMigrationControl, poolTransaction }: typeof Library = await import(library);

const [ofClient, ofServer] = types.split('/');
const isCounted = ofServer === undefined ? null : ([ofClient ?? '', ofServer] as const);
const records = 5;
const direct = new pg.Pool({ connectionString: url, max: 1 });
const cutter = await startCutter(Number(new URL(url).port));
const through = new URL(url);
through.hostname = '127.0.0.1';
through.port = `${cutter.port}`;

type Pool = pg.Pool;

/** Starts the worker once, with or without the cutter; resolves to its outcome in a word. */
async function run(work: (pool: Pool) => Promise<string>, pool: Pool): Promise<string> {
  try {
    return await work(pool);
  } catch (error) {
    return `thrown: ${error instanceof Error ? error.name : String(error)}`;
  }
}

async function copyTable(pool: Pool): Promise<string> {
  const transaction = poolTransaction(pool);
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
}

/** Migrates two ranges: the first attempt of one fails after a batch and is retried, that of the other is released. */
async function copyQueue(pool: Pool): Promise<string> {
  const control = createMigrationControl(pool, { workerId: 7, run: 'cut' });
  const transaction = poolTransaction(pool);
  const left = await control.findIncompleteOperations({ workerId: 7 });
  const kinds: string[] = [];
  for (;;) {
    const operation = left.shift() ?? (await control.claimNext()) ?? (await retried());
    if (operation === null) return kinds.at(-1) ?? 'already done';
    const stop = new AbortController();
    const outcome = await control.runBatches({
      operation,
      transaction,
      signal: stop.signal,
      async migrateBatch({ db, offset, limit }) {
        if (offset > 0 && operation.operation === 'failing') throw new Error('no');
        if (offset === 0 && operation.operation === 'stopping' && operation.recordsProcessed === null) stop.abort();
        const { rowCount } = await db.query(
          `INSERT INTO target ${operation.sourceQuery} ORDER BY id LIMIT $1 OFFSET $2`,
          [limit, offset],
        );
        return rowCount ?? 0;
      },
    });
    kinds.push(outcome.kind);
  }

  async function retried() {
    for (const { id, status } of await control.getMigrationStatus('execution')) {
      const retry = status === 'failed' ? await control.retryOperation(id, { operation: 'again' }) : null;
      if (retry?.kind === 'started') return retry.operation;
    }
    return null;
  }
}

const queue = `INSERT INTO migration_control (phase, table_name, operation, status, batch_size, source_query) VALUES
  ('execution', 'target', 'failing', 'pending', 1, 'SELECT id FROM source WHERE id <= 4'),
  ('execution', 'target', 'stopping', 'pending', 2, 'SELECT id FROM source WHERE id > 4')`;

if (name === 'table') await cutEverywhere(copyTable, 'SELECT');
else await cutEverywhere(copyQueue, queue);
process.stdout.write('"end"\n');
process.exit();

/** Cuts at each message, one after the other. A lost message is the same as a cut after the previous one. */
async function cutEverywhere(work: (pool: Pool) => Promise<string>, setUp: string): Promise<void> {
  for (let message = 1; ; message += Number(every)) {
    await direct.query(`DELETE FROM target; DELETE FROM migration_control; ${setUp}`);
    cutter.arm({ message, arrives: message > 1, ...(isCounted !== null && { types: isCounted }) });
    const pool = new pg.Pool({ connectionString: through.href, max: 1 });
    pool.on('error', () => {});
    const outcome = await run(work, pool);
    await pool.end();
    if (!cutter.hasCut) return;
    // The server may still run the last statement of the lost connection. Older sessions are those of the test itself.
    await direct.query(
      `DO $$ BEGIN FOR attempt IN 1..500 LOOP
             PERFORM pg_stat_clear_snapshot();
             EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
               AND backend_start > (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()));
             PERFORM pg_sleep(0.005);
           END LOOP; END $$`,
    );
    const { rows: left } = await direct.query('SELECT status FROM migration_control ORDER BY id');
    const second = await run(work, direct);
    const { rows } = await direct.query('SELECT id FROM target ORDER BY id');
    const line = {
      message,
      first: outcome,
      left: left.map(({ status }) => status),
      second,
      ids: rows.map(({ id }) => id),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
