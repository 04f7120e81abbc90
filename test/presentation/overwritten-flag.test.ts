import { expect, it } from 'vitest';
import { isOnlyDefied } from '../../source/domain/defied.ts';
import { observe } from '../../source/domain/observation.ts';
import { withAction } from '../../source/domain/tracked-actions.ts';
import { operationRow } from '../../source/presentation/rows.ts';
import { auditEntry, operation, snapshot, takenAt } from '../support/fixtures.ts';
import { totalsOf } from '../support/totals.ts';

it('does not mark an operation that a poll read between the time of its pause and the commit, nor leave out its ETA', () => {
  const running = operation({ id: 31, workerId: 4, status: 'running', startedAt: takenAt - 60 });
  const other = operation({ id: 32, workerId: 5, status: 'paused', startedAt: takenAt - 60 });
  const actions = withAction([], {
    ...{ action: 'pause', operationId: 31, tableName: running.tableName, from: 'running', to: 'paused', version: null },
    requestedAt: takenAt - 0.2,
  });
  const activity = [auditEntry({ at: takenAt - 0.19, operationId: 31, action: 'pause', toStatus: 'paused' })];
  const operations = [running, other];
  const observed = observe(null, snapshot({ takenAt, totals: totalsOf(operations), operations }));
  expect(operationRow(observed, running, actions, activity).flag).not.toBe('OVERWRITTEN');
  expect(isOnlyDefied(observed, activity, actions)).toBe(false);
  expect(operationRow(observed, running, [], activity).flag).toBe('OVERWRITTEN');
  expect(isOnlyDefied(observed, activity)).toBe(true);
});
