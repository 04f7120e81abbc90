import { expect, it } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { openControlTable } from '../../source/polling/control-table.ts';
import { memoryLog, operator } from '../support/control-table.ts';
import { createDatabase } from '../support/database.ts';
import { monitorOf, untilState } from '../support/fake-table.ts';

it.each([
  ['a row', 'SELECT 1 FROM migration_control FOR UPDATE', /locked by another session/],
  [
    'the table',
    'LOCK TABLE migration_control IN SHARE MODE',
    /table public\.migration_control is locked by pid \d+ loader\. Try again/,
  ],
])('says what happened, changes nothing and takes further keys if a worker holds %s', async (_, lock, why) => {
  await using database = await createDatabase({ schema: true });
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, total_records, records_processed, batch_size, started_at, worker_id, error_message)
     VALUES ('execution', 'brackets', 'copy', 'running', 1000, 100, 10, localtimestamp - interval '1 h', 1, NULL),
       ('execution', 'cases', 'copy', 'failed', 1000, 100, 10, localtimestamp - interval '1 h', 1, 'deadlock detected')`,
  );
  const role = await database.role({
    grants: ['ALL ON migration_control', 'ALL ON SEQUENCE migration_control_id_seq'],
  });
  const { username } = new URL(role);
  await database.query(
    `ALTER ROLE ${username} SET lock_timeout = 50; ALTER ROLE ${username} SET statement_timeout = 500`,
  );
  const holder = await database.connect();
  await holder.query(`SET application_name = 'loader'; BEGIN; ${lock}`);
  const connection = await connect(connectionSettings(role, {}));
  const log = memoryLog();
  const table = await openControlTable(connection, 'migration_control', { operator, logFor: () => log });
  const { monitor } = monitorOf(table, { intervalSeconds: 0.2, window: { columns: 120, rows: 40 } });
  const rows = async () =>
    (await database.query('SELECT id, status, batch_size FROM migration_control ORDER BY id')).rows;
  const before = await rows();
  try {
    monitor.start();
    await untilState(monitor, ({ latest }) => latest !== null);
    const said = (text: RegExp) =>
      untilState(monitor, ({ toast, acting }) => acting.running === null && text.test(toast?.text ?? ''));
    const opened = (kind: string) => untilState(monitor, ({ overlay }) => overlay.kind === kind);
    monitor.press(['2']);
    monitor.press(['b']);
    await opened('size');
    monitor.press(['5']);
    monitor.press(['enter']);
    await said(/^not resized: operation \d+ · \w+ \(/);
    expect(monitor.store.state().toast?.text).toMatch(why);
    for (const key of ['3', 'enter', 'R']) monitor.press([key]);
    await opened('bulk');
    monitor.press(['y']);
    await said(/^not queued again: operation \d+ · \w+ \(/);
    expect(monitor.store.state().toast?.text).toMatch(why);
    // It writes no row of the table.
    monitor.press(['x']);
    await opened('accept');
    for (const key of ['k', 'enter']) monitor.press([key]);
    await said(/^accepted: operation 2 /);
    expect(await rows()).toEqual(before);
  } finally {
    await monitor.stop();
    await table.close();
    await holder.end();
  }
});
