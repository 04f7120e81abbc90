import { Box, Text } from 'ink';
import { Table } from 'ink-table';
import { type PropsWithChildren, useMemo } from 'react';
import { keyName } from '../monitor/command.ts';
import { commandsOf } from '../monitor/commands.ts';
import { type HelpLine, helpRows, helpWidths } from '../monitor/help.ts';
import type { Personal } from '../monitor/personal.ts';
import { overlayRows } from '../presentation/layout.ts';
import { widthOf } from '../presentation/text-width.ts';
import type { Theme, Tone } from '../presentation/theme.ts';
import type { Window } from '../presentation/window.ts';
import { paintLine } from './paint.ts';

export interface HelpProps {
  readonly top: number;
  /** Ids of the commands that come first. */
  readonly here?: readonly string[];
  readonly personal: Personal;
  /** The command that connects to the database of the demo; null if it is no demo. */
  readonly connectWith?: string | null;
  readonly window: Window;
  readonly theme: Theme;
}

const nothing = () => null;

/** The titles of the columns, and the cells: a cell with the heading of a part is bold. */
function createCellViews(theme: Theme, headings: ReadonlySet<string>) {
  const painted = (children: PropsWithChildren['children'], tone: Tone) => {
    const text = String(children);
    return <Text>{paintLine([{ text, tone }], text.length, theme)}</Text>;
  };
  return {
    title: ({ children }: PropsWithChildren) => painted(children, 'dim'),
    cell: ({ children }: PropsWithChildren) =>
      headings.has(String(children).trim()) ? painted(children, 'strong') : <Text>{children}</Text>,
  };
}

const none: readonly string[] = [];

/** Every key of the registry, and the legend, as a table of ink-table: it does not change while it is shown. */
export function Help({ top, here = none, personal, connectWith = null, window, theme }: HelpProps) {
  const height = overlayRows('help', window);
  const rows = useMemo(() => helpRows(commandsOf({ personal }), theme, window, here), [personal, theme, window, here]);
  const visible = rows.slice(top, top + height);
  const down = keyName(commandsOf({ personal }).find(({ id }) => id === 'page-down')?.keys[0] ?? '');
  const more = top + visible.length < rows.length ? ` (${down}: more)` : '';
  const position = rows.length > height ? `  ${top + 1}-${top + visible.length} of ${rows.length}${more}` : '';
  // Ink's own attributes depend on FORCE_COLOR, and do not adapt to a light background.
  const painted = (text: string, tone: Tone): string => paintLine([{ text, tone }], window.columns, theme);
  const views = useMemo(() => {
    const headings = rows.flat().flatMap(({ isHeading, meaning }) => (isHeading === true ? [meaning] : []));
    return createCellViews(theme, new Set(headings));
  }, [rows, theme]);
  const cellsOf = useMemo(() => createCells(window), [window]);
  return (
    <Box flexDirection="column">
      <Text wrap="truncate">
        {painted(' KEYS AND SIGNS', 'strong')}
        {painted(position, 'dim')}
        {connectWith === null ? '' : painted(connectText(connectWith, window, position), 'accent')}
      </Text>
      <Table data={visible.map(cellsOf)} padding={1} header={views.title} cell={views.cell} skeleton={nothing} />
    </Box>
  );
}

/** How to connect to the demo, from where other windows do so. */
function connectText(command: string, { columns }: Window, position: string): string {
  const room = columns - ' KEYS AND SIGNS'.length - position.length;
  return [`  connect with: ${command}`, `  ${command}`].find((one) => widthOf(one) <= room) ?? '';
}

/** The cells of a row, by their titles: of two lines side by side, the second one's titles end with a blank. */
function createCells(window: Window) {
  const widths = helpWidths(window);
  const padded = (text: string, to: number): string => text + ' '.repeat(Math.max(0, to - widthOf(text)));
  return ([left, right]: readonly HelpLine[]): Record<string, string> => {
    if (left === undefined) return {};
    const keysOf = (line: HelpLine): string => padded(` ${line.keys}`, widths.keys);
    if (right === undefined) return { ' KEYS': keysOf(left), MEANING: padded(left.meaning, widths.meaning) };
    return {
      ' KEYS': keysOf(left),
      MEANING: padded(left.meaning, widths.meaning),
      ' KEYS ': keysOf(right),
      'MEANING ': right.meaning,
    };
  };
}
