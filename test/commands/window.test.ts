import { expect, it } from 'vitest';
import { reportColumns } from '../../source/commands/window.ts';

it.each([
  [{ isTTY: true, columns: 132 }, {}, 132],
  [{ isTTY: true }, {}, 80],
  [{}, { COLUMNS: '100' }, 100],
  [{}, { COLUMNS: '' }, Number.POSITIVE_INFINITY],
  [{}, {}, Number.POSITIVE_INFINITY],
])('the lines of a report on %j with %j have at most %d columns', (output, env, columns) => {
  expect(reportColumns(output, env)).toBe(columns);
});
