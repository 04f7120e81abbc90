/** A place on the screen; both numbers begin at 0. */
export interface Caret {
  readonly row: number;
  readonly column: number;
}

const showCursor = '\u001B[?25h';
export const hideCursor = '\u001B[?25l';

/** The cursor of the terminal, which is shown where text is typed. */
export interface CaretOutput {
  /** Where the next frame shows it; null hides it. */
  place(at: Caret | null): void;
  /** It was hidden by other means. */
  wasHidden(): void;
  /** The bytes of a frame, with the cursor hidden while it is drawn. */
  around(bytes: string): string;
}

/** Begins with the cursor of the terminal hidden, and writes it only where its place has changed. */
export function createCaret(): CaretOutput {
  let wanted: Caret | null = null;
  let shown: Caret | null = null;
  return {
    place(at) {
      wanted = at;
    },
    wasHidden() {
      shown = null;
    },
    around(bytes) {
      const isThere = wanted?.row === shown?.row && wanted?.column === shown?.column;
      if (isThere && (bytes === '' || wanted === null)) return bytes;
      const hidden = shown === null ? bytes : hideCursor + bytes;
      shown = wanted;
      if (wanted === null) return hidden;
      return `${hidden}\u001B[${wanted.row + 1};${wanted.column + 1}H${showCursor}`;
    },
  };
}
