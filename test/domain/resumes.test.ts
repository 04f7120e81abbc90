import { describe, expect, it } from 'vitest';
import type { ActedRow } from '../../source/domain/audit.ts';
import { pauseAllReason } from '../../source/domain/last-actors.ts';
import { pausedAtIn, pausedByTable, pausesIn, resumesIn } from '../../source/domain/resumes.ts';

const action = (at: number | null, fromStatus: string, toStatus: string, outcome = 'applied') => ({
  at,
  operationId: 1,
  fromStatus,
  toStatus,
  outcome,
});

it.each([
  ['a pause and its resume', [action(10, 'running', 'paused'), action(70, 'paused', 'running')], [70, 60]],
  [
    'two pauses',
    [
      action(10, 'running', 'paused'),
      action(20, 'paused', 'running'),
      action(50, 'running', 'paused'),
      action(90, 'paused', 'running'),
    ],
    [90, 50],
  ],
  ['a resume of which the pause is not known', [action(70, 'paused', 'running')], [70, 0]],
  ['a resume that was not applied', [action(70, 'paused', 'running', 'stale')], null],
  ['a resume without a time', [action(null, 'paused', 'running')], null],
  ['a retry after it', [action(70, 'paused', 'running'), action(80, 'failed', 'pending')], null],
  [
    'changes of the batch size',
    [
      action(10, 'running', 'paused'),
      action(60, 'paused', 'paused'),
      action(70, 'paused', 'running'),
      action(80, 'running', 'running'),
    ],
    [70, 60],
  ],
  [
    'two pauses, of which others have ended the first',
    [action(10, 'running', 'paused'), action(60, 'running', 'paused'), action(70, 'paused', 'running')],
    [70, 60],
  ],
] as const)('the last resume after %s', (_, oldestFirst, expected) => {
  const resume = resumesIn(oldestFirst.toReversed()).get(1);
  expect(resume).toEqual(expected === null ? undefined : { at: expected[0], pausedSeconds: expected[1] });
});

it.each([
  ['a pause', [action(10, 'running', 'paused')], 10],
  ['a change of the batch size after it', [action(10, 'running', 'paused'), action(60, 'paused', 'paused')], 10],
  ['a resume by others and a second pause', [action(10, 'running', 'paused'), action(60, 'running', 'paused')], 10],
  [
    'a resume and a second pause',
    [action(10, 'running', 'paused'), action(20, 'paused', 'running'), action(60, 'running', 'paused')],
    60,
  ],
  ['a pause of a pending one', [action(10, 'pending', 'paused')], undefined],
  ['a pause that was not applied', [action(10, 'running', 'paused', 'stale')], undefined],
] as const)('when a running operation was paused, after %s', (_, oldestFirst, expected) => {
  expect(pausedAtIn(oldestFirst.toReversed()).get(1)).toBe(expected);
});

describe('operations that were paused together', () => {
  const row = (tableName: string, phase = 'execution'): ActedRow | null => ({
    status: 'running',
    workerId: 1,
    phase,
    tableName,
  });
  const pause = (at: number, reason: string | null, of = row('cases'), operationId = 1, fromStatus = 'running') => ({
    ...action(at, fromStatus, 'paused'),
    operationId,
    action: 'pause',
    reason,
    row: of,
  });
  const resume = (at: number, of = row('cases'), operationId = 1, outcome = 'applied') => ({
    ...action(at, 'paused', 'running', outcome),
    operationId,
    action: 'resume',
    reason: null,
    row: of,
  });

  it('are those of a table: from the last pause of a running one to the first resume', () => {
    const oldestFirst = [
      pause(10, 'replica lag', row('fees'), 7),
      pause(11, 'replica lag'),
      pause(12, 'replica lag', row('cases'), 2),
      pause(13, 'replica lag', row('cases'), 3, 'pending'),
      pause(14, 'replica lag', row('cases', 'validation'), 4),
      resume(20, row('cases'), 3),
      resume(40, row('cases'), 2, 'stale'),
      resume(50, row('cases'), 2),
      resume(51),
      resume(60, row('fees'), 7),
      pause(70, null),
    ];
    expect(pausesIn(oldestFirst.toReversed())).toEqual([
      { tableName: 'cases', from: 12, to: 50 },
      { tableName: 'fees', from: 10, to: 60 },
    ]);
  });

  it('are all of them from a pause of all to the first resume, also if their rows are gone', () => {
    const oldestFirst = [
      pause(30, pauseAllReason, null),
      pause(31, `${pauseAllReason}; release`, null, 2),
      resume(50, null, 1, 'stale'),
      resume(60, null),
      resume(61, null, 2),
      pause(90, pauseAllReason, null),
    ];
    expect(pausesIn(oldestFirst.toReversed())).toEqual([{ tableName: null, from: 30, to: 60 }]);
  });
});

it('the pauses of completed operations, whose timestamps include them, are added up for each table', () => {
  const of = (operationId: number, status: string, tableName = 'cases') => ({
    operationId,
    row: { status, workerId: 1, phase: 'execution', tableName },
  });
  const resumes = new Map([1, 2, 3, 4, 5].map((id) => [id, { at: 100, pausedSeconds: 10 * id }]));
  const activity = [
    of(1, 'completed'),
    of(2, 'completed'),
    of(3, 'running'),
    of(4, 'completed', 'fees'),
    of(9, 'completed'),
  ];
  expect(pausedByTable(activity, resumes)).toEqual(
    new Map([
      ['execution cases', 30],
      ['execution fees', 40],
    ]),
  );
});
