import { Box, Text } from 'ink';
import { Table } from 'ink-table';
import { type PropsWithChildren, useMemo } from 'react';
import { type Command, keyName, placesOf } from '../monitor/command.ts';
import { commands } from '../monitor/commands.ts';
import { overlayRows } from '../presentation/layout.ts';
import { truncate } from '../presentation/text-width.ts';
import type { Theme, Tone } from '../presentation/theme.ts';
import type { Window } from '../presentation/window.ts';
import { paintLine } from './paint.ts';

export interface HelpProps {
  readonly top: number;
  readonly window: Window;
  readonly look: Theme;
}

const nothing = () => null;
const Cell = ({ children }: PropsWithChildren) => <Text>{children}</Text>;

const keysOf = (command: Command) => ` ${command.keys.map(keyName).join(' ')}`;

// Of all commands, not of those in the window: the columns stand still while one scrolls.
const keysWidth = Math.max(...commands.map((command) => keysOf(command).length));
const placesWidth = Math.max(...commands.map((command) => placesOf(command).length));

function createHeading(theme: Theme) {
  return ({ children }: PropsWithChildren) => {
    const text = String(children);
    return <Text>{paintLine([{ text, tone: 'dim' }], text.length, theme)}</Text>;
  };
}

/** Every key of the registry: a still table, which is what ink-table is good at. */
export function Help({ top, window, look }: HelpProps) {
  const height = overlayRows('help', window);
  const visible = commands.slice(top, top + height);
  const position = commands.length > height ? `  ${top + 1}-${top + visible.length} of ${commands.length}` : '';
  // Ink's own attributes follow FORCE_COLOR, and know no light background.
  const painted = (text: string, tone: Tone): string => paintLine([{ text, tone }], window.columns, look);
  const Heading = useMemo(() => createHeading(look), [look]);
  return (
    <Box flexDirection="column">
      <Text wrap="truncate">
        {painted(' KEYS', 'strong')}
        {painted(position, 'dim')}
      </Text>
      <Table
        data={visible.map((command) => ({
          ' KEYS': keysOf(command).padEnd(keysWidth),
          IN: placesOf(command).padEnd(placesWidth),
          WHAT: truncate(command.help, window.columns - keysWidth - placesWidth - 6, look.glyphs.ellipsis),
        }))}
        padding={1}
        header={Heading}
        cell={Cell}
        skeleton={nothing}
      />
    </Box>
  );
}
