import { commandFor, scopeOf } from './commands.ts';
import type { MonitorState } from './state.ts';
import type { Typed } from './typed.ts';

/** Maximum number of characters in one chunk that are taken for keys. */
const mostKeys = 16;

/**
 * Whether the characters of one chunk of input, outside a text field, are a paste that the terminal did not mark: more
 * than sixteen of them, or several with a blank, a tab or a line end among them. Three kinds of chunk that a slow line
 * collects while an operator types are keys all the same:
 *
 * - keys that only move the cursor, and Enter after them: held keys arrive as `jjjj`, however many
 * - up to sixteen that only move the cursor and mark rows (`Space`), also with a key after them that only asks (`t`): none of
 *   them changes the table
 * - the key that opens a text field and what is typed into it, up to Enter: `/status:failed`
 */
export function isPasted(typed: readonly Typed[], state: MonitorState): boolean {
  const scope = scopeOf(state);
  const characters = typed.flatMap((one) => (one.kind === 'character' ? [one.text] : []));
  const printable = characters.filter((character) => !/^[\r\n\t]+$/.test(character));
  if (printable.length === 0) return false;
  const text = characters.join('');
  const opener = commandFor(state, characters[0] ?? '', scope)?.id;
  if (opener !== undefined && isOpener(opener) && !/[\r\n\t]./su.test(text.replace('\r\n', '\n'))) return false;
  if (printable.every((character) => commandFor(state, character, 'list')?.group === 'Move')) return false;
  if (printable.length <= mostKeys && areMarks(characters, state)) return false;
  return printable.length > mostKeys || (text.length > 1 && /\s/u.test(text));
}

/**
 * Whether the keys mark rows and move from one to the next; the last one may open a dialog. Blanks alone, and lines, are more
 * likely a text.
 */
function areMarks(characters: readonly string[], state: MonitorState): boolean {
  if (scopeOf(state) !== 'list') return false;
  const commands = characters.map((character) => commandFor(state, character, 'list'));
  const isMove = (command: (typeof commands)[number]): boolean => command?.group === 'Move';
  const isAsked = isAsking(commands.at(-1)?.id);
  const marking = isAsked ? commands.slice(0, -1) : commands;
  return (isAsked || commands.some(isMove)) && marking.every((command) => isMove(command) || command?.id === 'mark');
}

/** Whether a command of this name opens a dialog or a field before it changes anything. */
export function isAsking(id: string | undefined): boolean {
  return id === 'skip' || id === 'retry' || id === 'take-over' || id === 'batch-size' || id === 'accept';
}

/** Whether a command of this name opens a text field. */
export function isOpener(id: string): boolean {
  return id === 'filter' || id === 'reason' || id === 'since' || id === 'deadline' || id === 'palette';
}

/** The input after the last end of a paste or control string whose beginning was not seen; keys with names stay. */
export function withoutTails(typed: readonly Typed[]): readonly Typed[] {
  const tail = typed.findLastIndex(({ kind }) => kind === 'tail');
  return tail === -1 ? typed : typed.filter(({ kind }, index) => index > tail || kind === 'key' || kind === 'paste');
}
