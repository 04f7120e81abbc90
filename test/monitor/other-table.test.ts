import { expect, it } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { type Observation, observe } from '../../source/domain/observation.ts';
import { isOtherTable } from '../../source/domain/snapshot.ts';
import { sum } from '../../source/domain/sum.ts';
import { paceOf } from '../../source/monitor/pace.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { openControlTable } from '../../source/polling/control-table.ts';
import { memoryLog, operator } from '../support/control-table.ts';
import { createDatabase } from '../support/database.ts';
import { monitorOf, untilState } from '../support/fake-table.ts';

it('begins again if another table gets the name: it has neither the rate, the clocks nor the events of the one before', async () => {
  await using database = await createDatabase({ schema: true });
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, total_records, records_processed, started_at, worker_id)
     VALUES ('execution', 'brackets', 'batch_migration', 'running', 100000, 100, localtimestamp, 1)`,
  );
  const connection = await connect(connectionSettings(database.url, {}));
  const log = memoryLog();
  const table = await openControlTable(connection, 'migration_control', { operator, logFor: () => log });
  const { monitor } = monitorOf(table, { intervalSeconds: 0.2, window: { columns: 120, rows: 40 } });
  const gained = ({ latest }: MonitorState) => sum([...(latest?.throughput.migration.slices ?? [])]);
  try {
    monitor.start();
    await untilState(monitor, ({ latest }) => latest !== null);
    while (gained(monitor.store.state()) === 0) {
      await database.query('UPDATE migration_control SET records_processed = records_processed + 100');
      const { latest } = monitor.store.state();
      await untilState(monitor, (state) => state.latest !== latest);
    }
    monitor.press(['2', ' ']);
    expect(monitor.store.state().acting.marks.size).toBe(1);
    await database.query(
      `BEGIN;
       ALTER TABLE migration_control RENAME TO finished;
       CREATE TABLE migration_control (LIKE finished INCLUDING ALL);
       INSERT INTO migration_control
         (id, phase, table_name, operation, status, total_records, records_processed, started_at, worker_id)
       VALUES (1, 'execution', 'cases', 'copy', 'running', 100000, 70000, localtimestamp - interval '1 day', 1);
       INSERT INTO migration_control
         (id, phase, table_name, operation, status, records_processed, started_at, completed_at, error_message)
       VALUES (2, 'execution', 'cases', 'copy', 'failed', 0, localtimestamp - interval '1 day', localtimestamp, 'no');
       COMMIT`,
    );
    const { identity } = monitor.store.state().target;
    // The change is told at once, not with the next regular inspection.
    await untilState(monitor, ({ target }) => target.identity.tableOid !== identity.tableOid);
    const state = monitor.store.state();
    expect(state.latest?.snapshot.operations.map(({ tableName }) => tableName)).toEqual(['cases']);
    expect(gained(state)).toBe(0);
    expect(state.latest && paceOf(state, state.latest)).toMatchObject({ recordsPerSecond: null, eta: null });
    expect(state.latest?.foreignStarts.size).toBe(0);
    expect(state.events.filter(({ what }) => what.kind === 'failed')).toEqual([]);
    // The marks were of operations of the other table.
    expect(state.acting.marks.size).toBe(0);
    expect(state.acting.lostMarks).toBe(1);
    expect(state.events.map(({ what }) => what)).toContainEqual({ kind: 'replaced', unmarked: 1 });
    expect(state.toast?.text).toBe('another table has this name now: its figures begin again; 1 mark was removed');
  } finally {
    await monitor.stop();
    await table.close();
  }
});

it.each([
  ['a view', 'CREATE VIEW migration_control AS SELECT * FROM finished'],
  ['a table', 'CREATE TABLE migration_control (LIKE finished INCLUDING ALL)'],
])('shows that marks were removed also after the inspection if %s takes the place of the table', async (_, create) => {
  await using database = await createDatabase({ schema: true });
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, total_records, records_processed, started_at, worker_id)
     SELECT 'execution', 'brackets', 'batch_migration', 'running', 100000, 100, localtimestamp, n FROM generate_series(1, 2) n`,
  );
  const connection = await connect(connectionSettings(database.url, {}));
  const log = memoryLog();
  const table = await openControlTable(connection, 'migration_control', { operator, logFor: () => log });
  const { monitor } = monitorOf(table, { intervalSeconds: 0.2, window: { columns: 120, rows: 40 } });
  try {
    monitor.start();
    await untilState(monitor, ({ latest }) => latest !== null);
    monitor.press(['2', ' ', 'j', ' ']);
    expect(monitor.store.state().acting.marks.size).toBe(2);
    const notes: string[] = [];
    monitor.store.subscribe(() => notes.push(...monitor.store.state().target.notes));
    await database.query(`BEGIN; ALTER TABLE migration_control RENAME TO finished; ${create}; COMMIT`);
    await untilState(monitor, ({ events }) => events.some(({ what }) => what.kind === 'replaced'));
    // The inspection, and the notes of it, are before or after the poll that has found it.
    for (let polls = 0; polls < 4; polls++) {
      const { latest } = monitor.store.state();
      await untilState(monitor, (state) => state.latest !== latest);
    }
    expect(notes.join()).toMatch('is not the same table as before');
    const { toast } = monitor.store.state();
    expect(toast?.text).toBe('another table has this name now: its figures begin again; 2 marks were removed');
  } finally {
    await monitor.stop();
    await table.close();
  }
});

it.each<[what: string, before: string[], after: string[], status: string]>([
  ['a pause', [], ['p'], 'running'],
  ['a skip', ['s'], ['y'], 'pending'],
])(
  'changes by %s no row of another table that has the name and the id, and puts the cursor on the first row',
  async (_, before, after, status) => {
    await using database = await createDatabase({ schema: true });
    const rows = (tableName: string): string => `INSERT INTO migration_control
    (id, phase, table_name, operation, status, total_records, records_processed, started_at, worker_id)
    SELECT id, 'execution', '${tableName}', 'batch_migration', '${status}', 100, 0, localtimestamp - interval '1 minute', id
    FROM generate_series(1, 3) AS id`;
    await database.query(rows('brackets'));
    const connection = await connect(connectionSettings(database.url, {}));
    const table = await openControlTable(connection, 'migration_control', { operator, logFor: memoryLog });
    // Between the first poll and the keys there is no other one.
    const { monitor } = monitorOf(table, { intervalSeconds: 60, window: { columns: 120, rows: 40 } });
    const state = () => monitor.store.state();
    try {
      monitor.start();
      monitor.press(['5']);
      await untilState(monitor, ({ page, latest }) => latest !== null && page !== null);
      monitor.press(['j']);
      expect(state().cursors.operations).toMatchObject({ key: '2', index: 1 });
      monitor.press(before);
      if (before.length > 0) await untilState(monitor, ({ overlay }) => overlay.kind === 'confirm');
      await database.query(
        `BEGIN; ALTER TABLE migration_control RENAME TO finished;
       CREATE TABLE migration_control (LIKE finished INCLUDING ALL); ${rows('cases')}; COMMIT`,
      );
      monitor.press(after);
      await untilState(monitor, ({ toast }) => toast !== null);
      expect(state().toast?.text).toMatch(
        /^cannot (?:pause|skip) .*: another table has the name now: its operations are not those that you saw$/,
      );
      const { rows: statuses } = await database.query('SELECT DISTINCT status, table_name FROM migration_control');
      expect(statuses).toEqual([{ status, table_name: 'cases' }]);
      // The poll after the action tells that it is another table.
      await untilState(monitor, ({ events }) => events.some(({ what }) => what.kind === 'replaced'));
      await untilState(monitor, ({ page }) => page?.operations[0]?.tableName === 'cases');
      expect(state().cursors.operations).toMatchObject({ key: '3', index: 0 });
    } finally {
      await monitor.stop();
      await table.close();
    }
  },
);

const progressIn = ({ tracks }: Observation) =>
  [...tracks.values()].filter(({ operation }) => operation.id === 1).map(({ lastProgressAt }) => lastProgressAt);

it.each([
  ['dropped and created again', 'DROP VIEW migration_control; CREATE VIEW', ''],
  ['replaced by another', 'CREATE OR REPLACE VIEW', ''],
  // Every poll counts it.
  [
    'with repeated ids dropped and created again',
    'DROP VIEW migration_control; CREATE VIEW',
    'UNION ALL SELECT * FROM more',
  ],
  ['with repeated ids replaced by another', 'CREATE OR REPLACE VIEW', 'UNION ALL SELECT * FROM more'],
])('begins again if a view is %s over other rows', async (_, replace, more) => {
  await using database = await createDatabase({ schema: true });
  await database.query(
    `ALTER TABLE migration_control RENAME TO first;
     CREATE TABLE second (LIKE first INCLUDING ALL);
     CREATE TABLE more (LIKE first INCLUDING DEFAULTS);
     INSERT INTO more (id, phase, table_name, operation, status) SELECT 7, 'execution', 'brackets', 'copy', 'completed' FROM generate_series(1, 2);
     CREATE VIEW migration_control AS SELECT * FROM first ${more};
     INSERT INTO first (id, phase, table_name, operation, status, total_records, records_processed, started_at, worker_id)
     VALUES (1, 'execution', 'brackets', 'copy', 'running', 100000, 100, localtimestamp, 1);
     INSERT INTO second (id, phase, table_name, operation, status, total_records, records_processed, started_at, worker_id)
     VALUES (1, 'execution', 'brackets', 'copy', 'running', 100000, 70000, localtimestamp, 1)`,
  );
  const connection = await connect(connectionSettings(database.url, {}));
  const table = await openControlTable(connection, 'migration_control', { operator, logFor: memoryLog });
  try {
    const first = observe(null, await table.poll([]));
    await database.query('UPDATE first SET records_processed = 200');
    const second = observe(first, await table.poll([]));
    expect(progressIn(second)).toEqual([second.snapshot.takenAt]);
    await database.query(`BEGIN; ${replace} migration_control AS SELECT * FROM second ${more}; COMMIT`);
    const other = observe(second, await table.poll([]));
    expect(isOtherTable(second.snapshot, other.snapshot)).toBe(true);
    expect(progressIn(other)).toEqual([null]);
  } finally {
    await table.close();
  }
});
