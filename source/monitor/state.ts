import type { Silence } from '../database/silence.ts';
import type { Target } from '../database/target.ts';
import type { SeenFailure } from '../domain/acceptance.ts';
import type { AuditEntry, AuditGaps, Operator } from '../domain/audit.ts';
import type { Carried } from '../domain/carried.ts';
import type { CountingChange } from '../domain/counting-changes.ts';
import type { Earlier } from '../domain/earlier-events.ts';
import type { FoundFailures } from '../domain/found-failures.ts';
import type { LastActor } from '../domain/last-actors.ts';
import type { Memo } from '../domain/memo.ts';
import type { CurrentPace } from '../domain/no-eta.ts';
import type { Noticing } from '../domain/notices.ts';
import type { Observation } from '../domain/observation.ts';
import type { Operation } from '../domain/operation.ts';
import type { Peaks } from '../domain/peaks.ts';
import type { SeenKinds } from '../domain/seen-kinds.ts';
import type { TrackedAction } from '../domain/tracked-actions.ts';
import type { WatchedEvent } from '../domain/watched-events.ts';
import type { Watcher } from '../domain/watcher.ts';
import type { KindRow, OperationRow, RowsByView } from '../presentation/rows.ts';
import type { SteadyColumns } from '../presentation/steady-columns.ts';
import type { Toast } from '../presentation/toast.ts';
import type { ViewId } from '../presentation/view-id.ts';
import type { Window } from '../presentation/window.ts';
import type { ActingState } from './acting-state.ts';
import type { ChangedRows } from './changed-rows.ts';
import type { Cursor } from './cursor.ts';
import type { DeadlineState } from './deadline.ts';
import type { ComputedEta } from './kept-eta.ts';
import type { OpenedTable } from './opened-table.ts';
import type { Overlay } from './overlay.ts';
import type { Personal } from './personal.ts';
import type { SessionState } from './session-state.ts';
import type { ShownEnds } from './steady-ends.ts';
import type { Undoable, UndoableTransition } from './undoable.ts';

export type { Cursor } from './cursor.ts';

/** The state of the running monitor. All of it is data, apart from the memo; only `reduce` makes a new one. */
export interface MonitorState {
  readonly target: Target;
  /** The operator of this session; null if actions are not possible. */
  readonly operator: Operator | null;
  /** Why nothing may be changed, or null: the target's reason, or that the operator asked for it. */
  readonly readOnly: string | null;
  /** The target and its production lock; absent if there is no configuration file. */
  readonly session?: SessionState | undefined;
  /** Settings of the configuration file. */
  readonly personal: Personal;
  readonly connection: ConnectionState;
  /** The newest observation, and the one on the screen while the display is frozen. */
  readonly latest: Observation | null;
  readonly frozen: Observation | null;
  /**
   * When the newest observation was read (the server has its moment at or after this), and what time it is: milliseconds
   * of a clock that only goes forward.
   */
  readonly receivedAtMs: number;
  readonly nowMs: number;
  readonly interval: Interval;
  readonly window: Window;
  readonly view: ViewId;
  /** The rows of each view that was open, made when something that they are made from last changed. */
  readonly listed: { readonly [View in ViewId]?: Listed<RowsByView[View]> };
  /** The rate and the ETA of the observation on the screen; null before the first poll. */
  readonly pace: Pace | null;
  /** The rows that cannot be changed back any more by `u`. */
  readonly changedRows: ChangedRows;
  /** The highest rates of all operations until they were shown again, after some of them were; null while they are not shown. */
  readonly peaksOfAll: Peaks | null;
  /** The highest rates of all operations, while only some are shown. */
  readonly hiddenPeaks: Peaks | null;
  readonly cursors: Readonly<Record<ViewId, Cursor>>;
  readonly sorts: Readonly<Partial<Record<ViewId, Sort>>>;
  readonly filter: string;
  /** The filters of this session, oldest first. */
  readonly filterHistory: readonly string[];
  /** The table whose operations Enter opened in Tables; null after Esc. */
  readonly openedTable: OpenedTable | null;
  /** The kind whose failures the Failures view lists; null: it lists the kinds. */
  readonly failureKind: string | null;
  /** The other view in which that kind was opened, if no other view was shown since: Esc leads back there. */
  readonly kindOpenedFrom: ViewId | null;
  /** Which failures have the texts of the filter, as far as the database was asked; null if it was not. */
  readonly found: FoundFailures | null;
  /** Whether failures that were resolved or accepted are listed too. */
  readonly showsResolved: boolean;
  readonly overlay: Overlay;
  /** The page of the Operations view; null until it has been read. */
  readonly page: Page | null;
  readonly toast: Toast | null;
  /** The message that was shown when the open dialog was opened: it is about something else, and hidden until the dialog is closed; null without one. */
  readonly coveredToast: Toast | null;
  /** The action that an undo would take back. */
  readonly undoable: UndoableTransition | null;
  /** The actions before it that `u` takes back afterwards, oldest first. */
  readonly undoableBefore: readonly Undoable[];
  /** Whether the action that an undo would take back is not the last one: the one after it was undone, or cannot be. */
  readonly isUndoEarlier: boolean;
  /** The failures that were accepted last, if `u` takes that back; null if the last action was another one. */
  readonly accepted: readonly SeenFailure[] | null;
  /** The actions of this session, and those of others that it follows, oldest first. */
  readonly trackedActions: readonly TrackedAction[];
  /** The tracked actions on operations that `S` hides. */
  readonly hiddenActions: readonly TrackedAction[];
  /** Facts about operations from earlier polls, also about those that `S` hides. */
  readonly carried: Carried | null;
  /** Tables that count in another way than before, oldest first. */
  readonly countingChanges: readonly CountingChange[];
  /** Who else watches with migtop. */
  readonly watchers: readonly Watcher[];
  /** Events of the hour before the first poll and since then, oldest first; the last 1,000. */
  readonly events: readonly WatchedEvent[];
  /** Which events from before the first poll are among them; null before it. */
  readonly earlier: Earlier | null;
  /** When each problem of the table was found first, on the database's clock, by check and table; `isFirstLook`: it may be older. */
  readonly foundAt: ReadonlyMap<string, { readonly at: number; readonly isFirstLook: boolean }> | null;
  /** The kinds of failure that the operator has looked at; null until all failures are known. */
  readonly seenKinds: SeenKinds | null;
  /** The events that operators and scripts got. */
  readonly noticing: Noticing;
  /** Who acted last on each operation; null while no filter needs it. */
  readonly lastActors: readonly LastActor[] | null;
  /** The actions of operators from the audit, newest first; null until it has been read. */
  readonly activity: readonly AuditEntry[] | null;
  /** The entries that `activity` does not have. */
  readonly auditGaps: AuditGaps;
  /** The start of the newest of several runs, as a value for `S`; null if no earlier run is known. */
  readonly proposedSince: string | null;
  /** Until when the migration has to be done, if the operator said so. */
  readonly due: DeadlineState;
  /** Marks, and actions on many operations. */
  readonly acting: ActingState;
  /** Keeps what is computed from data of the state, as long as that data. */
  readonly memo: Memo;
  /** How many writes are in progress. */
  readonly writing: number;
}

export interface Listed<Row> {
  readonly rows: readonly Row[];
  /** The row under the cursor, if it has left the filter and is listed all the same until the cursor leaves it; else null. */
  readonly outside: string | null;
  /** The operation under the cursor, if the list is not about it any more and has it until the cursor leaves it; else null. */
  readonly ended: Operation | null;
  /** The rows by list, in a view that has two lists. */
  readonly lists?: TwoLists;
  /** Which columns it has shown since the view was opened. */
  readonly steady: SteadyColumns;
  /** The filter, the open kind, the width of the window, and whether resolved failures are listed too. */
  readonly list: readonly [filter: string, failureKind: string | null, columns: number, showsResolved: boolean];
  readonly madeFrom: readonly unknown[];
  /** The ends of the tables that it shows. */
  readonly ends: ShownEnds;
}

/** The rows of a view with a list of operations and one of kinds of failure. */
export interface TwoLists {
  readonly operations: readonly OperationRow[];
  readonly kinds: readonly KindRow[];
  /** How many failures match the filter; absent without one. */
  readonly matching?: FailureNumbers;
}

/** The numbers of some failures. */
export interface FailureNumbers {
  readonly unresolved: number;
  readonly resolved: number;
  readonly accepted: number;
  /** How many kinds the unresolved ones are of. */
  readonly kinds: number;
}

export type ConnectionState =
  | { readonly kind: 'live' }
  /** A poll that began at `sinceMs` has not been answered: the database is slow, or the connection is dead. */
  | { readonly kind: 'waiting'; readonly sinceMs: number; readonly why?: Silence }
  /** The last data stays on the screen; `sinceMs` on the same clock as `nowMs`. */
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly attempt: number; readonly problem: string };

export interface Interval {
  /** The interval that the operator chose, and the one in use, which may be longer on a slow database. */
  readonly wantedSeconds: number;
  readonly actualSeconds: number;
  /** Whether it is longer than wanted because too many operations change. */
  readonly isBusy?: boolean;
}

export interface Sort {
  readonly by: string;
  readonly reverse: boolean;
}

export interface Page {
  readonly operations: readonly Operation[];
  readonly atNewest: boolean;
  readonly atOldest: boolean;
  /** The filter that it was read with. */
  readonly filter: string;
  /** The part of the matching operations that it holds whole, where the list is sorted by a column. */
  readonly sorted?: SortedPart;
}

/** How many of the matching operations are read to be sorted: the newest, or the oldest. */
export interface SortedPart {
  readonly from: 'newest' | 'oldest';
  /** Whether all that match are among them. */
  readonly isWhole: boolean;
}

/** How long a toast stays on the screen. */
export const toastMs = 20_000;

/** The rate and the ETA of the current phase, and the observation that they are of. */
export interface Pace extends CurrentPace {
  readonly of: Observation;
  readonly peaks: Peaks;
  readonly computed?: ComputedEta;
  /** Since when there has been an ETA of this work; null without one. */
  readonly etaSince: number | null;
}

/** The observation that the screen shows. */
export function shown(state: MonitorState): Observation | null {
  return state.frozen ?? state.latest;
}
