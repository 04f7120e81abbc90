/**
 * What a text is that Ink writes, when it draws a window on the alternate screen and not incrementally: each frame whole, in
 * one write, between the bounds of a synchronized update and after the erasure of the frame before; all else is control
 * sequences.
 */
export type InkWrite =
  /** A frame, its lines from the top of the window. */
  | { readonly kind: 'frame'; readonly lines: readonly string[] }
  | { readonly kind: 'enter' }
  | { readonly kind: 'leave' }
  /** Bounds of a frame, or the erasure of one: of no use to who writes only what has changed. */
  | { readonly kind: 'nothing' }
  /** Modes of the terminal and questions to it. */
  | { readonly kind: 'control' };

const enterAlternateScreen = '\u001B[?1049h';
const leaveAlternateScreen = '\u001B[?1049l';
const beginUpdate = '\u001B[?2026h';
const endUpdate = '\u001B[?2026l';

/** Erased lines with the cursor going up, or all that is below the top. */
const erasure = /^(?:\u001B\[(?:2K|\d*A|G|1;1H|J))*/;
const modes = /^(?:\u001B\[[<=>?][\d;]*[A-Za-z])*$/;

/** Tells apart what Ink writes; one for each stream, since what stands within an update is a frame. */
export function createInkReader(): (text: string) => InkWrite {
  let isUpdating = false;
  return (text) => {
    if (text === beginUpdate || text === endUpdate) {
      isUpdating = text === beginUpdate;
      return { kind: 'nothing' };
    }
    if (text === enterAlternateScreen) return { kind: 'enter' };
    if (text === leaveAlternateScreen) return { kind: 'leave' };
    const frame = text.replace(erasure, '');
    if (isUpdating && !(text !== '' && modes.test(text))) return { kind: 'frame', lines: frame.split('\n') };
    return frame === '' && text !== '' ? { kind: 'nothing' } : { kind: 'control' };
  };
}
