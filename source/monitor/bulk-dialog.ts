import type { BulkPlan } from '../domain/bulk-actions.ts';
import type { Operation } from '../domain/operation.ts';
import type { SkipCosts } from '../domain/skip-costs.ts';
import type { TakeOver } from '../domain/takeover.ts';
import { verbOf } from '../presentation/bulk-text.ts';
import { fieldOf, type TextField } from '../presentation/text-field.ts';

/** The dialog before an action on many operations, and before a retry. */
export interface BulkDialog {
  readonly kind: 'bulk';
  readonly action: 'skip' | 'retry' | 'takeover';
  /** The operations that it changes, in words. */
  readonly what: string;
  /** The action as a command line. */
  readonly command: string;
  /** Whether it is about the marked operations: then the command line has their ids. */
  readonly isOfMarks: boolean;
  /** The operations that the plan is of, without those that are gone. */
  readonly members: readonly Operation[];
  /** Null while the operations are being read. */
  readonly plan: BulkPlan | null;
  /** The number that confirms the action, while it is typed. */
  readonly number: TextField;
  readonly reason: TextField;
  /** Which of the two is being typed; `keys` if neither is: the action on one operation is confirmed with a key. */
  readonly part: 'keys' | 'number' | 'reason';
  /** The kind whose failures are to be retried: a single one may be retried first. Null for other actions. */
  readonly failureKind: string | null;
  /** The other unresolved failures of the kind, if a single failure is retried. */
  readonly mates: { readonly failureKind: string; readonly ids: readonly number[] } | null;
  /** For a take over of one operation: whether its worker is known to be dead; else null. */
  readonly takeOver: { readonly operation: Operation; readonly known: TakeOver } | null;
  /** The possible effects of a skip of these operations; null while they are being read. */
  readonly cost: SkipCosts | null;
}

/** The id that has to be typed, because the worker of the operation may be alive; null if `y` or the number is enough. */
export function typedId({ takeOver }: Pick<BulkDialog, 'takeOver'>): number | null {
  return takeOver?.known.kind === 'unproven' ? takeOver.operation.id : null;
}

/** Returns a dialog with empty fields: one operation is confirmed with a key, several with their number. */
export function bulkDialog(given: Omit<BulkDialog, 'kind' | 'number' | 'reason' | 'part'>): BulkDialog {
  const part = given.plan?.changes.length === 1 && typedId(given) === null ? 'keys' : 'number';
  return { kind: 'bulk', ...given, number: fieldOf(''), reason: fieldOf(''), part };
}

/** How many operations the typed number confirms: all, one of a kind, or null if it is another number. */
export function confirmedCount(dialog: BulkDialog): number | null {
  const { number, plan, part, failureKind } = dialog;
  const all = plan?.changes.length ?? 0;
  if (all === 0) return null;
  const id = typedId(dialog);
  if (id !== null) return number.text === String(id) ? all : null;
  if (part === 'keys') return all;
  // Also if only one is left of several: the number that was typed may be the one from before.
  const typed = number.text;
  if (typed === String(all)) return all;
  return failureKind !== null && typed === '1' ? 1 : null;
}

/** Whether the number is typed, so that the key that confirms the reason does the action too. */
export function isConfirmed(dialog: BulkDialog): boolean {
  return confirmedCount(dialog) !== null && dialog.plan?.changes.length !== 1;
}

/** Returns the instruction for the field of the dialog: the id or the number that confirms. */
export function numberNeeded(dialog: BulkDialog): string {
  const id = typedId(dialog);
  if (id !== null) return `type the id ${id} to take it over`;
  const all = dialog.plan?.changes.length ?? 0;
  const first = dialog.failureKind !== null && all > 1 ? `, or 1 to ${verbOf(dialog.action)} one first` : '';
  return `type ${all} to ${verbOf(dialog.action)} that many operations${first}`;
}

/** The dialog with the texts that were typed into the one before it, which had no plan yet. */
export function withTypedOf(dialog: BulkDialog, before: { readonly kind: string } | BulkDialog): BulkDialog {
  if (before.kind !== 'bulk' || !('number' in before) || dialog.part === 'keys') return dialog;
  const { number, reason, part } = before;
  return { ...dialog, number, reason, part };
}

/** The dialog with another text in the field that is open. */
export function withTyped(dialog: BulkDialog, change: (field: TextField) => TextField): BulkDialog {
  if (dialog.part === 'number') return { ...dialog, number: digitsOf(change(dialog.number)) };
  return dialog.part === 'reason' ? { ...dialog, reason: change(dialog.reason) } : dialog;
}

/** A number has digits only: a pasted `1,200` is 1200. */
export function digitsOf({ text, caret }: TextField): TextField {
  const digits = (part: string): string => part.replace(/\D/g, '');
  return { text: digits(text), caret: digits(text.slice(0, caret)).length };
}

/** The dialog with its other field open. */
export function otherPart(dialog: BulkDialog): BulkDialog {
  const isSingle = dialog.plan?.changes.length === 1 && typedId(dialog) === null;
  if (dialog.part === 'reason') return { ...dialog, part: isSingle ? 'keys' : 'number' };
  return { ...dialog, part: 'reason' };
}
