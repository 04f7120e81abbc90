import type { Typed } from '../../monitor/typed.ts';
import { type TerminalAnswer, createReadings, isLateContinuation, type Pending } from './readings.ts';

/**
 * Reads what a terminal sends: bytes in, keys, characters and pastes out.
 *
 * A terminal sends more than keys on the same line: answers to questions (some of which a program before us asked),
 * mouse reports, focus reports. Here a sequence that means no key is dropped whole, in all forms of ECMA-48:
 *
 * - `CSI` parameters intermediates final: arrows and other named keys, kitty's and modifyOtherKeys' forms of all keys,
 *   the marks of a paste; also SGR and urxvt mouse reports, focus, cursor position, device attributes, mode reports.
 *   `CSI M` is followed by three characters (an X10 mouse report), `CSI [` by one (a function key of the Linux console).
 * - `ESC O` final (SS3): arrows, and the keypad in application mode.
 * - `OSC`, `DCS`, `APC`, `PM` and `SOS` strings up to `ST` (for `OSC` also `BEL`): answers to colour and version questions.
 * - `ESC` and a character: that key with Alt.
 * - all of them also with the 8-bit introducers 0x80-0x9F, as a byte or as a character in UTF-8.
 *
 * Bytes that are no UTF-8 are dropped.
 *
 * A sequence may arrive in parts: the parser keeps its state between two calls, and the same bytes give the same result
 * however they are split. What only time can tell is asked of the caller: while `pending()` is not null, `giveUp` has to
 * be called when nothing has arrived for `patienceMs[pending()]`.
 *
 * Nothing swallows keys permanently: ctrl-c (0x03) ends any sequence, string or paste and is a key; Esc ends a string; a
 * sequence whose rest does not come is dropped; and a string or a paste that has gone on for `longestMs` ends when bytes
 * come as slowly as keys do.
 *
 * readings.ts has the states, one for each form; key-names.ts the names of keys; paste.ts and utf8.ts what they say.
 */
export interface InputParser {
  /** @param atMs when the bytes were read, on a clock that only goes forward */
  push(bytes: Uint8Array, atMs: number): Typed[];
  /** What the parser waits for the rest of, or null. */
  pending(): Pending | null;
  /** Decides what is pending without the rest of it. */
  giveUp(atMs: number): Typed[];
}

/** How long the rest of something pending may take, in milliseconds. */
export const patienceMs: Readonly<Record<Pending, number>> = {
  // ESC alone is the key Esc, which must work at once.
  escape: 100,
  'string-end': 100,
  // `ESC O`, `ESC P` and their like without anything after them may also be a letter with Alt.
  introducer: 500,
  // A lost packet of a slow line is sent again after a second or two.
  sequence: 2000,
  string: 2000,
  paste: 1000,
};

/** After this time a string or a paste ends when twice so few bytes have come in a row that somebody may have typed them. */
const longestMs = 5000;
const typedBytes = 16;
/** How long after Esc the rest of a sequence may come that this ESC was the beginning of. */
const lateMs = 1000;
const ctrlC = 0x03;

/** @param tell is called with each answer of the terminal */
export function createInputParser(tell: (answer: TerminalAnswer) => void = () => {}): InputParser {
  let out: Typed[] = [];
  const { ground, afterEscape } = createReadings((typed) => void out.push(typed), tell);
  let reading = ground;
  /** Since when a string or a paste has been read, and when an ESC was last taken for the key. */
  let longSinceMs: number | null = null;
  let lastLength = 0;
  let escapedMs = Number.NEGATIVE_INFINITY;

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
    push(bytes, atMs) {
      const isSlow = Math.max(bytes.length, lastLength) <= typedBytes;
      lastLength = bytes.length;
      if (longSinceMs !== null && atMs - longSinceMs > longestMs && isSlow) abandon();
      const [first = 0] = bytes;
      if (reading === ground && atMs - escapedMs <= lateMs && isLateContinuation(first)) reading = afterEscape(0);
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
