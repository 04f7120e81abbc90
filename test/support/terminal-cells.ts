import type { IBufferCell } from '@xterm/headless';

/** A colour of the terminal: its default, an entry of the 256-colour palette, or 24-bit `#rrggbb`. */
export type Color = { kind: 'default' } | { kind: 'palette'; index: number } | { kind: 'rgb'; hex: string };

/** How a cell is drawn. */
export type Style = {
  foreground: Color;
  background: Color;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
  strikethrough: boolean;
  blink: boolean;
  invisible: boolean;
};

/** One column of one row. A wide character has width 2 and is followed by a cell of width 0 with no text. */
export type Cell = Style & { text: string; width: number };

const defaultColor: Color = { kind: 'default' };

/** The style of a terminal before any sequence changed it. */
export const plainStyle: Style = {
  foreground: defaultColor,
  background: defaultColor,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strikethrough: false,
  blink: false,
  invisible: false,
};

export const blankCell: Cell = { ...plainStyle, text: ' ', width: 1 };

export function readCell(cell: IBufferCell): Cell {
  const width = cell.getWidth();
  return {
    text: width === 0 ? '' : cell.getChars() || ' ',
    width,
    foreground: readColor(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor()),
    background: readColor(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor()),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
    strikethrough: cell.isStrikethrough() !== 0,
    blink: cell.isBlink() !== 0,
    invisible: cell.isInvisible() !== 0,
  };
}

function readColor(isRgb: boolean, isPalette: boolean, value: number): Color {
  if (isRgb) return { kind: 'rgb', hex: `#${value.toString(16).padStart(6, '0')}` };
  return isPalette ? { kind: 'palette', index: value } : defaultColor;
}

export function plainLine(cells: Cell[]): string {
  return cells
    .map((cell) => cell.text)
    .join('')
    .trimEnd();
}

export function styledLine(cells: Cell[]): string {
  let line = '';
  let blanks = '';
  let current = '';
  const change = (style: string) => {
    if (style === current) return;
    line += style === '' ? '{/}' : `{${style}}`;
    current = style;
  };
  for (const cell of cells) {
    if (cell.width === 0) continue;
    // A blank looks the same in red and in bold. Held back until it is known what follows, blanks between two words
    // of one style stay inside it and all others stay outside: a golden file changes only where the screen does.
    if (cell.text === ' ' && !isVisibleOnBlank(cell)) {
      blanks += cell.text;
      continue;
    }
    const style = describeStyle(cell);
    if (style !== current || isMarkedRun(current)) {
      if (blanks !== '') change('');
    }
    line += blanks;
    blanks = '';
    change(style);
    line += cell.text.replaceAll('{', '{{');
  }
  change('');
  return line;
}

function isVisibleOnBlank(style: Style): boolean {
  return style.background.kind !== 'default' || style.inverse || style.underline || style.strikethrough;
}

/** Whether a style shows on blanks too, so that unmarked blanks cannot be counted into it. */
function isMarkedRun(style: string): boolean {
  return /\b(on-|inverse|underline|strikethrough)/.test(style);
}

const paletteNames = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white', 'gray'];
const brightNames = paletteNames.slice(1, 8).map((name) => `bright-${name}`);

function describeColor(color: Exclude<Color, { kind: 'default' }>): string {
  if (color.kind === 'rgb') return color.hex;
  return [...paletteNames, ...brightNames][color.index] ?? `color-${color.index}`;
}

/** The words of a marker: foreground, background after `on-`, attributes. Empty for the terminal's default. */
function describeStyle(style: Style): string {
  const words: string[] = [];
  if (style.foreground.kind !== 'default') words.push(describeColor(style.foreground));
  if (style.background.kind !== 'default') words.push(`on-${describeColor(style.background)}`);
  for (const attribute of [
    'bold',
    'dim',
    'italic',
    'underline',
    'inverse',
    'strikethrough',
    'blink',
    'invisible',
  ] as const) {
    if (style[attribute]) words.push(attribute);
  }
  return words.join(' ');
}
