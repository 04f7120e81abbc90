import { keyName } from '../monitor/command.ts';
import { keyOf } from '../monitor/commands.ts';
import type { MonitorState } from '../monitor/state.ts';
import { cutLine, text, typedPart } from '../presentation/line.ts';
import type { TextField } from '../presentation/text-field.ts';
import { wrap } from '../presentation/text-width.ts';
import type { Line, Theme, Tone } from '../presentation/theme.ts';
import type { BodyLine } from './list.ts';

/** How many columns the names of a dialog's lines take. */
export const nameColumns = 23;

/** How many lines of an error or a command a dialog shows. */
const longestLines = 3;

/** Makes a line of a dialog: a name and its value. */
export type DialogRow = (name: string, ...value: Line) => BodyLine;

export function rowOf(columns: number, theme: Theme): DialogRow {
  return (name, ...value) => ({
    line: cutLine([text(`   ${name.padEnd(nameColumns - 3)}`, 'dim'), ...value], columns, theme),
  });
}

/** A text of at most three lines. */
export function wrapped(name: string, value: string, tone: Tone, { window }: MonitorState, row: DialogRow): BodyLine[] {
  if (value === '') return [];
  const lines = wrap(value, window.columns - nameColumns);
  // The last line is longer than the room, so that it is cut with an ellipsis.
  const last = lines.slice(longestLines - 1, longestLines + 1).join(' ');
  return [...lines.slice(0, longestLines - 1), ...(last === '' ? [] : [last])].map((line, index) =>
    row(index === 0 ? name : '', text(line, tone)),
  );
}

export function reasonLine(
  field: TextField,
  isTyped: boolean,
  { acting, window, overlay }: MonitorState,
  row: DialogRow,
): BodyLine {
  if (isTyped) {
    const typing = typedPart(field, window.columns - nameColumns - 1);
    const offered =
      field.text === '' && acting.lastReason !== null ? [text(`  ${keyName('up')}: ${acting.lastReason}`, 'dim')] : [];
    return { ...row('reason', text(typing.text), ...offered), caret: nameColumns + typing.column };
  }
  const key = overlay.kind === 'batch' && overlay.part === 'number' ? keyName('tab') : keyOf('reason');
  return row('reason', text(field.text || `none given (${key})`, field.text === '' ? 'dim' : 'plain'));
}
