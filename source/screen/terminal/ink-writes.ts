/**
 * The kind of a text that Ink writes when it draws complete frames on the alternate screen: a frame is one write, between the
 * marks of a synchronized update and after the erasure of the last frame; all other writes are control sequences.
 */
export type InkWrite =
  /** A frame, its lines from the top of the window. */
  | { readonly kind: 'frame'; readonly lines: readonly string[] }
  | { readonly kind: 'enter' }
  | { readonly kind: 'leave' }
  /** The marks of an update, or the erasure of a frame: not needed to write only changed cells. */
  | { readonly kind: 'nothing' }
  /** A mode of the terminal, or a question to it. */
  | { readonly kind: 'control' };

const enterAlternateScreen = '\u001B[?1049h';
const leaveAlternateScreen = '\u001B[?1049l';
const beginUpdate = '\u001B[?2026h';
const endUpdate = '\u001B[?2026l';

/** Erases line by line upwards, or everything below the top. */
const erasure = /^(?:\u001B\[(?:2K|\d*A|G|1;1H|J))*/;
const modes = /^(?:\u001B\[[<=>?][\d;]*[A-Za-z])*$/;

/** Recognizes what Ink writes. Each stream needs a reader: a text inside a synchronized update is a frame. */
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
