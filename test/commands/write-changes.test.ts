import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { writeChanges } from '../../source/commands/write-changes.ts';
import { fakeTable, monitorOf } from '../support/fake-table.ts';
import { nowMs, operation } from '../support/fixtures.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: nowMs });
});
afterEach(() => {
  vi.useRealTimers();
});

const statuses = ['running', 'paused'] as const;

it('writes a maximum of one line per second while everything changes', async () => {
  const rows = Array.from({ length: 40 }, (_, index) => operation({ id: index + 1, status: 'running', workerId: 2 }));
  const table = fakeTable(rows);
  const { monitor } = monitorOf(table, { intervalSeconds: 0.2 });
  const lines: string[] = [];
  const stop = writeChanges(
    monitor.store,
    {
      write(text, onWritten) {
        lines.push(...text.split('\n').slice(0, -1));
        setImmediate(onWritten);
      },
    },
    { now: () => Date.now(), redact: false },
  );
  monitor.start();
  await vi.advanceTimersByTimeAsync(10_000);
  const before = lines.length;
  for (let change = 0; change < 400; change++) {
    const status = statuses[change % 2] ?? 'running';
    table.rows = table.rows.map((row) => ({ ...row, status, version: `${change}` }));
    await vi.advanceTimersByTimeAsync(150);
  }
  stop();
  await monitor.stop();
  expect(lines.length - before).toBeGreaterThan(20);
  // The lines of one moment come together, and the next ones wait for as many seconds.
  expect(lines.length - before).toBeLessThanOrEqual(60 + 6);
});
