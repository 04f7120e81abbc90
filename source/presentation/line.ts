import type { TextField } from './text-field.ts';
import { graphemesOf, toWidth, truncate, widthOf } from './text-width.ts';
import type { Line, Segment, Theme, Tone } from './theme.ts';

/** The width of a line in columns. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, segment) => sum + widthOf(segment.text), 0);
}

/** A line cut to a width, segment by segment. */
export function cutLine(line: Line, width: number, theme: Theme): Line {
  const kept: Segment[] = [];
  let room = width;
  for (const segment of line) {
    if (room <= 0) break;
    const text = truncate(segment.text, room, theme.glyphs.ellipsis);
    kept.push({ ...segment, text });
    // A wide character that did not fit leaves a column free: nothing may follow the ellipsis there.
    if (text !== segment.text) break;
    room -= widthOf(text);
  }
  return kept;
}

/** One line with a part at each edge; the left part is cut if both do not fit. */
export function spread(left: Line, right: Line, width: number, theme: Theme): Line {
  const rightWidth = lineWidth(right);
  const cut = cutLine(left, Math.max(0, width - rightWidth - 1), theme);
  return cutLine(
    [...cut, { text: ' '.repeat(Math.max(1, width - rightWidth - lineWidth(cut))) }, ...right],
    width,
    theme,
  );
}

/** The part of a text field around its caret that fits into `width` columns, and the column of the caret in it. */
export function typedPart({ text, caret }: TextField, width: number, sign = ''): { text: string; column: number } {
  const before = graphemesOf(text.slice(0, caret));
  let column = widthOf(before.join(''));
  // The caret itself takes a column.
  const isCut = column > width - 1;
  const signed = isCut ? sign : '';
  while (before.length > 0 && column > width - 1 - widthOf(signed)) column -= widthOf(before.shift() ?? '');
  if (signed !== '') before.unshift(signed);
  column += widthOf(signed);
  const shown = before;
  let room = width - column;
  for (const character of graphemesOf(text.slice(caret))) {
    room -= widthOf(character);
    if (room < 0) break;
    shown.push(character);
  }
  return { text: shown.join(''), column };
}

/** A line filled up with blanks to a width. */
export function padLine(line: Line, width: number): Line {
  return [...line, { text: ' '.repeat(Math.max(0, width - lineWidth(line))) }];
}

/** The parts with a gap between them; empty ones are left out. */
export function joined(parts: readonly Line[], gap = '  '): Line {
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : [{ text: gap }, ...part]));
}

/** A part of a line in one tone. The caller has cleaned the text of control characters. */
export function text(value: string, tone: Tone = 'plain'): Segment {
  return { text: value, tone };
}

/** A bar of `width` columns, filled by a share from 0 to 1. Anything begun shows, and only all of it is full. */
export function bar(share: number | null, width: number, theme: Theme, tone: Tone): Segment[] {
  const { full, empty, parts } = theme.glyphs;
  if (share === null) return [text(toWidth(theme.glyphs.dash, width), 'dim')];
  const steps = parts.length + 1;
  const units = Math.min(width * steps, Math.max(0, share) * width * steps);
  const whole =
    share >= 1 ? width * steps : Math.min(Math.max(share > 0 ? 1 : 0, Math.floor(units)), width * steps - 1);
  const cells = Math.floor(whole / steps);
  const part = whole % steps === 0 ? '' : (parts[(whole % steps) - 1] ?? '');
  return [text(full.repeat(cells) + part, tone), text(empty.repeat(Math.max(0, width - cells - part.length)), 'dim')];
}

/** A sparkline: blank where the rate is 0, a separator where it was not measured. The highest bar is the highest rate that is shown. */
export function sparkline(rates: readonly (number | null)[], theme: Theme): Segment {
  const { heights, separator } = theme.glyphs;
  const highest = Math.max(0, ...rates.map((rate) => rate ?? 0));
  return text(
    rates
      .map((rate) => {
        if (rate === null) return separator;
        if (highest === 0) return heights[0];
        const level = Math.ceil((rate / highest) * (heights.length - 1));
        return heights[Math.max(rate > 0 ? 1 : 0, level)];
      })
      .join(''),
    'live',
  );
}
