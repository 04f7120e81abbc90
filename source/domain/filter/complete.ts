import { phases, statuses } from '../operation.ts';
import { type FieldName, fieldNames, isNames } from './filter.ts';
import { fold } from './pattern.ts';
import { printName } from './print.ts';

/** The values that occur, for the fields whose values are not fixed. */
export interface KnownValues {
  readonly tables: readonly string[];
  readonly workers: readonly number[];
  readonly kinds: readonly string[];
  readonly operators: readonly string[];
}

/** How the text before the caret may go on. */
export interface Completion {
  /** Where in the text a candidate starts; it replaces what is between here and the caret. */
  readonly from: number;
  /** Best first. */
  readonly candidates: readonly string[];
}

const sinceExamples = ['15m', '1h', '8h', '1d'];

/** Maximum number of candidates. */
const mostCandidates = 50;

/** The fields and values that begin like the word before the caret, then those that have it within. */
export function completionAt(text: string, caret: number, known: KnownValues): Completion {
  const start = wordStart(text, caret);
  const at = text[start] === '!' ? start + 1 : start;
  const word = text.slice(at, caret);
  const [named, name = ''] = /^([a-z]+):/i.exec(word) ?? [];
  if (named === undefined) {
    const fields = fieldNames.map((field) => `${field}:`);
    return {
      from: at,
      candidates: word.startsWith('"') ? [] : fields.filter((field) => field.startsWith(word.toLowerCase())),
    };
  }
  const field = fieldNames.find((one) => one === name.toLowerCase());
  const from = at + named.length + lastValueStart(word.slice(named.length));
  return { from, candidates: field === undefined ? [] : fitting(valuesOf(field, known), text.slice(from, caret)) };
}

function valuesOf(field: FieldName, known: KnownValues): readonly string[] {
  switch (field) {
    case 'status':
      return statuses;
    case 'phase':
      return phases;
    case 'is':
      return isNames;
    case 'since':
      return sinceExamples;
    case 'worker':
      return [...known.workers.map(String), 'none'];
    case 'table':
      return known.tables.map(asName);
    case 'kind':
      return known.kinds.map(asName);
    case 'by':
      return known.operators.map(asName);
    case 'id':
      return [];
  }
}

function asName(name: string): string {
  return printName({ literals: [name], isExact: false });
}

function fitting(values: readonly string[], typed: string): readonly string[] {
  const wanted = fold(typed.replace(/^[="]+/, ''));
  const unquoted = (value: string): string => fold(value.replace(/^"/, ''));
  const starting = values.filter((value) => unquoted(value).startsWith(wanted));
  const within = values.filter((value) => !starting.includes(value) && unquoted(value).includes(wanted));
  return [...starting, ...within].slice(0, mostCandidates);
}

/** Whether the word before the caret may still become a field: `stat` of `status:`. */
export function mayBecomeField(text: string, caret: number): boolean {
  const word = text.slice(wordStart(text, caret), caret).replace(/^!/, '').toLowerCase();
  return word !== '' && fieldNames.some((field) => field.startsWith(word));
}

/** Where the word starts that the caret is in, or after: blanks in quotes are part of a word. */
function wordStart(text: string, caret: number): number {
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < caret; at++) {
    if (text[at] === '"') isQuoted = !isQuoted;
    if (!isQuoted && /\s/.test(text[at] ?? '')) start = at + 1;
  }
  return start;
}

/** Where the last of several values starts. */
function lastValueStart(values: string): number {
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < values.length; at++) {
    if (values[at] === '"') isQuoted = !isQuoted;
    if (!isQuoted && values[at] === ',') start = at + 1;
  }
  return start;
}
