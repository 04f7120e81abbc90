import { asciiCells, plainSigns } from '../presentation/charset.ts';
import { cutLine, lineWidth } from '../presentation/line.ts';
import type { Colours, Line, Segment, Theme, Tone } from '../presentation/theme.ts';

/** The colours and attributes of a text, as SGR parameters (ECMA-48, 8.3.117): one to switch it on, one to switch it off. */
type ToneStyle = readonly (readonly [on: number | string, off: number])[];

const dim = [2, 22] as const;
const bold = [1, 22] as const;
const inverse = [7, 27] as const;
const red = [31, 39] as const;
const green = [32, 39] as const;
const yellow = [33, 39] as const;
const cyan = [36, 39] as const;

type Palette = Readonly<Record<Tone | 'selected', ToneStyle>>;

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
  // The terminal's colours, swapped: every other colour has a meaning.
  selected: [inverse],
};

/** Only these of the 16 colours are readable on white and light grey (at least 4.5 to 1); the other tones use bold or dim. */
const blue = [34, 39] as const;
const underline = [4, 24] as const;
const light: Palette = {
  plain: [],
  // The grey of faint black depends on the terminal, and is often too light.
  dim: [],
  strong: [bold],
  good: [],
  bad: [red],
  warn: [underline],
  live: [blue],
  accent: [bold, blue],
  chip: [inverse, bold],
  guard: [inverse, blue],
  alarm: [inverse, bold, red],
  selected: [inverse],
};

/** Fixed colours of the 256, each at least 4.5 to 1 on white. */
const fixed = (colour: number) => [`38;5;${colour}`, 39] as const;
const light256: Palette = {
  ...light,
  dim: [fixed(240)],
  good: [fixed(22)],
  bad: [fixed(124)],
  warn: [fixed(94)],
  live: [fixed(24)],
  accent: [bold, fixed(24)],
  chip: [inverse, fixed(94)],
  guard: [inverse, fixed(22)],
  alarm: [inverse, bold, fixed(124)],
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

const palettes: Readonly<Record<Colours, Palette>> = {
  none: colourless,
  dark: colours,
  light,
  'light-256': light256,
};

/** The text in characters that the terminal can show. */
function spelled(text: string, theme: Theme): string {
  if (theme.isAscii) return asciiCells(text);
  return theme.glyphs.dash === '-' ? plainSigns(text) : text;
}

export interface Painting {
  /** Whether the cursor is on it. */
  readonly selected?: boolean;
  /** Whether it may be outdated. */
  readonly faded?: boolean;
  /** Whether the docked detail is to the right of it. */
  readonly filled?: boolean;
}

/** A line with SGR sequences, of at most `width` columns; exactly `width` if it is selected or filled. */
export function paintLine(line: Line, width: number, theme: Theme, painting: Painting = {}): string {
  const { selected = false, faded = false, filled = false } = painting;
  const palette = palettes[theme.colours];
  const used = lineWidth(line);
  const fitting = used > width ? cutLine(line, width, theme) : line;
  const blanks = selected || filled ? ' '.repeat(Math.max(0, width - used)) : '';
  if (!selected && !faded) {
    return fitting.map(({ text, tone }) => styled(spelled(text, theme), palette[tone ?? 'plain'])).join('') + blanks;
  }
  const whole = spelled(fitting.map((segment) => segment.text).join(''), theme) + blanks;
  if (!selected) return styled(whole, palette.dim);
  if (faded || !fitting.some(isTrouble)) return styled(whole, palette.selected);
  const painted = fitting.map((segment) => {
    const { text, tone = 'plain' } = segment;
    return styled(
      spelled(text, theme),
      isTrouble(segment) ? [...palette.selected, ...palette[tone]] : palette.selected,
    );
  });
  return painted.join('') + styled(blanks, palette.selected);
}

/** Whether its colour is kept under the cursor: red and yellow say that something is wrong. */
function isTrouble({ tone }: Segment): boolean {
  return tone === 'bad' || tone === 'warn';
}

function styled(text: string, style: ToneStyle): string {
  return text === '' ? '' : style.reduceRight((inner, [on, off]) => `\u001B[${on}m${inner}\u001B[${off}m`, text);
}
