import { type Phase, phases, type Status, statuses } from '../operation.ts';
import { type IsName, statusesOf, type Term } from './filter.ts';
import { printTerm } from './print.ts';

/** Fields that a filter names once: several values are written with commas. */
const once: readonly Term['field'][] = ['table', 'worker', 'kind', 'by', 'since', 'id'];

/** The states of a failure; it has one of them. */
const resolutions: readonly IsName[] = ['unresolved', 'resolved', 'accepted'];

/** Why no operation can pass both the terms before and this one, or null. */
export function contradictionIn(before: readonly Term[], term: Term): string | null {
  const written = printTerm(term);
  for (const other of before) {
    if (printTerm(other) === written) continue;
    const isSame = other.field === term.field && !other.negated && !term.negated;
    if (isSame && once.includes(term.field))
      return `${term.field}: is there twice${term.field === 'since' ? '' : ` (${term.field}:A,B finds either)`}`;
    if (excludes(other, term))
      return `contradicts ${printTerm(other)}${isSame ? ` (${term.field}:A,B finds either)` : ''}`;
  }
  const possible = (of: (one: Term) => readonly string[]): boolean =>
    before.reduce((left, one) => common(left, of(one)), of(term)).length > 0;
  return possible(statusesIn) && possible(phasesIn) ? null : 'contradicts the terms before it';
}

function excludes(one: Term, other: Term): boolean {
  if (common(statusesIn(one), statusesIn(other)).length === 0) return true;
  if (common(phasesIn(one), phasesIn(other)).length === 0) return true;
  if (one.field !== other.field) return false;
  if (one.negated !== other.negated) {
    const [kept, dropped] = one.negated ? [other, one] : [one, other];
    return common(valuesIn(kept), valuesIn(dropped)).length === kept.values.length;
  }
  if (one.field !== 'is' || other.field !== 'is' || one.negated) return false;
  const all = [...one.values, ...other.values];
  return all.every((name) => resolutions.includes(name)) && common(one.values, other.values).length === 0;
}

function valuesIn(term: Term): readonly string[] {
  return term.values.map((value) => JSON.stringify(value));
}

function common<Value>(some: readonly Value[], others: readonly Value[]): readonly Value[] {
  return some.filter((value) => others.includes(value));
}

/** The statuses that an operation can have if it passes the term. */
function statusesIn(term: Term): readonly Status[] {
  if (term.field === 'status') return statuses.filter((status) => term.values.includes(status) !== term.negated);
  if (term.negated) return statuses;
  if (term.field === 'kind') return ['failed'];
  return term.field === 'is' ? term.values.flatMap((name) => statusesOf(name) ?? statuses) : statuses;
}

function phasesIn(term: Term): readonly Phase[] {
  return term.field === 'phase' ? phases.filter((phase) => term.values.includes(phase) !== term.negated) : phases;
}
