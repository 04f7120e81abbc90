const beginUpdate = '\u001B[?2026h';
const endUpdate = '\u001B[?2026l';
/** Minimum size of a synchronized update: a change of this size may arrive in parts, and would be visible half drawn. */
const updateFromBytes = 2048;

/** The real terminal, as far as it is used here. */
export interface TerminalDevice
  extends Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'destroyed' | 'writableEnded' | 'writableLength'>,
    Partial<Pick<NodeJS.WriteStream, 'getColorDepth' | 'hasColors'>> {
  write(text: string, done?: () => void): boolean;
}

/** The writes of frames: at most one is under way. While the terminal has not accepted it, the newest frame waits. */
export interface FrameWrites {
  /** Whether a frame can be written now. If not, `draw` is called when it can. */
  mayDraw(): boolean;
  /** No frame waits any more. */
  drop(): void;
  send(bytes: string): void;
  /** Calls `done` when the terminal has accepted everything, also the frame that waits. */
  whenTaken(done: () => void): void;
  isBusy(): boolean;
}

/** @param draw draws the frame that waits */
export function createFrameWrites(terminal: TerminalDevice, draw: () => void): FrameWrites {
  let isBusy = false;
  let isDue = false;
  let waiting: (() => void)[] = [];
  return {
    mayDraw() {
      isDue = isBusy;
      return !isBusy;
    },
    drop() {
      isDue = false;
    },
    send(bytes) {
      if (bytes === '') return;
      isBusy = true;
      terminal.write(bytes.length < updateFromBytes ? bytes : beginUpdate + bytes + endUpdate, () => {
        isBusy = false;
        if (isDue) draw();
        if (isBusy) return;
        const done = waiting;
        waiting = [];
        for (const one of done) terminal.write('', one);
      });
    },
    whenTaken(done) {
      if (isDue) waiting.push(done);
      else terminal.write('', done);
    },
    isBusy: () => isBusy,
  };
}
