import { EventEmitter } from 'node:events';
import type { Window } from '../../presentation/window.ts';
import { type Caret, createCaret, hideCursor } from './caret.ts';
import { blankRow, parseLine, type Row } from './cells.ts';
import { type Reach, reachFor } from './disputed-width.ts';
import { difference } from './frame-diff.ts';
import { createFrameWrites, type TerminalDevice } from './frame-writes.ts';
import { createInkReader } from './ink-writes.ts';
import { rowOf } from './painted-rows.ts';

/**
 * The stream that Ink uses as its terminal. It writes only the changed cells of each frame to the real terminal. Until the
 * terminal has accepted the last write, frames wait, and then only the newest is drawn: a slow line loses whole frames, never
 * a part of one.
 *
 * It reports a new size to Ink only in `repaint`: Ink would first draw the old screen into the new window, where it wraps and
 * scrolls.
 */
export interface TerminalOutput {
  readonly stream: NodeJS.WriteStream;
  /** The size that Ink uses from now on. */
  resize(window: Window): void;
  /** How many columns Ink lays out: it makes an object of each of their cells. Null: all of the window. */
  layOut(columns: number | null): void;
  /** Switches to the alternate screen again, whatever the terminal shows now. The caller then calls `repaint`. */
  reenter(): void;
  /**
   * Erases the screen and draws it again.
   *
   * @param prepare makes Ink draw the new frame; frames that it draws before it returns are not shown
   */
  repaint(prepare: () => void): void;
  /** Shows the cursor at this place, with the next frame or at once; null hides it. */
  placeCaret(at: Caret | null): void;
  /** Resolves when the terminal has accepted everything, or after `timeoutMs`. */
  flushed(timeoutMs: number): Promise<void>;
}

const enterAlternateScreen = '\u001B[?1049h';
const leaveAlternateScreen = '\u001B[?1049l';
// If a character is wider on the terminal than expected, the rest of the line must not wrap.
const wrapOff = '\u001B[?7l';
const wrapOn = '\u001B[?7h';
const eraseScreen = '\u001B[H\u001B[J';

/**
 * @param real the terminal
 * @param window its size, until `resize` is called
 * @param reachOf how many columns a character may take there
 */
export function createTerminalOutput(
  real: TerminalDevice,
  window: Window = { columns: real.columns, rows: real.rows },
  reachOf: Reach = reachFor({ ambiguousIsWide: false }),
): TerminalOutput {
  const size = { ...window };
  const events = new EventEmitter();
  const read = createInkReader();
  /** The newest frame, and the frame that was drawn with its cells: cells of an unchanged line are used again. */
  let wanted: readonly string[] = [];
  let laidOut: number | null = null;
  let drawn: { lines: readonly string[]; rows: readonly Row[] } | null = null;
  let isOnScreen = false;
  let isHeld = false;
  const caret = createCaret();
  const frames = createFrameWrites(real, draw);

  function draw(): void {
    if (!isOnScreen || isHeld || !frames.mayDraw()) return;
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
      frames.send(caret.around(eraseScreen + difference(empty, rows, columns, reachOf)));
    } else {
      frames.send(caret.around(difference(before.rows, rows, columns, reachOf)));
    }
  }

  function write(text: string, done?: () => void): boolean {
    const what = read(text);
    if (what.kind === 'frame') {
      wanted = what.lines.map(rowOf);
      draw();
    } else if (what.kind === 'enter') {
      isOnScreen = true;
      // Ink hides the cursor when it begins.
      caret.wasHidden();
      wanted = [];
      drawn = null;
      real.write(enterAlternateScreen + wrapOff);
    } else if (what.kind === 'leave') {
      isOnScreen = false;
      frames.drop();
      // tmux 3.3 copies the text to the normal screen, if the window was resized while the alternate screen was shown.
      real.write(eraseScreen + wrapOn + leaveAlternateScreen);
    } else if (what.kind === 'control' && text !== '') {
      real.write(text);
    }
    if (done !== undefined) frames.whenTaken(done);
    return !frames.isBusy();
  }

  // Ink uses no more of a stream than this.
  const stream: EventEmitter & Pick<NodeJS.WriteStream, 'isTTY' | 'writable'> = Object.assign(events, {
    isTTY: true,
    writable: true,
    write,
    getColorDepth: real.getColorDepth?.bind(real),
    hasColors: real.hasColors?.bind(real),
  });
  Object.defineProperties(stream, {
    columns: { get: () => laidOut ?? size.columns },
    rows: { get: () => size.rows },
    writableLength: { get: () => real.writableLength },
    destroyed: { get: () => real.destroyed },
    writableEnded: { get: () => real.writableEnded },
  });
  return {
    stream: stream as NodeJS.WriteStream,
    resize({ columns, rows }) {
      if (columns !== size.columns || rows !== size.rows) drawn = null;
      size.columns = columns;
      size.rows = rows;
    },
    layOut(columns) {
      laidOut = columns;
    },
    placeCaret(at) {
      caret.place(at);
      if (drawn !== null) draw();
    },
    reenter() {
      if (!isOnScreen) return;
      caret.wasHidden();
      // Leave first: if it is entered twice, the terminal forgets the place of the shell's cursor.
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
