// CommonJS: outside a bundler its names are only on the default export.
import headless from '@xterm/headless';
import { graphemeWidths } from './grapheme-widths.ts';
import { blankCell, type Cell, plainLine, readCell, styledLine } from './terminal-cells.ts';

/** How many lines went over the edges of the window since `resetOverflow`, also in frames that were repainted since. */
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
  /** The text with markers where the style changes: `{red bold}failed{/}`; a literal `{` reads `{{`. */
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
  /** Texts that programs tried to put into the clipboard (OSC 52), decoded; `?` for an attempt to read it. */
  readonly writtenToClipboard: readonly string[];
  /**
   * Calls the listener with the terminal's answers to queries (device attributes, cursor position): feed it to the program's
   * input.
   */
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
 * Rejects after `timeoutMs` (60 s) with `description` and the screen as it is then.
 */
export function waitForScreen(
  terminal: Terminal,
  predicate: (terminal: Terminal) => boolean,
  options: { timeoutMs?: number; description?: string; signal?: AbortSignal } = {},
): Promise<void> {
  const { timeoutMs = 60_000, description = 'the screen', signal } = options;
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

/** The bytes that the terminal sends when the user pastes: within brackets if the program asked for them. */
export function pastedBytes(terminal: Terminal, text: string): string {
  const typed = text.replace(/\r?\n/g, '\r');
  return terminal.modes.bracketedPaste ? `\u001B[200~${typed}\u001B[201~` : typed;
}

function frame(terminal: Terminal): string {
  const edge = '-'.repeat(terminal.columns);
  return `${edge}\n${terminal.text().trimEnd()}\n${edge}`;
}
