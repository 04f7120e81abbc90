import { widthOf, wrap } from './text-width.ts';

/** The words of a command line as a shell reads them: a quoted value is one word, with its quotes. */
const shellWords = /(?:'[^']*'|\\.|[^\s'\\])+/g;

/** The end of a line that goes on, for a shell. */
const goesOn = ' \\';

/**
 * The command in lines of at most `width` columns, which a shell reads as the same command when they are copied together, also with blanks
 * before them: each ends between two words, with a backslash. Only a word that is longer than a line is divided.
 */
export function wrapCommand(command: string, width: number): string[] {
  if (widthOf(command) <= width) return [command];
  const room = Math.max(1, width - goesOn.length);
  const lines: string[] = [];
  let current = '';
  const words = command.match(shellWords) ?? [];
  for (const [index, word] of words.entries()) {
    const longer = current === '' ? word : `${current} ${word}`;
    // The last line has no backslash.
    if (widthOf(longer) <= (index === words.length - 1 ? width : room)) {
      current = longer;
      continue;
    }
    if (current !== '') lines.push(`${current}${goesOn}`);
    const parts = wrap(word, room);
    lines.push(...parts.slice(0, -1));
    current = parts.at(-1) ?? '';
  }
  return [...lines, current];
}
