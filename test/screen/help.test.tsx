import { render } from 'ink-testing-library';
import { expect, it } from 'vitest';
import { ownCommands as commands } from '../../source/monitor/commands.ts';
import { helpLines, helpRows } from '../../source/monitor/help.ts';
import { notPersonal } from '../../source/monitor/personal.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { Help } from '../../source/screen/help.tsx';

// The help alone, in the hundred columns that ink-testing-library has.
const theme = themeOf({ LC_ALL: 'C.UTF-8' });

it('explains every key if there is room for all', () => {
  const { lastFrame, unmount } = render(
    <Help personal={notPersonal} top={0} window={{ columns: 100, rows: 100 }} theme={theme} />,
  );
  const frame = lastFrame() ?? '';
  for (const { help } of commands) expect(frame).toContain(help);
  unmount();
});

it('shows the part that it was scrolled to, and its range', () => {
  const { lastFrame, rerender, unmount } = render(
    <Help personal={notPersonal} top={0} window={{ columns: 100, rows: 24 }} theme={theme} />,
  );
  expect(lastFrame()).toContain(commands[0]?.help ?? '');
  rerender(<Help personal={notPersonal} top={5} window={{ columns: 100, rows: 24 }} theme={theme} />);
  expect(lastFrame()).not.toContain(commands[0]?.help ?? '');
  expect(lastFrame()).toContain(`6-21 of ${helpRows(commands, theme, { columns: 100 }).length}`);
  unmount();
});

it.each([
  ['in Unicode', 'C.UTF-8', ['○ ► ‖', '✓ ✗ »', '– ']],
  ['in ASCII', 'C', ['. R P', '+ X S', '- ']],
])('ends with the legend of signs and columns, %s', (_, locale, signs) => {
  const shown = themeOf({ LC_ALL: locale });
  const { lastFrame, unmount } = render(
    <Help personal={notPersonal} top={commands.length} window={{ columns: 100, rows: 40 }} theme={shown} />,
  );
  for (const sign of [...signs, 'LAST PROG', 'REC/S', 'DONE AT', 'COUNTS']) expect(lastFrame()).toContain(` ${sign}`);
  unmount();
});

it('puts the keys that can be used here first, and two columns side by side where there is room', () => {
  const { lastFrame, unmount } = render(
    <Help personal={notPersonal} top={0} here={['open', 'sort']} window={{ columns: 100, rows: 24 }} theme={theme} />,
  );
  const lines = (lastFrame() ?? '').split('\n');
  expect(lines[2]).toContain("Open an operation, or a table's operations");
  expect(lines[3]).toContain('Sort by the next column');
  expect(lines[4]?.trim()).toBe('');
  unmount();
  const wide = helpRows(commands, theme, { columns: 118 }, ['open']);
  expect(wide.map((row) => row.length)).toEqual(wide.map(() => 2));
  const all = [...wide.map(([left]) => left), ...wide.map(([, right]) => right)];
  const expected = helpLines(commands, theme, ['open']);
  // A long meaning takes more lines, whose other cells are empty.
  const words = all
    .map((line) => line?.meaning)
    .join(' ')
    .split(/\s+/)
    .filter(Boolean);
  expect(all.flatMap((line) => (line?.keys ? [line.keys] : []))).toEqual(
    expected.flatMap(({ keys }) => (keys === '' ? [] : [keys])),
  );
  for (const { meaning } of expected) expect(words.join(' ')).toContain(meaning);
});
