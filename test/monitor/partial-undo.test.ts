import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Monitor } from '../../source/monitor/monitor-interface.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { bulkResultOf } from '../../source/presentation/activity-bulk.ts';
import { statusActionRows } from '../../source/presentation/status-action-rows.ts';
import { statusActions } from '../../source/presentation/status-actions.ts';
import { insertBatches } from '../support/bulk.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { monitorOf } from '../support/fake-table.ts';

/** More than an action changes in two messages, and more than the audit lists. */
const all = 450;

const patiently = { timeout: 30_000, interval: 50 };

let database: TestDatabase;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query(await readSql('options/audit.sql'));
  await insertBatches(database, all, 'running');
});
afterAll(async () => {
  for (const end of ends) await end();
  await database?.drop();
});

async function session(): Promise<Monitor> {
  const table = await openTable(database.url);
  const { monitor } = monitorOf(table, { intervalSeconds: 0.2, window: { columns: 160, rows: 40 } });
  ends.push(async () => {
    await monitor.stop();
    await table.close();
  });
  monitor.start();
  monitor.press(['6']);
  await vi.waitFor(() => expect(monitor.store.state().latest).not.toBeNull(), patiently);
  return monitor;
}

/** The results of each action on many in the Activity view, newest first. */
const results = (monitor: Monitor): string[] =>
  rowsOf(monitor.store.state(), 'activity').flatMap((row) =>
    row.kind === 'activity' && row.bulk !== null ? [bulkResultOf(row).text] : [],
  );

async function statusSays(): Promise<string[]> {
  await using table = await openTable(database.url);
  return statusActionRows(statusActions(await table.report(), table.target)).map(({ result }) => result);
}

async function pressed(monitor: Monitor, chord: string): Promise<void> {
  const toasts: string[] = [];
  const stop = monitor.store.subscribe(() => toasts.push(monitor.store.state().toast?.text ?? ''));
  monitor.press([chord]);
  await vi.waitFor(() => expect(toasts.join('\n')).toMatch(/^(paused|undone): .* operations/m), patiently);
  await vi.waitFor(() => expect(monitor.store.state().acting.running).toBeNull(), patiently);
  stop();
}

it('says in every session and in status how much of an action was undone', async () => {
  const own = await session();
  await pressed(own, 'P');
  // The undo is stopped after its first message.
  const stop = own.store.subscribe(() => {
    const { running } = own.store.state().acting;
    if (running?.action === 'undo' && running.done > 0) {
      stop();
      queueMicrotask(() => own.press(['escape']));
    }
  });
  await pressed(own, 'u');
  const partly = ['undone 200 of 450 operations, 250 not sent', 'paused 450 operations, 200 undone'];
  const ofAudit = ['undone 200 operations', 'paused 450 operations, 200 undone'];
  await vi.waitFor(() => expect(results(own)).toEqual(partly), patiently);
  const other = await session();
  await vi.waitFor(() => expect(results(other)).toEqual(ofAudit), patiently);
  expect(await statusSays()).toEqual(ofAudit);
  // The rest, too.
  await pressed(own, 'u');
  const wholly = ['undone 250 operations', 'undone 200 operations', 'paused 450 operations, undone'];
  await vi.waitFor(() => expect(results(other)).toEqual(wholly), patiently);
  await vi.waitFor(() => expect(results(own)[2]).toBe('paused 450 operations, undone'), patiently);
  expect(await statusSays()).toEqual(wholly);
  // Operations that were paused again are not undone.
  await pressed(own, 'P');
  const again = ['paused 450 operations', ...wholly];
  await vi.waitFor(() => expect(results(other)).toEqual(again), patiently);
  expect(await statusSays()).toEqual(again);
});
