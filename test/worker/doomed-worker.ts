// A worker as a separate process, to be killed: node doomed-worker.ts LIBRARY URL PAGING POINT BATCH
// At POINT of its batch number BATCH it prints "here" and stops. It exits when all records are migrated.
import { setInterval } from 'node:timers';
import pg from 'pg';
import type * as Library from '../../source/worker/index.ts';

const [library = '', url = '', paging, point, atBatch] = process.argv.slice(2);
const { clientTransaction, createMigrationControl }: typeof Library = await import(library);

const client = new pg.Client({ connectionString: url });
await client.connect();
let batch = 0;

async function pass(name: string): Promise<void> {
  if (name !== point || batch !== Number(atBatch)) return;
  process.stdout.write('here\n');
  await new Promise(() => setInterval(() => {}, 1_000_000));
}

const committing = clientTransaction(client);

const outcome = await createMigrationControl(client, { workerId: 7, run: 'doomed' }).runBatches<number>({
  start: { phase: 'execution', tableName: 'target', operation: 'batch_migration', batchSize: 7, totalRecords: 60 },
  transaction: async (work) => {
    const result = await committing(async (tx) => {
      const done = await work(tx);
      await pass('reported');
      return done;
    });
    await pass('committed');
    return result;
  },
  async migrateBatch({ db, offset, limit, lastKey }) {
    batch++;
    await pass('begun');
    const { rows } =
      paging === 'offset'
        ? await db.query('INSERT INTO target SELECT id FROM source ORDER BY id LIMIT $1 OFFSET $2 RETURNING id', [
            limit,
            offset,
          ])
        : await db.query(
            `INSERT INTO target SELECT id FROM source
             WHERE id > coalesce($2::int, (SELECT max(id) FROM target), 0) ORDER BY id LIMIT $1 RETURNING id`,
            [limit, lastKey ?? null],
          );
    await pass('written');
    return { records: rows.length, lastKey: rows.at(-1)?.id };
  },
});
process.stdout.write(`${outcome.kind}\n`);
await client.end();
