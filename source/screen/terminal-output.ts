import { EventEmitter } from 'node:events';
import type { Window } from '../monitor/state.ts';

/**
 * What Ink takes for its terminal. It writes through to the real one, and tells Ink of a new size only after
 * `resize` has drawn the screen for it: Ink by itself first draws the old screen into the new window, where it wraps
 * and scrolls.
 */
export interface TerminalOutput {
  readonly stream: NodeJS.WriteStream;
  /** The size that Ink believes in from now on; `announce` lets Ink redraw at it. */
  resize(window: Window): void;
  announce(): void;
}

export function createTerminalOutput(real: NodeJS.WriteStream): TerminalOutput {
  const size = { columns: real.columns, rows: real.rows };
  const events = new EventEmitter();
  const stream = Object.assign(events, {
    isTTY: true,
    writable: true,
    write: real.write.bind(real),
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
    announce: () => void events.emit('resize'),
  };
}
