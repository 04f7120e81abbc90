import type { Loss } from '../database/losses.ts';
import type { Silence } from '../database/silence.ts';
import type { Target } from '../database/target.ts';
import type { SeenFailure } from '../domain/acceptance.ts';
import type { AuditEntry, AuditGaps } from '../domain/audit.ts';
import type { Until } from '../domain/deadline.ts';
import type { Finding } from '../domain/doctor/finding.ts';
import type { LastActor } from '../domain/last-actors.ts';
import type { LongText, TextWindow } from '../domain/long-text.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { NewAction } from '../domain/tracked-actions.ts';
import type { Transition } from '../domain/transitions.ts';
import type { Watcher } from '../domain/watcher.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import type { FormattedQueries } from '../presentation/detail-document.ts';
import type { Toast } from '../presentation/toast.ts';
import type { ViewId } from '../presentation/view-id.ts';
import type { Window } from '../presentation/window.ts';
import type { ActingState, UndoableBulk } from './acting-state.ts';
import type { ComparedPoll } from './compare-poll.ts';
import type { OpenedTable } from './opened-table.ts';
import type { Overlay } from './overlay.ts';
import type { SessionState } from './session-state.ts';
import type { Page, Sort } from './state.ts';
import type { ChangedBack, UndoableTransition } from './undoable.ts';

/** Everything that can happen to a monitor. */
export type MonitorEvent =
  /** `readMs` is when the poll was sent, where that is not when it was answered: the data is no older. */
  | {
      readonly kind: 'polled';
      readonly snapshot: Snapshot;
      readonly atMs: number;
      readonly readMs?: number;
      readonly nextSeconds: number;
      /** Whether that is longer than wanted because too many operations change. */
      readonly isBusy?: boolean;
      /** The connections that were lost since the poll before, although each poll was answered. */
      readonly losses?: readonly Loss[];
      /** Results that were computed from the snapshot before this event. */
      readonly compared?: ComparedPoll;
      /** Only for the first poll after `S` restricted the operations: it is compared with nothing before it. */
      readonly restricted?: Target;
    }
  /** The poll that began at `sinceMs` is not answered yet. */
  | { readonly kind: 'waited'; readonly sinceMs: number; readonly atMs: number; readonly why?: Silence }
  | { readonly kind: 'inspected'; readonly target: Target; readonly readOnly: string | null }
  | { readonly kind: 'proposed'; readonly since: string; readonly toast: Toast }
  | { readonly kind: 'lost'; readonly atMs: number; readonly attempt: number; readonly problem: string }
  | { readonly kind: 'ticked'; readonly nowMs: number }
  | { readonly kind: 'resized'; readonly window: Window }
  | { readonly kind: 'viewed'; readonly view: ViewId }
  | { readonly kind: 'pointed'; readonly key: string | null; readonly index: number }
  /** Null: as the view starts. */
  | { readonly kind: 'sorted'; readonly sort: Sort | null }
  /** `isApplied` is false while the filter is still being typed. */
  | {
      readonly kind: 'filtered';
      readonly filter: string;
      readonly isApplied?: boolean;
      readonly openedTable?: OpenedTable | null;
    }
  /** The Failures view lists the failures of this kind; null: the kinds. */
  | { readonly kind: 'kind-opened'; readonly failureKind: string | null; readonly from?: ViewId | null }
  /** The database was asked for these failures: `ids` have the texts of the filter that `key` names. */
  | {
      readonly kind: 'failures-found';
      readonly key: string;
      readonly asked: ReadonlyMap<number, string | null>;
      readonly ids: readonly number[];
    }
  | { readonly kind: 'resolved-shown'; readonly isShown: boolean }
  /** Null: without a deadline from now on. */
  | { readonly kind: 'due'; readonly until: Until | null }
  | { readonly kind: 'overlaid'; readonly overlay: Overlay }
  | {
      readonly kind: 'detailed';
      readonly id: number;
      readonly identity?: string | null;
      readonly detail: OperationDetail | null;
      readonly problem: string | null;
    }
  /** The queries of that detail, formatted. */
  | {
      readonly kind: 'formatted';
      readonly id: number;
      readonly detail: OperationDetail;
      readonly formatted: FormattedQueries;
    }
  /** Another stretch of a long text; `place` is the end of the detail to which the operator asked to go. */
  | {
      readonly kind: 'texted';
      readonly id: number;
      readonly field: LongText;
      readonly window: TextWindow;
      readonly version: string | null;
      readonly place: 'first' | 'last' | null;
    }
  /** `place` puts the cursor on an end of the page, or on an operation, when that is where the operator asked to go. */
  | { readonly kind: 'paged'; readonly page: Page; readonly place: 'first' | 'last' | number | null }
  | { readonly kind: 'session'; readonly session: SessionState; readonly readOnly: string | null }
  | { readonly kind: 'froze' }
  | { readonly kind: 'thawed' }
  | { readonly kind: 'interval-changed'; readonly wantedSeconds: number }
  | { readonly kind: 'toasted'; readonly toast: Toast | null }
  /** Marks, or an action on many operations, have changed. */
  | { readonly kind: 'acting'; readonly change: Partial<ActingState> }
  | { readonly kind: 'writing' }
  /**
   * `undoable` and `undoableMany` are what `u` takes back from now on, `undone` what it has taken back, or cannot take back; undefined
   * leaves that as it was.
   */
  | {
      readonly kind: 'written';
      readonly undoable: UndoableTransition | undefined;
      readonly undoableMany?: UndoableBulk | undefined;
      readonly undone?: UndoableTransition | undefined;
      /** The changes of the action on many with this key that can still be undone. */
      readonly undoRest?: Pick<UndoableBulk, 'key' | 'changes'> | undefined;
      /** The rows that an undo has changed back. */
      readonly changedBack?: readonly ChangedBack[];
      /** The rows of which an undo has found that they no longer had what it was to take back. */
      readonly withdrawn?: readonly Pick<Transition, 'id' | 'identity'>[];
      /** The action to follow from now on, where it was applied. */
      readonly tracked: NewAction | readonly NewAction[] | null;
      readonly toast: Toast;
    }
  /** The problems of the control table itself; `at` is on the database's clock. */
  | { readonly kind: 'diagnosed'; readonly findings: readonly Finding[]; readonly at: number }
  | { readonly kind: 'watched'; readonly watchers: readonly Watcher[] }
  /** `u` cannot take the last action back: from now on it takes back the one before it. */
  | { readonly kind: 'undo-given-up'; readonly toast: Toast }
  /** `failures` were accepted, and `u` takes that back; null: that is taken back; undefined: nothing new to take back. */
  | {
      readonly kind: 'accepted';
      readonly failures: readonly SeenFailure[] | null | undefined;
      readonly toast: Toast | null;
    }
  | {
      readonly kind: 'audited';
      readonly activity: readonly AuditEntry[];
      /** The entries that `activity` does not have; absent if none are missing. */
      readonly gaps?: AuditGaps;
      readonly lastActors?: readonly LastActor[];
      /** When the reading began. */
      readonly sentMs?: number;
      readonly atMs: number;
    };
