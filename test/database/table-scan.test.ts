import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { DatabaseError } from '../../source/database/database-error.ts';
import { readCounted, readReport } from '../../source/polling/report.ts';
import { createWatch } from '../../source/polling/watch.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, olderTransactionsEnded, type TestDatabase } from '../support/database.ts';
import { expectSame } from '../support/followed-table.ts';

let database: TestDatabase;
let table: OpenedTable;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  await database.query('TRUNCATE migration_control');
  // All of the last half an hour. Some fail, and a later operation has the source range of each of these; the last ones are running or pending.
  await database.query(`INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records,
      started_at, completed_at, batch_size, source_query)
    SELECT number, 'execution', 'plain ' || number / 2500, 'batch', status,
      CASE status WHEN 'completed' THEN 500 WHEN 'failed' THEN 120 WHEN 'running' THEN number % 7 END, 500000,
      CASE WHEN status <> 'pending' THEN localtimestamp - (7000 - number) * interval '0.25 second' END,
      CASE WHEN status IN ('completed', 'failed') THEN localtimestamp - (6999.5 - number) * interval '0.25 second' END, 500,
      'SELECT * FROM p LIMIT 500 OFFSET ' || 500 * CASE WHEN number % 100 = 6 THEN number - 3 ELSE number END
    FROM (
      SELECT number, CASE WHEN number > 5980 THEN 'pending' WHEN number > 5970 THEN 'running' WHEN number % 100 = 3 THEN 'failed'
        ELSE 'completed' END AS status
      FROM generate_series(1, 6000) AS number
    ) numbers`);
});
afterAll(() => database?.drop());
beforeEach(async () => {
  await database.query('ANALYZE migration_control');
  await olderTransactionsEnded(database);
  table = await openTable(database.url);
  return () => table.close();
});

/** However long the first blocks take on a busy machine. */
const scanLimits = { leastBits: 8, likelySeconds: Number.POSITIVE_INFINITY };

const isScan = (text: string): boolean => text.includes('WITH apart AS');
const isInRanges = (text: string): boolean => text.includes("SELECT 'brief'") && !isScan(text);

/** Counts the table as `status` does. @param before is called before each message */
async function counted(before: (texts: readonly string[]) => Promise<void> = async () => {}) {
  const sent: string[] = [];
  const connection = {
    ...table.connection,
    async readAll(...[statements, seconds]: Parameters<typeof table.connection.readAll>) {
      const texts = statements.map(({ text }) => text);
      sent.push(...texts);
      await before(texts);
      return table.connection.readAll(statements, seconds);
    },
  };
  const watch = createWatch(connection, () => table.target, { fewIds: 0, scanLimits });
  expect(await watch.count(() => {})).toBe(true);
  return { watch, scans: sent.filter(isScan).length, ranges: sent.filter(isInRanges).length };
}

async function expectExact({ watch }: Awaited<ReturnType<typeof counted>>): Promise<void> {
  // An id range may have to be counted again after a change.
  await watch.count(() => {});
  const { snapshot, sums } = await readCounted(watch, []);
  const truth = await readReport(table.connection, table.target, []);
  expect(snapshot.coverage).toMatchObject({ share: 1, isStale: false });
  expectSame(snapshot, truth.snapshot);
  const inOrder = (of: typeof sums) =>
    of.toSorted((a, b) => (`${a.tableName} ${a.batchSize}` < `${b.tableName} ${b.batchSize}` ? -1 : 1));
  expect(inOrder(sums)).toEqual(inOrder(truth.sums));
  const records = ({ history }: typeof snapshot) => history.reduce((sum, span) => sum + span.records, 0);
  expect(records(snapshot)).toBe(records(truth.snapshot));
}

it('counts a large table in two scans, of its newest blocks and of all others, and follows its changes from then on', async () => {
  const status = await counted();
  expect(status).toMatchObject({ scans: 2, ranges: 0 });
  await expectExact(status);
  await database.query(`UPDATE migration_control SET status = 'completed', records_processed = 500, completed_at = localtimestamp
    WHERE status = 'running' AND id % 2 = 0`);
  await database.query(`UPDATE migration_control SET status = 'running', started_at = localtimestamp
    WHERE status = 'pending' AND id < 5990`);
  await expectExact(status);
});

it('counts an operation that fails between the two statements of a scan, and the attempts at its work', async () => {
  let fails = 2;
  const status = await counted(async (texts) => {
    if (texts.some(isScan) && fails-- === 1)
      await database.query(`UPDATE migration_control SET status = 'failed', completed_at = localtimestamp WHERE id = 5971;
        UPDATE migration_control SET source_query = 'SELECT * FROM p LIMIT 500 OFFSET ' || 500 * 5971 WHERE id = 1000`);
  });
  expect(status.scans).toBe(2);
  expect(status.ranges).toBeGreaterThan(0);
  await expectExact(status);
});

it('counts in id ranges if the scan fails, or takes too long', async () => {
  const status = await counted(async (texts) => {
    if (texts.some(isScan)) throw new DatabaseError('failed', 'canceling statement due to statement timeout');
  });
  expect(status.scans).toBe(1);
  expect(status.ranges).toBeGreaterThan(0);
  await expectExact(status);
});

it('does not scan a table without statistics', async () => {
  const { estimatedRows: _, ...target } = table.target;
  table = { ...table, target };
  const status = await counted();
  expect(status.scans).toBe(0);
  await expectExact(status);
});

it('does not scan the rest of a table whose operations have very different counters', async () => {
  await database.query(
    'UPDATE migration_control SET records_processed = id % 499 WHERE id > 4000 AND records_processed > 0',
  );
  const status = await counted();
  expect(status).toMatchObject({ scans: 1 });
  await expectExact(status);
});
