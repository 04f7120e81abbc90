import { render } from 'ink-testing-library';
import { expect, it } from 'vitest';
import { keyName } from '../../source/monitor/command.ts';
import { ownCommands as commands } from '../../source/monitor/commands.ts';
import { helpContent, helpRows, helpWidths } from '../../source/monitor/help.ts';
import { notPersonal } from '../../source/monitor/personal.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { Help } from '../../source/screen/help.tsx';

// The help alone, in the hundred columns that ink-testing-library has.
const theme = themeOf({ LC_ALL: 'C.UTF-8' });

const entries = helpContent(commands, theme, ['open', 'sort']).flatMap((part) => part.entries);

it('explains every key if there is room for all', () => {
  const { lastFrame, unmount } = render(
    <Help personal={notPersonal} top={0} window={{ columns: 76, rows: 160 }} theme={theme} />,
  );
  const frame = lastFrame() ?? '';
  for (const { keys, meaning, brief } of entries) {
    for (const key of keys.split(' ')) expect(frame).toContain(key);
    expect([meaning, brief].some((text) => text.split(' ').every((word) => frame.includes(word)))).toBe(true);
  }
  unmount();
  const keys = new Set(entries.flatMap((entry) => entry.keys.split(' ')));
  for (const key of commands.flatMap((command) => command.keys).filter((one) => !/^[1-6]$/.test(one)))
    expect(keys).toContain(keyName(key));
  expect(keys).toContain('1-6');
});

it('has no text of two lines for a key in 80 columns', () => {
  const { meaning: width } = helpWidths({ columns: 80 });
  const ofKeys = entries.slice(
    0,
    entries.findIndex(({ place }) => place === 'status'),
  );
  expect(ofKeys.filter(({ brief }) => brief.length > width)).toEqual([]);
});

it('names each key of dialogs once, and the key that scrolls', () => {
  const dialogs = helpContent(commands, theme).find(({ heading }) => heading === 'IN DIALOGS');
  const keys = dialogs?.entries.flatMap((entry) => entry.keys.split(' ')) ?? [];
  expect(keys.filter((key) => key === 'y')).toHaveLength(1);
  const { lastFrame, unmount } = render(
    <Help personal={notPersonal} top={0} window={{ columns: 80, rows: 24 }} theme={theme} />,
  );
  expect(lastFrame()).toMatch(/ of \d+ \(PgDn: more\)/);
  unmount();
});

it('shows the part that it was scrolled to, and its range', () => {
  const { lastFrame, rerender, unmount } = render(
    <Help personal={notPersonal} top={0} window={{ columns: 100, rows: 24 }} theme={theme} />,
  );
  expect(lastFrame()).toContain('OTHER KEYS OF THE LISTS');
  rerender(<Help personal={notPersonal} top={5} window={{ columns: 100, rows: 24 }} theme={theme} />);
  expect(lastFrame()).not.toContain('OTHER KEYS OF THE LISTS');
  expect(lastFrame()).toContain(`6-21 of ${helpRows(commands, theme, { columns: 100 }).length}`);
  unmount();
});

it.each([
  ['in Unicode', 'C.UTF-8', ['○ ► ‖', '✓ ✗ »', '– ']],
  ['in ASCII', 'C', ['. R P', '+ X S', '- ']],
])('has the legend of signs and columns, %s', (_, locale, signs) => {
  const shown = themeOf({ LC_ALL: locale });
  const { lastFrame, unmount } = render(
    <Help personal={notPersonal} top={20} window={{ columns: 100, rows: 70 }} theme={shown} />,
  );
  for (const sign of [...signs, 'LAST PROG', 'REC/S', 'DONE AT', 'COUNTS']) expect(lastFrame()).toContain(` ${sign}`);
  unmount();
});

it('puts the keys that can be used here first, in two columns that are read from left to right', () => {
  const { lastFrame, unmount } = render(
    <Help personal={notPersonal} top={0} here={['open', 'sort']} window={{ columns: 80, rows: 24 }} theme={theme} />,
  );
  const lines = (lastFrame() ?? '').split('\n');
  expect(lines[3]).toMatch(/Enter +Open it, or its operations +o +Sort by the next column/);
  expect(lines[4]?.trim()).toBe('');
  unmount();
  const wide = helpRows(commands, theme, { columns: 118 }, ['open', 'sort']);
  expect(wide.map((row) => row.length)).toEqual(wide.map(() => 2));
  const keys = wide.flat().flatMap((line) => line.keys.split(' ').filter(Boolean));
  expect(keys.toSorted()).toEqual(entries.flatMap((entry) => entry.keys.split(' ')).toSorted());
});
