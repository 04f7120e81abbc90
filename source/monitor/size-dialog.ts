import { largestBatch } from '../domain/batch-size.ts';
import { ofLibrary } from '../domain/of-library.ts';
import type { Operation } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { count } from '../presentation/figures.ts';
import { deletedText } from '../presentation/plan-text.ts';
import type { TextField } from '../presentation/text-field.ts';

/** The new batch size of operations, while it is typed. */
export interface SizeDialog {
  readonly kind: 'size';
  readonly what: string;
  /** The operations that were open when the dialog opened. */
  readonly members: readonly Operation[];
  /** How many of them were deleted since. */
  readonly gone?: number;
  readonly field: TextField;
  /** The size was entered, and is so far from the present ones that `y` has to confirm it. */
  readonly isAsking?: true;
  /** Why no operation can have the size that was entered last. */
  readonly refused?: { readonly text: string; readonly why: string };
}

/** A size this many times as large or small as the present one is confirmed: a digit too many is typed easily. */
const farTimes = 10;

/** How a size differs from the present sizes: `100 times as large as 2,000`; null if it is not far from them. */
export function farSize(members: readonly Pick<Operation, 'batchSize'>[], size: number): string | null {
  const sizes = members.flatMap(({ batchSize }) => (batchSize === null || batchSize <= 0 ? [] : [batchSize]));
  const smallest = Math.min(...sizes);
  const largest = Math.max(...sizes);
  if (size / smallest >= farTimes) return `${count(Math.floor(size / smallest))} times as large as ${count(smallest)}`;
  if (largest / size >= farTimes) return `${count(Math.floor(largest / size))} times smaller than ${count(largest)}`;
  return null;
}

/** The size that is typed; null if it is none. */
export function typedSize({ field }: Pick<SizeDialog, 'field'>): number | null {
  const size = Number(field.text);
  return /^\d{1,7}$/.test(field.text) && size >= 1 && size <= largestBatch ? size : null;
}

/**
 * Returns the hint of the field: the present sizes, the possible ones, and who reads them; why the typed one is not possible, or whether
 * one that is far from the present ones is meant.
 */
export function sizeHint(
  dialog: SizeDialog,
  snapshot: Pick<Snapshot, 'sessions' | 'operations'>,
): { readonly tone: 'bad' | 'warn' | 'dim'; readonly text: string } {
  const { members, field, what, gone = 0 } = dialog;
  if (members.length === 0) return { tone: 'bad', text: sizeGone(dialog) };
  if (field.text !== '' && typedSize(dialog) === null)
    return { tone: 'bad', text: `a batch size is a number from 1 to ${count(largestBatch)}` };
  if (dialog.refused?.text === field.text)
    return { tone: 'bad', text: `cannot be ${field.text}: ${dialog.refused.why}` };
  const size = typedSize(dialog);
  const far = dialog.isAsking === true && size !== null ? farSize(members, size) : null;
  if (far !== null && size !== null) return { tone: 'warn', text: `${count(size)} is ${far}: set it all the same?` };
  const isOfLibrary = ofLibrary(snapshot);
  const others = members.filter((member) => !isOfLibrary(member)).length;
  const reader =
    others === 0
      ? 'its worker uses it from its next batch on'
      : others === members.length
        ? `${members.length === 1 ? 'not' : 'none is'} of migtop/worker: may be ignored`
        : `${count(others)} of ${count(members.length)} are not of migtop/worker: their workers may not read it`;
  return {
    tone: 'dim',
    text: `${what}${gone === 0 ? '' : `, ${count(gone)} gone since`}: ${presentSizes(members)} now; ${reader}`,
  };
}

/** The hint of the field where all its operations were deleted. */
export function sizeGone({ what, gone }: SizeDialog): string {
  return `${what}: ${gone === 1 ? deletedText : 'all are gone'}`;
}

/** The batch sizes of operations: `500`, `100 to 500`, `none`. */
function presentSizes(members: readonly Operation[]): string {
  const sizes = members.flatMap(({ batchSize }) => batchSize ?? []);
  if (sizes.length === 0) return 'none';
  const smallest = sizes.reduce((least, size) => Math.min(least, size));
  const largest = sizes.reduce((most, size) => Math.max(most, size));
  return smallest === largest ? count(smallest) : `${count(smallest)} to ${count(largest)}`;
}
