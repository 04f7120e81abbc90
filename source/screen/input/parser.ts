import type { Typed } from '../../monitor/typed.ts';
import { createReadings, isLateContinuation, type Pending, type TerminalAnswer } from './readings.ts';

/**
 * Parses the bytes that a terminal sends into keys, characters and pastes.
 *
 * A terminal sends more than keys: answers to questions (also of the program before migtop), mouse reports, focus reports.
 * A sequence that is no key is dropped completely. The forms of ECMA-48:
 *
 * - `CSI` parameters intermediates final: arrows and other named keys, kitty's and modifyOtherKeys' forms of all keys,
 *   the marks of a paste; also SGR and urxvt mouse reports, focus, cursor position, device attributes, mode reports.
 *   `CSI M` is followed by three characters (an X10 mouse report), `CSI [` by one (a function key of the Linux console).
 * - `ESC O` final (SS3): arrows, and the keypad in application mode.
 * - `OSC`, `DCS`, `APC`, `PM` and `SOS` strings up to `ST` (for `OSC` also `BEL`): answers to colour and version questions.
 * - `ESC` and a character: that key with Alt. Where the program was too busy to read them apart, they are Esc and that character.
 * - each of them also with the 8-bit introducers 0x80-0x9F, as a byte or as a character in UTF-8.
 *
 * Bytes that are not UTF-8 are dropped.
 *
 * A sequence may arrive in several chunks: the parser keeps its state between two calls, and the result does not depend on how
 * the bytes are divided. The caller measures the time: while `pending()` is not null, it must call `giveUp` when nothing has
 * arrived for `patienceMs[pending()]`.
 *
 * No state can take all later keys: ctrl-c (0x03) ends any sequence, string or paste, and is a key; Esc ends a string; a
 * sequence whose rest does not arrive is dropped; and a string or a paste that is older than `longestMs` ends when bytes
 * arrive as slowly as typed keys.
 *
 * readings.ts has the states, one for each form; key-names.ts the names of keys.
 */
export interface InputParser {
  /**
   * @param atMs when the bytes were read, on a clock that only goes forward
   * @param isLate whether they may have arrived long before, one after another: then ESC and a character are two keys
   */
  push(bytes: Uint8Array, atMs: number, isLate?: boolean): Typed[];
  /** The form of which the rest is missing, or null. */
  pending(): Pending | null;
  /** Decides without the rest. */
  giveUp(atMs: number): Typed[];
}

/** How many milliseconds the rest may take. */
export const patienceMs: Readonly<Record<Pending, number>> = {
  // ESC alone is the key Esc, which must work without a noticeable delay.
  escape: 100,
  'string-end': 100,
  // `ESC O`, `ESC P` and similar, with nothing after them, may also be a letter with Alt.
  introducer: 500,
  // On a slow line, a lost packet is sent again after a second or two.
  sequence: 2000,
  string: 2000,
  paste: 1000,
};

/** After this time a string or a paste ends when two chunks in a row are so short that they may have been typed. */
const longestMs = 5000;
const typedBytes = 16;
/** How long after Esc the rest of a sequence may arrive that began with that ESC. */
const lateMs = 1000;
const ctrlC = 0x03;

/** @param tell is called with each answer of the terminal */
export function createInputParser(tell: (answer: TerminalAnswer) => void = () => {}): InputParser {
  let out: Typed[] = [];
  let areApart = false;
  const { ground, afterEscape } = createReadings(
    (typed) => void out.push(typed),
    tell,
    () => areApart,
  );
  let reading = ground;
  /** When the string or the paste began; and when an ESC was last read as the key Esc. */
  let longSinceMs: number | null = null;
  let lastLength = 0;
  let escapedMs = Number.NEGATIVE_INFINITY;
  let pushedMs = Number.NEGATIVE_INFINITY;

  function taken(): Typed[] {
    const typed = out;
    out = [];
    return typed;
  }

  function abandon(): void {
    reading.giveUp();
    reading = ground;
    longSinceMs = null;
  }

  return {
    push(bytes, atMs, isLate = false) {
      areApart = isLate || (reading.pending() === 'escape' && atMs - pushedMs > patienceMs.escape);
      pushedMs = atMs;
      const isSlow = Math.max(bytes.length, lastLength) <= typedBytes;
      lastLength = bytes.length;
      if (longSinceMs !== null && atMs - longSinceMs > longestMs && isSlow) abandon();
      if (reading === ground && atMs - escapedMs <= lateMs && isLateContinuation(bytes)) reading = afterEscape(0);
      escapedMs = Number.NEGATIVE_INFINITY;
      for (const byte of bytes) {
        if (byte === ctrlC && reading !== ground) abandonFor(ctrlC);
        else reading = reading.step(byte);
      }
      longSinceMs = isLong(reading.pending()) ? (longSinceMs ?? atMs) : null;
      return taken();
    },
    pending: () => reading.pending(),
    giveUp(atMs) {
      const pending = reading.pending();
      if (pending === 'escape' || pending === 'string-end') escapedMs = atMs;
      abandon();
      return taken();
    },
  };

  function abandonFor(byte: number): void {
    abandon();
    reading = ground.step(byte);
  }
}

function isLong(pending: Pending | null): boolean {
  return pending === 'string' || pending === 'string-end' || pending === 'paste';
}
