import { Box, Text } from 'ink';
import { Table } from 'ink-table';
import { type PropsWithChildren, useMemo } from 'react';
import { helpLines } from '../monitor/help.ts';
import { overlayRows } from '../presentation/layout.ts';
import { truncate } from '../presentation/text-width.ts';
import type { Theme, Tone } from '../presentation/theme.ts';
import type { Window } from '../presentation/window.ts';
import { paintLine } from './paint.ts';

export interface HelpProps {
  readonly top: number;
  readonly window: Window;
  readonly theme: Theme;
}

const nothing = () => null;
const Cell = ({ children }: PropsWithChildren) => <Text>{children}</Text>;

function createHeading(theme: Theme) {
  return ({ children }: PropsWithChildren) => {
    const text = String(children);
    return <Text>{paintLine([{ text, tone: 'dim' }], text.length, theme)}</Text>;
  };
}

/** Every key of the registry, and the legend, as a table of ink-table: it does not change while it is shown. */
export function Help({ top, window, theme }: HelpProps) {
  const height = overlayRows('help', window);
  const lines = useMemo(() => helpLines(theme), [theme]);
  // The widths of all lines, not only of the visible ones: scrolling does not move the columns.
  const keysWidth = Math.max(...lines.map(({ keys }) => keys.length)) + 1;
  const placeWidth = Math.max(...lines.map(({ place }) => place.length));
  const visible = lines.slice(top, top + height);
  const position = lines.length > height ? `  ${top + 1}-${top + visible.length} of ${lines.length}` : '';
  // Ink's own attributes depend on FORCE_COLOR, and do not adapt to a light background.
  const painted = (text: string, tone: Tone): string => paintLine([{ text, tone }], window.columns, theme);
  const Heading = useMemo(() => createHeading(theme), [theme]);
  return (
    <Box flexDirection="column">
      <Text wrap="truncate">
        {painted(' KEYS AND SIGNS', 'strong')}
        {painted(position, 'dim')}
      </Text>
      <Table
        data={visible.map(({ keys, place, meaning }) => ({
          ' KEYS': ` ${keys}`.padEnd(keysWidth),
          IN: place.padEnd(placeWidth),
          MEANING: truncate(meaning, window.columns - keysWidth - placeWidth - 6, theme.glyphs.ellipsis),
        }))}
        padding={1}
        header={Heading}
        cell={Cell}
        skeleton={nothing}
      />
    </Box>
  );
}
