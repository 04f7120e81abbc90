import fc from 'fast-check';
import stringWidth from 'string-width';
import { type Cell, type Color, plainStyle, type Style } from '../../support/terminal-cells.ts';

/** A piece of a line in one style. */
export interface Run {
  readonly style: Style;
  readonly graphemes: readonly string[];
}

/** Lines from the top of the window. */
export type Frame = readonly (readonly Run[])[];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const agreed = [...'aAz09|#', 'é', '━', '─', '●', '▸', '✓', '字', '移', 'カ', '한'];
/**
 * Characters that terminals measure in different ways: sequences, skin tones, vowel signs, and those that newer versions of
 * Unicode make wide.
 */
export const disputed = ['e\u0301', '👍', '👍🏽', '👨‍👩‍👧', '❤️', '⌚', '🇩🇪', 'กำ', 'नि', '가'.normalize('NFD'), '🕱'];

const color: fc.Arbitrary<Color> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Color>({ kind: 'default' }) },
  { weight: 3, arbitrary: fc.nat(15).map((index): Color => ({ kind: 'palette', index })) },
  { weight: 1, arbitrary: fc.integer({ min: 16, max: 255 }).map((index): Color => ({ kind: 'palette', index })) },
  {
    weight: 1,
    arbitrary: fc.nat(0xffffff).map((rgb): Color => ({ kind: 'rgb', hex: `#${rgb.toString(16).padStart(6, '0')}` })),
  },
);
const seldom = fc.nat(5).map((number) => number === 0);
const style: fc.Arbitrary<Style> = fc.oneof(
  fc.constant(plainStyle),
  fc.record({
    foreground: color,
    background: color,
    bold: seldom,
    dim: seldom,
    italic: seldom,
    underline: seldom,
    inverse: seldom,
    strikethrough: seldom,
    blink: fc.constant(false),
    invisible: fc.constant(false),
  }),
);
const blanks = fc.integer({ min: 1, max: 30 }).map((length) => new Array<string>(length).fill(' '));
const words = fc.array(fc.constantFrom(...agreed, ' '), { minLength: 1, maxLength: 12 });
const oddities = fc.array(fc.constantFrom(...disputed, ' ', 'x'), { minLength: 1, maxLength: 4 });
const run: fc.Arbitrary<Run> = fc.record({
  style,
  graphemes: fc.oneof(
    { weight: 4, arbitrary: words },
    { weight: 2, arbitrary: blanks },
    { weight: 1, arbitrary: oddities },
  ),
});
const line = fc.array(run, { maxLength: 6 });

export const size: fc.Arbitrary<Size> = fc.record({
  // The headless terminal has no narrower window.
  columns: fc.integer({ min: 2, max: 44 }),
  rows: fc.integer({ min: 1, max: 9 }),
});

const frame: fc.Arbitrary<Frame> = fc.array(line, { maxLength: 10 });

type Change =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'line'; readonly at: number; readonly line: readonly Run[] }
  | { readonly kind: 'run'; readonly at: number; readonly index: number; readonly run: Run }
  | { readonly kind: 'scroll' };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('frame' as const), frame }),
  fc.record({ kind: fc.constant('line' as const), at: fc.nat(9), line }),
  fc.record({ kind: fc.constant('run' as const), at: fc.nat(9), index: fc.nat(5), run }),
  fc.record({ kind: fc.constant('scroll' as const) }),
);

/** Frames of which each is much like the one before it. */
export const frames: fc.Arbitrary<readonly Frame[]> = fc
  .tuple(frame, fc.array(change, { maxLength: 8 }))
  .map(([first, changes]) => {
    const all = [first];
    for (const next of changes) all.push(changed(all.at(-1) ?? [], next));
    return all;
  });

function changed(before: Frame, next: Change): Frame {
  if (next.kind === 'frame') return next.frame;
  if (next.kind === 'scroll') return before.slice(1);
  const lines = [...before];
  if (next.kind === 'line') lines[next.at] = next.line;
  else lines[next.at] = (lines[next.at] ?? []).toSpliced(next.index, 1, next.run);
  return Array.from(lines, (each) => each ?? []);
}

/** The frame as Ink hands it over. */
export function written(lines: Frame): string {
  return lines.map((runs) => runs.map((each) => sgr(each.style) + each.graphemes.join('')).join('') + reset).join('\n');
}

const reset = '\u001B[0m';

function sgr(of: Style): string {
  const codes = ['0'];
  if (of.bold) codes.push('1');
  if (of.dim) codes.push('2');
  if (of.italic) codes.push('3');
  if (of.underline) codes.push('4');
  if (of.inverse) codes.push('7');
  if (of.strikethrough) codes.push('9');
  codes.push(...colorCodes(of.foreground, 30), ...colorCodes(of.background, 40));
  return `\u001B[${codes.join(';')}m`;
}

function colorCodes(of: Color, base: 30 | 40): string[] {
  if (of.kind === 'default') return [];
  if (of.kind === 'rgb')
    return [
      `${base + 8};2;${of.hex
        .match(/[0-9a-f]{2}/g)
        ?.map((hex) => Number.parseInt(hex, 16))
        .join(';')}`,
    ];
  if (of.index < 8) return [`${base + of.index}`];
  return of.index < 16 ? [`${base + 52 + of.index}`] : [`${base + 8};5;${of.index}`];
}

/** The cells that a user has to see, made without any of what the program makes them with. */
export function intended(lines: Frame, { columns, rows }: Size): Cell[][] {
  return Array.from({ length: rows }, (_, row) => {
    const cells: Cell[] = [];
    for (const { style: of, graphemes } of lines[row] ?? []) {
      for (const text of graphemes) {
        const width = stringWidth(text);
        // If a character does not fit any more, only its background is visible.
        const blank = { ...of, text: ' ', width: 1 };
        if (cells.length + width > columns) while (cells.length < columns) cells.push(blank);
        if (cells.length === columns) break;
        cells.push({ ...of, text, width });
        for (let more = 1; more < width; more++) cells.push({ ...of, text: '', width: 0 });
      }
    }
    while (cells.length < columns) cells.push({ ...plainStyle, text: ' ', width: 1 });
    return cells.map(asSeen);
  });
}

/** A blank looks the same in red and in bold. */
export function asSeen(cell: Cell): Cell {
  const isPlainBlank =
    cell.text === ' ' &&
    cell.background.kind === 'default' &&
    !cell.inverse &&
    !cell.underline &&
    !cell.strikethrough &&
    !cell.blink;
  return isPlainBlank ? { ...plainStyle, text: ' ', width: 1 } : cell;
}
