import type { Typed } from '../../monitor/typed.ts';
import { keyOfControl, keyOfSequence, keyOfSs3 } from './key-names.ts';
import { createPasteReader } from './paste.ts';
import { characterOf, continuationsOf, isContinuation } from './utf8.ts';

/** A state of the parser, for one form of input, with the bytes that it has read. */
export interface Reading {
  /** The form of which the rest is missing; null between two keys. */
  pending(): Pending | null;
  /** Reads one byte; returns the state that reads the next one. */
  step(byte: number): Reading;
  /** Decides without the rest, which does not arrive. */
  giveUp(): void;
}

export type Pending = 'escape' | 'introducer' | 'sequence' | 'string-end' | 'string' | 'paste';

/** The terminal's answer to a question of migtop or of another program: a string (OSC), or its device attributes. */
export type TerminalAnswer = { readonly kind: 'string'; readonly text: string } | { readonly kind: 'attributes' };

/** Maximum length of an answer that is used, in bytes. */
const longestAnswer = 64;

/** Maximum length of a key's sequence; a longer sequence is read to its end, and is no key. */
const longestKey = 128;

const control = { bell: 0x07, cancel: 0x18, substitute: 0x1a, escape: 0x1b, delete: 0x7f } as const;
const backslash = 0x5c;
const osc = 0x5d;

/** The bytes that begin a sequence after ESC. Each of them plus 0x40 is an 8-bit control character with the same meaning. */
const csiByte = 0x5b;
const ss3Byte = 0x4f;
const dcsByte = 0x50;
const sosByte = 0x58;
const stringBytes: readonly number[] = [dcsByte, sosByte, osc, 0x5e, 0x5f];

/**
 * Whether bytes continue a sequence after an ESC that was read as the key Esc. `P` and `X` are keys too: they begin a string only
 * with its parameters (0x20-0x3F), with which every answer of a terminal begins.
 */
export function isLateContinuation([first = 0, second = 0]: Uint8Array): boolean {
  if (first === dcsByte || first === sosByte) return second >= 0x20 && second < 0x40;
  return first === csiByte || first === backslash || stringBytes.includes(first);
}

export interface Readings {
  readonly ground: Reading;
  /** The state after `escapes` ESC bytes; 0 if the ESC was already reported as a key. */
  afterEscape(escapes: number): Reading;
}

/**
 * The states of the parser. They pass keys and pastes to `emit`, and answers to `tell`.
 *
 * @param areApart whether an ESC and the byte after it may be two keys, although they arrived together
 */
export function createReadings(
  emit: (typed: Typed) => void,
  tell: (answer: TerminalAnswer) => void,
  areApart: () => boolean,
): Readings {
  const key = (chord: string): void => emit({ kind: 'key', chord });
  const pressEscape = (times: number): void => {
    for (let each = 0; each < times; each++) key('escape');
  };
  const nothing = (): void => {};

  const ground: Reading = {
    pending: () => null,
    step(byte) {
      if (byte === control.escape) return afterEscape(1);
      if (byte >= 0xa0) return continuationsOf(byte) === 0 ? ground : character(byte, false);
      if (byte >= 0x80) return introduced(byte - 0x40, 1) ?? ground;
      if (byte === control.bell) emit({ kind: 'tail' });
      else if (byte === 0x09 || byte === 0x0a || byte === 0x0d || (byte >= 0x20 && byte < 0x7f))
        emit({ kind: 'character', text: String.fromCharCode(byte) });
      else key(keyOfControl(byte));
      return ground;
    },
    giveUp: nothing,
  };

  /** A character of several bytes. */
  function character(first: number, hasAlt: boolean): Reading {
    const bytes = [first];
    const reading: Reading = {
      pending: () => 'sequence',
      step(byte) {
        // The rest of that character is missing; this byte still counts.
        if (!isContinuation(byte)) return ground.step(byte);
        bytes.push(byte);
        if (bytes.length <= continuationsOf(first)) return reading;
        const text = characterOf(bytes);
        const point = text.codePointAt(0) ?? 0;
        if (point >= 0x80 && point < 0xa0) return introduced(point - 0x40, 1) ?? ground;
        if (text !== '') emit(hasAlt ? { kind: 'key', chord: `alt-${text}` } : { kind: 'character', text });
        return ground;
      },
      giveUp: nothing,
    };
    return reading;
  }

  function afterEscape(escapes: number): Reading {
    return {
      pending: () => 'escape',
      step(byte) {
        if (byte === control.escape) return afterEscape(escapes + 1);
        const begun = introduced(byte, escapes, areApart());
        if (begun !== null) return begun;
        if (escapes === 0 || areApart()) {
          pressEscape(escapes);
          return ground.step(byte);
        }
        pressEscape(escapes - 1);
        if (continuationsOf(byte) > 0) return character(byte, true);
        if (byte >= 0x80) {
          key('escape');
          return ground.step(byte);
        }
        key(`alt-${byte < 0x20 || byte === control.delete ? keyOfControl(byte) : String.fromCharCode(byte)}`);
        return ground;
      },
      giveUp: () => pressEscape(escapes),
    };
  }

  /**
   * The sequence that begins with this byte after ESC; null if it is a key with Alt.
   *
   * @param mayBeKeys whether ESC and a letter are two keys if nothing follows them
   */
  function introduced(byte: number, escapes: number, mayBeKeys = false): Reading | null {
    const pressLetter = (times: number) => (): void => {
      if (!mayBeKeys) return;
      pressEscape(times);
      ground.step(byte);
    };
    if (byte === csiByte) return csi(escapes);
    if (byte === ss3Byte) return ss3(escapes, pressLetter(escapes));
    const isEnd = byte === backslash;
    if (!isEnd && !stringBytes.includes(byte)) return null;
    pressEscape(escapes - 1);
    if (!isEnd) return string(byte === osc, pressLetter(Math.min(escapes, 1)));
    emit({ kind: 'tail' });
    return ground;
  }

  function csi(escapes: number): Reading {
    let parameters = '';
    const reading: Reading = {
      pending: () => 'sequence',
      step(byte) {
        // A control character inside the sequence ends it, and is a key.
        if (byte < 0x20 || byte >= control.delete) return ground.step(byte);
        const text = String.fromCharCode(byte);
        if (byte >= 0x40) return endOfCsi(parameters, text, escapes);
        if (parameters.length < longestKey) parameters += text;
        // rxvt ends a key with Shift with `$`, which is an intermediate byte in other terminals.
        return /^\d+\$$/.test(parameters) ? ground : reading;
      },
      giveUp: nothing,
    };
    return reading;
  }

  function endOfCsi(parameters: string, final: string, escapes: number): Reading {
    const chords = parameters.length < longestKey ? keyOfSequence(parameters, final) : [];
    tellKeys(chords, escapes);
    if (final === 'c' && parameters.startsWith('?')) tell({ kind: 'attributes' });
    if (parameters === '200' && final === '~') return paste();
    if (parameters === '201' && final === '~') emit({ kind: 'tail' });
    const following = parameters === '' ? (charactersAfter[final] ?? 0) : 0;
    return following > 0 ? report(following) : ground;
  }

  /** An ESC before the ESC of a key means Alt; before the ESC of a report it is the key Esc. */
  function tellKeys(chords: readonly string[], escapes: number): void {
    const hasAlt = escapes > 1 && chords.length > 0;
    pressEscape(escapes - (hasAlt ? 2 : 1));
    for (const chord of chords) key(hasAlt ? `alt-${chord}` : chord);
  }

  /** @param alone is called if nothing follows */
  function ss3(escapes: number, alone: () => void): Reading {
    let parameters = '';
    const reading: Reading = {
      pending: () => (parameters === '' ? 'introducer' : 'sequence'),
      step(byte) {
        if (byte < 0x20 || byte >= control.delete) return ground.step(byte);
        const text = String.fromCharCode(byte);
        if (/[\d;]/.test(text)) {
          if (parameters.length < longestKey) parameters += text;
          return reading;
        }
        tellKeys(keyOfSs3(parameters, text), escapes);
        return ground;
      },
      giveUp: () => {
        if (parameters === '') alone();
      },
    };
    return reading;
  }

  /** Characters that follow a sequence and belong to it: they are counted and ignored. */
  function report(left: number, isHalf = false): Reading {
    return {
      pending: () => 'sequence',
      step(byte) {
        // A terminal that uses UTF-8 here writes large coordinates as two bytes.
        if (isHalf && isContinuation(byte)) return left === 0 ? ground : report(left);
        // From the 224th column or row on, xterm writes NUL: the coordinate does not fit into a byte.
        if (left === 0 || (byte < 0x20 && byte !== 0)) return ground.step(byte);
        const mayGoOn = continuationsOf(byte) === 1;
        return left === 1 && !mayGoOn ? ground : report(left - 1, mayGoOn);
      },
      giveUp: nothing,
    };
  }

  /**
   * A control string. Only an OSC string may end with BEL, and may be an answer that is used.
   *
   * @param alone is called if nothing follows
   */
  function string(isOsc: boolean, alone: () => void): Reading {
    let text = '';
    const end = (): void => {
      if (isOsc && text.length <= longestAnswer) tell({ kind: 'string', text });
    };
    let length = 0;
    let last = 0;
    let missing = 0;
    const reading: Reading = {
      pending: () => (length === 0 ? 'introducer' : 'string'),
      step(byte) {
        length += 1;
        const before = last;
        last = byte;
        if (missing > 0 && isContinuation(byte)) {
          missing -= 1;
          // U+009C in UTF-8 is the string terminator; any other 0x9C here belongs to a letter.
          return before === 0xc2 && byte === 0x9c ? ground : reading;
        }
        missing = continuationsOf(byte);
        if (byte === control.escape) return stringEnd(end);
        if (byte === 0x9c || (isOsc && byte === control.bell)) {
          end();
          return ground;
        }
        if (text.length <= longestAnswer) text += String.fromCharCode(byte);
        return byte === control.cancel || byte === control.substitute ? ground.step(byte) : reading;
      },
      giveUp: () => {
        if (length === 0) alone();
      },
    };
    return reading;
  }

  /** ESC in a string: the string ends, or it has no end and another sequence begins. */
  function stringEnd(end: () => void): Reading {
    return {
      pending: () => 'string-end',
      step(byte) {
        if (byte !== backslash) return afterEscape(1).step(byte);
        end();
        return ground;
      },
      giveUp: nothing,
    };
  }

  /** However long it is: what follows an end that was assumed would be typed, character by character. */
  function paste(): Reading {
    const pasted = createPasteReader();
    const end = (whole: boolean): Reading => {
      emit({ kind: 'paste', text: pasted.text(), whole });
      return ground;
    };
    const reading: Reading = {
      pending: () => 'paste',
      step(byte) {
        return pasted.push(byte) ? end(true) : reading;
      },
      giveUp: () => void end(false),
    };
    return reading;
  }

  return { ground, afterEscape };
}

/** How many characters follow a CSI sequence without parameters: X10 mouse reports, and F1 to F5 of the Linux console. */
const charactersAfter: Readonly<Record<string, number>> = { M: 3, T: 6, t: 2, '[': 1 };
