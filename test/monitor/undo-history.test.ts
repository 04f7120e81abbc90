import { expect, it } from 'vitest';
import type { Transition } from '../../source/domain/transitions.ts';
import {
  mostUndoable,
  nextUndoText,
  undoableNow,
  undoSubjects,
  withEarlier,
  withUndoable,
} from '../../source/monitor/undo-history.ts';
import { firstState } from '../support/first-state.ts';

const undo = (id: number): Transition => ({
  id,
  from: 'paused',
  to: 'running',
  completedAt: 'keep',
  version: `${id}`,
  identity: null,
});

it('the last 20 actions can be undone, the last one first', () => {
  let state = firstState();
  for (let id = 1; id <= 30; id++)
    state = withUndoable(state, { kind: 'one', action: { undo: undo(id), tableName: 'cases' } });
  const ids: number[] = [];
  for (let now = undoableNow(state); now?.kind === 'one'; now = undoableNow(state)) {
    ids.push(now.action.undo.id);
    state = withEarlier(state);
  }
  expect(ids).toEqual(Array.from({ length: mostUndoable }, (_, index) => 30 - index));
});

it('names the action that is undone next, in few words where the room is short', () => {
  const start = firstState();
  expect(nextUndoText(start, 'u')).toEqual({ text: '', brief: '' });
  const before = {
    ...start,
    undoableBefore: [{ kind: 'one', action: { undo: undo(2014), tableName: 'cases' } }] as const,
  };
  expect(nextUndoText(before, 'u')).toEqual({
    text: '  (u undoes the pause of operation 2014)',
    brief: '  (u undoes pause of 2014)',
  });
  // Its row has changed since.
  const changedRows = new Map([
    ['2014 null 2014', { status: 'completed', why: 'worker 3 changed it to completed', bulk: null, isDefied: false }],
  ]);
  expect(nextUndoText({ ...before, changedRows }, 'u')).toEqual({ text: '', brief: '' });
});

it('names what is undone now on the key line, so that the pause of 22 operations is not that of operation 22', () => {
  const start = firstState();
  expect(undoSubjects(start)).toEqual([]);
  const one = withUndoable(start, { kind: 'one', action: { undo: undo(22), tableName: 'cases' } });
  expect(undoSubjects(one)).toEqual(['pause of 22']);
  const changes = Array.from({ length: 22 }, (_, index) => ({ transition: undo(index), seenVersion: null }));
  const many = withUndoable(start, {
    kind: 'many',
    action: { key: 'k', action: 'retry', what: '22 marked operations', changes: changes as never },
  });
  expect(undoSubjects(many)).toEqual(['retry of 22 operations', '22 retries']);
  // Polls have seen that one was changed since.
  const one3 = { status: 'completed', why: 'worker 3 changed it to completed', bulk: 'k', isDefied: false };
  expect(undoSubjects({ ...many, changedRows: new Map([['3 null null', one3]]) })).toEqual([
    'retry of 21 of 22 operations',
    '21 of 22 retries',
  ]);
});
