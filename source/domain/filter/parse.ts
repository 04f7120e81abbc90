import { isPhase, isStatus, type Phase, phases, type Status, statuses } from '../operation.ts';
import { parseSince, sinceHint } from '../since.ts';
import { contradictionIn } from './contradictions.ts';
import {
  type FieldName,
  type Filter,
  fieldNames,
  type IsName,
  isNames,
  type NumberRange,
  type Term,
} from './filter.ts';
import type { Pattern } from './pattern.ts';
import { printTerm } from './print.ts';

export type ParsedFilter = { readonly kind: 'ok'; readonly filter: Filter } | FilterError;

/** Why a text is no filter, and where: `at` counts UTF-16 units from the start, `length` is at least 1. */
export interface FilterError {
  readonly kind: 'wrong';
  readonly problem: string;
  readonly at: number;
  readonly length: number;
}

/** A value as it is written: its characters without quotes, and its place in the text. */
interface Word extends Pattern {
  readonly start: number;
  readonly end: number;
}

/** Thrown within this file only. */
class Wrong extends Error {
  readonly at: number;
  readonly length: number;

  constructor(problem: string, at: number, length = 1) {
    super(problem);
    this.at = at;
    this.length = Math.max(1, length);
  }
}

/**
 * Reads a filter: terms with blanks between them. A term is `FIELD:VALUE[,VALUE…]` or free text; `!` before it negates it;
 * `*` stands for any characters (in names `%` too); quotes make every character literal, and `""` in quotes is a quote. A
 * word with a colon after a name that is no field is an error, and never text.
 */
export function parseFilter(text: string): ParsedFilter {
  const terms: Term[] = [];
  const printed = new Set<string>();
  let at = 0;
  try {
    for (;;) {
      at = skipBlanks(text, at);
      if (at >= text.length) return { kind: 'ok', filter: { terms } };
      const { term, valueAt, end } = readTerm(text, at);
      const contradiction = contradictionIn(terms, term);
      if (contradiction !== null) throw new Wrong(contradiction, valueAt, end - valueAt);
      if (!printed.has(printTerm(term))) terms.push(term);
      printed.add(printTerm(term));
      at = end;
    }
  } catch (error) {
    if (error instanceof Wrong) return { kind: 'wrong', problem: error.message, at: error.at, length: error.length };
    throw error;
  }
}

function readTerm(text: string, start: number): { term: Term; valueAt: number; end: number } {
  const negated = text[start] === '!';
  const at = negated ? start + 1 : start;
  if (at >= text.length || isBlank(text[at])) throw new Wrong('! needs a field or a text after it', start);
  if (negated && text[at] === '!') throw new Wrong('only one ! before a term (quote it to find text: !"!")', at);
  const named = fieldAt(text, at);
  if (named === null) {
    const word = readWord(text, at, { ends: '', wildcards: '*' });
    if (isEmpty(word)) throw new Wrong('the quotes are empty', at, word.end - at);
    return { term: { negated, field: 'text', values: [patternOf(word)] }, valueAt: at, end: word.end };
  }
  const { field, valuesAt } = named;
  const { values, end } = readValues(text, field, valuesAt);
  return { term: { negated, ...values }, valueAt: valuesAt, end };
}

/** The field that a term names; null where it is free text. */
function fieldAt(text: string, at: number): { field: FieldName; valuesAt: number } | null {
  const [whole, name] = /^([\p{L}_][\p{L}\p{N}_-]*):/u.exec(text.slice(at)) ?? [];
  if (whole === undefined || name === undefined) return null;
  const field = fieldNames.find((one) => one === name.toLowerCase());
  if (field === undefined)
    throw new Wrong(`unknown field ${name}: (fields: ${fieldNames.join(' ')}; quote it to find text)`, at, name.length);
  return { field, valuesAt: at + whole.length };
}

type Values = Term extends infer One ? (One extends Term ? Omit<One, 'negated'> : never) : never;

function readValues(text: string, field: FieldName, at: number): { values: Values; end: number } {
  switch (field) {
    case 'status':
      return listOf(text, at, field, '', (word) => oneOf(word, 'status', statuses, isStatus), status);
    case 'phase':
      return listOf(text, at, field, '', (word) => oneOf(word, 'phase', phases, isPhase), phase);
    case 'is':
      return listOf(text, at, field, '', isName, (values) => ({ field: 'is', values }));
    case 'table':
    case 'kind':
    case 'by':
      return listOf(text, at, field, '*%', patternOf, (values) => ({ field, values }));
    case 'id':
      return listOf(
        text,
        at,
        field,
        '',
        (word) => rangeOf(text, word, field),
        (values) => ({ field: 'id', values }),
      );
    case 'worker':
      return listOf(
        text,
        at,
        field,
        '',
        (word) => workerOf(text, word),
        (values) => ({ field: 'worker', values }),
      );
    case 'since':
      return sinceOf(text, at);
  }
}

const status = (values: readonly Status[]): Values => ({ field: 'status', values });
const phase = (values: readonly Phase[]): Values => ({ field: 'phase', values });

/** Reads values with commas between them. A repeated value counts once. */
function listOf<Value>(
  text: string,
  start: number,
  field: FieldName,
  wildcards: string,
  read: (word: Word) => Value,
  made: (values: readonly Value[]) => Values,
): { values: Values; end: number } {
  const values: Value[] = [];
  const known = new Set<string>();
  for (let at = start; ; at++) {
    const word = readWord(text, at, { ends: ',', wildcards, withExact: wildcards !== '' });
    if (word.start === word.end) throw new Wrong(`${field}: needs ${at === start ? 'a' : 'another'} value here`, at);
    if (isEmpty(word)) throw new Wrong('the quotes are empty', at, word.end - at);
    const value = read(word);
    const key = JSON.stringify(value);
    if (!known.has(key)) values.push(value);
    known.add(key);
    if (text[word.end] !== ',') return { values: made(values), end: word.end };
    at = word.end;
  }
}

function sinceOf(text: string, at: number): { values: Values; end: number } {
  const word = readWord(text, at, { ends: '', wildcards: '' });
  if (word.start === word.end) throw new Wrong('since: needs a value here', at);
  const since = parseSince(plain(word));
  if (since === null) throw new Wrong(`since: takes ${sinceHint}`, at, word.end - at);
  return { values: { field: 'since', values: [since] }, end: word.end };
}

function oneOf<Value extends string>(
  word: Word,
  what: string,
  all: readonly Value[],
  is: (text: unknown) => text is Value,
): Value {
  const value = plain(word).toLowerCase();
  if (is(value)) return value;
  throw new Wrong(`there is no ${what} "${plain(word)}" (${all.join(', ')})`, word.start, word.end - word.start);
}

function isName(word: Word): IsName {
  const name = plain(word).toLowerCase();
  const known = isNames.find((one) => one === name);
  if (known !== undefined) return known;
  const problem = isStatus(name) ? `${name} is a status: status:${name}` : `is: takes ${isNames.join(', ')}`;
  throw new Wrong(problem, word.start, word.end - word.start);
}

function workerOf(text: string, word: Word): NumberRange | 'none' {
  return plain(word).toLowerCase() === 'none' ? 'none' : rangeOf(text, word, 'worker');
}

/** Reads `7`, `10..99`, `10..` or `..99`. An error stands at the first character that cannot be read. */
function rangeOf(text: string, { start, end }: Word, field: FieldName): NumberRange {
  const written = text.slice(start, end);
  const [read = '', from = '', dots = '', to = ''] = /^(-?\d*)(?:(\.\.)(-?\d*))?/.exec(written) ?? [];
  if (read.length < written.length || (from === '' && to === '') || from === '-' || to === '-') {
    const takes = field === 'worker' ? 'a number, 1..5 or none' : 'a number or 10..99';
    throw new Wrong(`${field}: takes ${takes}`, Math.min(start + read.length, Math.max(start, end - 1)));
  }
  const range = {
    from: numberOf(from, start),
    to: dots === '' ? numberOf(from, start) : numberOf(to, end - to.length),
  };
  if (range.from !== null && range.to !== null && range.from > range.to)
    throw new Wrong(`${from} is above ${to}: write ${to}..${from}`, start, end - start);
  return range;
}

function numberOf(digits: string, at: number): number | null {
  if (digits === '') return null;
  const number = Number(digits);
  if (!Number.isSafeInteger(number)) throw new Wrong('the number is too large', at, digits.length);
  // Not -0.
  return number === 0 ? 0 : number;
}

function patternOf({ literals, isExact }: Word): Pattern {
  return { literals, isExact };
}

function plain({ literals }: Word): string {
  return literals.join('');
}

function isEmpty({ literals, isExact }: Word): boolean {
  return !isExact && literals.length === 1 && literals[0] === '';
}

/**
 * Reads up to a blank, or to a character of `ends`.
 *
 * @param wildcards the characters that stand for any characters
 * @param withExact whether `=` at the start means an exact text, without wildcards
 */
function readWord(
  text: string,
  start: number,
  { ends, wildcards, withExact = false }: { ends: string; wildcards: string; withExact?: boolean },
): Word {
  const literals: string[] = [];
  const isExact = withExact && text[start] === '=';
  let literal = '';
  let at = isExact ? start + 1 : start;
  while (at < text.length && !isBlank(text[at]) && !ends.includes(text[at] ?? '')) {
    const character = text[at] ?? '';
    if (character === '"') {
      const quoted = quotedAt(text, at);
      literal += quoted.text;
      at = quoted.end;
    } else if (!isExact && wildcards.includes(character)) {
      // Several wildcards in a row mean the same as one.
      if (literal !== '' || literals.length === 0) literals.push(literal);
      literal = '';
      at++;
    } else {
      literal += character;
      at++;
    }
  }
  return { literals: [...literals, literal], isExact, start, end: at };
}

function quotedAt(text: string, start: number): { text: string; end: number } {
  const [whole, inside] = /^"((?:[^"]|"")*)"/.exec(text.slice(start)) ?? [];
  if (whole === undefined || inside === undefined) throw new Wrong('this quote is not closed', start);
  return { text: inside.replaceAll('""', '"'), end: start + whole.length };
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text[at])) at++;
  return at;
}

function isBlank(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}
