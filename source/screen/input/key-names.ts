/** The names of keys that are no characters: `up`, `alt-f`, `ctrl-c`, `shift-tab`. The registry uses the same names. */

/** The key of a control character. Line ends and tabs arrive as characters. */
export function keyOfControl(byte: number): string {
  switch (byte) {
    case 0x08:
    case 0x7f:
      return 'backspace';
    case 0x09:
      return 'tab';
    case 0x0a:
    case 0x0d:
      return 'enter';
    case 0x1b:
      return 'escape';
    default:
      return `ctrl-${String.fromCharCode(byte + 0x40).toLowerCase()}`;
  }
}

/** The keys that move the cursor, in sequences of both forms. */
const cursorNames: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
};

const ss3Names: Readonly<Record<string, string>> = {
  ...cursorNames,
  I: 'tab',
  M: 'enter',
  X: '=',
  j: '*',
  k: '+',
  l: ',',
  m: '-',
  n: '.',
  o: '/',
};

/** The key of `ESC O` parameters final: an arrow, or the keypad in application mode (`p` to `y` are its digits). */
export function keyOfSs3(parameters: string, final: string): string[] {
  const name = ss3Names[final] ?? (final >= 'p' && final <= 'y' ? String(final.charCodeAt(0) - 0x70) : undefined);
  if (name === undefined) return [];
  const modifiers = modifiersOf(Number(parameters.split(';').at(-1) || 1));
  return listed(named(name, modifiers));
}

const tildeNames: Readonly<Record<number, string>> = {
  1: 'home',
  3: 'delete',
  4: 'end',
  5: 'page-up',
  6: 'page-down',
  7: 'home',
  8: 'end',
};

/**
 * The keys of `CSI` parameters final. Several if kitty sends a text with the key; none if it is no key, a key without a name
 * here, or the release of a key.
 */
export function keyOfSequence(parameters: string, final: string): string[] {
  if (!/^[\d;:]*$/.test(parameters)) return [];
  const fields = parameters
    .split(';')
    .map((field) => field.split(':').map((part) => (part === '' ? null : Number(part))));
  const number = fields[0]?.[0] ?? null;
  const modifiers = modifiersOf(fields[1]?.[0] ?? 1);
  if (fields[1]?.[1] === released) return [];
  const one = (name: string | undefined): string[] => listed(name === undefined ? null : named(name, modifiers));
  if (final === 'Z') return number === null || number === 1 ? ['shift-tab'] : [];
  if (final === '~' && number === 27) {
    // modifyOtherKeys sends the character after Shift.
    const code = fields[2]?.[0] ?? 0;
    return listed(character(code, code, null, modifiers));
  }
  if (final === '~') return fields.length <= 2 ? one(tildeNames[number ?? 0]) : [];
  if (final === 'u') {
    const texts = fields[2]?.flatMap((point) => (point === null ? [] : [point])) ?? [];
    if (texts.length > 0 && !modifiers.ctrl && !modifiers.alt && !modifiers.other) return texts.flatMap(typed);
    const [code, shifted, base] = fields[0] ?? [];
    return code == null ? [] : listed(character(code, shifted ?? null, base ?? null, modifiers));
  }
  // An arrow is `CSI A` or `CSI 1 ; modifiers A`; `CSI 24 ; 80 R` and other reports end in letters too.
  return number === null || number === 1 ? one(cursorNames[final]) : [];
}

interface Modifiers {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
  /** Super, hyper or meta: the desktop uses them, migtop does not. */
  readonly other: boolean;
  readonly capsLock: boolean;
}

const released = 3;

function modifiersOf(parameter: number): Modifiers {
  const bits = parameter - 1;
  return {
    shift: (bits & 1) !== 0,
    alt: (bits & 2) !== 0,
    ctrl: (bits & 4) !== 0,
    other: (bits & 0b11_1000) !== 0,
    capsLock: (bits & 64) !== 0,
  };
}

function named(name: string, { shift, alt, ctrl, other }: Modifiers): string | null {
  if (other) return null;
  return `${alt ? 'alt-' : ''}${ctrl ? 'ctrl-' : ''}${shift ? 'shift-' : ''}${name}`;
}

const kittyNames: Readonly<Record<number, string>> = {
  9: 'tab',
  13: 'enter',
  27: 'escape',
  127: 'backspace',
  57414: 'enter',
  57417: 'left',
  57418: 'right',
  57419: 'up',
  57420: 'down',
  57421: 'page-up',
  57422: 'page-down',
  57423: 'home',
  57424: 'end',
  57426: 'delete',
};

/** The characters of the keypad in kitty's protocol, from code 57399 on. */
const keypad = '0123456789./*-+';
const keypadFrom = 57399;
const keypadEqual = 57415;

/** Ctrl with one of these characters sends the same byte as another key. */
const sameByte: Readonly<Record<string, string>> = { '[': 'escape', h: 'backspace', i: 'tab', j: 'enter', m: 'enter' };

/** The characters of a US keyboard without and with Shift, for terminals that send only the key. */
const unshifted = "`1234567890-=[]\\;',./";
const shiftedTo = '~!@#$%^&*()_+{}|:"<>?';

/** The key of a code point with modifiers (kitty's protocol, modifyOtherKeys). */
function character(code: number, shifted: number | null, base: number | null, modifiers: Modifiers): string | null {
  const { shift, alt, ctrl, other, capsLock } = modifiers;
  const name = kittyNames[code];
  if (name !== undefined) {
    // Most terminals send the same for these keys with and without Shift.
    const isSame = shift && ['enter', 'escape', 'backspace', 'delete'].includes(name);
    return named(name, isSame ? { ...modifiers, shift: false } : modifiers);
  }
  const text = keypadText(code) ?? (code >= 0xe000 && code < 0xf900 ? undefined : typed(code)[0]);
  if (text === undefined || other) return null;
  if (ctrl || alt) {
    // For a letter of another alphabet, the Latin letter on the same key counts, as it does for control characters.
    const letter = ((base === null ? undefined : typed(base)[0]) ?? text).toLowerCase();
    if (ctrl && !alt && !shift && sameByte[letter] !== undefined) return sameByte[letter];
    return named(letter, modifiers);
  }
  const isLetter = text.toLowerCase() !== text.toUpperCase();
  if (isLetter && shift !== capsLock) return text.toUpperCase();
  if (isLetter) return shift ? text.toLowerCase() : text;
  if (shift && shifted !== null) return typed(shifted)[0] ?? null;
  const index = shift ? unshifted.indexOf(text) : -1;
  return index === -1 ? text : (shiftedTo[index] ?? null);
}

function keypadText(code: number): string | undefined {
  return code === keypadEqual ? '=' : keypad[code - keypadFrom];
}

/** The character of a code point, if it is one that a key can type. */
function typed(point: number): string[] {
  if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point > 0x10_ffff || (point >= 0xd800 && point < 0xe000))
    return [];
  return [String.fromCodePoint(point)];
}

function listed(chord: string | null): string[] {
  return chord === null ? [] : [chord];
}
