import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { filterOf } from '../support/filters.ts';

/** Values of a counter that count nothing, each in a separate row. */
const odd = ["'NaN'", "'Infinity'", "'-Infinity'", '1e308', '1e308', '-1e308', '0.5', '99.999', '9223372036854775807'];

describe.each(['numeric', 'float8'])('a table whose counters are %s', (type) => {
  let database: TestDatabase;
  let table: OpenedTable;

  beforeAll(async () => {
    database = await createDatabase({ schema: true });
    await database.query(`
      ALTER TABLE migration_control
        ALTER records_processed TYPE ${type}, ALTER total_records TYPE ${type},
        ALTER batch_size TYPE ${type}, ALTER worker_id TYPE ${type}`);
    const rows = [...odd, ...(type === 'numeric' ? ['1e400', '-1e400'] : [])];
    for (const status of ['completed', 'running', 'failed'])
      for (const [index, value] of [...rows, '100', '250.0'].entries())
        await database.query(`
          INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
            worker_id, started_at, completed_at)
          VALUES ('execution', 'brackets', 'batch ${index}', '${status}', ${value}, ${index % 2 ? value : '1000'},
            ${index % 3 ? value : '500'}, ${index % 5 ? value : '2'}, localtimestamp - interval '2 minutes',
            ${status === 'running' ? 'NULL' : "localtimestamp - interval '1 minute'"})`);
    table = await openTable(database.url);
  });
  afterAll(async () => {
    await table?.close();
    await database?.drop();
  });

  it('is watched: a value out of range is unreadable, and the other values of its row and its table are read', async () => {
    const snapshot = await table.poll([]);
    expect(snapshot.unreadable).toEqual([]);
    expect(snapshot.operations).toHaveLength(snapshot.failures.length);
    const counters = snapshot.operations.map(({ recordsProcessed }) => recordsProcessed);
    expect(counters.filter((value) => value !== null).sort()).toEqual([100, 250]);
    expect(counters.length).toBeGreaterThan(odd.length);
    expect(snapshot.totals.map(({ recordsProcessed }) => recordsProcessed)).toEqual([3 * 350]);
  });

  it('is followed from poll to poll', async () => {
    const statement = (value: string) =>
      `UPDATE migration_control SET records_processed = ${value} WHERE operation = 'batch 0' AND status = 'running'`;
    await database.query(statement('7'));
    expect((await table.poll([])).totals[0]?.recordsProcessed).toBe(3 * 350 + 7);
    await database.query(statement("'NaN'"));
    expect((await table.poll([])).totals[0]?.recordsProcessed).toBe(3 * 350);
  });

  it('is reported, with its history and its throughput', async () => {
    const { snapshot, throughput } = await table.report();
    expect(snapshot.unreadable).toEqual([]);
    expect(snapshot.totals[0]?.recordsProcessed).toBe(3 * 350);
    expect(snapshot.history.reduce((sum, { records }) => sum + records, 0)).toBe(2 * 350);
    expect(throughput.every((one) => one.recordsPerSecond === null || Number.isFinite(one.recordsPerSecond))).toBe(
      true,
    );
    expect(throughput.reduce((sum, one) => sum + one.batchCount, 0)).toBeGreaterThan(odd.length);
  });

  it('is read in pages by its key', async () => {
    const filter = filterOf('worker:2');
    const page = await table.page({ direction: 'older', from: null, filter, limit: 5 });
    expect(page.map(({ workerId }) => workerId)).toEqual([2, 2, 2, 2, 2]);
  });

  it('shows an unreadable value in the detail', async () => {
    const { rows } = await database.query<{ id: number }>(
      "SELECT id FROM migration_control WHERE records_processed = 'NaN' AND status = 'failed'",
    );
    const detail = await table.detail(rows[0]?.id ?? 0);
    expect(detail?.operation.recordsProcessed).toBeNull();
    expect(detail?.operation.totalRecords).toBe(1000);
    expect(detail?.problems).toEqual(['records_processed is NaN']);
  });

  it('is printed by status', async () => {
    const [plain, json] = await Promise.all([
      runCommand(['status', database.url]),
      runCommand(['status', '--json', database.url]),
    ]);
    expect([plain.code, plain.stderr, json.code, json.stderr]).toEqual([0, '', 0, '']);
    expect(JSON.parse(json.stdout)).toMatchObject({ summary: { unreadable: 0, recordsProcessed: 3 * 350 } });
  });
});
