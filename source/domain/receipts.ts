import { followable, watchedSeconds } from './action-states.ts';
import type { ActedRow, AuditEntry } from './audit.ts';
import { isStatus, type Operation, type Status } from './operation.ts';
import { sessionsOf } from './sessions.ts';
import type { Snapshot } from './snapshot.ts';
import type { Action } from './transitions.ts';

/** What became of an action after the database took it. */
export type ReceiptState =
  /** The row has the status; whether its worker has noticed is not known yet. */
  | { readonly kind: 'requested' }
  /** The row stopped moving, or was taken up again, so long after the action; `said`: the worker itself says so. */
  | { readonly kind: 'acknowledged'; readonly afterSeconds: number; readonly said: boolean }
  /** The status was taken back by somebody who is not this operator. */
  | {
      readonly kind: 'overwritten';
      readonly status: Status;
      readonly workerId: number | null;
      readonly afterSeconds: number;
    }
  /** The status holds, and yet the row keeps moving: its worker goes on. */
  | { readonly kind: 'moving'; readonly workerId: number | null; readonly afterSeconds: number }
  | { readonly kind: 'gone'; readonly afterSeconds: number }
  /** A later action of this operator on the same row took its place. */
  | { readonly kind: 'superseded' };

/** The memory of one action that moved a row. Times are on the database's clock. */
export interface Receipt {
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
  readonly movedAt: number | null;
  /** At how many polls the row was seen to have moved since. */
  readonly movements: number;
  readonly state: ReceiptState;
  /** Who did it, where that was another session; absent for the actions of this one. */
  readonly by?: string;
}

/** An action that was just done. */
export type NewReceipt = Omit<Receipt, 'movedAt' | 'movements' | 'state' | 'by'>;

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
export function withReceipt(receipts: readonly Receipt[], added: NewReceipt): readonly Receipt[] {
  return [
    ...receipts
      .map(
        (receipt): Receipt =>
          receipt.operationId === added.operationId &&
          (receipt.identity ?? null) === (added.identity ?? null) &&
          isWatched(receipt)
            ? { ...receipt, state: { kind: 'superseded' } }
            : receipt,
      )
      .slice(-(kept - 1)),
    { ...added, movedAt: null, movements: 0, state: { kind: 'requested' } },
  ];
}

/**
 * Adds the actions of other sessions, as the audit has them: each session follows the last action on every operation, whoever
 * made it. Nothing was seen of what came before, so nothing is told of how long it took.
 */
export function withOthers(
  receipts: readonly Receipt[],
  entries: readonly AuditEntry[],
  tableOf: (id: number) => string,
  takenAt: number,
  knownMs: number,
): readonly Receipt[] {
  const added = followable(entries, takenAt)
    .filter((entry) => !receipts.some((receipt) => isReceiptOf(receipt, entry)))
    .map(
      ({ action, operationId, fromStatus, toStatus, at, osUser, row }): Receipt => ({
        action: action as Receipt['action'],
        operationId,
        tableName: tableOf(operationId),
        from: fromStatus as Status,
        to: toStatus as Status,
        requestedAt: at ?? takenAt,
        knownMs,
        version: null,
        movedAt: null,
        movements: 0,
        state: stateSince(toStatus, row, takenAt - (at ?? takenAt)),
        by: osUser,
      }),
    );
  if (added.length === 0) return receipts;
  const newer = new Set(added.map(({ operationId }) => operationId));
  const before = receipts.map(
    (receipt): Receipt =>
      newer.has(receipt.operationId) && isWatched(receipt) ? { ...receipt, state: { kind: 'superseded' } } : receipt,
  );
  return [...before, ...added.reverse()].slice(-kept);
}

/** What an action of another session has come to before it is followed here. */
function stateSince(toStatus: string, row: ActedRow | null | undefined, afterSeconds: number): ReceiptState {
  if (row === null) return { kind: 'gone', afterSeconds };
  const isOver = row !== undefined && row.status !== toStatus && (toStatus === 'paused' || toStatus === 'skipped');
  return isOver && isStatus(row.status)
    ? { kind: 'overwritten', status: row.status, workerId: row.workerId, afterSeconds }
    : { kind: 'requested' };
}

/** Whether a receipt is that of an action of the audit. */
export function isReceiptOf(receipt: Receipt, { operationId, action, outcome, at }: AuditEntry): boolean {
  return (
    receipt.operationId === operationId &&
    receipt.action === action &&
    outcome === 'applied' &&
    (at === null || Math.abs(at - receipt.requestedAt) < 2)
  );
}

/** The operations that a poll must bring, live or not, for the receipts to be followed. */
export function watchedIds(receipts: readonly Receipt[]): number[] {
  return receipts.filter(isWatched).map((receipt) => receipt.operationId);
}

/**
 * What the newest snapshot says of each receipt.
 *
 * @param pausedSaid whether the operation's worker says, in its session's name, that it waits because of a pause
 * @param usualGap the longest usual time between two reports of an operation, in seconds; null where it is not known
 * @param sentMs when the poll was sent, on this program's clock
 */
export function followReceipts(
  receipts: readonly Receipt[],
  snapshot: Snapshot,
  pausedSaid: (operation: Operation) => boolean = () => false,
  usualGap: (operation: Operation) => number | null = () => null,
  sentMs = Number.POSITIVE_INFINITY,
): readonly Receipt[] {
  if (!receipts.some(isWatched)) return receipts;
  const rows = Map.groupBy([...snapshot.failures, ...snapshot.operations], ({ id }) => id);
  return receipts.map((receipt) => {
    if (!isWatched(receipt) || snapshot.takenAt <= receipt.requestedAt) return receipt;
    // An action is dated before its commit, and this poll may have been between the two.
    if (receipt.knownMs !== undefined && sentMs < receipt.knownMs) return receipt;
    const row = rows.get(receipt.operationId)?.find((operation) => isOf(receipt, operation));
    const gap = row === undefined ? null : usualGap(row);
    const quiet = gap === null ? unknownGapSeconds : Math.max(quietSeconds, quietGaps * gap);
    return followOne(receipt, row, snapshot.takenAt, row !== undefined && pausedSaid(row), quiet);
  });
}

/** Whether an action was done to this operation. */
export function isOf(
  { operationId, identity }: Pick<Receipt, 'operationId' | 'identity'>,
  operation: Pick<Operation, 'id' | 'identity'>,
): boolean {
  return operationId === operation.id && (identity == null || identity === operation.identity);
}

function isWatched({ state }: Receipt): boolean {
  return state.kind === 'requested' || state.kind === 'acknowledged' || state.kind === 'moving';
}

function followOne(
  receipt: Receipt,
  row: Operation | undefined,
  takenAt: number,
  said: boolean,
  quietNeeded: number,
): Receipt {
  const afterSeconds = Math.max(0, takenAt - receipt.requestedAt);
  if (afterSeconds > watchedSeconds) return { ...receipt, state: { kind: 'superseded' } };
  // A poll that was sent before an action of another session was known does not bring its row.
  if (row === undefined)
    return receipt.by !== undefined ? receipt : { ...receipt, state: { kind: 'gone', afterSeconds } };
  const moved = receipt.version !== null && row.version !== receipt.version;
  const seen: Receipt = {
    ...receipt,
    version: row.version,
    movedAt: moved ? takenAt : receipt.movedAt,
    movements: receipt.movements + (moved ? 1 : 0),
  };
  return row.status === receipt.to
    ? holding(seen, row, afterSeconds, moved, said, quietNeeded)
    : left(seen, row, afterSeconds);
}

/** The row has left the status that it was given. */
function left(receipt: Receipt, row: Operation, afterSeconds: number): Receipt {
  // What was resumed is meant to go on; only a stop that was taken back is news.
  if (receipt.to === 'paused' || receipt.to === 'skipped') {
    return { ...receipt, state: { kind: 'overwritten', status: row.status, workerId: row.workerId, afterSeconds } };
  }
  const wentOn = row.status === 'running' || row.status === 'completed' || row.status === 'failed';
  if (wentOn && receipt.state.kind === 'acknowledged') return receipt;
  if (wentOn) return { ...receipt, state: { kind: 'acknowledged', afterSeconds, said: false } };
  return { ...receipt, state: { kind: 'superseded' } };
}

function holding(
  receipt: Receipt,
  row: Operation,
  afterSeconds: number,
  moved: boolean,
  said: boolean,
  quietNeeded: number,
): Receipt {
  const { state } = receipt;
  if (receipt.to === 'running') {
    return moved && state.kind === 'requested'
      ? { ...receipt, state: { kind: 'acknowledged', afterSeconds, said: false } }
      : receipt;
  }
  if (receipt.to === 'pending') return receipt;
  // Nothing was running, so there is nobody who could have gone on; but it is still watched.
  if (receipt.from !== 'running' && state.kind === 'requested' && !moved) {
    return { ...receipt, state: { kind: 'acknowledged', afterSeconds: 0, said: false } };
  }
  if (moved) {
    const excused = state.kind !== 'moving' && (afterSeconds <= finishingSeconds || receipt.movements === 1);
    // A report after it was taken to have stopped takes that back.
    if (excused) return state.kind === 'acknowledged' ? { ...receipt, state: { kind: 'requested' } } : receipt;
    return { ...receipt, state: { kind: 'moving', workerId: row.workerId, afterSeconds } };
  }
  const stoppedAfter = receipt.movedAt === null ? 0 : receipt.movedAt - receipt.requestedAt;
  if (said && state.kind !== 'acknowledged')
    return { ...receipt, state: { kind: 'acknowledged', afterSeconds: stoppedAfter, said } };
  const quiet =
    afterSeconds - stoppedAfter >=
    (state.kind === 'moving' ? Math.max(2 * finishingSeconds, quietNeeded) : quietNeeded);
  if (quiet && state.kind !== 'acknowledged') {
    return { ...receipt, state: { kind: 'acknowledged', afterSeconds: stoppedAfter, said: false } };
  }
  return receipt;
}

/** Whether the operation's worker says that it waits because of a pause. */
export function pausedSaid(snapshot: Snapshot): (operation: Operation) => boolean {
  const sessionsFor = sessionsOf(snapshot);
  return (operation) => sessionsFor(operation)?.some(({ paused }) => paused) === true;
}
