import { chosenIndex, foundCommands } from '../monitor/find-commands.ts';
import type { MonitorState } from '../monitor/state.ts';
import { bodyRows } from '../presentation/layout.ts';
import { cutLine, text } from '../presentation/line.ts';
import { widthOf } from '../presentation/text-width.ts';
import type { Theme } from '../presentation/theme.ts';
import { type BodyLine, listTitle } from './list.ts';

const keysWidth = 14;

/** The palette: the commands that its text finds, with their keys, and why one can do nothing now. */
export function paletteLines(state: MonitorState, theme: Theme): BodyLine[] {
  const { window } = state;
  const found = foundCommands(state);
  const height = Math.max(1, bodyRows(window) - 1);
  const chosen = chosenIndex(state, found.length);
  const top = Math.max(0, (chosen ?? 0) - height + 1);
  const hint = 'type to find one; a number goes to that operation';
  const title = listTitle('COMMANDS', found.length, { top }, height, hint);
  if (found.length === 0) return [title, { line: [text('   no matching command', 'dim')] }];
  const rows = found.slice(top, top + height).map(({ keys, meaning, reason }, index): BodyLine => {
    const selected = top + index === chosen;
    const tone = reason === null ? 'plain' : 'dim';
    const note = reason === null ? [''] : [` (not now: ${reason.short})`, ` (${reason.short})`];
    const room = window.columns - 3 - keysWidth - widthOf(meaning);
    const line = [
      text(selected ? ` ${theme.glyphs.cursor} ` : '   '),
      text(keys.padEnd(keysWidth), reason === null ? 'accent' : 'dim'),
      text(meaning, tone),
      // Dimmed, it says that it cannot run now.
      text(note.find((one) => widthOf(one) <= room) ?? note.at(-1) ?? '', 'dim'),
    ];
    return { line: cutLine(line, window.columns, theme), selected };
  });
  return [title, ...rows];
}
