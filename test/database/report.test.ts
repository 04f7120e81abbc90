import { afterAll, beforeAll, expect, it } from 'vitest';
import { readReport } from '../../source/database/report.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { holdOpen } from '../end-to-end/migtop.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

/** Every reading of the whole table takes longer. */
const tooShort = 0.001;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  // More than two ranges of the analysis, with gaps between the ids.
  await database.query(`INSERT INTO migration_control
      (id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at, batch_size)
    SELECT 1000 + 3 * number, 'execution', 'table ' || number % 3, 'batch', CASE WHEN number % 7 = 0 THEN 'pending' ELSE 'completed' END,
      CASE WHEN number % 7 > 0 THEN 500 END, 500, localtimestamp - interval '2 minutes', localtimestamp - interval '1 minute', 500
    FROM generate_series(1, 450000) AS number`);
});
afterAll(() => database?.drop());

function figures({ totals, operations, failures, history }: Snapshot) {
  const spans = new Map<string, number>();
  for (const { tableName, records } of history) spans.set(tableName, (spans.get(tableName) ?? 0) + records);
  return {
    totals: totals
      .map(({ phase, tableName, statuses, recordsProcessed }) => ({ phase, tableName, statuses, recordsProcessed }))
      .sort((a, b) => (a.phase + a.tableName < b.phase + b.tableName ? -1 : 1)),
    live: operations.filter(({ status }) => status === 'running').map(({ id }) => id),
    failures: failures.map(({ id }) => id),
    history: [...spans].sort(),
  };
}

it('reads the same in id ranges as in one moment', async () => {
  const table = await openTable(database.url);
  try {
    const whole = await readReport(table.connection, table.target, [], 9);
    const inRanges = await readReport(table.connection, table.target, [], tooShort);
    expect(figures(inRanges.snapshot)).toEqual(figures(whole.snapshot));
    expect(inRanges.snapshot.coverage.share).toBe(1);
    const sums = (read: typeof whole) => read.sums.toSorted((a, b) => (a.tableName < b.tableName ? -1 : 1));
    expect(sums(inRanges)).toEqual(sums(whole));
  } finally {
    await table.close();
  }
});

it('holds no snapshot for longer than 10 s where a lock keeps it waiting', async () => {
  const table = await openTable(database.url);
  await using _lock = await holdOpen(database, 'LOCK TABLE migration_control IN ACCESS EXCLUSIVE MODE');
  try {
    const startedMs = performance.now();
    await expect(readReport(table.connection, table.target, [], 1)).rejects.toThrow();
    expect(performance.now() - startedMs).toBeLessThan(14_000);
  } finally {
    await table.close();
  }
});
