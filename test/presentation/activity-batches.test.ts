import { describe, expect, it } from 'vitest';
import { batchKeys } from '../../source/database/batch-keys.ts';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { batchResultOf, groupedBatches } from '../../source/presentation/activity-batches.ts';
import { operationIdOf, tableNameOf } from '../../source/presentation/activity-columns.ts';
import type { ActivityRow } from '../../source/presentation/rows.ts';
import { auditEntry, takenAt } from '../support/fixtures.ts';

function rowOf(key: string | null, id: number, given: Partial<AuditEntry> = {}): ActivityRow {
  const entry = auditEntry({ key, at: takenAt - id, osUser: 'ops', host: 'db1', operationId: id, ...given });
  return {
    kind: 'activity',
    key: `row ${id}`,
    entry,
    change: null,
    event: null,
    tracked: null,
    result: null,
    batch: null,
  };
}

describe('a batch in the Activity view', () => {
  const nextKey = batchKeys();
  const [alone, between] = [rowOf(null, 90), rowOf('0b8cfa7e-1c3f-4a5e-9d35-3a1a2f6f0f10', 91)];
  const batch = [1, 2, 3, 4].map((id) => rowOf(nextKey(), id, id === 4 ? { outcome: 'locked' } : {}));

  it('is one row where its newest action is, among the single ones', () => {
    const grouped = groupedBatches([alone, ...batch.slice(0, 2), between, ...batch.slice(2)]);
    expect(grouped.map(({ key, batch: of }) => [key, of?.rows.length])).toEqual([
      ['row 90', undefined],
      [expect.stringMatching(/^batch /), 4],
      ['row 91', undefined],
    ]);
    expect(grouped[1] && [operationIdOf(grouped[1]), tableNameOf(grouped[1])]).toEqual([null, null]);
  });

  it.each([
    ['all were changed', batch.slice(0, 3), 'paused 3 operations', 'plain'],
    ['one was locked', batch, 'paused 3 of 4 operations, 1 locked', 'warn'],
    [
      'a worker undid one',
      [
        ...batch.slice(0, 2),
        { ...batch[2], result: { state: 'overwritten', status: 'running', workerId: 3, next: null } },
      ],
      'paused 2 of 3 operations, 1 overwritten',
      'bad',
    ],
    [
      'one was deleted since',
      [...batch.slice(0, 2), { ...batch[2], result: { state: 'gone' } }],
      'paused 2 of 3 operations, 1 gone',
      'bad',
    ],
  ] as const)('says what it came to: %s', (_, rows, text, tone) => {
    const [row] = groupedBatches(rows as readonly ActivityRow[]);
    expect(row && batchResultOf(row)).toEqual({ text, tone });
  });

  it('shows the results of retries', () => {
    const key = batchKeys();
    const rows = ['completed', 'completed', 'pending'].map((status, index) => ({
      ...rowOf(key(), index, { action: 'retry', toStatus: 'pending' }),
      result: { state: 'retried', status, workerId: null, next: '99' } as const,
    }));
    const [row] = groupedBatches(rows);
    expect(row && batchResultOf(row).text).toBe('queued again 3 operations: 2 completed, 1 pending');
  });

  it('counts the statuses of operations that were taken over, as of retries', () => {
    const key = batchKeys();
    const rows = (['completed', 'running', 'pending'] as const).map((status, index) => ({
      ...rowOf(key(), index, { action: 'takeover', toStatus: 'pending' }),
      result: {
        state: status === 'pending' ? ('holds' as const) : ('went on' as const),
        status,
        workerId: null,
        next: null,
      },
    }));
    const [row] = groupedBatches(rows);
    expect(row && batchResultOf(row).text).toMatch(/ 3 operations: 1 completed, 1 running, 1 pending$/);
  });

  it('names the kind of the failures that were accepted, or how many kinds they are', () => {
    const accepted = (kinds: readonly (string | undefined)[]) => {
      const key = batchKeys();
      const rows = kinds.map((failureKind, index) => ({ ...rowOf(key(), index, { action: 'accept' }), failureKind }));
      const [row] = groupedBatches(rows);
      return row && batchResultOf(row, true).text;
    };
    expect(accepted(['deadlock detected', 'deadlock detected'])).toBe('accepted 2: deadlock detected');
    expect(accepted(['deadlock detected', 'value too long'])).toBe('accepted 2: 2 kinds');
    expect(accepted([undefined, undefined])).toBe('accepted 2');
  });

  it('counts a large batch of which the list holds only a part', () => {
    const key = batch[0]?.entry?.key?.slice(0, 24) ?? '';
    const outcomes = new Map([
      ['applied', 99_990],
      ['gone', 10],
    ]);
    const [row] = groupedBatches(batch, new Map([[key, { total: 100_000, outcomes }]]));
    expect(row && batchResultOf(row).text).toBe('paused 99,990 of 100,000 operations, 10 gone');
  });

  it('of one operation stays a row like any other', () => {
    expect(groupedBatches(batch.slice(0, 1))).toEqual(batch.slice(0, 1));
  });
});
