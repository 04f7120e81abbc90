import { expect, it } from 'vitest';
import { askedOnly } from '../../source/domain/asked-rows.ts';
import { planBulk } from '../../source/domain/bulk-actions.ts';
import { bulkDocument, bulkReport } from '../../source/presentation/bulk-report.ts';
import { operation } from '../support/fixtures.ts';

const members = (['running', 'completed', 'failed', 'paused', 'skipped'] as const).map((status, index) =>
  operation({ id: index + 1, status }),
);

it('an action by a filter counts what cannot change, and refuses only what was named', () => {
  const all = askedOnly(planBulk('pause', members), []);
  expect(all.plan.changes.map(({ transition }) => transition.id)).toEqual([1]);
  expect(all.plan.refused).toEqual([]);
  expect(all.notAsked).toEqual([
    { why: 'already ended', rows: 3 },
    { why: 'already paused', rows: 1 },
  ]);
  const named = askedOnly(planBulk('pause', members), [2, 4]);
  expect(named.plan.refused.map(({ id }) => id)).toEqual([2, 4]);
  // A running operation can be skipped after a pause: somebody has to know.
  expect(askedOnly(planBulk('skip', members), []).plan.refused.map(({ id }) => id)).toEqual([1]);
});

it('the report says how many these are, and is no error', () => {
  const { plan, notAsked } = askedOnly(planBulk('pause', members.slice(1)), []);
  const report = { action: 'pause', reason: null, plan, results: [], missing: [], unmatched: [], notAsked };
  expect(bulkReport(report)).toBe('no operation to pause, 3 already ended, 1 already paused');
  expect(bulkDocument(report)).toMatchObject({
    operations: [],
    notAsked: [
      { reason: 'already ended', operations: 3 },
      { reason: 'already paused', operations: 1 },
    ],
  });
});
