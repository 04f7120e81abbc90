import type { Status } from '../domain/operation.ts';

/** How the screen is drawn on this terminal: which characters it can show, and whether it may use colour. */
export interface Look {
  readonly colour: boolean;
  readonly glyphs: Glyphs;
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
  /** What a status looks like as a part of a stacked bar. */
  readonly stack: Readonly<Record<Status, string>>;
  readonly good: string;
  readonly bad: string;
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
  dash: '-',
};

/**
 * Reads from the environment how to draw.
 *
 * Colour is left out under NO_COLOR (no-color.org: any value but the empty one); ASCII is used where the locale says
 * that its characters are not UTF-8 (LC_ALL before LC_CTYPE before LANG, as the C library has it).
 */
export function lookOf(env: Readonly<Record<string, string | undefined>>): Look {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  const utf8 = locale === '' || /utf-?8/i.test(locale);
  return { colour: (env.NO_COLOR ?? '') === '', glyphs: utf8 ? unicode : ascii };
}

/** What a piece of text means; the colours follow from it. */
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

/** The glyph of a status, in its colour. */
export function statusGlyph(status: Status, look: Look): Segment {
  return { text: look.glyphs.status[status], tone: statusTone[status] };
}
