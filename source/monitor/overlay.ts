import type { Operation } from '../domain/operation.ts';
import type { Transition } from '../domain/transitions.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import type { TextField } from '../presentation/text-field.ts';

/** What is open above the view, with its own keys: a dialog, a text field, the detail of an operation, the help. */
export type Overlay =
  | { readonly kind: 'none' }
  | { readonly kind: 'help'; readonly top: number }
  | { readonly kind: 'filter'; readonly field: TextField; readonly before: string }
  /** Since when operations are to be shown, while it is typed. */
  | { readonly kind: 'since'; readonly field: TextField }
  /** The operation as it was when the dialog opened: the skip acts on this one, wherever the cursor is by then. */
  | {
      readonly kind: 'confirm';
      readonly operation: Operation;
      readonly transition: Transition;
      /** Why, for the audit; `editing` while it is being typed. */
      readonly reason: TextField;
      readonly editing: boolean;
      /** The reason that Esc restores. */
      readonly reasonBefore: TextField;
    }
  | {
      readonly kind: 'detail';
      readonly id: number;
      /** Which one (`Operation.identity`), where several operations may have the id. */
      readonly identity?: string | null;
      readonly detail: OperationDetail | null;
      readonly problem: string | null;
      readonly top: number;
    };
