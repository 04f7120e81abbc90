import { expect, it } from 'vitest';
import { planBulk } from '../../source/domain/bulk-actions.ts';
import type { Status } from '../../source/domain/operation.ts';
import { operation } from '../support/fixtures.ts';

const row = (id: number, status: Status) => ({ ...operation({ id, status }), identity: null });
const idsOf = (action: 'pause' | 'resume', ...rows: readonly ReturnType<typeof row>[]): number[] =>
  planBulk(action, rows).changes.map(({ transition }) => transition.id);

it('a pause of many takes running operations first, then pending ones in the order in which workers claim them', () => {
  const newestFirst = [row(9, 'pending'), row(8, 'running'), row(7, 'pending'), row(6, 'completed'), row(5, 'running')];
  expect(idsOf('pause', ...newestFirst)).toEqual([5, 8, 7, 9]);
});

it('other actions keep the order of the list', () => {
  expect(idsOf('resume', row(9, 'paused'), row(5, 'paused'))).toEqual([9, 5]);
});
