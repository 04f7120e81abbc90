import { expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { reportGap } from '../../source/domain/report-gap.ts';
import { at, operation, snapshot } from './build.ts';

const noon = at('12:00:00');
const slow = operation({
  id: 4,
  phase: 'execution',
  tableName: 'cases',
  status: 'running',
  workerId: 4,
  batchSize: 10,
  totalRecords: 100_000,
  recordsProcessed: 600,
  startedAt: noon - 60,
});

/** The gap that an operation shows after polls at these seconds, with these records. */
function gapAfter(
  polls: readonly (readonly [seconds: number, row: Partial<Operation>])[],
  others: readonly Operation[] = [],
) {
  let observation: Observation | null = null;
  let records: number | null = null;
  let latest = slow;
  for (const [seconds, row] of polls) {
    latest = { ...slow, ...row, version: `${row.recordsProcessed ?? slow.recordsProcessed} ${row.status ?? ''}` };
    const gained = records === null ? 0 : (latest.recordsProcessed ?? 0) - records;
    records = latest.recordsProcessed;
    const given = { operations: [latest], gained: gained > 0 ? new Map([[4, gained]]) : new Map<number, number>() };
    observation = observe(observation, snapshot(noon + seconds, [latest, ...others], given));
  }
  return observation === null ? null : reportGap(observation, latest);
}

const paused = { status: 'paused' } as const;

it('is no batch of an operation that reports many batches at once', () => {
  // 600 records in 60 s are a batch of 10 each second, but it reports every 20 s.
  expect(
    gapAfter([
      [0, {}],
      [6, {}],
      [7, paused],
      [12, paused],
    ]),
  ).toBe(67);
  const first = [
    [0, {}],
    [6, {}],
    [7, { recordsProcessed: 800 }],
    [9, { ...paused, recordsProcessed: 800 }],
  ] as const;
  expect(gapAfter(first)).toBeGreaterThan(15);
  const second = [
    [0, {}],
    [7, { recordsProcessed: 800 }],
    [27, { recordsProcessed: 1000 }],
  ] as const;
  expect(gapAfter(second)).toBe(20);
});

it('is unknown before an operation without records has reported', () => {
  const none = { recordsProcessed: 0 };
  expect(
    gapAfter([
      [0, none],
      [6, none],
      [7, { ...none, ...paused }],
    ]),
  ).toBeNull();
  expect(
    gapAfter([
      [0, paused],
      [20, paused],
    ]),
  ).toBeNull();
});

it('is at least the time for which it was watched without a report', () => {
  const done = operation({
    id: 1,
    phase: 'execution',
    tableName: 'cases',
    status: 'completed',
    batchSize: 10,
    recordsProcessed: 10,
    startedAt: noon - 100,
    completedAt: noon - 99,
  });
  const polls = [
    [0, {}],
    [14, {}],
    [15, paused],
    [40, paused],
  ] as const;
  expect(gapAfter(polls, [done])).toBe(15);
  expect(gapAfter(polls.slice(0, 1), [done])).toBe(1);
  // Many batches in each completed operation do not show how often one reports.
  expect(gapAfter(polls.slice(0, 1), [{ ...done, recordsProcessed: 1000 }])).toBe(60);
});
