import type { Cell, Color, Style } from '../test/support/terminal-cells.ts';

const fontSize = 14;
/** The advance of nearly every monospaced font, in em, is 0.6. */
const cellWidth = fontSize * 0.6;
const cellHeight = 18;
const baseline = 13.5;
const padding = 14;
const titleBarHeight = 34;

const windowColors = {
  background: '#171a21',
  titleBar: '#20242d',
  border: '#313641',
  title: '#9aa2b1',
  text: '#d5d9e2',
};
const buttonColors = ['#ec6a5e', '#f4bf4f', '#61c554'];
const palette = [
  '#3a404c',
  '#e86671',
  '#8cc570',
  '#e2b86b',
  '#61aeee',
  '#c583e0',
  '#4fb8c4',
  '#c3c9d4',
  '#717a8a',
  '#ff8b92',
  '#a9e08a',
  '#f6d28b',
  '#8ac6ff',
  '#dda6f3',
  '#7bd8e2',
  '#ffffff',
];

/**
 * Draws the cells of a terminal's screen as a window in an SVG document.
 *
 * Each run of one style is a `<text>` with a fixed `textLength`, so that columns are aligned in every font. Block elements (bars,
 * sparklines) are rectangles, so that no font leaves gaps between them.
 */
export function toSvg(cells: Cell[][], options: { columns: number; rows: number; title: string }): string {
  const { columns, rows, title } = options;
  const width = round(columns * cellWidth + 2 * padding);
  const height = round(titleBarHeight + rows * cellHeight + 2 * padding);
  const screen = cells.slice(0, rows).flatMap((row, y) => drawRow(row.slice(0, columns), y));
  const buttons = buttonColors.map(
    (color, index) => `<circle cx="${20 + index * 20}" cy="${titleBarHeight / 2}" r="6" fill="${color}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace" font-size="${fontSize}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${round(width - 1)}" height="${round(height - 1)}" rx="10" fill="${windowColors.background}" stroke="${windowColors.border}"/>`,
    `<path d="M1 ${titleBarHeight}V10.5a9.5 9.5 0 0 1 9.5-9.5H${round(width - 10.5)}a9.5 9.5 0 0 1 9.5 9.5V${titleBarHeight}z" fill="${windowColors.titleBar}"/>`,
    ...buttons,
    `<text x="${round(width / 2)}" y="${titleBarHeight / 2 + 4.5}" text-anchor="middle" font-size="13" fill="${windowColors.title}">${escapeXml(title)}</text>`,
    `<g transform="translate(${padding} ${titleBarHeight + padding})" xml:space="preserve">`,
    ...screen,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Adjacent cells that are drawn as one element. `x` and `columns` count cells. */
type Run = { x: number; columns: number; text: string; style: Style; kind: 'text' | 'symbols' | 'wide' | 'block' };

function drawRow(row: Cell[], y: number): string[] {
  const backgrounds = joinRuns(row, (cell) => fillOf(cell).background).flatMap(({ x, columns, key }) =>
    key === windowColors.background
      ? []
      : [
          `<rect x="${round(x * cellWidth)}" y="${y * cellHeight}" width="${round(columns * cellWidth)}" height="${cellHeight}" fill="${key}"/>`,
        ],
  );
  return [
    ...backgrounds,
    ...textRuns(row).flatMap((run) => (run.kind === 'block' ? drawBlocks(run, y) : drawText(run, y))),
  ];
}

function joinRuns(row: Cell[], keyOf: (cell: Cell) => string): { x: number; columns: number; key: string }[] {
  const runs: { x: number; columns: number; key: string }[] = [];
  row.forEach((cell, x) => {
    const key = keyOf(cell);
    const last = runs.at(-1);
    if (last?.key === key) last.columns += 1;
    else runs.push({ x, columns: 1, key });
  });
  return runs;
}

/**
 * Splits a row where the style changes, at two or more blanks, and around characters that the viewer's font may lack: in a
 * fallback font they may be wider, and must not shift the cells after them.
 */
function textRuns(row: Cell[]): Run[] {
  const runs: Run[] = [];
  let current: Run | undefined;
  row.forEach((cell, x) => {
    if (cell.width === 0) return;
    const isDecorated = cell.underline || cell.strikethrough;
    if (cell.invisible || (cell.text === ' ' && !isDecorated)) {
      const next = row[x + 1];
      const goesOn = current?.kind === 'text' && next !== undefined && next.text !== ' ' && kindOf(next) === 'text';
      if (current && goesOn && !cell.invisible && hasSameStyle(current.style, next)) {
        current.text += ' ';
        current.columns += 1;
      } else current = undefined;
      return;
    }
    const kind = kindOf(cell);
    if (current && current.kind === kind && kind !== 'wide' && hasSameStyle(current.style, cell)) {
      current.text += cell.text;
      current.columns += cell.width;
    } else {
      current = { x, columns: cell.width, text: cell.text, style: cell, kind };
      runs.push(current);
    }
  });
  return runs;
}

function kindOf(cell: Cell): Run['kind'] {
  if (cell.width > 1) return 'wide';
  if (blockShape(cell.text)) return 'block';
  return /^[\u0020-\u024F]+$/.test(cell.text) ? 'text' : 'symbols';
}

function drawText(run: Run, y: number): string[] {
  const { style } = run;
  const decorations = [style.underline ? 'underline' : '', style.strikethrough ? 'line-through' : ''].filter(Boolean);
  const attributes = [
    `x="${round(run.x * cellWidth)}"`,
    `y="${round(y * cellHeight + baseline)}"`,
    `textLength="${round(run.columns * cellWidth)}"`,
    'lengthAdjust="spacingAndGlyphs"',
    `fill="${fillOf(style).foreground}"`,
    style.bold ? 'font-weight="700"' : '',
    style.dim ? 'fill-opacity="0.6"' : '',
    style.italic ? 'font-style="italic"' : '',
    decorations.length > 0 ? `text-decoration="${decorations.join(' ')}"` : '',
  ];
  return [`<text ${attributes.filter(Boolean).join(' ')}>${escapeXml(run.text)}</text>`];
}

/** The part of its cell that a block element fills (in eighths from the left and from the bottom), and its opacity. */
function blockShape(text: string): { columns: number; rows: number; opacity: number } | undefined {
  const code = text.codePointAt(0) ?? 0;
  if (code >= 0x2581 && code <= 0x2588) return { columns: 8, rows: code - 0x2580, opacity: 1 };
  if (code >= 0x2589 && code <= 0x258f) return { columns: 0x2590 - code, rows: 8, opacity: 1 };
  if (code >= 0x2591 && code <= 0x2593) return { columns: 8, rows: 8, opacity: (code - 0x2590) / 4 };
  return undefined;
}

function drawBlocks(run: Run, y: number): string[] {
  const rectangles: { x: number; columns: number; rows: number; opacity: number }[] = [];
  [...run.text].forEach((character, index) => {
    const shape = blockShape(character);
    if (!shape) return;
    const x = (run.x + index) * 8;
    const last = rectangles.at(-1);
    const isSeamless =
      last && last.x + last.columns === x && last.rows === shape.rows && last.opacity === shape.opacity;
    if (isSeamless) last.columns += shape.columns;
    else rectangles.push({ ...shape, x });
  });
  return rectangles.map(({ x, columns, rows, opacity }) => {
    const height = (cellHeight * rows) / 8;
    const density = opacity * (run.style.dim ? 0.6 : 1);
    const fill = `fill="${fillOf(run.style).foreground}"${density < 1 ? ` fill-opacity="${round(density)}"` : ''}`;
    return `<rect x="${round((x * cellWidth) / 8)}" y="${round((y + 1) * cellHeight - height)}" width="${round((columns * cellWidth) / 8)}" height="${round(height)}" ${fill}/>`;
  });
}

function fillOf(style: Style): { foreground: string; background: string } {
  const foreground = hexOf(style.foreground) ?? windowColors.text;
  const background = hexOf(style.background) ?? windowColors.background;
  return style.inverse ? { foreground: background, background: foreground } : { foreground, background };
}

function hexOf(color: Color): string | undefined {
  if (color.kind === 'default') return undefined;
  if (color.kind === 'rgb') return color.hex;
  const { index } = color;
  if (index < 16) return palette[index];
  // xterm's 256 colours: a cube of six levels a channel, then 24 greys.
  if (index >= 232) return hex(8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10);
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  const cube = index - 16;
  return hex(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function hex(...channels: number[]): string {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function hasSameStyle(a: Style, b: Style): boolean {
  const { foreground, background } = fillOf(a);
  const other = fillOf(b);
  return (
    foreground === other.foreground &&
    background === other.background &&
    a.bold === b.bold &&
    a.dim === b.dim &&
    a.italic === b.italic &&
    a.underline === b.underline &&
    a.strikethrough === b.strikethrough
  );
}

function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u001F]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
