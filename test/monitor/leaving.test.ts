import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeTable, monitorOf } from '../support/fake-table.ts';
import { operation } from '../support/fixtures.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('leaving', () => {
  it('ends a write that is in progress, and waits until its outcome is known', async () => {
    const table = fakeTable([operation()]);
    const { monitor, state } = monitorOf(table);
    monitor.start();
    await vi.advanceTimersByTimeAsync(100);
    const held = table.hold('act');
    monitor.press(['p', 'q']);
    await vi.advanceTimersByTimeAsync(10);
    const stopped = monitor.stop();
    await vi.advanceTimersByTimeAsync(500);
    expect(table.quiesced).toHaveLength(1);
    expect(table.closed).toBe(0);
    held.end();
    await vi.advanceTimersByTimeAsync(10);
    await stopped;
    expect(table.closed).toBe(1);
    expect(state().toast?.text).toBe('paused: operation 1 · brackets  (u undoes it)');
  });

  it('takes no longer than two and a half seconds, whatever a write does', async () => {
    const table = fakeTable([operation()]);
    const { monitor } = monitorOf(table);
    monitor.start();
    await vi.advanceTimersByTimeAsync(100);
    table.hold('act');
    monitor.press(['p']);
    await vi.advanceTimersByTimeAsync(10);
    const stopped = monitor.stop();
    expect(table.quiesced).toEqual([1000]);
    await vi.advanceTimersByTimeAsync(1500);
    await stopped;
    expect(table.closed).toBe(1);
  });
});

describe('suspending', () => {
  it('ends reads and writes in progress, stops polling, and polls at once afterwards', async () => {
    const table = fakeTable([operation()]);
    const { monitor, state } = monitorOf(table);
    monitor.start();
    await vi.advanceTimersByTimeAsync(100);
    await monitor.pause();
    expect(table.quiesced).toHaveLength(1);
    const polls = table.count('poll');
    table.gone = new Error('cancelled');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(table.count('poll')).toBe(polls);
    table.gone = null;
    monitor.resume();
    await vi.advanceTimersByTimeAsync(10);
    expect(table.count('poll')).toBe(polls + 1);
    expect(state().connection.kind).toBe('live');
    await monitor.stop();
  });

  it('does not report a lost connection when it cancels a poll', async () => {
    const table = fakeTable([operation()]);
    const { monitor, state } = monitorOf(table);
    monitor.start();
    await vi.advanceTimersByTimeAsync(100);
    const held = table.hold('poll');
    await vi.advanceTimersByTimeAsync(2000);
    expect(held.waiting).toBe(1);
    const paused = monitor.pause();
    table.gone = new Error('cancelled');
    held.end();
    await vi.advanceTimersByTimeAsync(10);
    await paused;
    expect(state().connection.kind).toBe('live');
    table.gone = null;
    monitor.resume();
    await vi.advanceTimersByTimeAsync(10);
    expect(state().connection.kind).toBe('live');
    await monitor.stop();
  });
});

describe('a window too small to show anything', () => {
  it('accepts no action, but quits', async () => {
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
