import { expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import { operationRow } from '../../source/presentation/rows.ts';
import { progressAgo } from '../../source/presentation/standing-text.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { statusText } from '../../source/presentation/status-text.ts';
import { operation, snapshot, takenAt } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';
import { totalsOf } from '../support/totals.ts';

const pausedRow = (recordsProcessed: number) =>
  operation({
    ...{ id: 31, workerId: 4, status: 'paused', startedAt: takenAt - 60 },
    ...{ recordsProcessed, version: `${recordsProcessed}`, totalRecords: 10_000 },
  });

const seenAt = (at: number, recordsProcessed: number) => {
  const rows = [pausedRow(recordsProcessed)];
  return snapshot({ takenAt: takenAt + at, totals: totalsOf(rows), operations: rows, counts: { paused: 1 } });
};

/** The marks of a paused operation after polls at these seconds, each with the counter of the row, in a session that knows no pause. */
function marks(counters: readonly (readonly [number, number])[]) {
  let observed: Observation | null = null;
  return counters.map(([at, recordsProcessed]) => {
    observed = observe(observed, seenAt(at, recordsProcessed));
    const { flag, ...rest } = operationRow(observed, pausedRow(recordsProcessed), []);
    return [flag, progressAgo({ flag, ...rest }).text];
  });
}

it('says of a paused operation that its worker goes on from its second report on, also without an audit', () => {
  const [, , first, second, third] = marks([
    [0, 100],
    [2, 100],
    [4, 200],
    [6, 300],
    [8, 400],
  ]);
  expect(first).toEqual([null, 'HELD?']);
  expect(second).toEqual(['NOT STOPPED', '! NOT STOPPED']);
  expect(third).toEqual(['NOT STOPPED', '! NOT STOPPED']);
});

it('says no more that it goes on once it has been quiet for longer than between its reports', () => {
  const found = marks([
    [0, 100],
    [10, 200],
    [20, 300],
    [31, 300],
    [33, 300],
  ]);
  expect(found.slice(2)).toEqual([
    ['NOT STOPPED', '! NOT STOPPED'],
    ['NOT STOPPED', '! NOT STOPPED'],
    [null, 'HELD?'],
  ]);
});

it('does not take the report of the last batch for that of a worker that goes on', () => {
  const found = marks([
    [0, 100],
    [2, 200],
    [4, 200],
    [60, 200],
  ]);
  expect(found.map(([flag]) => flag)).toEqual([null, null, null, null]);
});

it('is said by status, if its sample is long enough', () => {
  const { target } = migrationState({ columns: 120, rows: 40 });
  const report = { snapshot: seenAt(13, 400), throughput: [], activity: [], runStarts: [] };
  const documentAfter = (counters: readonly (readonly [number, number])[]) =>
    statusDocument(
      target,
      report,
      counters.reduce<Observation | null>((last, given) => observe(last, seenAt(...given)), null),
    );
  const brief = documentAfter([
    [11, 300],
    [12, 400],
  ]);
  expect(brief.workers).toMatchObject([{ id: 31, notStopped: false }]);
  expect(statusText(brief)).not.toContain('stopped');
  const long = documentAfter([
    [0, 100],
    [6, 200],
    [12, 300],
  ]);
  expect(long.workers).toMatchObject([{ id: 31, notStopped: true }]);
  expect(statusText(long)).toContain('1 paused (1 not stopped)');
  expect(statusText(long)).toContain('keeps working although paused');
});
