import { describe, expect, it } from 'vitest';
import { failureOf } from '../../source/domain/held-failures.ts';
import { triageOf } from '../../source/domain/triage-tally.ts';
import { stillUnresolved } from '../../source/monitor/acceptable.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import { fakeTable } from '../support/fake-table.ts';
import { firstState } from '../support/first-state.ts';
import { operation, snapshotOf, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const failed = (id: number, errorMessage: string) =>
  operation({ id, status: 'failed', tableName: `table_${id}`, completedAt: takenAt - id, errorMessage });

const rows = [failed(1, 'no room'), failed(2, 'no room'), failed(3, 'deadlock detected')];

describe('accepting a failure', () => {
  it('takes a note, removes it from the unresolved ones, and can be undone', async () => {
    const operator = await open(fakeTable(rows));
    await operator.focus('failures').sees('FAILURES', '2 unresolved of 2', '3 unresolved of 3 failed');
    await operator.press('x').sees('accept, because:', 'operation 1 · table_1, until it fails again');
    // A note is needed.
    await operator.press('enter').sees('accept, because:', 'not accepted: type a note first');
    await operator.press('k').sees('operation 1 · table_1, until it fails again').press('backspace');
    await operator.press(...'known', 'enter').seesToast('accepted: operation 1 · table_1; only on this machine');
    // Its row stays under the cursor until that moves.
    await operator.sees('1 unresolved of 2', '2 unresolved of 3 failed', /▸ ⊗ +1 +table_1/);
    await operator.press('j', 'k').sees(/▸ ✗ +2 +table_2/, /^(?![\s\S]*[✗⊗] +1 +table_1)/);
    await operator.press('h').sees('table_1').press('h');
    await operator.press('u').seesToast('unresolved again: operation 1 · table_1');
    await operator.sees('2 unresolved of 2', '3 unresolved of 3 failed');
  });

  it('says that rows were deleted as soon as a poll has found that, and accepts none of them', async () => {
    const table = fakeTable(rows);
    const operator = await open(table);
    await operator.press('3').press('x').sees('accepts 2 failures, until they fail again: no room');
    table.rows = rows.slice(1);
    await operator.waits(1).sees('accepts operation 2 · table_2 (1 more was deleted), until it fails again: ');
    table.rows = rows.slice(2);
    await operator.waits(1).sees('cannot accept 2 failures: their rows were deleted', /Esc close $/m);
    await operator.press(...'old', 'enter').seesToast('cannot accept 2 failures: their rows were deleted');
    await operator.sees('1 unresolved of 1 failed');
  });

  it('can still be undone after an undo that failed', async () => {
    const table = fakeTable(rows);
    const operator = await open(table);
    await operator.focus('failures').press('x', ...'known', 'enter');
    const { accept } = table;
    table.accept = () => Promise.reject(new Error('no answer'));
    await operator.press('u').seesToast('cannot undo the acceptance of operation 1 · table_1: no answer');
    table.accept = accept;
    await operator.press('u').seesToast('unresolved again: operation 1 · table_1');
  });

  it('accepts all unresolved failures of the kind under the cursor', async () => {
    const operator = await open(fakeTable(rows));
    await operator.press('3').sees('3 unresolved in 2 kinds');
    await operator
      .press('x')
      .sees('accepts 2 failures, until they fail again: no room')
      .press(...'old', 'enter');
    await operator
      .seesToast('(u undoes it)')
      .seesToast('accepted: 2 failures')
      .sees('1 unresolved in 1 kind', '2 accepted (h shows them)');
    // The kind stays under the cursor until that moves.
    await operator
      .sees(/▸ +0 +2 +no room/, /^ +accepted by \S+: old/m)
      .press('R')
      .seesToast('cannot retry no room: all 2 are accepted');
    await operator.press('j').sees(/▸ +1 +1 +deadlock detected/, /^(?![\s\S]*0 +2 +no room)/);
    // With the resolved ones it is listed last.
    await operator.press('h', 'G', 'R').seesToast('cannot retry no room: all 2 are accepted');
  });

  it('accepts only the failures of the kind that pass the filter', async () => {
    const operator = await open(fakeTable(rows));
    await operator
      .press('3', '/', ...'id:1', 'enter')
      .sees('no room')
      .press('x', ...'old', 'enter');
    await operator.seesToast('accepted: operation 1 · table_1');
  });

  it('says if the failure changed meanwhile, and accepts nothing', async () => {
    const table = fakeTable(rows);
    const operator = await open(table);
    await operator.focus('failures').press('x', ...'old');
    table.rows = rows.map((row) => ({ ...row, version: '9999' }));
    await operator.press('enter').seesToast('not accepted: operation 1 · table_1 changed since');
    await operator.sees('3 unresolved of 3 failed');
  });

  it('counts a row that was deleted as gone, and undoes the acceptance of the others', async () => {
    const table = fakeTable([...rows, failed(4, 'no room')]);
    const operator = await open(table);
    await operator.press('3').press('x', ...'old');
    table.rows = table.rows.filter(({ id }) => id !== 4);
    await operator.press('enter').seesToast('accepted: 2 of 3 failures (1 gone); only on this machine');
    await operator.sees('u undo 2 acceptances');
    await operator.press('u').seesToast('unresolved again: 2 failures');
  });

  it('says that all rows were deleted before any was accepted', async () => {
    const table = fakeTable(rows);
    const operator = await open(table);
    await operator.focus('failures').press('x', ...'old');
    table.rows = rows.slice(1);
    await operator.press('enter').seesToast('not accepted: operation 1 · table_1 (its row was deleted)');
  });

  it('is a new failure when the operation fails again', async () => {
    const table = fakeTable(rows);
    const operator = await open(table);
    await operator
      .focus('failures')
      .press('x', ...'old', 'enter')
      .sees('2 unresolved of 3 failed');
    table.rows = rows.map((row) => (row.id === 1 ? { ...row, version: '9999', completedAt: takenAt } : row));
    await operator.waits(1).sees('3 unresolved of 3 failed');
  });

  it('is refused where nothing may be written, and without a failure under the cursor', async () => {
    const operator = await open(fakeTable([operation({ id: 7 })]));
    await operator.press('x').seesToast('cannot accept: no unresolved failure selected');
    const reader = await open(fakeTable(rows), { readOnly: true });
    await reader
      .focus('failures')
      .press('x')
      .seesToast(/cannot accept: read-only/);
  });
});

it('goes back with Esc to the view in which a kind was opened', async () => {
  const operator = await open(fakeTable([...rows, operation({ id: 20 })]));
  const place = () => [operator.state().view, operator.state().failureKind];
  await operator.press('j', 'enter');
  expect(place()).toEqual(['failures', 'no room']);
  await operator.press('escape');
  expect(place()).toEqual(['overview', null]);
  await operator.press('3', 'enter');
  expect(place()).toEqual(['failures', 'no room']);
  await operator.press('escape');
  expect(place()).toEqual(['failures', null]);
});

describe('the keys n and N', () => {
  it('go to the next and the previous unresolved failure, wrap around, and lead from other views to the Failures view', async () => {
    const retried = operation({ id: 9, status: 'completed', sourceQuery: rows[0]?.sourceQuery ?? null });
    const operator = await open(fakeTable([...rows, retried, operation({ id: 20 })]));
    await operator.press('2', 'n');
    expect(operator.state().view).toBe('failures');
    const key = () => operator.state().cursors.failures.key;
    expect(key()).toBe('kind no room');
    await operator.press('n');
    expect(key()).toBe('kind deadlock detected');
    await operator.press('n');
    expect(key()).toBe('kind no room');
    await operator.press('N');
    expect(key()).toBe('kind deadlock detected');
  });
});

it('does not leave the cursor on a kind that turns out to be resolved once later attempts are known', () => {
  const [first, , other] = rows;
  if (first === undefined || other === undefined) return expect.fail('no rows');
  const unresolved = [first, other].map((row) => failureOf(row, { kind: 'unresolved' }));
  const judged = [failureOf(first, { kind: 'resolved', by: 9 }), failureOf(other, { kind: 'unresolved' })];
  const poll = (triage: ReturnType<typeof triageOf>) =>
    ({ kind: 'polled', snapshot: { ...snapshotOf([first, other]), triage }, atMs: 0, nextSeconds: 1 }) as const;
  const start = firstState();
  const events = [
    poll(triageOf(unresolved, false)),
    { kind: 'viewed', view: 'failures' },
    poll(triageOf(judged, true)),
  ];
  const state = (events as Parameters<typeof reduce>[1][]).reduce(reduce, start);
  expect(state.cursors.failures.key).toBe('kind deadlock detected');
  // Failures that were chosen before the attempts were known are not accepted any more.
  const chosen = [first, other].map((row) => ({ ...row, failedAt: row.completedAt }));
  expect(stillUnresolved(state, chosen).map(({ id }) => id)).toEqual([other.id]);
});
