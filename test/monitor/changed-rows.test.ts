import { expect, it } from 'vitest';
import type { Operation } from '../../source/domain/operation.ts';
import type { TrackedAction } from '../../source/domain/tracked-actions.ts';
import { changedRowsAfter, noChangedRows, whyNoneChangesBack } from '../../source/monitor/changed-rows.ts';
import type { Undoable } from '../../source/monitor/undoable.ts';
import { operation } from '../support/fixtures.ts';

const pauseOf = (...ids: readonly number[]): Undoable => ({
  kind: 'many',
  action: {
    key: 'k',
    action: 'pause',
    what: 'table cases',
    changes: ids.map((id) => ({
      transition: { id, from: 'paused', to: 'running', completedAt: 'keep', version: null, identity: null },
      tableName: 'cases',
      seenVersion: '800',
    })),
  },
});

const row = (id: number, version: string, status: Operation['status']): Operation =>
  operation({ id, version, status, workerId: id });

const resumed = (operationId: number): TrackedAction => ({
  action: 'resume',
  operationId,
  tableName: 'cases',
  from: 'paused',
  to: 'running',
  requestedAt: 0,
  version: null,
  lastProgressAt: null,
  progressCount: 0,
  result: { kind: 'requested' },
  by: 'ops2@bastion',
});

function why(undoable: Undoable, operations: readonly Operation[], actions: readonly TrackedAction[]): string | null {
  const changed = changedRowsAfter(noChangedRows, [undoable], { operations, failures: [] }, actions, {
    isFollowable: true,
    rowSecurity: false,
  });
  return whyNoneChangesBack(changed, undoable);
}

it('knows of a pause that another operator has ended, also after its rows are in no poll', () => {
  expect(why(pauseOf(1), [row(1, '900', 'running')], [resumed(1)])).toBe('ops2@bastion has acted on it since');
  expect(why(pauseOf(1, 2), [row(1, '900', 'running'), row(2, '901', 'completed')], [resumed(1), resumed(2)])).toBe(
    'all 2 were changed since: 1 running, 1 completed',
  );
  const known = changedRowsAfter(
    noChangedRows,
    [pauseOf(1)],
    { operations: [row(1, '900', 'completed')], failures: [] },
    [],
    { isFollowable: true, rowSecurity: false },
  );
  const later = changedRowsAfter(known, [pauseOf(1)], { operations: [], failures: [] }, [], {
    isFollowable: true,
    rowSecurity: false,
  });
  expect(whyNoneChangesBack(later, pauseOf(1))).toBe('worker 1 changed it to completed');
});

it('takes an older version, a report of a paused operation and a part of the rows for no reason', () => {
  expect(why(pauseOf(1), [row(1, '700', 'running')], [])).toBeNull();
  expect(why(pauseOf(1), [row(1, '900', 'paused')], [])).toBeNull();
  expect(why(pauseOf(1, 2), [row(1, '900', 'running')], [])).toBeNull();
});

it('leaves the undo of a pause that a worker has overwritten: it takes the mark away', () => {
  const result = { kind: 'overwritten', status: 'running', workerId: 1, afterSeconds: 2 } as const;
  const { by: _, ...own } = resumed(1);
  const paused = { ...own, action: 'pause', from: 'running', to: 'paused', result } as const;
  expect(why(pauseOf(1), [row(1, '900', 'running')], [paused])).toBeNull();
  // One that has ended has no mark.
  expect(why(pauseOf(1), [row(1, '900', 'completed')], [paused])).toBe('worker 1 changed it to completed');
});
