import { expect, it } from 'vitest';
import { fakeTable } from '../support/fake-table.ts';
import { operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const failed = operation({ id: 10, status: 'failed', completedAt: takenAt - 600, errorMessage: 'deadlock detected' });

it('the ages in an open detail count on with the polls', async () => {
  const operator = await open(fakeTable([failed]), { window: { columns: 160, rows: 40 } });
  await operator
    .focus('failures')
    .press('enter')
    .sees(/failed +10m 00s ago/);
  await operator.waits(90).sees(/failed +11m 30s ago/);
});

it('a running operation in an open detail takes longer with each poll', async () => {
  const running = operation({ id: 11, status: 'running', startedAt: takenAt - 600, recordsProcessed: 1 });
  const operator = await open(fakeTable([running]), { window: { columns: 160, rows: 40 } });
  await operator
    .focus('workers')
    .press('enter')
    .sees(/elapsed +10m 00s/);
  await operator.waits(90).sees(/elapsed +11m 30s/);
});

it('a copy of an open detail says up to when its ages count', async () => {
  const operator = await open(fakeTable([failed]));
  await operator.focus('failures').press('enter').waits(90).press('y');
  const text = operator.copied[0]?.text ?? '';
  expect(text).toContain('- failed: 11m 30s ago');
  expect(text).toMatch(/^- read: \d{4}-\S+ \S+, by the database's clock; ages count up to \d{4}-\S+ \S+$/m);
});
