import { expect, it, vi } from 'vitest';
import type { Status } from '../../source/domain/operation.ts';
import type { Monitor } from '../../source/monitor/monitor-interface.ts';
import { unchangedText } from '../../source/presentation/bulk-text.ts';
import { storedRows } from '../support/bulk.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, readSql } from '../support/database.ts';
import { monitorOf } from '../support/fake-table.ts';

const patiently = { timeout: 30_000, interval: 50 };

async function pressed(monitor: Monitor, chord: string, result: RegExp): Promise<string> {
  const toasts: string[] = [];
  const stop = monitor.store.subscribe(() => toasts.push(monitor.store.state().toast?.text ?? ''));
  monitor.press([chord]);
  const found = (): string | undefined => toasts.find((text) => result.test(text));
  await vi.waitFor(() => expect(found(), toasts.join('\n')).toBeDefined(), patiently);
  await vi.waitFor(() => expect(monitor.store.state().acting.running).toBeNull(), patiently);
  stop();
  return found() ?? '';
}

it.each(['u', 'P'])('leaves what the same operator has paused in another session since, with %s', async (chord) => {
  await using database = await createDatabase({ schema: true });
  await database.query(await readSql('options/audit.sql'));
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, batch_size, started_at, worker_id)
     SELECT 'execution', 'brackets', 'bulk ' || n, 'running', 500, localtimestamp, 10 + n FROM generate_series(1, 6) AS n`,
  );
  const table = await openTable(database.url);
  await using other = await openTable(database.url);
  const { monitor } = monitorOf(table, { intervalSeconds: 0.2, window: { columns: 160, rows: 40 } });
  const change = (id: number, from: Status, to: Status) =>
    other.act(
      { id, from, to, completedAt: 'keep', version: null, identity: null },
      { action: to === 'paused' ? 'pause' : 'resume', reason: 'of the other session' },
    );
  try {
    monitor.start();
    await vi.waitFor(() => expect(monitor.store.state().latest).not.toBeNull(), patiently);
    await pressed(monitor, 'P', /^paused: 6 operations/);
    for (const id of [1, 2]) {
      await change(id, 'paused', 'running');
      await change(id, 'running', 'paused');
    }
    await change(3, 'paused', 'running');
    const word = chord === 'u' ? 'undone' : 'resumed';
    const text = await pressed(monitor, chord, new RegExp(`^${word}: `));
    expect(text).toContain(`${word}: 3 of 6 operations`);
    expect(text).toContain('2 not possible');
    expect((await storedRows(database)).map(({ status }) => status)).toEqual([
      'paused',
      'paused',
      ...Array.from({ length: 4 }, () => 'running'),
    ]);
    const last = monitor.store.state().acting.bulkActions.at(-1);
    expect(last?.refused.map(({ id, reason }) => [id, reason.kind === 'acted' && reason.by])).toEqual(
      expect.arrayContaining([
        [1, 'ana@bastion'],
        [2, 'ana@bastion'],
      ]),
    );
    // No worker has resumed the third.
    const third = last?.results.find(({ change: { transition } }) => transition.id === 3);
    if (chord === 'u')
      expect(third && unchangedText(third.outcome, 'paused')).toBe('ana@bastion changed it to running');
    // Actions of this session are not those of another one.
    await pressed(monitor, 'u', chord === 'u' ? /nothing to undo/ : /^undone: 3 operations/);
  } finally {
    await monitor.stop();
    await table.close();
  }
});
