import { outcomeCounts, type RowOutcome } from '../domain/bulk-actions.ts';
import type { Outcome } from '../domain/transitions.ts';
import { count } from './figures.ts';

/**
 * The result of an action on many whose outcome was not known at first: `the undo of 200 operations was not applied`,
 * `the pause of 200 operations: 150 applied, 50 not applied`.
 */
export function settledText(
  action: string,
  results: readonly RowOutcome[],
): { readonly text: string; readonly isGood: boolean } {
  const all = results.length;
  const name = nouns[action] ?? action;
  const [one] = results;
  const what = `the ${name} of ${all === 1 && one !== undefined ? `operation ${one.change.transition.id}` : `${count(all)} operations`}`;
  const counts = outcomeCounts(results).toSorted(([one], [other]) => settledOrder(one) - settledOrder(other));
  const isGood = counts.every(([kind]) => kind === 'applied');
  const [only] = counts;
  if (counts.length !== 1 || only === undefined)
    return {
      text: `${what}: ${counts.map(([kind, rows]) => `${count(rows)} ${settledWord(kind)}`).join(', ')}`,
      isGood,
    };
  if (only[0] === 'unknown') return { text: `unclear whether ${what} was applied`, isGood };
  return { text: `${what} was ${settledWord(only[0])}`, isGood };
}

function settledOrder(kind: Outcome['kind']): number {
  return ['applied', 'not applied', 'unknown'].indexOf(kind);
}

function settledWord(kind: Outcome['kind']): string {
  return kind === 'applied' || kind === 'not applied' ? kind : 'unclear';
}

/** The actions as nouns, where they are other words. */
const nouns: Readonly<Record<string, string>> = { takeover: 'take over', 'batch size': 'change of the batch size' };
