import type { Key } from 'ink';
import { graphemesOf } from '../monitor/text-width.ts';

const control: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u001B': 'escape',
  '\u007F': 'backspace',
  '\b': 'backspace',
};

/**
 * The keys of one call of Ink's `useInput`, by the names of the registry. Ink hands held keys over as one string
 * (`jjj`), and Enter or Tab in the middle of one without saying so: every key of it counts.
 */
export function chordsOf(input: string, key: Key): string[] {
  const named = namedKey(key);
  if (named !== null) return [named];
  if (key.ctrl && input.length === 1) return [`ctrl-${input}`];
  // A letter with Alt means nothing here, and must not be taken for the letter alone: over a slow line it may be Esc and
  // a letter that arrived together, of which Esc is the one that does no harm.
  if (key.meta) return ['escape'];
  return graphemesOf(input).map((character) => {
    if (character === '\r\n') return 'enter';
    const name = control[character];
    if (name !== undefined) return name;
    return character < ' ' ? `ctrl-${String.fromCharCode(character.charCodeAt(0) + 96)}` : character;
  });
}

function namedKey(key: Key): string | null {
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.pageUp) return 'page-up';
  if (key.pageDown) return 'page-down';
  if (key.home) return 'home';
  if (key.end) return 'end';
  if (key.return) return 'enter';
  if (key.escape) return 'escape';
  if (key.tab) return key.shift ? 'shift-tab' : 'tab';
  if (key.backspace || key.delete) return 'backspace';
  if (key.leftArrow) return 'left';
  if (key.rightArrow) return 'right';
  return null;
}
