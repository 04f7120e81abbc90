import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Monitor } from '../../source/monitor/monitor-interface.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { bulkResultOf } from '../../source/presentation/activity-bulk.ts';
import { tableNameOf } from '../../source/presentation/activity-columns.ts';
import { sharedHoldNote } from '../../source/presentation/hold.ts';
import type { OperationRow } from '../../source/presentation/rows.ts';
import { statusActionRows } from '../../source/presentation/status-action-rows.ts';
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
     SELECT 'execution', 'table_' || n / 20, 'batch_migration', 'running', 500, 1569, localtimestamp, n
     FROM generate_series(0, 299) AS n`,
  );
});
afterAll(() => database?.drop());

const session = async (): Promise<Monitor> => startedMonitor(await openTable(database.url));

/** The actions on many in the Activity view, newest first: how many operations, on which tables, and the result. */
const actionsIn = (state: MonitorState): string[] =>
  rowsOf(state, 'activity').flatMap((row) =>
    row.kind === 'activity' && row.bulk !== null
      ? [`${row.bulk.counts.total} on ${tableNameOf(row)}: ${bulkResultOf(row).text}`]
      : [],
  );

const allSay = (monitors: readonly Monitor[], texts: readonly string[]) => untilAllSay(monitors, actionsIn, texts);

const operations = ({ store }: Monitor): readonly OperationRow[] =>
  rowsOf(store.state(), 'workers').filter((row) => row.kind === 'operation');

it('counts an action on more operations than Activity lists whole, and what was overwritten, in every session', async () => {
  const acting = await session();
  const other = await session();
  const monitors = [acting, other];
  try {
    acting.press(['P']);
    await untilState(acting, ({ latest, writing }) => latest?.migration.statuses.paused === 300 && writing === 0);
    for (const one of monitors) one.press(['6']);
    await allSay(monitors, ['300 on 15 tables: paused 300 operations']);
    await untilState(acting, ({ latest, writing }) => latest?.migration.statuses.paused === 300 && writing === 0);
    for (const one of monitors)
      await untilState(one, () => sharedHoldNote(operations(one)) === 'paused: all running and pending operations (P)');

    // The first and the last row of the action: Activity lists the newest two hundred.
    await database.query(
      `UPDATE migration_control SET status = 'completed', completed_at = localtimestamp WHERE id IN (1, 300)`,
    );
    const overwritten = '300 on 15 tables: paused 300 operations, 2 overwritten';
    await allSay(monitors, [overwritten]);
    acting.press(['P']);
    await untilState(acting, ({ latest, writing }) => latest?.migration.statuses.running === 298 && writing === 0);
    acting.press(['P']);
    await untilState(acting, ({ latest }) => latest?.migration.statuses.paused === 298);
    monitors.push(await session());
    monitors[2]?.press(['6']);
    for (const one of monitors)
      await untilState(
        one,
        (state) =>
          actionsIn(state).length === 3 &&
          actionsIn(state)[2] === overwritten &&
          actionsIn(state)[0] === '298 on 15 tables: paused 298 operations',
      );

    for (const filter of ['pause', 'overwritten', 'table:table_3']) {
      const before = actionsIn(other.store.state());
      other.store.emit({ kind: 'filtered', filter });
      const listed = actionsIn(other.store.state());
      expect(listed.length).toBeGreaterThan(0);
      expect(before.filter((text) => listed.includes(text))).toEqual(listed);
      other.store.emit({ kind: 'filtered', filter: '' });
    }

    const reading = await openTable(database.url);
    const { activity } = statusDocument(reading.target, await reading.report().finally(() => reading.close()));
    expect(statusActionRows(activity ?? []).at(-1)).toMatchObject({
      id: '300 ops',
      result: 'paused 300 operations, 2 overwritten',
    });
  } finally {
    await Promise.all(monitors.map((one) => one.stop()));
  }
});
