import type { Filter, NumberRange, Term } from './filter.ts';
import type { Pattern } from './pattern.ts';

/** Writes a filter in the filter language. `parseFilter` reads it as the same filter. */
export function printFilter({ terms }: Filter): string {
  return terms.map(printTerm).join(' ');
}

/** Writes one term. */
export function printTerm(term: Term): string {
  return `${term.negated ? '!' : ''}${term.field === 'text' ? printText(term.values[0]) : `${term.field}:${printValues(term)}`}`;
}

function printValues(term: Exclude<Term, { field: 'text' }>): string {
  switch (term.field) {
    case 'status':
    case 'phase':
    case 'is':
      return term.values.join(',');
    case 'since':
      return quotedIf(/[\s"]/, term.values[0].text);
    case 'id':
    case 'worker':
      return term.values.map((value) => (value === 'none' ? value : printRange(value))).join(',');
    default:
      return term.values.map(printName).join(',');
  }
}

/** Writes a value of `table:`, `kind:` or `by:`, for example of an exact name. */
export function printName({ literals, isExact }: Pattern): string {
  const written = literals.map((literal) => quotedIf(isExact ? /[\s",]/ : /[\s",*%]|^=/, literal)).join('*');
  // An empty name has to be visible.
  return isExact ? `=${written === '' ? '""' : written}` : written;
}

function printText({ literals }: Pattern): string {
  return literals.map((literal, index) => quotedIf(index === 0 ? startOfText : /[\s"*]/, literal)).join('*');
}

/** Matches a first literal of a free text that needs quotes: without them it would negate the text, or name a field. */
const startOfText = /[\s"*]|^!|^[\p{L}_][\p{L}\p{N}_-]*:/u;

function printRange({ from, to }: NumberRange): string {
  return from === to ? String(from) : `${from ?? ''}..${to ?? ''}`;
}

function quotedIf(unquotable: RegExp, text: string): string {
  return unquotable.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
