import { isUtf8 } from '../domain/locale.ts';
import type { Status } from '../domain/operation.ts';

/**
 * Which colours the screen uses: none; the 16 of the terminal on a dark background; on a light background those of the
 * 16 that can be read there, or fixed ones where the terminal has 256.
 */
export type Colours = 'none' | 'dark' | 'light' | 'light-256';

/** How the screen is drawn on this terminal: which characters it can show, and which colours. */
export interface Theme {
  readonly colours: Colours;
  readonly glyphs: Glyphs;
  /** Whether nothing but ASCII may be written, text from the table included: the locale is not UTF-8. */
  readonly isAscii: boolean;
  /** Whether the terminal draws characters of ambiguous width (Unicode annex 11) in two columns. */
  readonly ambiguousIsWide: boolean;
}

export interface Glyphs {
  readonly cursor: string;
  readonly lampOn: string;
  readonly lampOff: string;
  readonly separator: string;
  readonly ellipsis: string;
  readonly full: string;
  readonly empty: string;
  /** The parts of a cell, from the least to almost all of it. */
  readonly parts: readonly string[];
  /** The heights of a sparkline, from nothing to the whole. */
  readonly heights: readonly string[];
  readonly status: Readonly<Record<Status, string>>;
  /** The glyph of each status in a stacked bar. */
  readonly stack: Readonly<Record<Status, string>>;
  readonly good: string;
  readonly bad: string;
  /** A failure that is resolved or accepted. */
  readonly settled: string;
  /** Points at the character below it. */
  readonly below: string;
  /** The order of a column: the lowest first, the highest first. */
  readonly ascending: string;
  readonly descending: string;
  readonly dash: string;
}

const unicode: Glyphs = {
  cursor: '▸',
  lampOn: '●',
  lampOff: '○',
  separator: '·',
  ellipsis: '…',
  full: '━',
  empty: '─',
  parts: ['╸'],
  heights: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  status: { pending: '○', running: '►', completed: '✓', failed: '✗', paused: '‖', skipped: '»' },
  stack: { pending: '─', running: '►', completed: '━', failed: '✗', paused: '‖', skipped: '»' },
  good: '✓',
  bad: '✗',
  settled: '⊗',
  below: '▾',
  ascending: '▲',
  descending: '▼',
  dash: '–',
};

const ascii: Glyphs = {
  cursor: '>',
  lampOn: '*',
  lampOff: 'o',
  separator: '|',
  ellipsis: '~',
  full: '#',
  empty: '.',
  parts: ['-'],
  heights: [' ', '_', '.', ':', '-', '=', '+', '*', '#'],
  status: { pending: '.', running: 'R', completed: '+', failed: 'X', paused: 'P', skipped: 'S' },
  stack: { pending: '.', running: 'R', completed: '#', failed: 'X', paused: 'P', skipped: 'S' },
  good: '+',
  bad: '!',
  settled: 'x',
  below: 'v',
  ascending: '^',
  descending: 'v',
  dash: '-',
};

/** Glyphs for the font of the Linux console, which has Latin-1, blocks and lines, but no ticks, crosses or arrows. */
const linuxConsole: Glyphs = {
  ...ascii,
  separator: '·',
  full: '█',
  empty: '░',
  parts: ['▒'],
  heights: [' ', '░', '░', '▒', '▒', '▓', '▓', '█', '█'],
  status: { ...ascii.status, skipped: '»' },
  stack: { pending: '░', running: 'R', completed: '█', failed: 'X', paused: 'P', skipped: '»' },
};

/** The user's options; `auto` depends on the environment. */
export interface ThemeOptions {
  readonly theme?: 'auto' | 'dark' | 'light';
  readonly ambiguousWidth?: 'auto' | '1' | '2';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads from the environment how to draw.
 *
 * Colour is left out under NO_COLOR (no-color.org: any value but the empty one) and on terminals of one colour. A
 * terminal that says that its background is light (COLORFGBG, as rxvt, Konsole and others set it) gets colours that can
 * be read there; one that says nothing there is asked (input/background.ts). ASCII is used where the locale is not UTF-8; and for signs, where they would take two columns.
 */
export function themeOf(env: Environment, { theme = 'auto', ambiguousWidth = 'auto' }: ThemeOptions = {}): Theme {
  const isAscii = !isUtf8(env);
  const ambiguousIsWide = ambiguousWidth === 'auto' ? env.VTE_CJK_WIDTH === 'wide' : ambiguousWidth === '2';
  return {
    colours: coloursOf(env, theme),
    glyphs: isAscii || ambiguousIsWide ? ascii : env.TERM === 'linux' ? linuxConsole : unicode,
    isAscii,
    ambiguousIsWide,
  };
}

/** Terminals of one colour, by the names of terminfo; `-m` and `-mono` are its variants without colour. */
const monochrome = /^(?:vt(?:52|1\d\d|2\d\d|3\d\d|4\d\d|5\d\d)|ansi-m|wyse|sun$|cons25-m|.*-m$|.*-mono$)/;

function coloursOf(env: Environment, theme: 'auto' | 'dark' | 'light'): Colours {
  const term = env.TERM ?? '';
  if ((env.NO_COLOR ?? '') !== '' || monochrome.test(term)) return 'none';
  const isLight = theme === 'auto' ? (isLightBackground(env.COLORFGBG) ?? false) : theme === 'light';
  if (!isLight) return 'dark';
  const has256 =
    /256|direct|kitty|alacritty|ghostty|wezterm|foot/.test(term) || /^(?:truecolor|24bit)$/.test(env.COLORTERM ?? '');
  return has256 ? 'light-256' : 'light';
}

/** `foreground;background`, some with a field between: 7 is light grey, 9 to 15 are the bright colours. */
function isLightBackground(colours: string | undefined): boolean | null {
  const background = /;(\d+)$/.exec(colours ?? '')?.[1];
  if (background === undefined) return null;
  return background === '7' || (Number(background) >= 9 && Number(background) <= 15);
}

/** Whether only the terminal itself can tell which background it has. */
export function isBackgroundOpen(env: Environment, { theme = 'auto' }: ThemeOptions): boolean {
  return theme === 'auto' && coloursOf(env, theme) !== 'none' && isLightBackground(env.COLORFGBG) === null;
}

/** The meaning of a text, which determines its colours. */
export type Tone =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'good'
  | 'bad'
  | 'warn'
  | 'live'
  | 'accent'
  | 'chip'
  | 'guard'
  | 'alarm';

export interface Segment {
  readonly text: string;
  readonly tone?: Tone;
}

/** A row of the terminal, from left to right. */
export type Line = readonly Segment[];

export const statusTone: Readonly<Record<Status, Tone>> = {
  pending: 'dim',
  running: 'live',
  completed: 'good',
  failed: 'bad',
  paused: 'warn',
  skipped: 'dim',
};

/** The glyph of a status, in its colour. @param isSettled whether it is a failure that is resolved or accepted */
export function statusGlyph(status: Status, theme: Theme, isSettled = false): Segment {
  if (status === 'failed' && isSettled) return { text: theme.glyphs.settled, tone: 'dim' };
  return { text: theme.glyphs.status[status], tone: statusTone[status] };
}
