// CommonJS: outside a bundler its names are only on the default export.
import headless, { type IBufferCell, type IUnicodeVersionProvider } from '@xterm/headless';
import stringWidth from 'string-width';

/** A colour as the terminal was told it: its own default, an entry of the 256-colour palette, or 24-bit `#rrggbb`. */
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

/** What has spilled over the edges of the window since `resetOverflow`, also in frames that were repainted since. */
export type Overflow = { wrappedLines: number; scrolledLines: number };

/** A headless terminal: bytes in, and what a user would see, hear or find in the clipboard out. */
export type Terminal = {
  readonly columns: number;
  readonly rows: number;
  /** Resolves when the bytes have been parsed and the screen shows them. */
  write(bytes: string | Uint8Array): Promise<void>;
  resize(columns: number, rows: number): void;
  /** The visible screen, one line a row, trailing blanks trimmed, wide characters once. */
  text(): string;
  /** The same with markers where the style changes: `{red bold}failed{/}`; a literal `{` reads `{{`. */
  styled(): string;
  /** The visible screen by row and column. */
  cells(): Cell[][];
  cursor(): { x: number; y: number; visible: boolean };
  isAlternate(): boolean;
  readonly modes: {
    bracketedPaste: boolean;
    mouse: 'none' | 'x10' | 'vt200' | 'drag' | 'any';
    applicationCursor: boolean;
    focusEvents: boolean;
    synchronizedOutput: boolean;
  };
  /** Lines scrolled off the normal screen. The alternate screen keeps none: see `overflow`. */
  scrollbackLength(): number;
  overflow(): Overflow;
  resetOverflow(): void;
  readonly title: string;
  readonly bells: number;
  /** What programs tried to put into the clipboard (OSC 52), decoded; `?` for an attempt to read it. */
  readonly writtenToClipboard: readonly string[];
  /** What the terminal answers to queries (device attributes, cursor position): feed it to the program's input. */
  onAnswer(listener: (bytes: string) => void): void;
  /** Called whenever bytes have been parsed or the size has changed. Returns the function that stops it. */
  onChange(listener: () => void): () => void;
  dispose(): void;
};

/** The bytes that terminals send for the keys which are not plain characters. */
export const keys = {
  enter: '\r',
  escape: '\u001B',
  tab: '\t',
  shiftTab: '\u001B[Z',
  backspace: '\u007F',
  delete: '\u001B[3~',
  up: '\u001B[A',
  down: '\u001B[B',
  right: '\u001B[C',
  left: '\u001B[D',
  home: '\u001B[H',
  end: '\u001B[F',
  pageUp: '\u001B[5~',
  pageDown: '\u001B[6~',
  /** `ctrl('d')` is the byte of ctrl-d. */
  ctrl: (letter: string) => String.fromCharCode(letter.toUpperCase().charCodeAt(0) - 64),
};

/**
 * Creates a headless terminal of the given size.
 *
 * `newlineReturns` makes a line feed go to the first column too, as the kernel's terminal driver does for a program
 * whose output does not pass through a PTY here. `ambiguousIsWide` gives two columns to signs of ambiguous width.
 */
export function createTerminal(options: {
  columns: number;
  rows: number;
  newlineReturns?: boolean;
  ambiguousIsWide?: boolean;
}): Terminal {
  const xterm = new headless.Terminal({
    cols: options.columns,
    rows: options.rows,
    convertEol: options.newlineReturns ?? false,
    allowProposedApi: true,
    scrollback: 10_000,
  });
  const widths = graphemeWidths(options.ambiguousIsWide ?? false);
  xterm.unicode.register(widths);
  xterm.unicode.activeVersion = widths.version;

  // xterm.js has a decoder too, but that loses a character of three bytes which come one at a time.
  const decoder = new TextDecoder();

  const clipboard: string[] = [];
  const listeners = new Set<() => void>();
  let title = '';
  let bells = 0;
  let isCursorVisible = true;
  let overflow: Overflow = { wrappedLines: 0, scrolledLines: 0 };

  xterm.onTitleChange((newTitle) => {
    title = newTitle;
  });
  xterm.onBell(() => {
    bells += 1;
  });
  // The event also comes when the alternate screen is entered or left, and when the scrollback is erased.
  let scrolledBuffer = { type: xterm.buffer.active.type, baseY: 0 };
  xterm.onScroll(() => {
    const { type, baseY } = xterm.buffer.active;
    if (type === scrolledBuffer.type && baseY >= scrolledBuffer.baseY) overflow.scrolledLines += 1;
    scrolledBuffer = { type, baseY };
  });
  xterm.parser.registerOscHandler(52, (data) => {
    const payload = data.slice(data.indexOf(';') + 1);
    clipboard.push(payload === '?' ? payload : Buffer.from(payload, 'base64').toString('utf8'));
    return true;
  });
  // The public API does not tell whether the cursor is shown. These handlers only listen: `false` passes on.
  const listenForCursor = (final: 'h' | 'l') => {
    xterm.parser.registerCsiHandler({ prefix: '?', final }, (parameters) => {
      if (parameters.includes(25)) isCursorVisible = final === 'h';
      return false;
    });
  };
  listenForCursor('h');
  listenForCursor('l');
  const showCursor = () => {
    isCursorVisible = true;
    return false;
  };
  xterm.parser.registerEscHandler({ final: 'c' }, showCursor);
  xterm.parser.registerCsiHandler({ intermediates: '!', final: 'p' }, showCursor);

  const changed = () => {
    for (const listener of [...listeners]) listener();
  };
  const visibleLines = () =>
    Array.from({ length: xterm.rows }, (_, y) => xterm.buffer.active.getLine(xterm.buffer.active.baseY + y));
  const cells = () =>
    visibleLines().map((line) =>
      Array.from({ length: xterm.cols }, (_, x) => {
        const cell = line?.getCell(x);
        return cell ? readCell(cell) : blankCell;
      }),
    );

  return {
    get columns() {
      return xterm.cols;
    },
    get rows() {
      return xterm.rows;
    },
    write: (bytes) =>
      new Promise((resolve) => {
        const characters = typeof bytes === 'string' ? bytes : decoder.decode(bytes, { stream: true });
        xterm.write(characters, () => {
          const wrappedLines = visibleLines().filter((line) => line?.isWrapped).length;
          overflow.wrappedLines = Math.max(overflow.wrappedLines, wrappedLines);
          resolve();
          changed();
        });
      }),
    resize(columns, rows) {
      xterm.resize(columns, rows);
      changed();
    },
    text: () => cells().map(plainLine).join('\n'),
    styled: () => cells().map(styledLine).join('\n'),
    cells,
    cursor: () => ({ x: xterm.buffer.active.cursorX, y: xterm.buffer.active.cursorY, visible: isCursorVisible }),
    isAlternate: () => xterm.buffer.active.type === 'alternate',
    get modes() {
      return {
        bracketedPaste: xterm.modes.bracketedPasteMode,
        mouse: xterm.modes.mouseTrackingMode,
        applicationCursor: xterm.modes.applicationCursorKeysMode,
        focusEvents: xterm.modes.sendFocusMode,
        synchronizedOutput: xterm.modes.synchronizedOutputMode,
      };
    },
    scrollbackLength: () => xterm.buffer.normal.baseY,
    overflow: () => ({ ...overflow }),
    resetOverflow() {
      overflow = { wrappedLines: 0, scrolledLines: 0 };
    },
    get title() {
      return title;
    },
    get bells() {
      return bells;
    },
    writtenToClipboard: clipboard,
    onAnswer(listener) {
      xterm.onData(listener);
      xterm.onBinary(listener);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    dispose: () => xterm.dispose(),
  };
}

/**
 * Waits until the predicate holds for what the terminal shows; looked at again after every change, never by the clock.
 * Rejects after `timeoutMs` (10 s) with `description` and the screen as it is then.
 */
export function waitForScreen(
  terminal: Terminal,
  predicate: (terminal: Terminal) => boolean,
  options: { timeoutMs?: number; description?: string; signal?: AbortSignal } = {},
): Promise<void> {
  const { timeoutMs = 10_000, description = 'the screen', signal } = options;
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      stopListening();
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const fail = (reason: string) =>
      finish(() => reject(new Error(`${reason} while waiting for ${description}. The screen:\n${frame(terminal)}`)));
    const abort = () => fail(String(signal?.reason));
    const check = () => {
      try {
        if (predicate(terminal)) finish(resolve);
      } catch (error) {
        finish(() => reject(error));
      }
    };
    const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
    const stopListening = terminal.onChange(check);
    check();
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
  });
}

/** Whether the pattern is on the screen; for `waitForScreen`. */
export function showsText(pattern: string | RegExp): (terminal: Terminal) => boolean {
  return (terminal) => {
    const text = terminal.text();
    // `search` pays no heed to the lastIndex that a /g pattern carries from one call to the next.
    return typeof pattern === 'string' ? text.includes(pattern) : text.search(pattern) !== -1;
  };
}

/** What the terminal sends when the user pastes: within brackets if the program asked for them. */
export function pastedBytes(terminal: Terminal, text: string): string {
  const typed = text.replace(/\r?\n/g, '\r');
  return terminal.modes.bracketedPaste ? `\u001B[200~${typed}\u001B[201~` : typed;
}

function frame(terminal: Terminal): string {
  const edge = '-'.repeat(terminal.columns);
  return `${edge}\n${terminal.text().trimEnd()}\n${edge}`;
}

const defaultColor: Color = { kind: 'default' };

/** What a terminal writes in before anything was asked of it. */
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

const blankCell: Cell = { ...plainStyle, text: ' ', width: 1 };

function readCell(cell: IBufferCell): Cell {
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

function plainLine(cells: Cell[]): string {
  return cells
    .map((cell) => cell.text)
    .join('')
    .trimEnd();
}

function styledLine(cells: Cell[]): string {
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

/**
 * Character widths as Ink assumes them: those of `string-width`, counted by grapheme, so that an emoji sequence or a
 * letter with its marks is one cell. Without it the headless terminal has the widths of Unicode 6: emoji are narrow.
 *
 * `charProperties` is called for each code point with what it returned for the one before (0 after any control
 * sequence). The number that it returns is, by xterm.js's convention: bit 0 "joins the cell before", bits 1-2 the
 * width of the cell, the bits above free for the provider, which puts the number of a grapheme there.
 */
function graphemeWidths(ambiguousIsWide: boolean): IUnicodeVersionProvider {
  const columnsOf = (text: string): number => stringWidth(text, { ambiguousIsNarrow: !ambiguousIsWide });
  type Grapheme = { text: string; columns: number; cellWidth: number };
  const segmenter = new Intl.Segmenter();
  const graphemes: Grapheme[] = [{ text: '', columns: 0, cellWidth: 0 }];
  const numbers = new Map<string, number>();
  const known = new Map<string, number>();

  const encode = (grapheme: Grapheme, joins: boolean) => {
    const key = `${grapheme.cellWidth} ${grapheme.text}`;
    let number = numbers.get(key);
    if (number === undefined) {
      number = graphemes.push(grapheme) - 1;
      numbers.set(key, number);
    }
    return (number << 3) | (grapheme.cellWidth << 1) | (joins ? 1 : 0);
  };

  const compute = (character: string, preceding: Grapheme) => {
    const text = preceding.text + character;
    const isSameGrapheme = preceding.text !== '' && [...segmenter.segment(text)].length === 1;
    if (!isSameGrapheme) {
      const columns = columnsOf(character);
      // A mark that has lost its letter to a control sequence goes into the cell before, and takes no column.
      return encode({ text: character, columns, cellWidth: Math.min(columns, 2) }, columns === 0);
    }
    const columns = Math.max(preceding.columns, columnsOf(text));
    const added = columns - preceding.columns;
    const cellWidth = preceding.cellWidth + added;
    // A cell is two columns at most; a wider grapheme (jamo, some Indic clusters) goes on in the next one.
    return cellWidth <= 2
      ? encode({ text, columns, cellWidth }, true)
      : encode({ text, columns, cellWidth: Math.min(added, 2) }, false);
  };

  return {
    version: 'string-width',
    wcwidth(codePoint) {
      const width = stringWidth(String.fromCodePoint(codePoint));
      return width >= 2 ? 2 : width === 1 ? 1 : 0;
    },
    charProperties(codePoint, preceding) {
      const number = preceding >> 3;
      const key = `${number} ${codePoint}`;
      let properties = known.get(key);
      if (properties === undefined) {
        properties = compute(
          String.fromCodePoint(codePoint),
          graphemes[number] ?? { text: '', columns: 0, cellWidth: 0 },
        );
        known.set(key, properties);
      }
      return properties;
    },
  };
}
