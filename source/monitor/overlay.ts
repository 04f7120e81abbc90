import type { SeenFailure } from '../domain/acceptance.ts';
import type { AuditEntry } from '../domain/audit.ts';
import type { Operation } from '../domain/operation.ts';
import type { Transition } from '../domain/transitions.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import type { SkipCost } from '../polling/skip-cost.ts';
import type { FormattedQueries } from '../presentation/detail-document.ts';
import type { TextField } from '../presentation/text-field.ts';
import type { Toast } from '../presentation/toast.ts';
import type { OwnAction } from './acting-state.ts';
import type { BulkDialog } from './bulk-dialog.ts';
import type { Cursor } from './cursor.ts';
import type { ResultsOverlay } from './results-list.ts';
import type { SizeDialog } from './size-dialog.ts';
import type { Undoable } from './undoable.ts';

/** The output of a command of the configuration file. */
export interface OutputOverlay {
  readonly kind: 'output';
  readonly title: string;
  readonly lines: readonly string[];
  readonly top: number;
  /** How the command ended; null while it runs. */
  readonly result: { readonly text: string; readonly isGood: boolean } | null;
  readonly under: Overlay;
}

/** The question before the undo of an action on many that is not the last one, or that is older than some minutes. */
export interface UndoQuestion {
  readonly kind: 'undo';
  readonly undoable: Undoable;
  /** The action: `the pause of 22 operations`. */
  readonly what: string;
  /** When it was done, on the database's clock; null if unknown. */
  readonly at: number | null;
  /** Whether it is the last action of this session. */
  readonly isLast: boolean;
  /** How many operations it changed. */
  readonly all: number;
  /** How many of them are still as it left them; null while they are being read, or if they cannot be read. */
  readonly asLeft: number | null;
}

/** Whether the undo would change nothing: then it is not offered. */
export function isUndoEmpty({ asLeft }: UndoQuestion): boolean {
  return asLeft === 0;
}

/**
 * The part of the screen that is open above the view and takes the keys: a dialog, a text field, the detail of an operation, the
 * help.
 */
export type Overlay =
  | { readonly kind: 'none' }
  /** `here`: ids of the commands that could run when it was opened. They come first. */
  | { readonly kind: 'help'; readonly top: number; readonly here?: readonly string[] }
  /** A filter while it is typed: a text that is a filter applies at once. */
  | {
      readonly kind: 'filter';
      readonly field: TextField;
      /** The filter and the cursor that Esc restores. */
      readonly before: { readonly filter: string; readonly cursor: Cursor };
      /** Which filter of the history the field shows; null if none. */
      readonly recalled: number | null;
      /** The candidates that Tab goes through, and where they start in the text. */
      readonly completing: {
        readonly from: number;
        readonly candidates: readonly string[];
        readonly index: number;
      } | null;
    }
  /** The commands, found by typing; `under` is open again when one runs. */
  | {
      readonly kind: 'palette';
      readonly field: TextField;
      /** Which of the commands that are found is chosen; null: the first, once something is typed. */
      readonly index: number | null;
      readonly under: Overlay;
    }
  | BulkDialog
  | UndoQuestion
  /** The note with which failures are accepted, while it is typed. */
  | {
      readonly kind: 'accept';
      readonly failures: readonly SeenFailure[];
      /** Those whose rows were deleted since; absent if none. */
      readonly gone?: readonly SeenFailure[];
      /** Their kind, if they are those of a kind. */
      readonly failureKind: string | null;
      readonly field: TextField;
      readonly under: Overlay;
    }
  /** Since when operations are to be shown, while it is typed. */
  | { readonly kind: 'since'; readonly field: TextField }
  /** The name of a production target, while it is typed to unlock it. */
  | {
      readonly kind: 'unlock';
      readonly name: string;
      /** The setting by which it is production. */
      readonly setting?: string | undefined;
      readonly field: TextField;
      /** The text that Enter did not take. */
      readonly refused?: string;
    }
  /** The deadline, while it is typed. */
  | { readonly kind: 'until'; readonly field: TextField }
  /** The operation as it was when the dialog opened: the skip acts on this one, wherever the cursor is by then. */
  | {
      readonly kind: 'confirm';
      readonly operation: Operation;
      readonly transition: Transition;
      /** Whether its row was deleted since. */
      readonly isGone?: true;
      /** Why, for the audit; `editing` while it is being typed. */
      readonly reason: TextField;
      readonly editing: boolean;
      /** The reason that Esc restores. */
      readonly reasonBefore: TextField;
      /** Null or absent while it is being read. */
      readonly cost?: SkipCost | null;
      /** The last actions of operators on the operation, newest first; absent while they are being read. */
      readonly actions?: readonly AuditEntry[];
    }
  | {
      readonly kind: 'detail';
      readonly id: number;
      /** Which one (`Operation.identity`), where several operations may have the id. */
      readonly identity?: string | null;
      readonly detail: OperationDetail | null;
      readonly problem: string | null;
      readonly top: number;
      /** The queries, formatted; absent until the formatter is loaded. */
      readonly formatted?: FormattedQueries | undefined;
      /** The field for a text to search; null or absent while none is being typed. */
      readonly field?: TextField | null;
      /** The searched text, and which of its matches is the current one, counted from 0. */
      readonly search?: string;
      readonly found?: number;
    }
  /** Why the last action was done, while it is typed, over a list or over the detail. */
  | { readonly kind: 'note'; readonly action: OwnAction; readonly field: TextField; readonly under: Overlay }
  | (SizeDialog & { readonly under: Overlay })
  /** Over a list or over the detail, which it returns to. */
  | (ResultsOverlay & { readonly under: Overlay })
  | OutputOverlay
  /** The menu of what to copy of an operation, over a list or over the detail, which it returns to. */
  | { readonly kind: 'copy'; readonly operation: Operation; readonly under: Overlay };

/** Whether it is a question that a key answers. */
export function isDialog({ kind }: Overlay): boolean {
  return kind === 'confirm' || kind === 'bulk' || kind === 'undo';
}

/** The message that an overlay hides, as it is opened: a dialog hides what was said before it, unless the outcome of a write is not known. */
export function coveredToast(
  before: { readonly overlay: Overlay; readonly toast: Toast | null; readonly coveredToast: Toast | null },
  overlay: Overlay,
): Toast | null {
  if (!isDialog(overlay)) return null;
  if (isDialog(before.overlay)) return before.coveredToast;
  return before.toast?.unsettled === true ? null : before.toast;
}
