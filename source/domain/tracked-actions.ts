import type { ActedRow, AuditEntry } from './audit.ts';
import { followable, type NextAction, watchedSeconds } from './audited-results.ts';
import { isStatus, type Operation, progressedSince, type Status } from './operation.ts';
import { operatorName } from './operator-name.ts';
import { quietGaps, stoppedAfterSeconds } from './paused-reports.ts';
import type { Snapshot } from './snapshot.ts';
import type { Action } from './transitions.ts';

/** The result of an action after the database has applied it. */
export type ActionResult =
  /** The row has the status; whether its worker has noticed is unknown. */
  | { readonly kind: 'requested' }
  /** It stopped, or runs again, this long after the action. `isConfirmed`: the name of its worker's session reports the pause. */
  | { readonly kind: 'acknowledged'; readonly afterSeconds: number; readonly isConfirmed: boolean }
  /** Another session changed the status. */
  | {
      readonly kind: 'overwritten';
      readonly status: Status;
      readonly workerId: number | null;
      readonly afterSeconds: number;
    }
  /** The status holds, but the row still progresses: its worker keeps working. */
  | { readonly kind: 'progressing'; readonly workerId: number | null; readonly afterSeconds: number }
  | { readonly kind: 'gone'; readonly afterSeconds: number }
  /** A later action on the same row replaced it, or it is no longer followed. */
  | { readonly kind: 'superseded' };

/** An action that changed a row, with its result. Times are on the database's clock. */
export interface TrackedAction {
  readonly action: Action | 'undo' | 'retry' | 'takeover';
  readonly operationId: number;
  /** `Operation.identity`, to tell apart operations that share the id; null if unknown. */
  readonly identity?: string | null;
  readonly tableName: string;
  readonly from: Status;
  readonly to: Status;
  readonly requestedAt: number;
  /** When this program learned of it, on its own clock: a poll that was sent earlier may show the row before the action. */
  readonly knownMs?: number;
  /** The version (xmin) of the row at the last poll, or as the action left it. */
  readonly version: string | null;
  /** Its batch size at the last poll; absent before the first. */
  readonly batchSize?: number | null;
  /** The table's files at the last poll; absent before the first. */
  readonly files?: string;
  readonly lastProgressAt: number | null;
  /** How many polls since have shown progress of the row. */
  readonly progressCount: number;
  /** The longest time between two of them, in seconds; absent before the second. */
  readonly progressGap?: number;
  readonly result: ActionResult;
  /** The operator, if another session did it; absent for the actions of this one. */
  readonly by?: string;
  /** Whether it was one of many: then only trouble with it is reported. */
  readonly isOfBulk?: boolean;
  /** Whether its row has another status, and the audit has still to say whether an operator changed it (monitor/decided-actions.ts). */
  readonly isUnchecked?: boolean;
}

/** An action that was just done. */
export type NewAction = Omit<TrackedAction, 'lastProgressAt' | 'progressCount' | 'progressGap' | 'result' | 'by'>;

/**
 * How long after a pause a worker may still report progress, in seconds: it finishes its current batch. The one report at
 * the end of a longer batch is excused too.
 */
const finishingSeconds = 5;

/** A row has stopped after this many seconds without progress, and after `quietGaps`. */
const quietSeconds = 3;

/** How many actions are kept. */
const kept = 200;

/** Adds an action that was just applied; earlier ones on the same row are superseded. */
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
 * Adds the actions of other sessions from the audit: each session follows the last action on every operation, by any
 * session. This session did not watch the row before, so the time until the worker noticed is unknown.
 */
export function withOthers(
  actions: readonly TrackedAction[],
  entries: readonly AuditEntry[],
  tableOf: (id: number) => string,
  takenAt: number,
  knownMs: number,
): readonly TrackedAction[] {
  // More than are kept would displace each other with every poll.
  const added = followable(entries, takenAt)
    .slice(0, kept)
    .filter((entry) => !actions.some((action) => isAuditOf(action, entry)))
    .map(
      ({ action, operationId, fromStatus, toStatus, at, row, ...operator }): TrackedAction => ({
        action: action as TrackedAction['action'],
        operationId,
        tableName: tableOf(operationId),
        from: fromStatus,
        to: toStatus,
        requestedAt: at,
        knownMs,
        version: null,
        lastProgressAt: null,
        progressCount: 0,
        result: stateSince(toStatus, row, takenAt - at),
        by: operatorName(operator),
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

/** The result of an action of another session when this one begins to follow it. */
function stateSince(toStatus: string, row: ActedRow | null | undefined, afterSeconds: number): ActionResult {
  if (row === null) return { kind: 'gone', afterSeconds };
  const isOver = row !== undefined && row.status !== toStatus && (toStatus === 'paused' || toStatus === 'skipped');
  return isOver && isStatus(row.status)
    ? { kind: 'overwritten', status: row.status, workerId: row.workerId, afterSeconds }
    : { kind: 'requested' };
}

/** Whether an audit entry records a tracked action. */
export function isAuditOf(tracked: TrackedAction, { operationId, action, outcome, at }: AuditEntry): boolean {
  return (
    tracked.operationId === operationId &&
    tracked.action === action &&
    outcome === 'applied' &&
    (at === null || Math.abs(at - tracked.requestedAt) < 2)
  );
}

/**
 * Whether an audit entry records an action whose result polls find, or one before it. A poll may show the row as it was before an action that is in the
 * audit: an action has its time from before its commit.
 */
export function isUpTo(tracked: TrackedAction | undefined, entry: AuditEntry): boolean {
  if (tracked === undefined) return false;
  return (isWatched(tracked) && isAuditOf(tracked, entry)) || (entry.at !== null && entry.at < tracked.requestedAt);
}

/** The first action after an audit entry that the audit, as it was read last, does not have yet. */
export function unrecordedAfter(
  actions: readonly TrackedAction[],
  entries: readonly AuditEntry[],
): (entry: AuditEntry) => NextAction | undefined {
  const unrecorded = actions.filter((action) => !entries.some((entry) => isAuditOf(action, entry)));
  return ({ operationId, at }) => {
    const next = unrecorded.find((one) => one.operationId === operationId && at !== null && one.requestedAt > at);
    return next && { action: next.action, fromStatus: next.from };
  };
}

/** The ids of the operations that a poll must fetch, live or not, to follow the actions. */
export function watchedIds(actions: readonly TrackedAction[]): number[] {
  return actions.filter(isWatched).map((action) => action.operationId);
}

/**
 * Updates the result of each action from the newest snapshot.
 *
 * @param reportsPause whether the operation's worker reports, in the name of its session, that it waits because of a pause
 * @param usualGap the longest usual time between two reports of an operation, in seconds; null if unknown, or if its session is at work
 * @param sentMs when the poll was sent, on this program's clock
 * @param isChanging whether another action of this session on the row is in progress
 */
export function followActions(
  actions: readonly TrackedAction[],
  snapshot: Snapshot,
  reportsPause: (operation: Operation) => boolean = () => false,
  usualGap: (operation: Operation) => number | null = () => null,
  sentMs = Number.POSITIVE_INFINITY,
  isChanging: (action: TrackedAction) => boolean = () => false,
): readonly TrackedAction[] {
  if (!actions.some(isWatched)) return actions;
  const rows = Map.groupBy([...snapshot.failures, ...snapshot.operations], ({ id }) => id);
  return actions.map((action) => {
    if (!isWatched(action) || snapshot.takenAt <= action.requestedAt || isChanging(action)) return action;
    // An action has its time from before its commit, so an earlier poll may show the row without it.
    if (action.knownMs !== undefined && sentMs < action.knownMs) return action;
    const row = rows.get(action.operationId)?.find((operation) => isOf(action, operation));
    const gap = row === undefined ? null : usualGap(row);
    // Without a usual gap nothing shows that it has stopped.
    const quiet = gap === null ? Number.POSITIVE_INFINITY : Math.max(quietSeconds, quietGaps * gap);
    return followOne(action, row, snapshot, row !== undefined && reportsPause(row), quiet);
  });
}

/** Whether this operation is the one that an action changed. */
export function isOf(
  { operationId, identity }: Pick<TrackedAction, 'operationId' | 'identity'>,
  operation: Pick<Operation, 'id' | 'identity'>,
): boolean {
  return operationId === operation.id && (identity == null || identity === operation.identity);
}

function isWatched({ result }: TrackedAction): boolean {
  return result.kind === 'requested' || result.kind === 'acknowledged' || result.kind === 'progressing';
}

function followOne(
  action: TrackedAction,
  row: Operation | undefined,
  { takenAt, files }: Snapshot,
  isConfirmed: boolean,
  quietNeeded: number,
): TrackedAction {
  const afterSeconds = Math.max(0, takenAt - action.requestedAt);
  if (afterSeconds > watchedSeconds) return { ...action, result: { kind: 'superseded' } };
  // A poll that was sent before this program learned of an action of another session does not fetch its row.
  if (row === undefined)
    return action.by === undefined ? { ...action, result: { kind: 'gone', afterSeconds } } : action;
  // An operator may have changed the batch size: that is no report of a worker.
  const isResized = (action.batchSize ?? row.batchSize) !== row.batchSize;
  const { version, files: known } = action;
  const hasProgressed = !isResized && progressedSince({ version }, row, { known, now: files });
  const seen: TrackedAction = {
    ...action,
    version: row.version,
    batchSize: row.batchSize,
    ...(files !== undefined && { files }),
    lastProgressAt: hasProgressed ? takenAt : action.lastProgressAt,
    progressCount: action.progressCount + (hasProgressed ? 1 : 0),
    ...(hasProgressed &&
      action.lastProgressAt !== null && {
        progressGap: Math.max(action.progressGap ?? 0, takenAt - action.lastProgressAt),
      }),
  };
  return row.status === action.to
    ? holding(seen, row, afterSeconds, hasProgressed, isConfirmed, quietNeeded)
    : left(seen, row, afterSeconds);
}

/** The row no longer has the status that the action set. */
function left(action: TrackedAction, row: Operation, afterSeconds: number): TrackedAction {
  // A resumed operation is expected to get another status; a paused or skipped one is not.
  if (action.to === 'paused' || action.to === 'skipped') {
    return { ...action, result: { kind: 'overwritten', status: row.status, workerId: row.workerId, afterSeconds } };
  }
  const wentOn = row.status === 'running' || row.status === 'completed' || row.status === 'failed';
  if (wentOn && action.result.kind === 'acknowledged') return action;
  if (wentOn) return { ...action, result: { kind: 'acknowledged', afterSeconds, isConfirmed: false } };
  return { ...action, result: { kind: 'superseded' } };
}

/** The row still has the status that the action set. */
function holding(
  action: TrackedAction,
  row: Operation,
  afterSeconds: number,
  hasProgressed: boolean,
  isConfirmed: boolean,
  quietNeeded: number,
): TrackedAction {
  const { result } = action;
  if (action.to === 'running') {
    return hasProgressed && result.kind === 'requested'
      ? { ...action, result: { kind: 'acknowledged', afterSeconds, isConfirmed: false } }
      : action;
  }
  if (action.to === 'pending') return action;
  // The operation was not running, so no worker has to notice; it is still followed.
  if (action.from !== 'running' && result.kind === 'requested' && !hasProgressed) {
    return { ...action, result: { kind: 'acknowledged', afterSeconds: 0, isConfirmed: false } };
  }
  if (hasProgressed) {
    const excused = result.kind !== 'progressing' && (afterSeconds <= finishingSeconds || action.progressCount === 1);
    // A report after `acknowledged` shows that the worker had not stopped.
    if (excused) return result.kind === 'acknowledged' ? { ...action, result: { kind: 'requested' } } : action;
    return { ...action, result: { kind: 'progressing', workerId: row.workerId, afterSeconds } };
  }
  const stoppedAfter = action.lastProgressAt === null ? 0 : action.lastProgressAt - action.requestedAt;
  if (isConfirmed && result.kind !== 'acknowledged')
    return { ...action, result: { kind: 'acknowledged', afterSeconds: stoppedAfter, isConfirmed } };
  const least = result.kind === 'progressing' ? stoppedAfterSeconds(action.progressGap ?? 0) : 0;
  const quiet = afterSeconds - stoppedAfter >= Math.max(least, quietNeeded);
  if (quiet && result.kind !== 'acknowledged') {
    return { ...action, result: { kind: 'acknowledged', afterSeconds: stoppedAfter, isConfirmed: false } };
  }
  return action;
}
