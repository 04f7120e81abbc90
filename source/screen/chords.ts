import type { Key } from 'ink';

const control: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u001B': 'escape',
  '\u007F': 'backspace',
  '\b': 'backspace',
};

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

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
  return [...graphemes.segment(input)].flatMap(({ segment }) => {
    if (segment === '\r\n') return ['enter'];
    const name = control[segment];
    if (name !== undefined) return [name];
    return segment < ' ' ? [`ctrl-${String.fromCharCode(segment.charCodeAt(0) + 96)}`] : [segment];
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
