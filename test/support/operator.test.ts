import { expect, it } from 'vitest';
import { fakeTable } from './fake-table.ts';
import { operation } from './fixtures.ts';
import { monitorsUnderTest } from './operator.ts';

const watching = monitorsUnderTest();
const failed = () => [1, 2].map((id) => operation({ id, status: 'failed', errorMessage: 'disk full', completedAt: 5 }));

it('a sentence runs its steps in order, and sees the screen as it is then', async () => {
  const operator = await watching(fakeTable([...failed(), operation({ id: 3, status: 'paused' })]));
  await operator.focus('failures').press('j').sees('FAILURES', 'disk full').press('s').seesDialog('Skip operation');
  await operator.press('escape').seesNoDialog().focus('workers').sees('WORKERS');
});

it.each<[string, (operator: Awaited<ReturnType<typeof watching>>) => PromiseLike<void>]>([
  ['a text that is not there', (operator) => operator.focus('failures').sees('WORKERS')],
  ['a dialog that is not open', (operator) => operator.focus('failures').seesDialog('Skip')],
  ['a dialog that is open', (operator) => operator.focus('failures').press('s').seesNoDialog()],
  ['another toast', (operator) => operator.press('u').seesToast('paused')],
  ['a step after one that failed', (operator) => operator.sees('no such text').press('j')],
])('a sentence fails for %s', async (_what, said) => {
  const operator = await watching(fakeTable(failed()));
  await expect(Promise.resolve(said(operator))).rejects.toThrow();
});
