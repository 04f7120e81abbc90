import { EventEmitter } from 'node:events';
import type { Window } from '../../presentation/window.ts';
import { blankRow, parseLine, type Row } from './cells.ts';
import { disputedReach, type Reach } from './disputed-width.ts';
import { difference } from './frame-diff.ts';
import { createInkReader } from './ink-writes.ts';

/**
 * What Ink takes for its terminal. Of the frames that Ink draws it writes to the real one only the cells that have
 * changed, and nothing where none has. While the terminal has not taken the last of it, frames wait, and only the newest
 * of them is drawn then: a slow line loses frames, never a part of one.
 *
 * It tells Ink of a new size only when `repaint` has the screen for it: Ink by itself first draws the old screen into the
 * new window, where it wraps and scrolls.
 */
export interface TerminalOutput {
  readonly stream: NodeJS.WriteStream;
  /** The size that Ink uses from now on. */
  resize(window: Window): void;
  /** Takes the alternate screen again, whichever screen and modes the terminal has now; to be followed by `repaint`. */
  reenter(): void;
  /**
   * Erases the screen and draws all of it again.
   *
   * @param prepare makes Ink draw the new frame; what it draws before the end is not shown
   */
  repaint(prepare: () => void): void;
  /** Shows the cursor at this place from the next frame on, or at once where none is to come; null hides it. */
  placeCaret(at: Caret | null): void;
  /** Resolves when the terminal has taken everything, or has not within `timeoutMs`. */
  flushed(timeoutMs: number): Promise<void>;
}

/** A place on the screen, both from 0. */
export interface Caret {
  readonly row: number;
  readonly column: number;
}

const showCursor = '\u001B[?25h';
const hideCursor = '\u001B[?25l';
const enterAlternateScreen = '\u001B[?1049h';
const leaveAlternateScreen = '\u001B[?1049l';
// Where a terminal takes a character for wider than we do, the rest of the line must not go to the next one.
const wrapOff = '\u001B[?7l';
const wrapOn = '\u001B[?7h';
const eraseScreen = '\u001B[H\u001B[J';
const beginUpdate = '\u001B[?2026h';
const endUpdate = '\u001B[?2026l';
/** From this size on a change may come in parts, so that one would see it half drawn: it pays to bracket it. */
const bracketedFromBytes = 2048;

/**
 * @param real the terminal
 * @param window its size, until `resize` gives another
 * @param reachOf how many columns a character may take there
 */
export function createTerminalOutput(
  real: NodeJS.WriteStream,
  window: Window = { columns: real.columns, rows: real.rows },
  reachOf: Reach = disputedReach,
): TerminalOutput {
  const size = { ...window };
  const events = new EventEmitter();
  const read = createInkReader();
  /** The newest frame, and its cells: those of a line that is the same in the next one are not made again. */
  let wanted: readonly string[] = [];
  let drawn: { lines: readonly string[]; rows: readonly Row[] } | null = null;
  let isOnScreen = false;
  let isHeld = false;
  let isBusy = false;
  let isDue = false;
  let idle: (() => void)[] = [];
  /** Where the cursor is wanted, and where it is shown. */
  let caret: Caret | null = null;
  let shownCaret: Caret | null = null;

  function draw(): void {
    if (!isOnScreen || isHeld) return;
    isDue = isBusy;
    if (isBusy) return;
    const { columns } = size;
    const before = drawn;
    const rows = Array.from({ length: size.rows }, (_, row) => {
      const line = wanted[row] ?? '';
      const known = before?.lines[row] === line ? before.rows[row] : undefined;
      return known ?? parseLine(line, columns);
    });
    drawn = { lines: wanted, rows };
    if (before === null) {
      const blank = blankRow(columns);
      const empty = rows.map(() => blank);
      send(withCaret(eraseScreen + difference(empty, rows, columns, reachOf)));
    } else {
      send(withCaret(difference(before.rows, rows, columns, reachOf)));
    }
  }

  /** What is drawn, with the cursor hidden until the frame is drawn. */
  function withCaret(bytes: string): string {
    const isThere = caret?.row === shownCaret?.row && caret?.column === shownCaret?.column;
    if (isThere && (bytes === '' || caret === null)) return bytes;
    const hidden = shownCaret === null ? bytes : hideCursor + bytes;
    shownCaret = caret;
    if (caret === null) return hidden;
    return `${hidden}\u001B[${caret.row + 1};${caret.column + 1}H${showCursor}`;
  }

  function send(bytes: string): void {
    if (bytes === '') return;
    isBusy = true;
    real.write(bytes.length < bracketedFromBytes ? bytes : beginUpdate + bytes + endUpdate, () => {
      isBusy = false;
      if (isDue) draw();
      if (isBusy) return;
      const waiting = idle;
      idle = [];
      for (const done of waiting) real.write('', done);
    });
  }

  function write(text: string, done?: () => void): boolean {
    const what = read(text);
    if (what.kind === 'frame') {
      wanted = what.lines;
      draw();
    } else if (what.kind === 'enter') {
      isOnScreen = true;
      // Ink hides the cursor as it begins.
      shownCaret = null;
      wanted = [];
      drawn = null;
      real.write(enterAlternateScreen + wrapOff);
    } else if (what.kind === 'leave') {
      isOnScreen = false;
      isDue = false;
      // tmux 3.3 takes what stands there along to the normal screen, if the window got another size meanwhile.
      real.write(eraseScreen + wrapOn + leaveAlternateScreen);
    } else if (what.kind === 'control' && text !== '') {
      real.write(text);
    }
    if (done !== undefined) {
      if (isDue) idle.push(done);
      else real.write('', done);
    }
    return !isBusy;
  }

  const stream = Object.assign(events, {
    isTTY: true,
    writable: true,
    write,
    getColorDepth: real.getColorDepth?.bind(real),
    hasColors: real.hasColors?.bind(real),
  });
  Object.defineProperties(stream, {
    columns: { get: () => size.columns },
    rows: { get: () => size.rows },
    writableLength: { get: () => real.writableLength },
    destroyed: { get: () => real.destroyed },
    writableEnded: { get: () => real.writableEnded },
  });
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    resize({ columns, rows }) {
      if (columns !== size.columns || rows !== size.rows) drawn = null;
      size.columns = columns;
      size.rows = rows;
    },
    placeCaret(at) {
      caret = at;
      if (drawn !== null) draw();
    },
    reenter() {
      if (!isOnScreen) return;
      shownCaret = null;
      // Left first: entered twice, the place of the shell's cursor would be forgotten.
      real.write(leaveAlternateScreen + enterAlternateScreen + hideCursor + wrapOff);
    },
    repaint(prepare) {
      isHeld = true;
      try {
        prepare();
        events.emit('resize');
      } finally {
        isHeld = false;
      }
      drawn = null;
      draw();
    },
    flushed(timeoutMs) {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        write('', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}
