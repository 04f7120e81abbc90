import { expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import { snapshotOf, takenAt } from '../support/fixtures.ts';
import { operation } from './build.ts';

const rows = [1, 2, 3].map((id) =>
  operation({
    id,
    status: 'completed',
    recordsProcessed: 100,
    totalRecords: 300,
    batchSize: 100,
    startedAt: takenAt - 60,
    completedAt: takenAt - 30,
  }),
);

it('nothing is done while a poll knows of more open operations than are counted', () => {
  const snapshot = snapshotOf(rows, takenAt);
  const done = observe(null, snapshot);
  expect(done.migration).toMatchObject({ percent: 100, outcome: expect.anything() });
  // 200,000 pending operations were inserted by the transaction that ended the last live one; they are being counted.
  const more = { ...snapshot, takenAt: takenAt + 1, counts: { ...snapshot.counts, pending: 200_000 } };
  const open = observe(done, more);
  expect(open.migration).toMatchObject({ percent: 99.99, outcome: null, statuses: { pending: 200_000 } });
  expect(open.tables).toMatchObject([{ percent: 99.99, outcome: null }]);
  expect(open.phases.find(({ phase }) => phase === 'execution')).toMatchObject({ percent: 99.99, completedAt: null });
  const after = observe(open, { ...snapshot, takenAt: takenAt + 2 });
  expect(after.migration).toEqual(done.migration);
  expect(after.tables).toEqual(done.tables);
});
