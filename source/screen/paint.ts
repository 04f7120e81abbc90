import { cutLine, lineWidth } from './line.ts';
import type { Line, Look, Tone } from './look.ts';

/** The colours and attributes of a piece of text, as SGR parameters (ECMA-48, 8.3.117): what turns each on, and off. */
type Style = readonly (readonly [on: number, off: number])[];

const dim = [2, 22] as const;
const bold = [1, 22] as const;
const inverse = [7, 27] as const;
const black = [30, 39] as const;
const red = [31, 39] as const;
const green = [32, 39] as const;
const yellow = [33, 39] as const;
const cyan = [36, 39] as const;
const onCyan = [46, 49] as const;

type Palette = Readonly<Record<Tone | 'selected', Style>>;

const colours: Palette = {
  plain: [],
  dim: [dim],
  strong: [bold],
  good: [green],
  bad: [red],
  warn: [yellow],
  live: [cyan],
  accent: [bold, cyan],
  chip: [inverse, yellow],
  guard: [inverse, green],
  alarm: [inverse, bold, red],
  selected: [onCyan, black],
};

const colourless: Palette = {
  plain: [],
  dim: [dim],
  strong: [bold],
  good: [],
  bad: [bold],
  warn: [],
  live: [],
  accent: [bold],
  chip: [inverse],
  guard: [inverse],
  alarm: [inverse, bold],
  selected: [inverse],
};

/** Our own words in ASCII, where the terminal has nothing else. */
const plainer: Readonly<Record<string, string>> = { '–': '-', '…': '~', '·': '|', '−': '-' };

function spelled(text: string, look: Look): string {
  return look.glyphs.dash === '-' ? text.replace(/[–…·−]/g, (character) => plainer[character] ?? character) : text;
}

export interface Painting {
  /** The cursor is on it. */
  readonly selected?: boolean;
  /** It shows what is no longer known to be true. */
  readonly faded?: boolean;
  /** Something stands beside it. */
  readonly filled?: boolean;
}

/** A line as the terminal takes it, in at most `width` columns; in exactly these where it is selected or filled. */
export function paintLine(line: Line, width: number, look: Look, painting: Painting = {}): string {
  const { selected = false, faded = false, filled = false } = painting;
  const palette = look.colour ? colours : colourless;
  const used = lineWidth(line);
  const fitting = used > width ? cutLine(line, width, look) : line;
  const blanks = selected || filled ? ' '.repeat(Math.max(0, width - used)) : '';
  if (!selected && !faded) {
    return fitting.map(({ text, tone }) => styled(spelled(text, look), palette[tone ?? 'plain'])).join('') + blanks;
  }
  const whole = spelled(fitting.map((segment) => segment.text).join(''), look) + blanks;
  return styled(whole, selected ? palette.selected : palette.dim);
}

function styled(text: string, style: Style): string {
  return text === '' ? '' : style.reduceRight((inner, [on, off]) => `\u001B[${on}m${inner}\u001B[${off}m`, text);
}
