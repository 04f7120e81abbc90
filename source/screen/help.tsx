import { Box, Text } from 'ink';
import { Table } from 'ink-table';
import { type PropsWithChildren, useMemo } from 'react';
import { type Command, commands, keyName } from '../monitor/commands.ts';
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

const keysOf = (command: Command) => ` ${command.keys.map(keyName).join(' ')}`;
const scopesOf = (command: Command) => (command.scopes.length > 2 ? 'everywhere' : command.scopes.join(', '));

// Of all commands, not of those in the window: the columns stand still while one scrolls.
const keysWidth = Math.max(...commands.map((command) => keysOf(command).length));
const scopesWidth = Math.max(...commands.map((command) => scopesOf(command).length));

function createHeading(theme: Theme) {
  return ({ children }: PropsWithChildren) => {
    const text = String(children);
    return <Text>{paintLine([{ text, tone: 'dim' }], text.length, theme)}</Text>;
  };
}

/** Every key of the registry: a still table, which is what ink-table is good at. */
export function Help({ top, window, theme }: HelpProps) {
  const height = overlayRows('help', window);
  const visible = commands.slice(top, top + height);
  const position = commands.length > height ? `  ${top + 1}-${top + visible.length} of ${commands.length}` : '';
  // Ink's own attributes follow FORCE_COLOR, and know no light background.
  const painted = (text: string, tone: Tone): string => paintLine([{ text, tone }], window.columns, theme);
  const Heading = useMemo(() => createHeading(theme), [theme]);
  return (
    <Box flexDirection="column">
      <Text wrap="truncate">
        {painted(' KEYS', 'strong')}
        {painted(position, 'dim')}
      </Text>
      <Table
        data={visible.map((command) => ({
          ' KEYS': keysOf(command).padEnd(keysWidth),
          IN: scopesOf(command).padEnd(scopesWidth),
          WHAT: truncate(command.help, window.columns - keysWidth - scopesWidth - 6, theme.glyphs.ellipsis),
        }))}
        padding={1}
        header={Heading}
        cell={Cell}
        skeleton={nothing}
      />
    </Box>
  );
}
