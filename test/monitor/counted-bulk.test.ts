import { expect, it } from 'vitest';
import type { RowOutcome } from '../../source/domain/bulk-actions.ts';
import type { LastBulk } from '../../source/monitor/acting-state.ts';
import { countedBulkActions } from '../../source/monitor/counted-bulk.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { bulkResultOf, groupedBulkActions } from '../../source/presentation/activity-bulk.ts';
import { tableNameOf } from '../../source/presentation/activity-columns.ts';
import type { ActivityRow } from '../../source/presentation/rows.ts';
import { auditEntry, takenAt } from '../support/fixtures.ts';

const [pauseKey, resumeKey, undoKey] = [1, 2, 3].map((digit) => `${digit}1111111-1111-8111-8111-`);

const results = (ids: readonly number[]): RowOutcome[] =>
  ids.map((id) => ({
    change: {
      transition: { id, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity: null },
      tableName: 'cases',
      seenVersion: null,
    },
    outcome: { kind: 'applied', version: '9', hadCompletedAt: false, at: takenAt, isUnconfirmed: false },
  }));

const last = (key: string | undefined, action: LastBulk['action'], ids: readonly number[]): LastBulk => ({
  ...{ key: key ?? '', action, what: 'all', results: results(ids), refused: [], at: takenAt },
});

/** The pause of many operations, of which Activity lists only the newest row. */
function pauseIn(bulkActions: readonly LastBulk[]): ActivityRow | undefined {
  const entry = auditEntry({ key: `${pauseKey}000000000001/0`, operationId: 1 });
  const row: ActivityRow = {
    ...{ kind: 'activity', key: 'row 1', entry, change: null, event: null, tracked: null, bulk: null },
    result: { state: 'undone', status: 'running', workerId: null, next: null },
  };
  const state = { acting: { bulkActions }, activity: [entry] } as unknown as MonitorState;
  return groupedBulkActions([row], countedBulkActions(state))[0];
}

it('knows of an action of this session the tables of all its rows, and that all were taken back', () => {
  const pause = last(pauseKey, 'pause', [1, 2, 3]);
  const row = pauseIn([pause, last(undoKey, 'undo', [3, 2, 1])]);
  expect(row && [tableNameOf(row), bulkResultOf(row, true).text]).toEqual(['cases', 'paused 3, undone']);
});

it.each([
  ['only some', [last(undoKey, 'undo', [1, 2])]],
  ['another action on them', [last(resumeKey, 'resume', [1, 2, 3]), last(undoKey, 'undo', [1, 2, 3])]],
])('says that some may be taken back, where an undo took back %s', (_, later) => {
  const row = pauseIn([last(pauseKey, 'pause', [1, 2, 3]), ...later]);
  expect(row && bulkResultOf(row, true).text).toBe('paused 3, 1 or more undone');
});
