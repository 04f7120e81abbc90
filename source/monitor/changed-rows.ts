import type { Target } from '../database/target.ts';
import type { Operation } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { isOf, type TrackedAction } from '../domain/tracked-actions.ts';
import type { Transition } from '../domain/transitions.ts';
import { unchangedText } from '../presentation/bulk-text.ts';
import { count } from '../presentation/figures.ts';
import { actedText } from '../presentation/plan-text.ts';
import { by, notFound } from '../presentation/result-text.ts';
import type { UndoableBulk } from './acting-state.ts';
import type { Undoable } from './undoable.ts';

/** Why rows cannot be changed back any more, as polls have seen them since the actions that `u` takes back; by `keyOf`. */
export type ChangedRows = ReadonlyMap<string, ChangedRow>;

interface ChangedRow {
  readonly status: string;
  /** `worker 20 changed it to completed`. */
  readonly why: string;
  /** The key of the action on many that changed it; null of an action on one. */
  readonly bulk: string | null;
  /** A worker has overwritten the pause: its undo does not change the row, and takes its mark away. */
  readonly isDefied: boolean;
}

export const noChangedRows: ChangedRows = new Map();

interface UndoneRow {
  readonly transition: Transition;
  /** The version that the action wrote; null if unknown. */
  readonly written: string | null;
  readonly bulk: string | null;
}

const keyOf = ({ transition: { id, identity }, written }: Omit<UndoneRow, 'bulk'>): string =>
  `${id} ${identity} ${written}`;

/** The rows of an action one by one: it may have a hundred thousand, and each frame asks for them. */
function* rowsOf(undoable: Undoable): Generator<UndoneRow> {
  if (undoable.kind === 'accepted') return;
  if (undoable.kind === 'one') {
    const { undo, versionAfter } = undoable.action;
    yield { transition: undo, written: undo.version ?? versionAfter ?? null, bulk: null };
    return;
  }
  const { key: bulk, changes } = undoable.action;
  for (const { rewrite, transition, seenVersion } of changes)
    if (rewrite?.kind !== 'batch size') yield { transition, written: transition.version ?? seenVersion, bulk };
}

function* rowsOfAll(undoables: readonly Undoable[]): Generator<UndoneRow> {
  for (const one of undoables) yield* rowsOf(one);
}

/**
 * The same after a poll: it has the rows that began or ended since the poll before, and those that are live. Of the rows that it was asked
 * for, `actions` say which are gone.
 */
export function changedRowsAfter(
  known: ChangedRows,
  undoables: readonly Undoable[],
  { operations, failures }: Pick<Snapshot, 'operations' | 'failures'>,
  actions: readonly TrackedAction[],
  { isFollowable, rowSecurity }: Pick<Target, 'isFollowable' | 'rowSecurity'>,
): ChangedRows {
  if (undoables.length === 0) return noChangedRows;
  const gone = new Map(actions.map(({ operationId, identity, result }) => [operationId, { identity, result }]));
  const isGone = ({ id, identity }: Transition): boolean => {
    const last = gone.get(id);
    return last?.result.kind === 'gone' && (last.identity == null || identity === null || last.identity === identity);
  };
  const seen = Map.groupBy([...failures, ...operations], ({ id }) => id);
  const changed = new Map<string, ChangedRow>();
  for (const undone of rowsOfAll(undoables)) {
    const { id, from, to, version, identity } = undone.transition;
    const { bulk } = undone;
    // Where one operation has the id, it may have been renamed.
    const named = { operationId: id, identity: isFollowable ? null : identity };
    const row = seen.get(id)?.find((operation) => isOf(named, operation));
    if (row === undefined && isGone(undone.transition)) {
      changed.set(keyOf(undone), { status: 'gone', why: `it is ${notFound(rowSecurity)}`, bulk, isDefied: false });
      continue;
    }
    // Most rows of a large action are in no poll.
    if (row === undefined && known.size === 0) continue;
    const key = keyOf(undone);
    const before = known.get(key);
    if (row === undefined) {
      if (before !== undefined) changed.set(key, before);
      continue;
    }
    // Only a newer version shows that the row has changed: the poll may be older than the action.
    const isNewer = undone.written !== null && Number(row.version) > Number(undone.written);
    // For a pause or a resume, only the status decides. The undo of a pause that a worker has overwritten takes its mark away; an
    // operation that has ended since has none.
    const isOverwritten = actions.findLast((one) => isOf(one, row))?.result.kind === 'overwritten';
    const isDefied = version === null && row.status === to && isOverwritten;
    if (isNewer && (version !== null || row.status !== from))
      changed.set(key, { status: row.status, why: whyChanged(row, from, actions), bulk, isDefied });
  }
  return changed.size === 0 ? noChangedRows : changed;
}

function whyChanged(row: Operation, from: string, actions: readonly TrackedAction[]): string {
  const operator = actions.findLast((action) => isOf(action, row))?.by;
  if (operator !== undefined) return actedText(operator);
  return unchangedText({ kind: 'stale', actual: row.status, by: by(row.workerId) }, from);
}

/** Why none of the rows of an action can be changed back, as polls have seen them; null if one may be. */
export function whyNoneChangesBack(changedRows: ChangedRows, action: Undoable): string | null {
  const changed: ChangedRow[] = [];
  for (const row of rowsOf(action)) {
    const one = changedRows.get(keyOf(row));
    if (one === undefined || one.isDefied) return null;
    changed.push(one);
  }
  const [first] = changed;
  if (first === undefined) return null;
  if (changed.length === 1) return first.why;
  const statuses = Map.groupBy(changed, ({ status }) => status);
  const counts = [...statuses].map(([status, those]) => `${count(those.length)} ${status}`);
  return `all ${count(changed.length)} were changed since: ${counts.join(', ')}`;
}

/** How many rows of an action on many can still be changed back, as polls have seen them. */
export function possibleToChangeBack(
  changedRows: ChangedRows,
  { key, changes }: Pick<UndoableBulk, 'key' | 'changes'>,
): number {
  let changed = 0;
  for (const { bulk } of changedRows.values()) if (bulk === key) changed++;
  // Until the next poll, rows may be known that a part of the undo has taken out of the action.
  return changed < changes.length ? changes.length - changed : changes.length;
}
