/** A number for each combination of colours and attributes; 0 is the terminal's default. SGR (ECMA-48, 8.3.117) sets them. */
export type Style = number;

export const plain: Style = 0;

interface Rendition {
  /** SGR parameters: `31`, `38;5;100`, `38;2;1;2;3`; empty for the terminal's own colour. */
  readonly foreground: string;
  readonly background: string;
  /** Bits of `attributes`. */
  readonly attributes: number;
}

/** The parameters that switch an attribute on and off; bold and dim are switched off together. */
const attributes = [
  { bit: 1, on: '1', off: '22' },
  { bit: 2, on: '2', off: '22' },
  { bit: 4, on: '3', off: '23' },
  { bit: 8, on: '4', off: '24' },
  { bit: 16, on: '5', off: '25' },
  { bit: 32, on: '7', off: '27' },
  { bit: 64, on: '8', off: '28' },
  { bit: 128, on: '9', off: '29' },
  { bit: 256, on: '53', off: '55' },
] as const;

const boldAndDim = 1 | 2;
/** Underline, blink, inverse, strikethrough, overline. */
const seenOnBlanks = 8 | 16 | 32 | 128 | 256;

// The styles of the process's terminal, and the steps between them. A theme has some dozens, and no text of the database contains
// control sequences.
const renditions: Rendition[] = [{ foreground: '', background: '', attributes: 0 }];
const numbers = new Map<string, Style>([['//0', plain]]);
const changes: Map<string, Style>[] = [];
const sequences: Map<Style, string>[] = [];

function renditionOf(style: Style): Rendition {
  return renditions[style] ?? { foreground: '', background: '', attributes: 0 };
}

function numberOf(rendition: Rendition): Style {
  const key = `${rendition.foreground}/${rendition.background}/${rendition.attributes}`;
  let number = numbers.get(key);
  if (number === undefined) {
    number = renditions.push(rendition) - 1;
    numbers.set(key, number);
  }
  return number;
}

/** Whether a blank in this style differs from one in the default style. */
export function isVisibleOnBlank(style: Style): boolean {
  const rendition = renditionOf(style);
  return rendition.background !== '' || (rendition.attributes & seenOnBlanks) !== 0;
}

/** The style after `ESC [ parameters m`. Unknown parameters are ignored. */
export function styleAfter(style: Style, parameters: string): Style {
  changes[style] ??= new Map();
  let after = changes[style].get(parameters);
  if (after === undefined) {
    after = numberOf(applied(renditionOf(style), parameters));
    changes[style].set(parameters, after);
  }
  return after;
}

function applied(before: Rendition, parameters: string): Rendition {
  let rendition = before;
  const codes = parameters.split(';');
  for (let index = 0; index < codes.length; index++) {
    const code = Number(codes[index]);
    const attribute = attributes.find(({ on }) => on === codes[index]);
    if (code === 0) rendition = renditionOf(plain);
    else if (attribute !== undefined) rendition = { ...rendition, attributes: rendition.attributes | attribute.bit };
    else if (code === 38 || code === 48) {
      const length = codes[index + 1] === '2' ? 5 : 3;
      const colour = codes.slice(index, index + length).join(';');
      rendition = code === 38 ? { ...rendition, foreground: colour } : { ...rendition, background: colour };
      index += length - 1;
    } else if (code === 39) rendition = { ...rendition, foreground: '' };
    else if (code === 49) rendition = { ...rendition, background: '' };
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97))
      rendition = { ...rendition, foreground: String(code) };
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107))
      rendition = { ...rendition, background: String(code) };
    else {
      const ended = attributes.reduce((bits, { bit, off }) => (off === codes[index] ? bits | bit : bits), 0);
      rendition = { ...rendition, attributes: rendition.attributes & ~ended };
    }
  }
  return rendition;
}

/** The shortest control sequence that changes one style to another; empty if they are the same. */
export function sequenceBetween(from: Style, to: Style): string {
  if (from === to) return '';
  sequences[from] ??= new Map();
  let sequence = sequences[from].get(to);
  if (sequence === undefined) {
    const step = stepwise(renditionOf(from), renditionOf(to));
    const whole = fromPlain(renditionOf(to));
    sequence = `\u001B[${step.length < whole.length ? step : whole}m`;
    sequences[from].set(to, sequence);
  }
  return sequence;
}

/** The parameters that reset everything first: an empty parameter is a 0. */
function fromPlain(to: Rendition): string {
  return ['', ...attributesOn(to.attributes), to.foreground, to.background]
    .filter((parameter, index) => index === 0 || parameter !== '')
    .join(';');
}

/** The parameters for the differences only. */
function stepwise(from: Rendition, to: Rendition): string {
  const parameters = new Set<string>();
  const gone = from.attributes & ~to.attributes;
  for (const { bit, off } of attributes) if ((gone & bit) !== 0) parameters.add(off);
  const kept = (gone & boldAndDim) === 0 ? from.attributes : from.attributes & ~boldAndDim;
  for (const on of attributesOn(to.attributes & ~kept)) parameters.add(on);
  if (from.foreground !== to.foreground) parameters.add(to.foreground === '' ? '39' : to.foreground);
  if (from.background !== to.background) parameters.add(to.background === '' ? '49' : to.background);
  return [...parameters].join(';');
}

function attributesOn(bits: number): string[] {
  return attributes.filter(({ bit }) => (bits & bit) !== 0).map(({ on }) => on);
}
