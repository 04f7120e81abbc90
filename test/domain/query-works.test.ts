import { describe, expect, it } from 'vitest';
import { createRandom } from '../../source/demo/random.ts';
import type { Status } from '../../source/domain/operation.ts';
import { worksOf } from '../../source/domain/query-works.ts';
import { evidenceOf, inOrderOfId } from '../../source/domain/works.ts';
import { operation } from './build.ts';

const copy = (id: number, status: Status, fields: Partial<Parameters<typeof operation>[0]> = {}) =>
  evidenceOf(
    operation({
      id,
      operation: 'copy',
      status,
      recordsProcessed: 800,
      totalRecords: 1000,
      batchSize: 100,
      sourceQuery: 'SELECT * FROM s',
      startedAt: 10 * id,
      completedAt: status === 'running' ? null : 10 * id + 9,
      ...fields,
    }),
  );

const ids = (rows: readonly ReturnType<typeof copy>[]) =>
  inOrderOfId(worksOf(rows)).map((work) => work.map(({ id }) => id));

describe('rows of one query without a range', () => {
  it('with one name are one work up to the first that is completed', () => {
    expect(ids([copy(1, 'failed'), copy(2, 'completed')])).toEqual([[1, 2]]);
    expect(ids([copy(1, 'failed'), copy(2, 'skipped'), copy(3, 'running')])).toEqual([[1, 2, 3]]);
    expect(ids([copy(1, 'completed'), copy(2, 'failed')])).toEqual([[1], [2]]);
    expect(ids([copy(1, 'failed', { completedAt: 25 }), copy(2, 'completed')])).toEqual([[1], [2]]);
  });

  it('leave the works before a later row as they are', () => {
    const rows = [copy(1, 'failed'), copy(2, 'completed'), copy(3, 'running'), copy(4, 'failed')];
    expect(ids(rows.slice(0, 3))).toEqual([[1, 2], [3]]);
    expect(ids(rows)).toEqual([[1, 2], [3], [4]]);
  });

  it('are separate works with other names, or if they may be batches', () => {
    expect(ids([copy(1, 'failed'), copy(2, 'completed', { operation: 'load' })])).toEqual([[1], [2]]);
    const batch = { recordsProcessed: 80 };
    expect(ids([copy(1, 'failed', batch), copy(2, 'completed', batch)])).toEqual([[1], [2]]);
    const parameter = { sourceQuery: 'SELECT * FROM s WHERE id > $1' };
    expect(ids([copy(1, 'failed', parameter), copy(2, 'completed', parameter)])).toEqual([[1], [2]]);
  });

  it('are one work with the retries of one name, also beside other names', () => {
    const rows = [copy(1, 'failed'), copy(2, 'failed', { operation: 'load' })];
    expect(ids([...rows, copy(3, 'completed', { operation: 'retry_copy' })])).toEqual([[1, 3], [2]]);
  });

  it('are the same works in any order of arrival', () => {
    const random = createRandom(5);
    const one = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
    for (let nth = 0; nth < 200; nth++) {
      const rows = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, id) =>
        copy(id, one('failed', 'failed', 'completed', 'running', 'skipped', 'pending'), {
          operation: one('copy', 'copy', 'load', 'copy_retry'),
          recordsProcessed: one(0, 50, 800),
        }),
      );
      const shuffled = rows.map((row) => [random(), row] as const).sort(([a], [b]) => a - b);
      expect(ids(shuffled.map(([, row]) => row))).toEqual(ids(rows));
    }
  });
});
