import { describe, expect, it } from 'vitest';
import { earlierAfter } from '../../source/domain/earlier-events.ts';
import { failureOf } from '../../source/domain/held-failures.ts';
import { observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { triageOf } from '../../source/domain/triage-tally.ts';
import { snapshot } from '../domain/build.ts';
import { fakeTable, lostConnection } from '../support/fake-table.ts';
import { auditEntry, operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest, type Operator, second } from '../support/operator.ts';

const open = monitorsUnderTest();

const failed = (id: number, agoSeconds: number, more: Partial<Operation> = {}): Operation =>
  operation({
    id,
    status: 'failed',
    startedAt: takenAt - agoSeconds - 60,
    completedAt: takenAt - agoSeconds,
    errorMessage: `deadlock of ${id}`,
    ...more,
  });
const retried = failed(21, 1800, { sourceQuery: 'SELECT * FROM brackets LIMIT 500 OFFSET 1000' });
const retry = operation({
  ...retried,
  id: 30,
  status: 'completed',
  errorMessage: null,
  startedAt: takenAt - 1000,
  completedAt: takenAt - 900,
});
const running = operation({ id: 31, tableName: 'cases', workerId: 4 });
const old = failed(10, 7200);
const ofTables = [
  failed(20, 600, { tableName: 'dockets' }),
  operation({ id: 5, tableName: 'judges', status: 'completed', completedAt: takenAt - 1200 }),
];

const logged = (operator: Operator): string[] =>
  operator.state().events.map(({ at, what }) => {
    const of = 'operation' in what ? what.operation.id : 'tableName' in what ? what.tableName : '';
    return `${what.kind} ${of} ${at - takenAt}`;
  });
const expected = [
  'failed 21 -1800',
  'table done judges -1200',
  'table done brackets -900',
  'failed 20 -600',
  'table done dockets -600',
];

it('has resolved failures among the earlier events, at the time of the attempt that completed', () => {
  const counted = snapshot(takenAt, [running, retried], { counts: { failed: 1 } });
  const judged = { ...failureOf(retried, { kind: 'resolved', by: 30 }), resolvedAt: takenAt - 900 };
  const unsearched = observe(null, { ...counted, triage: triageOf([judged], false) });
  const searched = observe(unsearched, { ...counted, takenAt: takenAt + 2, triage: triageOf([judged], true) });
  const first = earlierAfter(null, unsearched);
  expect(first.added.map(({ at, what }) => [what.kind, at - takenAt])).toEqual([['failed', -1800]]);
  const second = earlierAfter(first.earlier, searched);
  expect(second.added.find(({ what }) => what.kind === 'resolved')).toMatchObject({
    at: takenAt - 900,
    what: { by: 30 },
  });
  expect(earlierAfter(second.earlier, searched).added).toEqual([]);
});

describe('the events from before the monitor started', () => {
  it('are in Activity from the first picture, in one log with the actions, at the times of their rows', async () => {
    const table = fakeTable([running, retried, retry, old, ...ofTables]);
    table.audit = [auditEntry({ at: takenAt - 700, operationId: 31, reason: 'replica lag' })];
    const operator = await open(table);
    expect(logged(operator)).toEqual(expected);
    await operator.focus('activity').sees(/failed +20 [\s\S]*replica lag[\s\S]*failed +21 /);
  });

  it('are not reported: no toast, and no event for the terminal or --on-event', async () => {
    const operator = await open(fakeTable([running, retried, retry, ...ofTables]));
    await operator.waits(1);
    expect(operator.state().noticing.notices).toEqual([]);
    expect(operator.state().toast).toBeNull();
  });

  it('are not listed again after a reconnect, other operations, or later polls', async () => {
    const table = fakeTable([running, retried, retry, old, ...ofTables]);
    const operator = await open(table);
    await operator.waits(20);
    expect(logged(operator)).toEqual(expected);
    table.gone = lostConnection;
    await second(table, 2);
    table.gone = null;
    await second(table, 10);
    expect(logged(operator).filter((one) => !/lost|connected/.test(one))).toEqual(expected);
    await operator.press('S', ...'2d', 'enter').waits(2);
    expect(operator.state().target.scope?.text).toBe('2d');
    expect(logged(operator).filter((one) => !/lost|connected/.test(one))).toEqual(expected);
  });

  it('are at most some hundred, the newest', async () => {
    const many = Array.from({ length: 900 }, (_, index) => failed(100 + index, 3000 - index));
    const operator = await open(fakeTable([running, ...many]));
    const failures = logged(operator).filter((one) => one.startsWith('failed'));
    expect(failures).toHaveLength(150);
    expect(failures.at(-1)).toBe('failed 999 -2101');
  });
});
