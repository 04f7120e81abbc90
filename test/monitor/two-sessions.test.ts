import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Monitor } from '../../source/monitor/monitor-interface.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { resultText } from '../../source/presentation/action-text.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { startedMonitor, untilAllSay, untilState } from '../support/fake-table.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query(await readSql('options/audit.sql'));
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, batch_size, total_records, started_at, worker_id)
     VALUES ('execution', 'brackets', 'batch_migration', 'running', 500, 1569, localtimestamp, 3)`,
  );
});
afterAll(() => database?.drop());

const session = async (): Promise<Monitor> => startedMonitor(await openTable(database.url));

/** The result of each action in the Activity view, newest first. */
const results = (state: MonitorState): string[] =>
  rowsOf(state, 'activity').flatMap((row) =>
    row.kind === 'activity' && row.entry !== null ? [resultText(row.entry, row.result, row.tracked)] : [],
  );

const allSay = (monitors: readonly Monitor[], texts: readonly string[]) => untilAllSay(monitors, results, texts);

it('shows the same result of an action in the session that acted, in another, in a later one and in status', async () => {
  const acting = await session();
  const other = await session();
  const monitors = [acting, other];
  try {
    other.press(['6']);
    acting.press(['p']);
    await untilState(acting, ({ trackedActions }) => trackedActions.length === 1);
    acting.press(['6']);
    await untilState(other, ({ trackedActions }) => trackedActions.length === 1);

    // Its worker takes it back: the other session says so, too.
    // (A toast is shown for some seconds only.)
    let told = '';
    other.store.subscribe(() => {
      const text = other.store.state().toast?.text ?? '';
      if (text.includes('worker 3 overwrote')) told = text;
    });
    await database.query("UPDATE migration_control SET status = 'running', records_processed = 500 WHERE id = 1");
    await allSay(monitors, ['overwritten by worker 3: running now']);
    await untilState(other, () => told !== '');
    expect(told).toMatch(/^worker 3 overwrote the pause by .+ of operation 1 · brackets /);
    const [marked] = rowsOf(other.store.state(), 'workers');
    expect(marked?.kind === 'operation' && marked.flag).toBe('OVERWRITTEN');

    await database.query(
      "UPDATE migration_control SET status = 'completed', completed_at = localtimestamp WHERE id = 1",
    );
    monitors.push(await session());
    monitors[2]?.press(['6']);
    await allSay(monitors, ['overwritten by worker 3: completed now']);

    // A later action does not change what is said of an earlier one.
    await database.query("UPDATE migration_control SET status = 'failed' WHERE id = 1");
    const reading = await openTable(database.url);
    const { activity } = statusDocument(reading.target, await reading.report().finally(() => reading.close()));
    expect(activity).toMatchObject([{ state: 'overwritten', result: 'overwritten by worker 3: failed now' }]);
    acting.press(['5']);
    await untilState(acting, ({ page }) => page?.operations[0]?.status === 'failed');
    acting.press(['s']);
    acting.press(['y']);
    await untilState(acting, ({ trackedActions }) => trackedActions.length === 2);
    acting.press(['6']);
    await allSay(monitors, ['skipped', 'overwritten: failed before the skip']);
  } finally {
    await Promise.all(monitors.map((one) => one.stop()));
  }
});
