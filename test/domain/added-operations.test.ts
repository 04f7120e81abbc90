import { expect, it } from 'vitest';
import { addedOperations, noGrowths } from '../../source/domain/added-operations.ts';
import { withCombined } from '../../source/domain/combined-events.ts';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import type { WatchedEvent } from '../../source/domain/watched-events.ts';
import { eventText } from '../../source/presentation/event-text.ts';
import { at, operation, snapshot } from './build.ts';

const noon = at('12:00:00');

/** A range with its own total. */
const range = (id: number, status: Operation['status'], fields: Partial<Operation> = {}): Operation =>
  operation({
    id,
    status,
    tableName: 'cases',
    workerId: status === 'pending' ? null : 1,
    startedAt: status === 'pending' ? null : noon - 60,
    completedAt: status === 'completed' ? noon - 1 : null,
    batchSize: 100,
    recordsProcessed: status === 'completed' ? 1000 : 0,
    totalRecords: 1000,
    sourceQuery: `SELECT * FROM old_cases WHERE id >= ${id}000 AND id < ${id + 1}000`,
    ...fields,
  });
/** A batch of a table of which 100,000 records are expected. */
const batch = (id: number, status: Operation['status'], fields: Partial<Operation> = {}): Operation =>
  range(id, status, {
    batchSize: 500,
    totalRecords: 100_000,
    recordsProcessed: status === 'completed' ? 500 : 0,
    sourceQuery: `SELECT * FROM old_cases LIMIT 500 OFFSET ${id * 500}`,
    ...fields,
  });
/** A check, whose row names no total. */
const check = (id: number, status: Operation['status']): Operation =>
  range(id, status, { phase: 'validation', totalRecords: null, recordsProcessed: null, batchSize: null });

type Row = (id: number, status: Operation['status']) => Operation;
const rows = (from: number, to: number, status: Operation['status'], row: Row = range): Operation[] =>
  Array.from({ length: to - from + 1 }, (_, index) => row(from + index, status));

/** The events after these polls, a second apart if no other time is given. */
function eventsAfter(...polls: readonly (readonly Operation[] | readonly [number, readonly Operation[]])[]): string[] {
  let before: Observation | null = null;
  let known = noGrowths;
  let events: readonly WatchedEvent[] = [];
  let seconds = -1;
  for (const poll of polls) {
    const [first] = poll;
    seconds = typeof first === 'number' ? first : seconds + 1;
    const own = typeof first === 'number' ? (poll[1] as Operation[]) : (poll as Operation[]);
    const latest: Observation = observe(before, snapshot(noon + seconds, own));
    const { growths, added } = addedOperations(known, latest);
    events = withCombined(events, added);
    [before, known] = [latest, growths];
  }
  return events.map(({ at: told, what }) => {
    const { tableName, text } = eventText(what);
    return `${told - noon} ${tableName}: ${text}`;
  });
}

const done = rows(1, 8, 'completed');
const running = rows(9, 10, 'running');

it('says that operations with totals of their own were added, once', () => {
  const added = [...done, ...running, ...rows(11, 13, 'pending')];
  expect(eventsAfter(rows(1, 10, 'running'), [...done, ...running], added, added)).toEqual([
    '2 cases: 3 operations added: its total rose from 10,000 to 13,000 records',
  ]);
  // They were there when migtop looked first.
  expect(eventsAfter(added, added)).toEqual([]);
});

it('combines those that several polls find, also those that workers have begun by then', () => {
  const polls = Array.from({ length: 30 }, (_, index) => {
    const claimed = rows(11, 11 + Math.floor(index / 3), 'running');
    return [...done, ...running, ...claimed, ...rows(12 + Math.floor(index / 3), 20 + 3 * index, 'pending')];
  });
  expect(eventsAfter([...done, ...running], ...polls)).toEqual([
    '30 cases: 97 operations added: its total rose from 10,000 to 107,000 records',
  ]);
  const [later, latest] = [rows(21, 40, 'pending'), rows(21, 60, 'pending')];
  const before = [...done, ...running, ...rows(11, 20, 'pending')];
  expect(eventsAfter([...done, ...running], before, [90, before], [91, [...before, ...later]])).toHaveLength(2);
  expect(eventsAfter([...before, ...later], [90, [...before, ...latest]], [100, [...before, ...latest]])).toEqual([
    '90 cases: 20 operations added: its total rose from 40,000 to 60,000 records',
  ]);
});

it('says it of an operation that is large beside the others, and of a table that is new', () => {
  const large = range(11, 'pending', { totalRecords: 5_000 });
  expect(eventsAfter([...done, ...running], [...done, ...running, large])).toEqual([
    '1 cases: 1 operation added: its total rose from 10,000 to 15,000 records',
  ]);
  const other = rows(11, 30, 'pending', (id, status) => batch(id, status, { tableName: 'warrants' }));
  expect(eventsAfter([...done, ...running], [...done, ...running, ...other])).toEqual([
    '1 warrants: 20 operations added: its total is 100,000 records',
  ]);
});

it('counts the operations of a table without a total, and names a phase other than the execution', () => {
  const before = [...done, ...rows(21, 22, 'running', check)];
  expect(eventsAfter(before, [...before, ...rows(23, 32, 'pending', check)])).toEqual([
    '1 cases: 10 operations added to the validation: 12 operations in all',
  ]);
});

it('says nothing of batches of a total that stays the same, planned ahead or inserted as they run', () => {
  const before = [...rows(1, 20, 'completed', batch), ...rows(21, 22, 'running', batch)];
  expect(eventsAfter(before, [...before, ...rows(23, 180, 'pending', batch)])).toEqual([]);
  expect(eventsAfter(before, [...before, ...rows(23, 24, 'running', batch)])).toEqual([]);
});

it('says nothing of ranges that workers insert one after the other, as running or as the next one', () => {
  const asTheyRun = Array.from({ length: 130 }, (_, index) => [
    ...rows(1, index + 1, 'completed'),
    ...rows(index + 2, index + 3, 'running'),
  ]);
  expect(eventsAfter(...asTheyRun)).toEqual([]);
  // Each of two workers inserts its next range as pending, and begins it a moment later. Sometimes nothing runs.
  const next = Array.from({ length: 120 }, (_, index) => {
    const ended = 200 + Math.floor(index / 3) * 2;
    const status = (['pending', 'running', 'running'] as const)[index % 3] ?? 'running';
    return [...rows(1, ended, 'completed'), ...(index % 9 === 8 ? [] : rows(ended + 1, ended + 2, status))];
  });
  expect(eventsAfter(...next)).toEqual([]);
  // A queue that is filled up with one range whenever a worker has taken one.
  const queue = Array.from({ length: 80 }, (_, index) => {
    const ended = 200 + index;
    return [
      ...rows(1, ended, 'completed'),
      ...rows(ended + 1, ended + 4, 'running'),
      ...rows(ended + 5, ended + 54 + (index % 3), 'pending'),
    ];
  });
  expect(eventsAfter(...queue)).toEqual([]);
});

it('says nothing of a repetition of the same range, and of operations that go back into the queue', () => {
  const failed = [...done, range(9, 'failed', { completedAt: noon }), range(10, 'running')];
  const again = range(11, 'pending', {
    operation: 'batch_migration_retry',
    sourceQuery: range(9, 'failed').sourceQuery,
  });
  expect(eventsAfter(failed, [...failed, again])).toEqual([]);
  const requeued = [...rows(1, 100, 'completed'), ...rows(101, 140, 'pending'), range(141, 'running')];
  expect(eventsAfter([...rows(1, 100, 'completed'), ...rows(101, 140, 'running')], requeued)).toEqual([]);
});

it('compares totals that are counted again in part with those before', () => {
  let known = noGrowths;
  let before: Observation | null = null;
  const added = [...done, ...running, ...rows(11, 40, 'pending')];
  const told = [[...done, ...running], added, added].flatMap((own, index) => {
    const polled = snapshot(noon + index, own);
    const isStale = index === 1;
    const latest: Observation = observe(before, { ...polled, coverage: { ...polled.coverage, isStale } });
    const { growths, added: events } = addedOperations(known, latest);
    [before, known] = [latest, growths];
    return events.map(({ at: when }) => when - noon);
  });
  expect(told).toEqual([2]);
});
