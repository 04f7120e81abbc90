import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { summariseTables } from '../../source/domain/summary.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { followTable } from '../support/followed-table.ts';
import { runProgram } from '../support/program.ts';

interface Row {
  readonly phase: string;
  readonly table_name: string;
  readonly operation: string;
  readonly status: string;
  readonly records_processed: number | null;
  readonly total_records: number | null;
  readonly batch_size: number | null;
  readonly worker_id: number | null;
  readonly startedSecondsAgo: number | null;
  readonly endedSecondsAgo: number | null;
  readonly source_query: string | null;
  readonly validation_query?: string;
}

interface Figures {
  readonly recordsProcessed: number;
  readonly totalRecords: number;
  readonly percent?: number;
  readonly counting?: string;
}

const { cases } = JSON.parse(readFileSync(new URL('../cases/counting.json', import.meta.url), 'utf8')) as {
  cases: readonly { name: string; rows: readonly Row[]; expect: Figures & { checkpoint: unknown } }[];
};

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase({ schema: true });
});
afterEach(async () => {
  await database?.drop();
});

const row = (fields: Partial<Row>): Row => ({
  phase: 'execution',
  table_name: 't',
  operation: 'batch_migration',
  status: 'completed',
  records_processed: null,
  total_records: 10_000,
  batch_size: 500,
  worker_id: 1,
  startedSecondsAgo: null,
  endedSecondsAgo: null,
  source_query: null,
  ...fields,
});

async function insert(rows: readonly Row[]): Promise<void> {
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
       worker_id, source_query, validation_query, started_at, completed_at)
     SELECT phase, table_name, operation, status, records_processed, total_records, batch_size, worker_id, source_query,
       validation_query, localtimestamp - "startedSecondsAgo" * interval '1 second',
       localtimestamp - "endedSecondsAgo" * interval '1 second'
     FROM jsonb_to_recordset($1) AS (phase text, table_name text, operation text, status text, records_processed int,
       total_records int, batch_size int, worker_id int, source_query text, validation_query text,
       "startedSecondsAgo" float8, "endedSecondsAgo" float8)`,
    [JSON.stringify(rows)],
  );
}

/** The figures of the one table, as each part of the program gives them. */
async function everywhere(): Promise<{ status: Figures; ledger: Figures; report: Figures }> {
  const followed = await followTable(database.url);
  const [table] = summariseTables((await followed.settle()).totals);
  // What `migtop status --json` prints.
  const document = statusDocument(followed.table.target, await followed.table.report());
  await followed.close();
  const text = (await readSql('reports/table-status.sql')).replace(/;\s*$/, '');
  const { rows } = await database.query<Figures>(
    `SELECT records_processed::float8 AS "recordsProcessed", total_records::float8 AS "totalRecords",
       completion_percentage::float8 AS percent, counting FROM (${text}) AS report`,
  );
  return {
    status: document.tables[0] as unknown as Figures,
    ledger: table as unknown as Figures,
    report: rows[0] as Figures,
  };
}

describe('the counting cases, in status, in the ledger and in the report', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, { rows, expect: right }) => {
    const { checkpoint: __, ...figures } = right;
    await insert(rows);
    expect(await everywhere()).toMatchObject({ status: figures, ledger: figures, report: figures });
  });

  it.each<[why: string, rows: readonly Row[], figures: Partial<Figures>]>([
    [
      'a retry with the same query in a table of ranges',
      [
        row({ records_processed: 1000, total_records: 1000, startedSecondsAgo: 90, endedSecondsAgo: 80 }),
        row({
          status: 'failed',
          records_processed: 400,
          total_records: 1000,
          startedSecondsAgo: 70,
          endedSecondsAgo: 60,
          source_query: 'SELECT * FROM s WHERE id >= 1000 AND id < 2000',
        }),
        row({
          records_processed: 1000,
          total_records: 1000,
          startedSecondsAgo: 50,
          endedSecondsAgo: 40,
          source_query: 'SELECT * FROM s WHERE id >= 1000 AND id < 2000',
        }),
        row({ status: 'pending', total_records: 1000, worker_id: null }),
      ],
      { counting: 'own totals', recordsProcessed: 2000, totalRecords: 3000, percent: 66.67 },
    ],
    [
      'cumulative rows with ids out of order and a running one',
      [2000, 1000, 3000]
        .map((records, index) =>
          row({
            records_processed: records,
            batch_size: 1000,
            startedSecondsAgo: 100 - records / 100,
            endedSecondsAgo: 50 - index,
          }),
        )
        .concat(row({ status: 'running', records_processed: 3400, batch_size: 1000, startedSecondsAgo: 20 })),
      { counting: 'cumulative', recordsProcessed: 3400, percent: 34 },
    ],
    [
      'counters that are NULL and negative, and rows of another phase',
      [
        row({ records_processed: 500, startedSecondsAgo: 90, endedSecondsAgo: 80 }),
        row({ records_processed: -500, status: 'failed', startedSecondsAgo: 70, endedSecondsAgo: 60 }),
        row({ startedSecondsAgo: 50, endedSecondsAgo: 40 }),
        row({ phase: 'validation', records_processed: 10_000, startedSecondsAgo: 30, endedSecondsAgo: 20 }),
      ],
      { counting: 'per batch', recordsProcessed: 500, totalRecords: 10_000, percent: 5 },
    ],
    [
      'a table whose rows do not tell',
      [
        row({ records_processed: 800, startedSecondsAgo: 90, endedSecondsAgo: 80 }),
        row({ records_processed: 3000, startedSecondsAgo: 70, endedSecondsAgo: 60 }),
      ],
      { counting: 'unclear', recordsProcessed: 3000, totalRecords: 10_000, percent: 30 },
    ],
    [
      'ranges that migtop/worker has begun',
      [1, 2, 3].map((index) =>
        row({
          status: 'running',
          records_processed: 700,
          startedSecondsAgo: 100 - index,
          validation_query: 'SELECT 1 /* migtop run=- counts=own from=0 of=operation */',
        }),
      ),
      { counting: 'own totals', recordsProcessed: 2100, totalRecords: 30_000, percent: 7 },
    ],
    [
      'a range of migtop/worker and its repetition, which has a long query',
      [
        row({
          status: 'failed',
          records_processed: 700,
          startedSecondsAgo: 90,
          endedSecondsAgo: 80,
          validation_query: '/* migtop run=- counts=own from=0 of=operation */',
        }),
        row({
          status: 'running',
          records_processed: 200,
          startedSecondsAgo: 50,
          validation_query: `SELECT '${'x'.repeat(900)}' /* migtop run=night counts=own from=700 of=operation repeats=1 */`,
        }),
        row({ status: 'pending', worker_id: null }),
      ],
      { counting: 'own totals', recordsProcessed: 900, totalRecords: 20_000, percent: 4.5 },
    ],
    [
      'a table whose operations migtop/worker began behind one another',
      [0, 1].map((index) =>
        row({
          status: index === 0 ? 'completed' : 'running',
          records_processed: index === 0 ? 800 : 3000,
          startedSecondsAgo: 100 - 20 * index,
          endedSecondsAgo: index === 0 ? 90 : null,
          validation_query: `/* migtop run=- counts=own from=${index * 800} */`,
        }),
      ),
      { counting: 'per batch', recordsProcessed: 3800, percent: 38 },
    ],
    [
      'ranges whose query leaves open which they are',
      [1, 2, 3].map((index) =>
        row({
          status: index === 1 ? 'completed' : 'pending',
          records_processed: index === 1 ? 1000 : null,
          total_records: 1000,
          batch_size: 1000,
          startedSecondsAgo: index === 1 ? 60 : null,
          endedSecondsAgo: index === 1 ? 30 : null,
          source_query: 'SELECT * FROM s WHERE id > $1 AND id <= $2',
        }),
      ),
      { counting: 'own totals', recordsProcessed: 1000, totalRecords: 3000, percent: 33.33 },
    ],
    [
      'failed ranges and their repetitions among 60 ranges',
      [...Array.from({ length: 60 }, (_, index) => index), 10, 20, 30].map((range, index) =>
        row({
          status: index < 60 && range % 10 === 0 ? 'failed' : 'completed',
          records_processed: index < 60 && range % 10 === 0 ? 400 : 1000,
          total_records: 1000,
          startedSecondsAgo: 900 - index,
          endedSecondsAgo: 800 - index,
          source_query: `SELECT * FROM s ORDER BY id LIMIT 1000 OFFSET ${range * 1000}`,
        }),
      ),
      { counting: 'own totals', recordsProcessed: 58_200, totalRecords: 60_000, percent: 97 },
    ],
    [
      'ranges that are completed twice among 60 ranges, and one that runs again',
      [...Array.from({ length: 60 }, (_, index) => index), 10, 20, 30].map((range, index) =>
        row({
          status: index === 62 ? 'running' : 'completed',
          records_processed: index === 62 ? 300 : 1000,
          total_records: 1000,
          startedSecondsAgo: 900 - index,
          endedSecondsAgo: index === 62 ? null : 800 - index,
          source_query: `SELECT * FROM s ORDER BY id LIMIT 1000 OFFSET ${range * 1000}`,
        }),
      ),
      { counting: 'own totals', recordsProcessed: 60_000, totalRecords: 60_000, percent: 99.99 },
    ],
    [
      'ranges by key that are all completed twice',
      [0, 1].flatMap((run) =>
        Array.from({ length: 300 }, (_, range) =>
          row({
            records_processed: 900 + (range % 100),
            total_records: 900 + (range % 100),
            startedSecondsAgo: 9000 - 1000 * run - range,
            endedSecondsAgo: 8999 - 1000 * run - range,
            source_query: `SELECT * FROM s WHERE id BETWEEN ${range * 1000} AND ${range * 1000 + 999}`,
          }),
        ),
      ),
      { counting: 'own totals', recordsProcessed: 284_850, totalRecords: 284_850, percent: 100 },
    ],
    [
      'different ranges of one query with parameters, among 60',
      Array.from({ length: 60 }, (_, index) =>
        row({
          records_processed: 900 + index,
          total_records: 900 + index,
          startedSecondsAgo: 900 - index,
          endedSecondsAgo: 800 - index,
          source_query: `SELECT * FROM s WHERE id > $1 /* worker ${index % 10} */`,
        }),
      ),
      { counting: 'own totals', recordsProcessed: 55_770, totalRecords: 55_770, percent: 100 },
    ],
    [
      'a small operation with its own total beside the batches of a table',
      [23, 500, 500].map((records, index) =>
        row({
          operation: index === 0 ? 'missing_parent_migration' : 'batch_migration',
          records_processed: records,
          total_records: index === 0 ? 23 : 15_420,
          batch_size: index === 0 ? 23 : 500,
          startedSecondsAgo: 90 - 20 * index,
          endedSecondsAgo: 80 - 20 * index,
        }),
      ),
      { counting: 'per batch', recordsProcessed: 1023, totalRecords: 15_443, percent: 6.62 },
    ],
    [
      'the same beside 60 batches',
      Array.from({ length: 61 }, (_, index) =>
        row({
          records_processed: index === 30 ? 23 : 500,
          total_records: index === 30 ? 23 : 60_000,
          batch_size: index === 30 ? 23 : 500,
          startedSecondsAgo: 900 - 2 * index,
          endedSecondsAgo: 800 - 2 * index,
        }),
      ),
      { counting: 'per batch', recordsProcessed: 30_023, totalRecords: 60_023, percent: 50.02 },
    ],
    [
      'ranges that have all reached their totals',
      [1, 2, 3].map((index) =>
        row({
          records_processed: 2500,
          total_records: 2500,
          startedSecondsAgo: 90 - index,
          endedSecondsAgo: 60 - index,
        }),
      ),
      { counting: 'own totals', recordsProcessed: 7500, totalRecords: 7500, percent: 100 },
    ],
    [
      'cumulative rows of which only the first names the total',
      [1, 2, 3].map((index) =>
        row({
          records_processed: 500 * index,
          total_records: index === 1 ? 10_000 : null,
          startedSecondsAgo: 90 - 10 * index,
          endedSecondsAgo: 85 - 10 * index,
        }),
      ),
      { counting: 'cumulative', recordsProcessed: 1500, totalRecords: 10_000, percent: 15 },
    ],
    [
      'more than 48 cumulative rows',
      Array.from({ length: 60 }, (_, index) =>
        row({
          records_processed: 1000 * (index + 1),
          total_records: 100_000,
          batch_size: 1000,
          startedSecondsAgo: 600 - index,
          endedSecondsAgo: 500 - index,
        }),
      ),
      { counting: 'cumulative', recordsProcessed: 60_000, percent: 60 },
    ],
  ])('%s', async (_, rows, figures) => {
    await insert(rows);
    expect(await everywhere()).toMatchObject({ status: figures, ledger: figures, report: figures });
  });

  it('are decided by --counting', async () => {
    await insert([
      row({ records_processed: 800, startedSecondsAgo: 90, endedSecondsAgo: 80 }),
      row({ records_processed: 3000, startedSecondsAgo: 70, endedSecondsAgo: 60 }),
    ]);
    const status = ['status', '--json', '--sample', '0'];
    const plain = await runProgram([...status, database.url]);
    expect(JSON.parse(plain.stdout).tables[0]).toMatchObject({ counting: 'unclear', recordsProcessed: 3000 });
    const decided = await runProgram([...status, '--counting', 't=batch', database.url]);
    expect(JSON.parse(decided.stdout).tables[0]).toMatchObject({
      counting: 'per batch',
      recordsProcessed: 3800,
      percent: 38,
    });
    const { stderr, code } = await runProgram(['status', '--counting', 't=sometimes', database.url]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--counting takes TABLE=own, TABLE=batch')]);
  });
});
