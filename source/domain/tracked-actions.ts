import type { ActedRow, AuditEntry } from './audit.ts';
import { followable, watchedSeconds } from './audited-results.ts';
import { isStatus, type Operation, type Status } from './operation.ts';
import { sessionsOf } from './sessions.ts';
import type { Snapshot } from './snapshot.ts';
import type { Action } from './transitions.ts';

/** What became of an action after the database took it. */
export type ActionResult =
  /** The row has the status; whether its worker has noticed is not known yet. */
  | { readonly kind: 'requested' }
  /** The row stopped moving, or was taken up again, so long after the action; `said`: the worker itself says so. */
  | { readonly kind: 'acknowledged'; readonly afterSeconds: number; readonly isConfirmed: boolean }
  /** The status was taken back by somebody who is not this operator. */
  | {
      readonly kind: 'overwritten';
      readonly status: Status;
      readonly workerId: number | null;
      readonly afterSeconds: number;
    }
  /** The status holds, and yet the row keeps moving: its worker goes on. */
  | { readonly kind: 'progressing'; readonly workerId: number | null; readonly afterSeconds: number }
  | { readonly kind: 'gone'; readonly afterSeconds: number }
  /** A later action of this operator on the same row took its place. */
  | { readonly kind: 'superseded' };

/** The memory of one action that moved a row. Times are on the database's clock. */
export interface TrackedAction {
  readonly action: Action | 'undo';
  readonly operationId: number;
  /** Which one (`Operation.identity`), where several operations may have the id. */
  readonly identity?: string | null;
  readonly tableName: string;
  readonly from: Status;
  readonly to: Status;
  readonly requestedAt: number;
  /** When this program knew of it, on its own clock: a poll that it sent before may have seen the row as it was. */
  readonly knownMs?: number;
  /** The version (xmin) of the row at the last poll, or as the action left it. */
  readonly version: string | null;
  readonly lastProgressAt: number | null;
  /** At how many polls the row was seen to have moved since. */
  readonly progressCount: number;
  readonly result: ActionResult;
  /** Who did it, where that was another session; absent for the actions of this one. */
  readonly by?: string;
}

/** An action that was just done. */
export type NewAction = Omit<TrackedAction, 'lastProgressAt' | 'progressCount' | 'result' | 'by'>;

/**
 * A worker that was told to stop may finish the batch that it is in. So long its movement is no news; nor is the one
 * report at the end of a batch that takes longer.
 */
const finishingSeconds = 5;

/** A row that was quiet for so long has stopped moving, where it reported more often before; else for more than its usual gap. */
const quietSeconds = 3;
const quietGaps = 1.2;

/** How long a row whose usual gap is not known has to be quiet. */
const unknownGapSeconds = 30;

const kept = 200;

/** Adds the receipt of an action that was just done; earlier ones for the same row are superseded. */
export function withAction(actions: readonly TrackedAction[], added: NewAction): readonly TrackedAction[] {
  return [
    ...actions
      .map(
        (action): TrackedAction =>
          action.operationId === added.operationId &&
          (action.identity ?? null) === (added.identity ?? null) &&
          isWatched(action)
            ? { ...action, result: { kind: 'superseded' } }
            : action,
      )
      .slice(-(kept - 1)),
    { ...added, lastProgressAt: null, progressCount: 0, result: { kind: 'requested' } },
  ];
}

/**
 * Adds the actions of other sessions, as the audit has them: each session follows the last action on every operation, whoever
 * made it. Nothing was seen of what came before, so nothing is told of how long it took.
 */
export function withOthers(
  actions: readonly TrackedAction[],
  entries: readonly AuditEntry[],
  tableOf: (id: number) => string,
  takenAt: number,
  knownMs: number,
): readonly TrackedAction[] {
  const added = followable(entries, takenAt)
    .filter((entry) => !actions.some((action) => isAuditOf(action, entry)))
    .map(
      ({ action, operationId, fromStatus, toStatus, at, osUser, row }): TrackedAction => ({
        action: action as TrackedAction['action'],
        operationId,
        tableName: tableOf(operationId),
        from: fromStatus as Status,
        to: toStatus as Status,
        requestedAt: at ?? takenAt,
        knownMs,
        version: null,
        lastProgressAt: null,
        progressCount: 0,
        result: stateSince(toStatus, row, takenAt - (at ?? takenAt)),
        by: osUser,
      }),
    );
  if (added.length === 0) return actions;
  const newer = new Set(added.map(({ operationId }) => operationId));
  const before = actions.map(
    (action): TrackedAction =>
      newer.has(action.operationId) && isWatched(action) ? { ...action, result: { kind: 'superseded' } } : action,
  );
  return [...before, ...added.reverse()].slice(-kept);
}

/** What an action of another session has come to before it is followed here. */
function stateSince(toStatus: string, row: ActedRow | null | undefined, afterSeconds: number): ActionResult {
  if (row === null) return { kind: 'gone', afterSeconds };
  const isOver = row !== undefined && row.status !== toStatus && (toStatus === 'paused' || toStatus === 'skipped');
  return isOver && isStatus(row.status)
    ? { kind: 'overwritten', status: row.status, workerId: row.workerId, afterSeconds }
    : { kind: 'requested' };
}

/** Whether an entry of the audit is about a tracked action. */
export function isAuditOf(tracked: TrackedAction, { operationId, action, outcome, at }: AuditEntry): boolean {
  return (
    tracked.operationId === operationId &&
    tracked.action === action &&
    outcome === 'applied' &&
    (at === null || Math.abs(at - tracked.requestedAt) < 2)
  );
}

/** The operations that a poll must bring, live or not, for the receipts to be followed. */
export function watchedIds(actions: readonly TrackedAction[]): number[] {
  return actions.filter(isWatched).map((action) => action.operationId);
}

/**
 * What the newest snapshot says of each receipt.
 *
 * @param reportsPause whether the operation's worker says, in its session's name, that it waits because of a pause
 * @param usualGap the longest usual time between two reports of an operation, in seconds; null where it is not known
 * @param sentMs when the poll was sent, on this program's clock
 */
export function followActions(
  actions: readonly TrackedAction[],
  snapshot: Snapshot,
  reportsPause: (operation: Operation) => boolean = () => false,
  usualGap: (operation: Operation) => number | null = () => null,
  sentMs = Number.POSITIVE_INFINITY,
): readonly TrackedAction[] {
  if (!actions.some(isWatched)) return actions;
  const rows = Map.groupBy([...snapshot.failures, ...snapshot.operations], ({ id }) => id);
  return actions.map((action) => {
    if (!isWatched(action) || snapshot.takenAt <= action.requestedAt) return action;
    // An action is dated before its commit, and this poll may have been between the two.
    if (action.knownMs !== undefined && sentMs < action.knownMs) return action;
    const row = rows.get(action.operationId)?.find((operation) => isOf(action, operation));
    const gap = row === undefined ? null : usualGap(row);
    const quiet = gap === null ? unknownGapSeconds : Math.max(quietSeconds, quietGaps * gap);
    return followOne(action, row, snapshot.takenAt, row !== undefined && reportsPause(row), quiet);
  });
}

/** Whether an action was done to this operation. */
export function isOf(
  { operationId, identity }: Pick<TrackedAction, 'operationId' | 'identity'>,
  operation: Pick<Operation, 'id' | 'identity'>,
): boolean {
  return operationId === operation.id && (identity == null || identity === operation.identity);
}

function isWatched({ result: state }: TrackedAction): boolean {
  return state.kind === 'requested' || state.kind === 'acknowledged' || state.kind === 'progressing';
}

function followOne(
  action: TrackedAction,
  row: Operation | undefined,
  takenAt: number,
  isConfirmed: boolean,
  quietNeeded: number,
): TrackedAction {
  const afterSeconds = Math.max(0, takenAt - action.requestedAt);
  if (afterSeconds > watchedSeconds) return { ...action, result: { kind: 'superseded' } };
  // A poll that was sent before an action of another session was known does not bring its row.
  if (row === undefined)
    return action.by !== undefined ? action : { ...action, result: { kind: 'gone', afterSeconds } };
  const moved = action.version !== null && row.version !== action.version;
  const seen: TrackedAction = {
    ...action,
    version: row.version,
    lastProgressAt: moved ? takenAt : action.lastProgressAt,
    progressCount: action.progressCount + (moved ? 1 : 0),
  };
  return row.status === action.to
    ? holding(seen, row, afterSeconds, moved, isConfirmed, quietNeeded)
    : left(seen, row, afterSeconds);
}

/** The row has left the status that it was given. */
function left(action: TrackedAction, row: Operation, afterSeconds: number): TrackedAction {
  // What was resumed is meant to go on; only a stop that was taken back is news.
  if (action.to === 'paused' || action.to === 'skipped') {
    return { ...action, result: { kind: 'overwritten', status: row.status, workerId: row.workerId, afterSeconds } };
  }
  const wentOn = row.status === 'running' || row.status === 'completed' || row.status === 'failed';
  if (wentOn && action.result.kind === 'acknowledged') return action;
  if (wentOn) return { ...action, result: { kind: 'acknowledged', afterSeconds, isConfirmed: false } };
  return { ...action, result: { kind: 'superseded' } };
}

function holding(
  action: TrackedAction,
  row: Operation,
  afterSeconds: number,
  moved: boolean,
  isConfirmed: boolean,
  quietNeeded: number,
): TrackedAction {
  const { result: state } = action;
  if (action.to === 'running') {
    return moved && state.kind === 'requested'
      ? { ...action, result: { kind: 'acknowledged', afterSeconds, isConfirmed: false } }
      : action;
  }
  if (action.to === 'pending') return action;
  // Nothing was running, so there is nobody who could have gone on; but it is still watched.
  if (action.from !== 'running' && state.kind === 'requested' && !moved) {
    return { ...action, result: { kind: 'acknowledged', afterSeconds: 0, isConfirmed: false } };
  }
  if (moved) {
    const excused = state.kind !== 'progressing' && (afterSeconds <= finishingSeconds || action.progressCount === 1);
    // A report after it was taken to have stopped takes that back.
    if (excused) return state.kind === 'acknowledged' ? { ...action, result: { kind: 'requested' } } : action;
    return { ...action, result: { kind: 'progressing', workerId: row.workerId, afterSeconds } };
  }
  const stoppedAfter = action.lastProgressAt === null ? 0 : action.lastProgressAt - action.requestedAt;
  if (isConfirmed && state.kind !== 'acknowledged')
    return { ...action, result: { kind: 'acknowledged', afterSeconds: stoppedAfter, isConfirmed } };
  const quiet =
    afterSeconds - stoppedAfter >=
    (state.kind === 'progressing' ? Math.max(2 * finishingSeconds, quietNeeded) : quietNeeded);
  if (quiet && state.kind !== 'acknowledged') {
    return { ...action, result: { kind: 'acknowledged', afterSeconds: stoppedAfter, isConfirmed: false } };
  }
  return action;
}

/** Whether the operation's worker says that it waits because of a pause. */
export function reportsPause(snapshot: Snapshot): (operation: Operation) => boolean {
  const sessionsFor = sessionsOf(snapshot);
  return (operation) => sessionsFor(operation)?.some(({ paused }) => paused) === true;
}
