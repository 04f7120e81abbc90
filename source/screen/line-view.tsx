import { Text } from 'ink';
import { widthOf } from '../monitor/text-width.ts';
import type { Line, Look, Tone } from './look.ts';

interface Colours {
  color?: string;
  backgroundColor?: string;
  bold?: boolean;
  dimColor?: boolean;
  inverse?: boolean;
}

const colours: Readonly<Record<Tone, Colours>> = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  good: { color: 'green' },
  bad: { color: 'red' },
  warn: { color: 'yellow' },
  live: { color: 'cyan' },
  accent: { color: 'cyan', bold: true },
  chip: { color: 'yellow', inverse: true },
  guard: { color: 'green', inverse: true },
  alarm: { color: 'red', bold: true, inverse: true },
};

const colourless: Readonly<Record<Tone, Colours>> = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  good: {},
  bad: { bold: true },
  warn: {},
  live: {},
  accent: { bold: true },
  chip: { inverse: true },
  guard: { inverse: true },
  alarm: { bold: true, inverse: true },
};

/** Our own words in ASCII, where the terminal has nothing else. */
const plainer: Readonly<Record<string, string>> = { '–': '-', '…': '~', '·': '|', '−': '-' };

function spelled(text: string, look: Look): string {
  return look.glyphs.dash === '-' ? text.replace(/[–…·−]/g, (character) => plainer[character] ?? character) : text;
}

export interface LineViewProps {
  readonly line: Line;
  readonly width: number;
  readonly look: Look;
  /** The cursor is on it. */
  readonly selected?: boolean;
  /** It shows what is no longer known to be true. */
  readonly faded?: boolean;
}

/** One row of the terminal as one text: the cheapest thing that Ink can lay out. */
export function LineView({ line, width, look, selected = false, faded = false }: LineViewProps) {
  const palette = look.colour ? colours : colourless;
  const blanks = ' '.repeat(Math.max(0, width - line.reduce((sum, segment) => sum + widthOf(segment.text), 0)));
  if (selected) {
    const marked = look.colour ? { color: 'black', backgroundColor: 'cyan' } : { inverse: true };
    return (
      <Text wrap="truncate" {...marked}>
        {line.map((segment) => spelled(segment.text, look)).join('')}
        {blanks}
      </Text>
    );
  }
  return (
    <Text wrap="truncate" dimColor={faded}>
      {/* An empty text has no height in Ink; a blank has one. */}
      {line.length === 0 ? ' ' : null}
      {line.map((segment, index) =>
        faded || segment.tone === undefined || segment.tone === 'plain' ? (
          spelled(segment.text, look)
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the segments of a line have no identity but their place
          <Text key={index} {...palette[segment.tone]}>
            {spelled(segment.text, look)}
          </Text>
        ),
      )}
    </Text>
  );
}
