import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readReport } from '../../source/database/report.ts';
import { createSnapshotReader } from '../../source/database/snapshot.ts';
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

it('gives a table that can only be counted whole the time that it takes', async () => {
  const table = await openTable(database.url);
  try {
    const read = createSnapshotReader(table.connection, () => table.target, tooShort);
    const counted = (await read(null, [])).totals.reduce((sum, { statuses }) => sum + statuses.completed, 0);
    const { rows } = await database.query("SELECT count(*) FROM migration_control WHERE status = 'completed'");
    expect(counted).toBe(Number(rows[0]?.count));
  } finally {
    await table.close();
  }
});

it('reads nothing more where the program cancels it, as before it is suspended', async () => {
  const table = await openTable(database.url);
  await using _lock = await holdOpen(database, 'LOCK TABLE migration_control IN ACCESS EXCLUSIVE MODE');
  try {
    const running = async () =>
      (
        await database.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migtop' AND xact_start IS NOT NULL",
        )
      ).rows;
    for (const read of [
      () => readReport(table.connection, table.target, []),
      () => createSnapshotReader(table.connection, () => table.target)(null, []),
    ]) {
      const reading = read().catch((error: unknown) => error);
      await vi.waitFor(async () => expect(await running()).toHaveLength(1), { timeout: 10_000 });
      await table.quiesce({ graceMs: 0, limitMs: 5000 });
      expect(String(await reading)).toContain('The query was cancelled.');
      expect(await running()).toEqual([]);
    }
  } finally {
    await table.close();
  }
});
