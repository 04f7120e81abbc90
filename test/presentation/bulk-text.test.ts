import { expect, it } from 'vitest';
import type { RowOutcome } from '../../source/domain/bulk-actions.ts';
import type { Outcome } from '../../source/domain/transitions.ts';
import { bulkReport } from '../../source/presentation/bulk-report.ts';
import { bulkBrief, bulkResult } from '../../source/presentation/bulk-text.ts';
import { planText, refusedText } from '../../source/presentation/plan-text.ts';

const applied: Outcome = { kind: 'applied', version: '2', hadCompletedAt: false, at: 1, isUnconfirmed: false };
const refused = (reason: string): Outcome => ({ kind: 'refused', reason });

function results(...outcomes: Outcome[]): RowOutcome[] {
  return outcomes.map((outcome, index) => ({
    change: {
      transition: { id: index, from: 'failed', to: 'pending', completedAt: 'keep', version: '1', identity: null },
      tableName: 'cases',
      seenVersion: '1',
    },
    outcome,
  }));
}

it.each<[Outcome[], string]>([
  [[applied], 'queued again: operation 0 · cases'],
  [[applied, applied], 'queued again: 2 operations'],
  [[refused('already has attempt 2135')], 'not queued again: operation 0 · cases (already has attempt 2135)'],
  [
    [{ kind: 'stale', actual: 'running' }],
    'not queued again: operation 0 · cases (another session changed it to running)',
  ],
  [[applied, refused('already has attempt 7')], 'queued again: 1 of 2 operations (1 refused: already has attempt 7)'],
  [
    [refused('already has attempt 7'), refused('already has attempt 8')],
    'not queued again: 2 operations (2 refused, the first: already has attempt 7)',
  ],
  [
    [{ kind: 'unknown', reason: 'cut' }],
    'perhaps queued again: operation 0 · cases (not known: the connection was lost: cut)',
  ],
])('the result of a retry with the outcomes %j', (outcomes, text) => {
  expect(bulkResult('retry', results(...outcomes))).toBe(text);
});

it.each<[Outcome[], string]>([
  [[applied, { kind: 'stale', actual: 'running' }], 'undone: 1 of 2, 1 changed first'],
  [[{ kind: 'stale', actual: 'running' }, { kind: 'gone' }], 'not undone: 1 changed first, 1 gone'],
  [[{ kind: 'unknown', reason: 'cut' }, { kind: 'gone' }], 'undone: 0 of 2, 1 not known, 1 gone'],
])('the result of an undo in short, with the outcomes %j', (outcomes, text) => {
  expect(bulkBrief('undo', results(...outcomes))).toBe(text);
});

const changedBy = (...names: (string | undefined)[]): Outcome[] =>
  names.map((by) => ({ kind: 'stale', actual: 'completed', ...(by === undefined ? {} : { by }) }));

it.each<[Outcome[], string]>([
  [changedBy('worker 7', 'worker 7'), '2 changed by worker 7 first'],
  [changedBy('worker 20', 'worker 7', 'worker 20'), '3 changed by workers 7 and 20 first'],
  [changedBy('worker 3', 'worker 2', 'worker 1'), '3 changed by workers 1, 2 and 3 first'],
  [changedBy('worker 1', 'worker 2', 'worker 3', 'worker 4'), '4 changed by 4 workers first'],
  [changedBy('ops2', 'worker 3'), '2 changed by worker 3 and ops2 first'],
  [changedBy('ops2', 'ana', 'worker 3', 'worker 4'), '4 changed by 2 workers and 2 operators first'],
  [changedBy('worker 3', undefined), '2 changed by another session first'],
])('the result of an action on many names who was first: %j', (outcomes, text) => {
  expect(bulkResult('undo', results(...outcomes, applied))).toBe(
    `undone: 1 of ${outcomes.length + 1} operations (${text})`,
  );
  const brief = text.replace(/by another session first| first$/, (words) => (words === ' first' ? '' : 'first'));
  expect(bulkBrief('undo', results(...outcomes, applied))).toBe(`undone: 1 of ${outcomes.length + 1}, ${brief.trim()}`);
});

it('says once, below the counts, that an operation has to be paused first', () => {
  const running = [{ id: 1, tableName: 'cases', reason: { kind: 'do-first', action: 'pause' } as const }];
  const report = { action: 'skip', reason: null, plan: { changes: [], refused: running }, results: null };
  expect(bulkReport({ ...report, missing: [], unmatched: [] }).match(/pause it first/g)).toHaveLength(1);
});

it('lists the first ids that a dry run would change, and counts all rows that it would not', () => {
  const changes = results(...Array.from({ length: 25 }, () => applied)).map(({ change }) => change);
  const rows = [{ id: 40, tableName: 'cases', reason: { kind: 'already', status: 'paused' } as const }];
  const unmatched = [{ id: 41, tableName: 'cases' }];
  const report = { action: 'pause', reason: null, plan: { changes, refused: rows }, results: null };
  const text = bulkReport({ ...report, missing: [42, 43], unmatched }).split('\n');
  expect(text.slice(0, 2)).toEqual([
    'dry run: 25 operations would be paused. 4 would not: 1 is paused, 2 not in the table, 1 without a match',
    `  ids ${Array.from({ length: 20 }, (_, id) => id).join(', ')} and 5 more`,
  ]);
  expect(text).toHaveLength(6);
});

it('lists the first ids that were changed, if a filter found them', () => {
  const done = results(...Array.from({ length: 25 }, () => applied), { kind: 'stale', actual: 'completed' });
  const plan = { changes: done.map(({ change }) => change), refused: [] };
  const report = { action: 'pause', reason: null, plan, results: done, missing: [], unmatched: [] };
  expect(bulkReport({ ...report, isByFilter: true }).split('\n')).toEqual([
    'paused: 25 of 26 operations (1 changed by another session first)',
    `  ids ${Array.from({ length: 20 }, (_, id) => id).join(', ')} and 5 more`,
    '  operation 25 · cases: another session changed it to completed',
  ]);
  expect(bulkReport(report).split('\n')).toHaveLength(2);
});

it('says of a pause that workers stop later', () => {
  const paused = results(applied, applied, { kind: 'gone' }).map(({ change, outcome }) => ({
    outcome,
    change: { ...change, transition: { ...change.transition, from: 'running', to: 'paused' } as const },
  }));
  const report = { action: 'pause', reason: null, plan: { changes: [], refused: [] }, missing: [], unmatched: [] };
  expect(
    bulkReport({ ...report, plan: { changes: paused.map(({ change }) => change), refused: [] }, results: paused }),
  ).toMatch(/\n {2}2 were running: their workers stop after their batches; migtop show ID says whether one has$/);
  const [one] = paused;
  if (one === undefined) return expect.fail('no result');
  const plan = { changes: [one.change], refused: [] };
  expect(bulkReport({ ...report, plan, results: [one] })).toBe(
    'paused: operation 0 · cases\n  operation 0 was running: its worker stops after its batch; migtop show 0 says whether it has',
  );
  expect(bulkReport({ ...report, plan, results: results(applied) })).toBe('paused: operation 0 · cases');
});

it('says that there is no operation to change, not that none will be changed', () => {
  const plan = { changes: [], refused: [] };
  const report = { action: 'resume', reason: null, plan, results: null, missing: [], unmatched: [] };
  expect(bulkReport(report)).toBe('dry run: no operation to resume');
  expect(bulkReport({ ...report, results: [] })).toBe('no operation to resume');
});

it('counts named operations that are not in the table in the result', () => {
  const report = { action: 'retry', reason: null, plan: { changes: [], refused: [] }, unmatched: [] };
  expect(bulkReport({ ...report, results: results(applied, applied), missing: [99] }).split('\n')).toEqual([
    'queued again: 2 of 3 operations (1 not in the table)',
    '  operation 99: not in the table',
  ]);
  expect(bulkReport({ ...report, results: [], missing: [99] }).split('\n')[0]).toBe(
    'not queued again: 1 operation (1 not in the table)',
  );
});

it('says how to take over what is not proven dead: in the monitor one by one, with a command by --unproven', () => {
  const reason = { kind: 'unproven', why: 'it may be alive' } as const;
  const plan = (...ids: number[]) => ({
    changes: [],
    refused: ids.map((id) => ({ id, tableName: 'cases', status: 'running' as const, reason })),
  });
  expect(refusedText(plan(2))).toBe('its worker is not proven dead (take it over by itself)');
  expect(planText('takeover', plan(2), undefined, 'would')).toBe(
    'operation 2 would not be taken over: its worker is not proven dead',
  );
  expect(planText('takeover', plan(2, 3), undefined, 'would')).toBe(
    'no operation would be taken over: 2 workers are not proven dead',
  );
  expect(refusedText(plan(2, 3))).toBe('2 workers are not proven dead (take them over one by one)');
  const report = bulkReport({
    ...{ action: 'takeover', reason: null, results: null, missing: [], unmatched: [] },
    plan: plan(2),
  });
  expect(report).not.toMatch(/one by one|by itself/);
  expect(report).toContain('--unproven');
});
