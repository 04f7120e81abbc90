import { describe, expect, it } from 'vitest';
import { fakeTable } from '../support/fake-table.ts';
import { operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const lines = Array.from(
  { length: 200 },
  (_, index) => `line ${index} of the trace${index % 50 === 7 ? ' has a Needle' : ''}`,
);
const failed = operation({
  id: 10,
  status: 'failed',
  completedAt: takenAt - 60,
  errorMessage: lines.join('\n'),
  sourceQuery: 'SELECT needle FROM legacy.brackets LIMIT 500 OFFSET 0',
});

describe('the search in the detail', () => {
  it('goes from match to match of the error, the queries and the fields, and around', async () => {
    const operator = await open(fakeTable([failed]));
    await operator.focus('failures').press('enter', '/', ...'needle', 'enter');
    // The kind of the failure has it too.
    await operator.sees('match 1 of 6', 'has a Needle');
    await operator.press('n').sees('match 2 of 6', 'line 7 of the trace has a Needle');
    await operator.press('n').sees('match 3 of 6', 'line 57 of the trace');
    await operator.press('n', 'n', 'n').sees('match 6 of 6', 'SELECT    needle');
    await operator.press('n').sees('match 1 of 6');
    await operator.press('N').sees('match 6 of 6');
  });

  it('finds words that the width of the window has divided', async () => {
    const words = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ');
    const operator = await open(fakeTable([{ ...failed, errorMessage: words, sourceQuery: null }]));
    for (let first = 0; first < 59; first += 1) {
      await operator.focus('failures').press('enter', '/', ...`word${first} word${first + 1}`, 'enter');
      await operator.sees(/match 1 of /);
      await operator.press('escape', 'escape');
    }
  });

  it('says what it did not find, and continues as before', async () => {
    const operator = await open(fakeTable([failed]));
    await operator
      .focus('failures')
      .press('enter', '/', ...'a(b', 'enter')
      .seesToast('not found: a(b');
    expect(operator.state().overlay.kind).toBe('detail');
  });

  it('is left with Esc, first the typing, then the matches, then the detail', async () => {
    const operator = await open(fakeTable([failed]));
    await operator.focus('failures').press('enter', '/', 'x', 'escape').sees('OPERATION 10');
    await operator.press('/', ...'needle', 'enter').sees('match 1 of 6');
    await operator.press('escape').sees('OPERATION 10');
    expect(operator.state().overlay).toMatchObject({ search: '' });
    await operator.press('escape');
    expect(operator.state().overlay.kind).toBe('none');
  });
});
