import { EventEmitter } from 'node:events';
import type { Window } from '../monitor/state.ts';

/**
 * What Ink takes for its terminal. It writes through to the real one, and tells Ink of a new size only when
 * `repaint` has the screen for it: Ink by itself first draws the old screen into the new window, where it wraps and
 * scrolls, and from then on repaints lines that are no longer where it believes them to be.
 */
export interface TerminalOutput {
  readonly stream: NodeJS.WriteStream;
  /** The size that Ink believes in from now on. */
  resize(window: Window): void;
  /**
   * Erases the screen and lets Ink draw all of it again.
   *
   * @param prepare brings Ink to the new picture and has it forget the old one; nothing that it writes is seen
   */
  repaint(prepare: () => void): void;
}

const enterAlternateScreen = '\u001B[?1049h';
const home = '\u001B[H';
const eraseScreen = '\u001B[2J';

export function createTerminalOutput(real: NodeJS.WriteStream): TerminalOutput {
  const size = { columns: real.columns, rows: real.rows };
  const events = new EventEmitter();
  let muted = false;
  const stream = Object.assign(events, {
    isTTY: true,
    writable: true,
    write(text: string, done?: () => void): boolean {
      if (muted) return real.write('', done);
      // The alternate screen is entered with the cursor where the shell had it, and Ink draws from there.
      return real.write(text === enterAlternateScreen ? text + home : text, done);
    },
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
      size.columns = columns;
      size.rows = rows;
    },
    repaint(prepare) {
      muted = true;
      try {
        prepare();
      } finally {
        muted = false;
      }
      real.write(home + eraseScreen);
      events.emit('resize');
    },
  };
}
