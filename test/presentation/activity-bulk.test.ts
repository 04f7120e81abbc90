import { describe, expect, it } from 'vitest';
import { bulkKeys } from '../../source/database/bulk-keys.ts';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { bulkResultOf, distinctValues, groupedBulkActions } from '../../source/presentation/activity-bulk.ts';
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
    bulk: null,
  };
}

describe('an action on many in the Activity view', () => {
  const nextKey = bulkKeys();
  const [alone, between] = [rowOf(null, 90), rowOf('0b8cfa7e-1c3f-4a5e-9d35-3a1a2f6f0f10', 91)];
  const bulk = [1, 2, 3, 4].map((id) => rowOf(nextKey(), id, id === 4 ? { outcome: 'locked' } : {}));

  it('is one row where its newest action is, among the single ones', () => {
    const grouped = groupedBulkActions([alone, ...bulk.slice(0, 2), between, ...bulk.slice(2)]);
    expect(grouped.map(({ key, bulk: of }) => [key, of?.rows.length])).toEqual([
      ['row 90', undefined],
      [expect.stringMatching(/^bulk /), 4],
      ['row 91', undefined],
    ]);
    expect(grouped[1] && [operationIdOf(grouped[1]), tableNameOf(grouped[1])]).toEqual([null, null]);
  });

  it.each([
    ['all were changed', bulk.slice(0, 3), 'paused 3 operations', 'plain'],
    ['one was locked', bulk, 'paused 3 of 4 operations, 1 locked', 'warn'],
    [
      'a worker undid one',
      [
        ...bulk.slice(0, 2),
        { ...bulk[2], result: { state: 'overwritten', status: 'running', workerId: 3, next: null } },
      ],
      'paused 3 operations, 1 overwritten',
      'bad',
    ],
    [
      'one was deleted since',
      [...bulk.slice(0, 2), { ...bulk[2], result: { state: 'gone' } }],
      'paused 3 operations, 1 gone',
      'bad',
    ],
  ] as const)('says what it came to: %s', (_, rows, text, tone) => {
    const [row] = groupedBulkActions(rows as readonly ActivityRow[]);
    expect(row && bulkResultOf(row)).toEqual({ text, tone });
  });

  it('shows the results of retries', () => {
    const key = bulkKeys();
    const rows = ['completed', 'completed', 'pending'].map((status, index) => ({
      ...rowOf(key(), index, { action: 'retry', toStatus: 'pending' }),
      result: { state: 'retried', status, workerId: null, next: '99' } as const,
    }));
    const [row] = groupedBulkActions(rows);
    expect(row && bulkResultOf(row).text).toBe('queued again 3 operations: 2 completed, 1 pending');
  });

  it('counts the statuses of operations that were taken over, as of retries', () => {
    const key = bulkKeys();
    const rows = (['completed', 'running', 'pending'] as const).map((status, index) => ({
      ...rowOf(key(), index, { action: 'takeover', toStatus: 'pending' }),
      result: {
        state: status === 'pending' ? ('holds' as const) : ('went on' as const),
        status,
        workerId: null,
        next: null,
      },
    }));
    const [row] = groupedBulkActions(rows);
    expect(row && bulkResultOf(row).text).toMatch(/ 3 operations: 1 completed, 1 running, 1 pending$/);
  });

  it('names the kind of the failures that were accepted, or how many kinds they are', () => {
    const accepted = (kinds: readonly (string | undefined)[]) => {
      const key = bulkKeys();
      const rows = kinds.map((failureKind, index) => ({ ...rowOf(key(), index, { action: 'accept' }), failureKind }));
      const [row] = groupedBulkActions(rows);
      return row && bulkResultOf(row, true).text;
    };
    expect(accepted(['deadlock detected', 'deadlock detected'])).toBe('accepted 2: deadlock detected');
    expect(accepted(['deadlock detected', 'value too long'])).toBe('accepted 2: 2 kinds');
    expect(accepted([undefined, undefined])).toBe('accepted 2');
  });

  it('counts a large one of which the list holds only a part', () => {
    const key = bulk[0]?.entry?.key?.slice(0, 24) ?? '';
    const outcomes = new Map([
      ['applied', 99_990],
      ['gone', 10],
    ]);
    const [row] = groupedBulkActions(bulk, new Map([[key, { total: 100_000, outcomes }]]));
    expect(row && bulkResultOf(row).text).toBe('paused 99,990 of 100,000 operations, 10 gone');
  });

  it('says that more may have trouble where not all actions of a large one are followed or listed', () => {
    const tracked = { result: { kind: 'progressing' } };
    const held = { state: 'holds', status: 'paused', workerId: null, next: null };
    const [first, second, third] = bulk;
    const textOf = (rows: readonly unknown[], counted?: Parameters<typeof groupedBulkActions>[1]) => {
      const [row] = groupedBulkActions(rows as readonly ActivityRow[], counted);
      return row && bulkResultOf(row, true).text;
    };
    const goingOn = { ...first, tracked, result: held };
    expect(textOf([goingOn, { ...second, tracked, result: held }])).toBe('paused 2, 2 not stopped');
    expect(textOf([goingOn, { ...second, result: held }])).toBe('paused 2, 1 or more not stopped');
    const overwritten = { ...second, result: { ...held, state: 'overwritten', status: 'running' } };
    expect(textOf([goingOn, overwritten])).toBe('paused 2, 1 overwritten, 1 not stopped');
    const counts = { total: 3000, outcomes: new Map([['applied', 3000]]) };
    const counted = new Map([[first?.entry?.key?.slice(0, 24) ?? '', counts]]);
    expect(textOf([overwritten, third], counted)).toBe('paused 3,000, 1 or more overwritten');
  });

  it('says of a partial undo who prevented it, as the message does, and only the change that was made', () => {
    const key = bulkKeys();
    const undo = { action: 'undo', fromStatus: 'paused', toStatus: 'pending' };
    const late = { ...undo, toStatus: 'running', outcome: 'stale', row: { status: 'completed', workerId: 20 } };
    const [row] = groupedBulkActions([rowOf(key(), 1, undo), rowOf(key(), 2, late)]);
    expect(row && bulkResultOf(row, true).text).toBe('undone 1 of 2, 1 changed by worker 20 first');
    expect(row && distinctValues(row, ({ toStatus }) => toStatus)).toEqual(['pending']);
    const other = { ...late, row: { status: 'failed', workerId: 7 } };
    const [two] = groupedBulkActions([rowOf(key(), 1, undo), rowOf(key(), 2, late), rowOf(key(), 3, other)]);
    expect(two && bulkResultOf(two, true).text).toBe('undone 1 of 3, 2 changed by workers 7 and 20 first');
    // A worker has overwritten the pause that it was to take back.
    const running = { ...late, row: { status: 'running', workerId: 3 }, firstWorker: 3 };
    const [three] = groupedBulkActions([rowOf(key(), 1, undo), rowOf(key(), 2, running)]);
    expect(three && bulkResultOf(three, true).text).toBe('undone 1 of 2, 1 changed by worker 3 first');
    const [unknown] = groupedBulkActions([rowOf(key(), 3, undo), rowOf(key(), 4, { ...late, row: null })]);
    expect(unknown && bulkResultOf(unknown, true).text).toBe('undone 1 of 2, 1 changed by another session first');
  });

  it('of one operation stays a row like any other', () => {
    expect(groupedBulkActions(bulk.slice(0, 1))).toEqual(bulk.slice(0, 1));
  });
});
