import { formatDialect, postgresql } from 'sql-formatter';
import { getSegments } from 'sql-highlight';
import type { Line, Tone } from './theme.ts';

/**
 * A query as the detail view shows it: in lines, with the colours of its pieces. Its libraries take 300 kB: this file is loaded
 * when the first detail is opened, never for the first frame.
 */
export interface SqlText {
  readonly text: string;
  /** The pieces, which together are the text. */
  readonly pieces: Line;
}

/** Longer queries are shown as they are: formatting takes milliseconds for each thousand characters. */
export const longestFormatted = 20_000;

/** The query formatted and coloured; unformatted where it is not SQL that the formatter knows. */
export function sqlText(query: string): SqlText {
  const text = formatted(query);
  const pieces = getSegments(text).map(({ name, content }) => ({ text: content, tone: tones[name] ?? 'plain' }));
  const isWhole = pieces.map((piece) => piece.text).join('') === text;
  return { text, pieces: isWhole ? pieces : [{ text, tone: 'plain' }] };
}

const tones: Readonly<Record<string, Tone>> = {
  keyword: 'accent',
  function: 'live',
  string: 'good',
  number: 'good',
  comment: 'dim',
};

function formatted(query: string): string {
  try {
    const lines = formatDialect(query, { dialect: postgresql, indentStyle: 'tabularLeft', tabWidth: 2 });
    // Only blanks may differ: what is shown is what runs.
    return withoutBlanks(lines) === withoutBlanks(query) ? lines : query;
  } catch {
    return query;
  }
}

function withoutBlanks(text: string): string {
  return text.replace(/\s+/g, '');
}
