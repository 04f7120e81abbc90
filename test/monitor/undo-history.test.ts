import { expect, it } from 'vitest';
import type { Transition } from '../../source/domain/transitions.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { mostUndoable, undoableNow, withEarlier, withUndoable } from '../../source/monitor/undo-history.ts';
import { target } from '../support/fixtures.ts';

const undo = (id: number): Transition => ({
  id,
  from: 'paused',
  to: 'running',
  completedAt: 'keep',
  version: `${id}`,
  identity: null,
});

it('the last 20 actions can be undone, the last one first', () => {
  let state = initialState({ target, readOnly: null, intervalSeconds: 1, window: { columns: 80, rows: 24 }, nowMs: 0 });
  for (let id = 1; id <= 30; id++)
    state = withUndoable(state, { kind: 'one', action: { undo: undo(id), tableName: 'cases' } });
  const ids: number[] = [];
  for (let now = undoableNow(state); now?.kind === 'one'; now = undoableNow(state)) {
    ids.push(now.action.undo.id);
    state = withEarlier(state);
  }
  expect(ids).toEqual(Array.from({ length: mostUndoable }, (_, index) => 30 - index));
});
