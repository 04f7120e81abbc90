import { describe, expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { newestRun, type RunStart } from '../../source/domain/runs.ts';
import { parseSince, sinceText } from '../../source/domain/since.ts';
import { operation, snapshotOf } from '../support/fixtures.ts';

const now = Date.parse('2026-11-26T02:30:00Z') / 1000;
const hour = 3600;
const day = 86_400;

function batch(id: number, startedAgo: number, given: Partial<Operation> = {}): Operation {
  return operation({
    id,
    status: 'completed',
    startedAt: now - startedAgo,
    completedAt: now - startedAgo + 600,
    recordsProcessed: 100,
    totalRecords: 400,
    batchSize: 100,
    ...given,
  });
}

/** The result of runs.sql: the newest start after a day, and after an hour, without any operation. */
function startsOf(rows: readonly Operation[]): RunStart[] {
  const startTimes = rows.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt])).sort((a, b) => b - a);
  return [day, hour].flatMap((gapSeconds) => {
    const index = startTimes.findIndex((at, place) => at - (startTimes[place + 1] ?? at) > gapSeconds);
    const [at, before] = [startTimes[index], startTimes[index + 1]];
    if (at === undefined || before === undefined) return [];
    const ends = rows.flatMap(({ completedAt }) => (completedAt !== null && completedAt < at ? [completedAt] : []));
    return [{ gapSeconds, at, before, ended: ends.length === 0 ? null : Math.max(...ends) }];
  });
}

function found(rows: readonly Operation[]): number | null {
  const snapshot = snapshotOf(rows, now);
  const at = newestRun(snapshot, observe(null, snapshot).tables, startsOf(rows));
  return at === null ? null : now - at;
}

const lastMonth = [batch(1, 30 * day), batch(2, 30 * day - 900)];

describe('the newest of several runs', () => {
  it('is the only one if the earlier operations have been running since then', () => {
    const running = { status: 'running', completedAt: null } as const;
    expect(found([batch(1, 20 * day, running), batch(2, 2 * hour), batch(3, hour, running)])).toBeNull();
    const failed = batch(4, 20 * day, { status: 'failed' });
    expect(found([batch(1, 20 * day, running), failed, batch(2, 2 * hour), batch(3, hour, running)])).toBe(2 * hour);
  });

  it('begins when the same phase continues after a day', () => {
    expect(found([...lastMonth, batch(3, 2 * hour), batch(4, hour, { status: 'running', completedAt: null })])).toBe(
      2 * hour,
    );
  });

  it('begins so too if all its operations are running or failed', () => {
    for (const status of ['running', 'failed'] as const)
      expect([status, found([...lastMonth, batch(3, hour, { status, completedAt: null })])]).toEqual([status, hour]);
  });

  it('begins in the same night if a table has more records than its total', () => {
    const first = [1, 2, 3, 4].map((id) => batch(id, 6 * hour - id * 600));
    expect(found([...first, batch(5, 2 * hour)])).toBe(2 * hour);
    expect(found([...first.slice(1), batch(5, 2 * hour)])).toBeNull();
  });

  it('is not found after another phase, a long operation, or a pause', () => {
    expect(found([batch(1, 3 * day, { phase: 'mapping' }), batch(2, hour)])).toBeNull();
    expect(found([batch(1, 3 * day, { completedAt: now - 2 * hour }), batch(2, hour)])).toBeNull();
    expect(
      found([...lastMonth, batch(3, 29 * day, { status: 'paused', completedAt: null }), batch(4, hour)]),
    ).toBeNull();
  });

  it('is null for a table with one run, or none', () => {
    expect(found([batch(1, 2 * hour), batch(2, hour)])).toBeNull();
    expect(found([])).toBeNull();
  });

  it('is written in a form that --since accepts, without leaving out an operation', () => {
    const text = sinceText(now + 59.5);
    expect(text).toBe('2026-11-26 02:30');
    expect(parseSince(text)).toEqual({ text, kind: 'at', seconds: now });
  });
});
