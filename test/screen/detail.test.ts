import { describe, expect, it } from 'vitest';
import { themeOf } from '../../source/presentation/theme.ts';
import { detailLines } from '../../source/screen/detail.ts';
import { fakeTable } from '../support/fake-table.ts';
import { operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();
const theme = themeOf({ LANG: 'C.UTF-8' });

const errorMessage = `insert or update on table "brackets" violates foreign key constraint "fk": ${'a long text, '.repeat(120)}`;
const failed = operation({ id: 10, status: 'failed', completedAt: takenAt - 60, errorMessage });

describe('a scrolled detail', () => {
  it('repeats no fact that is shown, and names the fact whose first lines are above', async () => {
    const operator = await open(fakeTable([failed]), { window: { columns: 100, rows: 24 } });
    await operator.focus('failures').press('enter').sees('OPERATION 10');
    let isCut = false;
    for (let step = 0; step < 14; step++) {
      await operator.press('down');
      const lines = detailLines(operator.state(), theme).map(({ line }) =>
        line
          .map(({ text }) => text)
          .join('')
          .trimEnd(),
      );
      const from = lines.findIndex((line) => line.includes('OPERATION 10'));
      const [sticky = '', ...body] = lines.slice(from + 1);
      const names = body.flatMap((line) => /^ (failure|failed|progress|what helps|kind) {2,}/.exec(line)?.[1] ?? []);
      for (const name of names) expect(sticky).not.toMatch(new RegExp(`(^|  )${name} `));
      // A continuation begins in the column of the values.
      expect(body[0]).not.toMatch(/^ {19}\S/);
      isCut ||= /^ (kind|what helps) /.test(body[0] ?? '') && step > 3;
    }
    expect(isCut).toBe(true);
  });
});

describe('the right part of a wide window', () => {
  it('names the operation that it shows of a kind, and has the advice on the screen once', async () => {
    const operator = await open(fakeTable([failed]), { window: { columns: 200, rows: 50 } });
    await operator
      .press('3')
      .sees('OPERATION 10  the newest of this kind', /a parent row is missing(?![\s\S]*a parent row)/);
    await operator.press('enter').sees('OPERATION 10');
  });
});
