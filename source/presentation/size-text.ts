import { sizesOf } from '../domain/batch-size.ts';
import type { RowOutcome } from '../domain/bulk-actions.ts';
import { separated } from '../domain/separated.ts';

/** A size in an action's name, as the rest of the screen writes numbers: `40,000`, `none`. */
export function sizeWord(size: string): string {
  return /^\d+$/.test(size) ? separated(Number(size)) : size;
}

/** An action in a few words: the sizes of a change of the batch size are in its result. */
export function actionWord(action: string): string {
  const sizes = sizesOf(action);
  return sizes === null ? action : sizes.isUndo ? 'undo' : 'batch size';
}

/** An action with its sizes, for a line without the result: `batch size 40,000 to 13,878`. */
export function actionText(action: string): string {
  const sizes = sizesOf(action);
  return sizes === null
    ? action
    : `${sizes.isUndo ? 'undo: ' : ''}batch size ${sizeWord(sizes.from)} to ${sizeWord(sizes.to)}`;
}

/** The result of one change of a batch size: `batch size of operation 605: 40,000 to 13,878`; null for anything else. */
export function sizeText(results: readonly RowOutcome[], refusedBefore: number): string | null {
  const [only] = results;
  const rewrite = only?.change.rewrite;
  if (only === undefined || results.length !== 1 || refusedBefore > 0) return null;
  if (only.outcome.kind !== 'applied' || rewrite?.kind !== 'batch size') return null;
  const word = (size: number | null): string => (size === null ? 'none' : separated(size));
  return `batch size of operation ${only.change.transition.id}: ${word(rewrite.from)} to ${word(rewrite.to)}`;
}
