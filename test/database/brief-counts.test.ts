import { afterAll, beforeAll, expect, it } from 'vitest';
import { query } from '../../source/database/query.ts';
import { readTagged } from '../../source/database/tagged-rows.ts';
import type { RangeCount } from '../../source/domain/range-count.ts';
import type { Total } from '../../source/domain/snapshot.ts';
import { isGivenUp, rangeKeyOf } from '../../source/domain/works.ts';
import type { CountingResult } from '../../source/polling/changes.ts';
import { countedIn, countRead, historyAsked } from '../../source/polling/counting-reads.ts';
import { emptyRange } from '../../source/polling/id-range.ts';
import { readCounted, readReport } from '../../source/polling/report.ts';
import { decodeBlocks, decodeGivenUp } from '../../source/polling/table-scan.ts';
import { createWatch } from '../../source/polling/watch.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, olderTransactionsEnded, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let table: OpenedTable;

/** One of the values for each number; the same for the same number. */
const oneOf = (seed: number, ...values: string[]): string =>
  `(ARRAY[${values.join(', ')}])[1 + mod(abs(hashint8extended(number, ${seed})), ${values.length})]`;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  // An estimate of the number of rows, which autovacuum would make at any time, changes how much the first poll counts.
  await database.query('ALTER TABLE migration_control SET (autovacuum_enabled = off)');
  const stamp = ["'infinity'", "'-infinity'", 'NULL'];
  // Each counter, total and timestamp that the count tells apart.
  await database.query(`INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records,
      started_at, completed_at, batch_size, source_query, validation_query)
    SELECT 1000 + number, ${oneOf(1, "'execution'", "'execution'", "'validation'")}, 'odd ' || mod(number, 3), 'batch',
      ${oneOf(2, "'completed'", "'completed'", "'completed'", "'failed'", "'skipped'", "'pending'", "'running'")},
      ${oneOf(3, 'NULL', '-5', '0', '5', '500', '700')}, ${oneOf(4, 'NULL', '-1', '0', '5', '500', '9000')},
      ${oneOf(5, ...stamp, ...Array(8).fill("'2026-01-01'"))}::timestamp + number * interval '1 second',
      ${oneOf(6, ...stamp, ...Array(8).fill("'2026-01-02'"))}::timestamp + number * interval '1.000001 second',
      ${oneOf(7, 'NULL', '0', '5', '500', '500')},
      ${oneOf(8, 'NULL', "'SELECT 1'", "'SELECT * FROM s LIMIT 500 OFFSET ' || 500 * mod(number, 700)")},
      ${oneOf(9, 'NULL', 'NULL', "'SELECT 2'", "'SELECT 2 /* migtop run=a of=table from=0 repeats=' || 999 + number || ' */'")}
    FROM generate_series(1, 3000) AS number`);
  // Durations that are counted in another way: their sums are below 2^53 microseconds.
  await database.query(`UPDATE migration_control SET status = 'completed', started_at = '1990-01-01', completed_at = CASE id WHEN 1001
      THEN timestamp '2250-01-01 00:00:00.000001' ELSE '2026-01-01' END WHERE id IN (1001, 1002)`);
  // Tables of batches, as most migrations have them.
  await database.query(`INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records,
      started_at, completed_at, batch_size, source_query, validation_query)
    SELECT 10000 + number, 'execution', 'plain ' || mod(number, 3), 'batch',
      CASE WHEN number % 100 = 3 THEN 'failed' ELSE 'completed' END, CASE WHEN number % 100 = 3 THEN 120 ELSE 500 END, 500000,
      timestamp '2026-02-01' + number * interval '2 seconds', timestamp '2026-02-01' + number * interval '2.5 seconds', 500,
      'SELECT * FROM p LIMIT 500 OFFSET ' || 500 * CASE WHEN number % 100 = 6 THEN number - 3 ELSE number END,
      CASE WHEN number % 3 = 2 THEN 'SELECT 2 /* migtop run=a of=table from=' || number || ' */' END
    FROM generate_series(1, 3000) AS number`);
  await olderTransactionsEnded(database);
  table = await openTable(database.url);
});
afterAll(async () => {
  await table?.close();
  await database?.drop();
});

async function count(first: number, last: number, isBrief: boolean): Promise<CountingResult & { kind: 'range' }> {
  const range = emptyRange(BigInt(first), BigInt(last), null);
  const work = { kind: 'range', range, limit: null, urgency: 'hurried', isBrief } as const;
  const ledger = { keys: () => ({ mask: 0, others: [] }), historyUntil: () => Date.UTC(2026, 0, 2, 1) / 1000 };
  const [rows = []] = await readTagged(table.connection, table.target, [countRead(table.target, ledger, work, null)]);
  return await countedIn(work, rows);
}

const inOrder = (rows: readonly unknown[]): unknown[] =>
  rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** The rows that both counts have: attempts at works that were given up, if they have a range, and rows that are marked as repetitions. */
function attemptsOf({ attempts }: RangeCount): unknown[] {
  const givenUp = new Set(attempts.filter(({ row }) => isGivenUp(row)).map(({ row }) => rangeKeyOf(row)));
  return inOrder(
    attempts.filter(
      ({ row }) =>
        isGivenUp(row) || row.mark?.repeats != null || (rangeKeyOf(row) !== null && givenUp.has(rangeKeyOf(row))),
    ),
  );
}

it.each([
  [1, 20_000],
  [1500, 1600],
  [20_001, 30_000],
])(
  'a count in brief of the ids %i to %i has the sums, batches, history and attempts of a whole one',
  async (first, last) => {
    const [whole, brief] = [await count(first, last, false), await count(first, last, true)];
    for (const name of ['counts', 'batches', 'unreadable'] as const)
      expect(inOrder(brief.counted[name])).toEqual(inOrder(whole.counted[name]));
    expect(inOrder(brief.history)).toEqual(inOrder(whole.history));
    expect(attemptsOf(brief.counted)).toEqual(attemptsOf(whole.counted));
    expect(brief.counted).toMatchObject({ keys: [], brief: { isShort: false } });
  },
);

it('a scan has, of each block of ids, the sums, batches, history and attempts of a count in brief', async () => {
  const { target, connection } = table;
  const [known = []] = await readTagged(connection, target, [{ ...query('given-up', target, {}), seconds: 5 }]);
  const { digests = [], otherDigests = [] } = decodeGivenUp(known) ?? {};
  expect(digests.length).toBeGreaterThan(9);
  expect(otherDigests.length).toBeGreaterThan(0);
  const values = { bits: 11, first: 1, last: 30_000, hasGivenUp: true, digests, otherDigests };
  const scan = query('scan', target, { ...values, ...historyAsked(Date.UTC(2026, 0, 2, 1) / 1000) });
  const [rows = []] = await readTagged(connection, target, [{ ...scan, seconds: 8 }]);
  const blocks = decodeBlocks(rows);
  expect(blocks.size).toBeGreaterThan(3);
  for (const [block, { counted, history }] of blocks) {
    const first = Number(block) * 2048;
    const brief = await count(Math.max(1, first), first + 2047, true);
    for (const name of ['counts', 'batches', 'unreadable', 'rows'] as const)
      expect(inOrder(counted[name])).toEqual(inOrder(brief.counted[name]));
    expect(inOrder(history)).toEqual(inOrder(brief.history));
    expect(attemptsOf(counted)).toEqual(attemptsOf(brief.counted));
    expect(counted.brief).toEqual(brief.counted.brief);
  }
});

/** Without the attempts at works that completed: a count in brief does not know them. */
const withoutAttempts = (totals: readonly Total[]): unknown[] =>
  inOrder(totals.map(({ attempts: _attempts, hasMoreAttempts: _more, ...figures }) => figures));

/** Compares the counts of `status` with a report; returns how many counts were in brief. */
async function countedByStatus(): Promise<number> {
  const read: string[] = [];
  const watched = {
    ...table.connection,
    readAll: (...[statements, seconds]: Parameters<typeof table.connection.readAll>) => {
      read.push(...statements.map(({ text }) => text));
      return table.connection.readAll(statements, seconds);
    },
  };
  const watch = createWatch(watched, () => table.target, { fewIds: 0 });
  expect(await watch.count(() => {})).toBe(true);
  const { snapshot, sums } = await readCounted(watch, []);
  const truth = await readReport(table.connection, table.target, []);
  expect(snapshot.coverage).toMatchObject({ share: 1, isStale: false });
  const briefCounts = read.filter((text) => text.includes("SELECT 'brief'")).length;
  const figures = briefCounts === 0 ? inOrder : withoutAttempts;
  expect(figures(snapshot.totals)).toEqual(figures(truth.snapshot.totals));
  expect(inOrder(sums)).toEqual(inOrder(truth.sums));
  return briefCounts;
}

it('status has the figures of a whole count, and counts nothing in brief that it has to count again', async () => {
  expect(await countedByStatus()).toBe(0);
});

it('status has the figures of a whole count of tables of batches, which it counts in brief', async () => {
  await database.query(`DELETE FROM migration_control WHERE id < 10000;
    INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records, started_at,
      completed_at, batch_size)
    SELECT 13000 + number, 'execution', 'plain ' || mod(number, 3), 'batch', 'completed', 500, 1500000,
      timestamp '2026-02-02' + number * interval '2 seconds', timestamp '2026-02-02' + number * interval '2.5 seconds', 500
    FROM generate_series(1, 9000) AS number`);
  expect(await countedByStatus()).toBeGreaterThan(0);
});

it('status counts in brief a table with more records than its total, if sixteen of its batches have less', async () => {
  await database.query(`DELETE FROM migration_control;
    INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records, started_at,
      completed_at, batch_size, source_query)
    SELECT 30000 + number, 'execution', 'above ' || mod(number, 3), 'batch', 'completed', 500, 100000,
      timestamp '2026-02-03' + number * interval '2 seconds', timestamp '2026-02-03' + number * interval '2.5 seconds', 500,
      'SELECT * FROM p LIMIT 500 OFFSET ' || 500 * (number - CASE WHEN number % 150 < 30 THEN number % 30 ELSE 0 END)
    FROM generate_series(1, 12000) AS number`);
  expect(await countedByStatus()).toBeGreaterThan(0);
});
