import { type Cell, type Color, plainStyle, type Style } from '../test/support/terminal-cells.ts';

/**
 * The minimum number of bytes that changes one screen into another, written in reading order. For each changed cell it adds the
 * shortest cursor movement (absolute, by column, forward, by line feeds, or by writing the cells between), the shortest change
 * of style, and the character. Blank ends of lines are erased if that is shorter. The style is plain at the beginning and at
 * the end; the cursor's position at the beginning is unknown.
 *
 * Scrolling, repeating and inserting are not considered, and could be shorter.
 */
export function fewestBytes(before: readonly (readonly Cell[])[], after: readonly (readonly Cell[])[]): number {
  const cursor: Cursor = { bytes: 0, at: null, style: plainStyle };
  after.forEach((line, y) => {
    const old = before[y] ?? [];
    const changed = line.flatMap((cell, x) => (cell.text !== '' && !sameCell(cell, old[x]) ? [x] : []));
    const end = 1 + line.findLastIndex((cell) => !isBlank(cell));
    const tail = changed.filter((x) => x >= end).length;
    const isErased = tail > 3;
    for (const x of isErased ? changed.filter((each) => each < end) : changed) {
      const cell = line[x];
      if (cell === undefined) continue;
      moveTo(cursor, line, y, x);
      cursor.bytes += styleBytes(cursor.style, cell) + utf8(cell.text);
      cursor.style = cell;
      cursor.at = { y, x: x + 1 };
    }
    if (!isErased) return;
    if (cursor.at?.y !== y || cursor.at.x !== end) cursor.bytes += address(y, end);
    if (!sameStyle(cursor.style, plainStyle)) cursor.bytes += resetBytes;
    cursor.bytes += eraseBytes;
    cursor.style = plainStyle;
    cursor.at = { y, x: end };
  });
  return cursor.bytes + (sameStyle(cursor.style, plainStyle) ? 0 : resetBytes);
}

interface Cursor {
  bytes: number;
  at: { y: number; x: number } | null;
  style: Style;
}

const resetBytes = '\u001B[m'.length;
const eraseBytes = '\u001B[K'.length;

const attributes = [
  ['bold', '1'],
  ['dim', '2'],
  ['italic', '3'],
  ['underline', '4'],
  ['blink', '5'],
  ['inverse', '7'],
  ['invisible', '8'],
  ['strikethrough', '9'],
] as const;

function moveTo(cursor: Cursor, line: readonly Cell[], y: number, x: number): void {
  const { at } = cursor;
  if (at !== null && at.y === y && at.x === x) return;
  const ways = [x === 0 ? `\u001B[${y + 1}H`.length : address(y, x)];
  if (at !== null && at.y === y && x > at.x) {
    ways.push(forwards(x - at.x), `\u001B[${x + 1}G`.length);
    const between = line.slice(at.x, x);
    if (between.every((cell) => sameStyle(cell, cursor.style)))
      ways.push(between.reduce((bytes, cell) => bytes + utf8(cell.text), 0));
  }
  if (at !== null && y > at.y) {
    const lines = y - at.y;
    // Line feeds and a carriage return, or a jump down and a carriage return; then forward to the column.
    ways.push(Math.min(lines, 3 + String(lines).length) + 1 + (x === 0 ? 0 : forwards(x)));
    if (at.x === x) ways.push(lines === 1 ? 3 : 3 + String(lines).length);
  }
  cursor.bytes += Math.min(...ways);
}

function address(y: number, x: number): number {
  return `\u001B[${y + 1};${x + 1}H`.length;
}

function forwards(columns: number): number {
  return columns === 1 ? 3 : `\u001B[${columns}C`.length;
}

/** The length of the shorter sequence: adding attributes (possible if none is removed), or setting all of them again. */
function styleBytes(from: Style, to: Style): number {
  if (sameStyle(from, to)) return 0;
  const all = codes(to);
  if (all.length === 0) return resetBytes;
  const complete = '\u001B[;m'.length + all.join(';').length;
  const removesAny =
    attributes.some(([name]) => from[name] && !to[name]) ||
    (from.foreground.kind !== 'default' && to.foreground.kind === 'default') ||
    (from.background.kind !== 'default' && to.background.kind === 'default');
  if (removesAny) return complete;
  const had = new Set(codes(from));
  const added = all.filter((code) => !had.has(code));
  return Math.min(complete, '\u001B[m'.length + added.join(';').length);
}

function codes(style: Style): string[] {
  return [
    ...attributes.flatMap(([name, code]) => (style[name] ? [code] : [])),
    ...colorCode(style.foreground, 30),
    ...colorCode(style.background, 40),
  ];
}

function colorCode(color: Color, base: 30 | 40): string[] {
  if (color.kind === 'default') return [];
  if (color.kind === 'rgb') {
    const channels = [1, 3, 5].map((start) => Number.parseInt(color.hex.slice(start, start + 2), 16));
    return [`${base + 8};2;${channels.join(';')}`];
  }
  if (color.index < 8) return [String(base + color.index)];
  return [color.index < 16 ? String(base + 60 + color.index - 8) : `${base + 8};5;${color.index}`];
}

function isBlank(cell: Cell): boolean {
  return cell.text === ' ' && sameStyle(cell, plainStyle);
}

function sameCell(cell: Cell, other: Cell | undefined): boolean {
  return other !== undefined && cell.text === other.text && sameStyle(cell, other);
}

function sameStyle(style: Style, other: Style): boolean {
  return (
    attributes.every(([name]) => style[name] === other[name]) &&
    sameColor(style.foreground, other.foreground) &&
    sameColor(style.background, other.background)
  );
}

function sameColor(color: Color, other: Color): boolean {
  if (color.kind === 'palette') return other.kind === 'palette' && color.index === other.index;
  if (color.kind === 'rgb') return other.kind === 'rgb' && color.hex === other.hex;
  return other.kind === 'default';
}

function utf8(text: string): number {
  return Buffer.byteLength(text);
}
