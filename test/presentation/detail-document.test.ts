import { expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import { detailDocument, lineText } from '../../source/presentation/detail-document.ts';
import { operationRecord } from '../../source/presentation/operation-record.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { documentLine } from '../../source/screen/document-lines.ts';
import { auditEntry, operation, snapshotOf, takenAt } from '../support/fixtures.ts';

it('has the titles of attempts over their cells, on the screen and in show', () => {
  const [first, second] = [
    operation({ id: 104, status: 'failed', errorMessage: 'no room', completedAt: takenAt - 50 }),
    operation({ id: 2100, status: 'completed', completedAt: takenAt - 10 }),
  ];
  const detail = { takenAt, operation: second, attempts: [first, second] };
  const observation = observe(null, snapshotOf([first, second]));
  const record = operationRecord({ detail, observation, activity: [], areIdsUnique: true, mayBeHidden: false });
  const { facts } = detailDocument(detail, 200, { record });
  const theme = themeOf({ LANG: 'C.UTF-8' });
  const onScreen = (line: (typeof facts)[number]): string =>
    documentLine(line, 200, theme)
      .map(({ text }) => text)
      .join('')
      .slice(1);
  for (const textOf of [lineText, onScreen]) {
    const lines = facts.map(textOf);
    const title = lines.find((line) => line.includes('STATUS')) ?? '';
    const attempts = lines.filter((line) => /^.? *(104|2100) /.test(line));
    expect(attempts).toHaveLength(2);
    for (const line of attempts) {
      expect(line.slice(title.indexOf('STATUS'))).toMatch(/^(failed|completed) /);
      expect(line.slice(0, title.indexOf('ID') + 2)).toMatch(/(104|2100)$/);
      expect(line.slice(title.indexOf('STARTED'))).toMatch(/^2026-/);
    }
  }
});

it('has room for the errors of attempts in 80 columns: the time since their start, not its timestamp', () => {
  const attempts = [3600, 75].map((seconds, index) =>
    operation({
      id: 100 + index,
      status: 'failed',
      errorMessage: 'no room left on device',
      startedAt: takenAt - seconds,
    }),
  );
  const [first] = attempts;
  if (first === undefined) throw new Error('there is no attempt');
  const { facts } = detailDocument({ takenAt, operation: first, attempts }, 80, { hasAges: true });
  const lines = facts.map(lineText);
  const title = lines.find((line) => line.includes('STATUS')) ?? '';
  for (const line of lines.filter((one) => / (100|101) /.test(one))) {
    expect(line.slice(title.indexOf('STARTED'))).toMatch(/^(1h 00m|1m 15s) ago /);
    expect(line.slice(title.indexOf('ERROR'))).toMatch(/^no room left/);
    expect(title.indexOf('ERROR')).toBeLessThan(66);
  }
});

it('has a change of the batch size once, with separators, and without the status that it left', () => {
  const one = operation({ id: 5, status: 'paused' });
  const detail = { takenAt, operation: one, attempts: [] };
  const entry = auditEntry({
    operationId: 5,
    action: 'batch size 40000 to 13878',
    fromStatus: 'paused',
    toStatus: 'paused',
    reason: null,
  });
  const observation = observe(null, snapshotOf([one]));
  const record = operationRecord({ detail, observation, activity: [entry], areIdsUnique: true, mayBeHidden: false });
  const lines = detailDocument(detail, 100, { record }).facts.map(lineText);
  const from = lines.indexOf('ACTIONS OF OPERATORS');
  const text = lines.slice(from, lines.indexOf('', from)).join('\n');
  expect(text.match(/40,000 to 13,878/g)).toHaveLength(1);
  expect(text).toMatch(/ago {2}batch size {2}/);
  expect(text).not.toMatch(/40000|→/);
});

it('lists between two attempts only what the worker did after the first and before the last', () => {
  const work = { workerId: 19, sourceQuery: 'SELECT * FROM legacy.cases ORDER BY id LIMIT 500 OFFSET 500' };
  const first = operation({ id: 1, ...work, status: 'failed', startedAt: takenAt - 900, completedAt: takenAt - 890 });
  const last = operation({ id: 9, ...work, status: 'running', startedAt: takenAt - 60 });
  const during = { workerId: 19, status: 'completed', startedAt: takenAt - 600, completedAt: takenAt - 500 } as const;
  const between = [
    operation({ id: 3, ...during, operation: 'orphan_detection' }),
    // It began with the end of the last attempt.
    operation({ id: 4, workerId: 19, status: 'running', startedAt: takenAt }),
    operation({ id: 5, ...during, completedAt: takenAt - 30 }),
  ];
  const detail = { takenAt, operation: last, attempts: [first], between };
  const observation = observe(null, snapshotOf([first, last], takenAt));
  const record = operationRecord({ detail, observation, activity: [], areIdsUnique: true, mayBeHidden: false });
  expect(record.between.map(({ id }) => id)).toEqual([3]);
  expect(detailDocument(detail, 100, { record }).facts.map(lineText)).toContain('BETWEEN THE ATTEMPTS, BY WORKER 19');
});

it('has the retry that has added an operation among its actions', () => {
  const work = { sourceQuery: 'SELECT * FROM legacy.cases ORDER BY id LIMIT 500 OFFSET 500' };
  const first = operation({ id: 5, ...work, status: 'failed', completedAt: takenAt - 890 });
  const retry = operation({ id: 9, ...work, status: 'running', operation: 'retry_batch_5', startedAt: takenAt - 60 });
  const asked = {
    operationId: 5,
    action: 'retry',
    fromStatus: 'failed',
    toStatus: 'failed',
    reason: 'parents are there',
  };
  const entries = [auditEntry(asked), auditEntry({ ...asked, operationId: 7, reason: 'of another batch' })];
  const actionsOf = (one: typeof first, others: readonly (typeof first)[]): string => {
    const detail = { takenAt, operation: one, attempts: others };
    const observation = observe(null, snapshotOf([first, retry], takenAt));
    const record = operationRecord({ detail, observation, activity: entries, areIdsUnique: true, mayBeHidden: false });
    const lines = detailDocument(detail, 100, { record }).facts.map(lineText);
    return lines.slice(lines.indexOf('ACTIONS OF OPERATORS'), lines.indexOf('FIELDS')).join('\n');
  };
  expect(actionsOf(retry, [first])).toMatch(/ago {2}retry of operation 5 {2}\w+/);
  expect(actionsOf(retry, [first])).toContain('parents are there');
  expect(actionsOf(retry, [first])).not.toContain('of another batch');
  expect(actionsOf(first, [retry])).toMatch(/ago {2}retry {2}\w+/);
});
