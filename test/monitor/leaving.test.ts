import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeTable, monitorOf, operation } from '../support/fixtures.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('leaving', () => {
  it('waits for a write that is on its way, so that nobody believes done what was cancelled', async () => {
    const table = fakeTable([operation()]);
    const { monitor, state } = monitorOf(table);
    monitor.start();
    await vi.advanceTimersByTimeAsync(100);
    const held = table.hold('act');
    monitor.press(['p', 'q']);
    await vi.advanceTimersByTimeAsync(10);
    const stopped = monitor.stop();
    await vi.advanceTimersByTimeAsync(1000);
    expect(table.closed).toBe(0);
    held.end();
    await vi.advanceTimersByTimeAsync(10);
    await stopped;
    expect(table.closed).toBe(1);
    expect(state().toast?.text).toBe('paused: operation 1 (brackets) · u undoes it');
  });

  it('does not wait for ever', async () => {
    const table = fakeTable([operation()]);
    const { monitor } = monitorOf(table);
    monitor.start();
    await vi.advanceTimersByTimeAsync(100);
    table.hold('act');
    monitor.press(['p']);
    await vi.advanceTimersByTimeAsync(10);
    const stopped = monitor.stop();
    await vi.advanceTimersByTimeAsync(7000);
    await stopped;
    expect(table.closed).toBe(1);
  });
});

describe('a window too small to show anything', () => {
  it('takes no action, and still quits', async () => {
    const table = fakeTable([operation()]);
    const { monitor, left } = monitorOf(table, { window: { columns: 40, rows: 8 } });
    monitor.start();
    await vi.advanceTimersByTimeAsync(100);
    monitor.press(['p', 'j', 's', 'y', 'u']);
    await vi.advanceTimersByTimeAsync(100);
    expect(table.count('act')).toBe(0);
    monitor.press(['q']);
    expect(left()).toBe(1);
    await monitor.stop();
  });
});
