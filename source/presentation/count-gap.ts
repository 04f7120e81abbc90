import type { Operation } from '../domain/operation.ts';
import { countsIn } from '../domain/validation-advice.ts';
import { count } from './figures.ts';

/** `the target has 221 fewer records than the source`, by the error of a validation; null if it names no two counts. */
export function countGapText({ phase, errorMessage }: Pick<Operation, 'phase' | 'errorMessage'>): string | null {
  const counts = phase === 'validation' ? countsIn(errorMessage) : null;
  if (counts === null || counts.source === counts.target) return null;
  const more = counts.target - counts.source;
  return `the target has ${count(Math.abs(more))} ${more > 0 ? 'more' : 'fewer'} ${Math.abs(more) === 1 ? 'record' : 'records'} than the source`;
}
