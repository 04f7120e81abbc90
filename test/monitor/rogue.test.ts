import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Monitor } from '../../source/monitor/monitor-interface.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { monitorOf } from '../support/fake-table.ts';

// A worker with the specification's own SQL, word for word, against an operator in front of the monitor.
const progressById = "UPDATE migration_control SET records_processed = $1, status = 'running' WHERE id = $2";
const progressByKey = `UPDATE migration_control
  SET records_processed = $1, status = 'running'
  WHERE phase = 'execution' AND table_name = 'brackets' AND worker_id = 1`;

let database: TestDatabase;
let table: OpenedTable;
let monitor: Monitor;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
afterAll(() => database?.drop());
beforeEach(async () => {
  await database.query('TRUNCATE migration_control RESTART IDENTITY');
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, batch_size, total_records, started_at, worker_id)
     VALUES ('execution', 'brackets', 'batch_migration', 'running', 500, 1569, NOW(), 1)`,
  );
});

/** The state once it is as it should be, and how many polls that took. */
async function until(holds: (state: MonitorState) => boolean): Promise<{ state: MonitorState; polls: number }> {
  let polls = 0;
  let seen = monitor.store.state().latest;
  while (!holds(monitor.store.state())) {
    await new Promise<void>((resolve) => {
      const stop = monitor.store.subscribe(() => {
        stop();
        resolve();
      });
    });
    const { latest } = monitor.store.state();
    if (latest !== seen) polls++;
    seen = latest;
  }
  return { state: monitor.store.state(), polls };
}

async function watch(work: () => Promise<void>): Promise<void> {
  table = await openTable(database.url);
  ({ monitor } = monitorOf(table, { intervalSeconds: 0.2, window: { columns: 120, rows: 40 } }));
  monitor.start();
  try {
    await until((state) => rowsOf(state).length > 0);
    await work();
  } finally {
    await monitor.stop();
  }
}

const lastResult = (state: MonitorState) => state.trackedActions.at(-1)?.result;

async function pause(): Promise<void> {
  monitor.press(['p']);
  const { state } = await until((now) => now.trackedActions.length > 0);
  expect(state.toast?.text).toContain('paused: operation 1 · brackets');
}

describe("a worker with the specification's SQL", () => {
  for (const [name, sql] of [
    ['by id', progressById],
    ['by phase, table and worker', progressByKey],
  ] as const) {
    it(`is noticed within two polls when it reverts a pause ${name}`, async () => {
      await watch(async () => {
        await pause();
        await database.query(sql, sql === progressById ? [500, 1] : [500]);
        const { state, polls } = await until((now) => lastResult(now)?.kind === 'overwritten');
        expect(polls).toBeLessThanOrEqual(2);
        expect(lastResult(state)).toMatchObject({ status: 'running', workerId: 1 });
        // The audit, which is read beside the polls, says that no operator did it.
        const told = await until(({ toast }) => toast?.text.includes('worker 1 overwrote the pause') === true);
        const [row] = rowsOf(told.state);
        expect(row?.kind === 'operation' && row.flag).toBe('OVERWRITTEN');
      });
    });
  }

  it('is shown as not stopped when it writes only counters', async () => {
    await watch(async () => {
      await pause();
      let records = 0;
      // It reports with every poll, for as long as it takes to be noticed.
      const stop = monitor.store.subscribe(() => {
        void database.query('UPDATE migration_control SET records_processed = $1 WHERE id = 1', [++records]);
      });
      const { state } = await until((now) => lastResult(now)?.kind === 'progressing');
      stop();
      const [row] = rowsOf(state);
      expect(row?.kind === 'operation' && row.flag).toBe('NOT STOPPED');
    });
  });

  it('cannot revert a pause if the guard is installed, but can write its counters', async () => {
    await database.query(await readSql('options/guard.sql'));
    try {
      await watch(async () => {
        expect(monitor.store.state().target.guarded).toBe(true);
        await pause();
        await database.query(progressById, [500, 1]);
        await database.query(progressByKey, [501]);
        const { state } = await until((now) =>
          rowsOf(now).some((row) => row.kind === 'operation' && row.operation.recordsProcessed === 501),
        );
        expect(lastResult(state)?.kind).not.toBe('overwritten');
        const { rows } = await database.query('SELECT status, records_processed FROM migration_control');
        expect(rows).toEqual([{ status: 'paused', records_processed: 501 }]);
        // The operator, though, may.
        monitor.press(['r']);
        await until((now) => now.trackedActions.length === 2);
        const resumed = await database.query('SELECT status FROM migration_control');
        expect(resumed.rows).toEqual([{ status: 'running' }]);
      });
    } finally {
      await database.query(await readSql('options/guard-remove.sql'));
    }
  });
});
