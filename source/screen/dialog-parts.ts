import { cleanLine } from '../domain/clean-text.ts';
import { keyOf } from '../monitor/commands.ts';
import type { MonitorState } from '../monitor/state.ts';
import { cutLine, text, typedPart } from '../presentation/line.ts';
import type { TextField } from '../presentation/text-field.ts';
import { wrap } from '../presentation/text-width.ts';
import type { Line, Theme, Tone } from '../presentation/theme.ts';
import { wrapCommand } from '../presentation/wrapped-command.ts';
import type { BodyLine } from './list.ts';

/** Blanks at the left of every line. */
const indent = 3;

/** How many columns the names of a dialog's lines take. */
export const nameColumns = 23;

/** Makes a line of a dialog: a name and its value. */
export type DialogRow = (name: string, ...value: Line) => BodyLine;

/** A text of a dialog that takes as many lines as it needs, if the window has them. */
type LongText =
  | { readonly title: string }
  | {
      readonly name: string;
      readonly value: string;
      readonly tone: Tone;
      /** Whether it is a command line, whose lines a shell reads as one. */
      readonly isCommand?: true;
    };

export type DialogPart = BodyLine | LongText;

/** Maximum length of a long text in characters. */
const longestText = 8000;

/** Makes the rows of a dialog: the name in a column of its width, then the value, cut at the window's. */
export function rowOf(columns: number, theme: Theme): DialogRow {
  return (name, ...value) => ({
    line: cutLine([text(`${' '.repeat(indent)}${name.padEnd(nameColumns - indent)}`, 'dim'), ...value], columns, theme),
  });
}

/** A long text; nothing if it is empty. */
export function long(name: string, value: string, tone: Tone = 'plain'): LongText[] {
  return value === '' ? [] : [{ name, value: cleanLine(value.slice(0, longestText)), tone }];
}

/** A command line that can be copied. */
export function commandPart(value: string): LongText[] {
  return long('command', value, 'dim').map((part) => ({ ...part, isCommand: true }));
}

/** The parts that a low window leaves out first: the row and the detail have it too. */
const leftOutFirst = ['phase, operation', 'source query', 'command', 'then', 'workers', 'attempts', 'other operations'];

/**
 * The lines of a dialog that has `height` rows. If they are too many, the longest text gives up lines first; then blank lines
 * are left out, and texts that matter less: the question and the keys that answer it stay.
 */
export function fitted(parts: readonly DialogPart[], height: number, columns: number, theme: Theme): BodyLine[] {
  const row = rowOf(columns, theme);
  const texts = parts.map((part) => {
    if ('line' in part) return null;
    if ('title' in part) return wrap(part.title, columns - indent);
    return (part.isCommand === true ? wrapCommand : wrap)(part.value, columns - nameColumns);
  });
  const limits = texts.map((lines) => lines?.length ?? 1);
  let over = limits.reduce((sum, lines) => sum + lines, 0) - height;
  const shorten = (index: number): void => {
    if (over <= 0 || index === -1) return;
    limits[index] = (limits[index] ?? 1) - 1;
    over -= 1;
  };
  while (over > 0 && Math.max(...limits) > 1) shorten(limits.indexOf(Math.max(...limits)));
  parts.forEach((part, index) => {
    if ('line' in part && part.line.length === 0) shorten(index);
  });
  for (const name of leftOutFirst) shorten(parts.findIndex((part) => 'name' in part && part.name === name));
  return parts.flatMap((part, index): BodyLine[] => {
    const limit = limits[index] ?? 1;
    if ('line' in part) return limit === 0 ? [] : [part];
    return shortened(texts[index] ?? [], limit).map((line, number) =>
      'title' in part
        ? { line: cutLine([text(`${' '.repeat(indent)}${line}`, 'strong')], columns, theme) }
        : row(number === 0 ? part.name : '', text(line, part.tone)),
    );
  });
}

/** At most `limit` lines. If there are more, the last one is longer than the room, so that it is cut with an ellipsis. */
function shortened(lines: readonly string[], limit: number): string[] {
  if (limit === 0 || lines.length <= limit) return lines.slice(0, limit);
  const [last = '', next = ''] = lines.slice(limit - 1);
  // The end of a line of a command is none here.
  return [...lines.slice(0, limit - 1), `${last.replace(/ \\$/, '')} ${next}`];
}

/** The line with the keys of a dialog in which nothing is left to answer: all its rows were deleted. */
export const closingLine = (state: MonitorState): Line => [
  text('   '),
  text(keyOf(state, 'back'), 'accent'),
  text(' closes this.'),
];

/** The line of a dialog for the reason: with the caret while it is typed, and the last reason as an offer. */
export function reasonLine(field: TextField, isTyped: boolean, state: MonitorState, row: DialogRow): BodyLine {
  const { acting, window } = state;
  if (isTyped) {
    const typing = typedPart(field, window.columns - nameColumns - 1);
    const offered =
      field.text === '' && acting.lastReason !== null
        ? [text(`  ${keyOf(state, 'last-reason')}: ${acting.lastReason}`, 'dim')]
        : [];
    return { ...row('reason', text(typing.text), ...offered), caret: nameColumns + typing.column };
  }
  return row('reason', text(field.text || `none (${keyOf(state, 'reason')})`, field.text === '' ? 'dim' : 'plain'));
}
