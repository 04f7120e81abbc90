import type { Operation } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { isOf, type TrackedAction } from '../domain/tracked-actions.ts';
import type { Transition } from '../domain/transitions.ts';
import { actedText, unchangedText } from '../presentation/batch-text.ts';
import { count } from '../presentation/figures.ts';
import { by } from '../presentation/result-text.ts';
import type { Undoable } from './undoable.ts';

/** Why rows cannot be changed back any more, as polls have seen them since the actions that `u` takes back; by `keyOf`. */
export type ChangedRows = ReadonlyMap<string, ChangedRow>;

interface ChangedRow {
  readonly status: string;
  /** `worker 20 changed it to completed`. */
  readonly why: string;
}

export const noChangedRows: ChangedRows = new Map();

interface UndoneRow {
  readonly transition: Transition;
  /** The version that the action wrote; null if unknown. */
  readonly written: string | null;
}

const keyOf = ({ transition: { id, identity }, written }: UndoneRow): string => `${id} ${identity} ${written}`;

function rowsOf(undoable: Undoable): readonly UndoneRow[] {
  if (undoable.kind === 'accepted') return [];
  if (undoable.kind === 'one') {
    const { undo, versionAfter } = undoable.action;
    return [{ transition: undo, written: undo.version ?? versionAfter ?? null }];
  }
  return undoable.action.changes
    .filter(({ rewrite }) => rewrite?.kind !== 'batch size')
    .map(({ transition, seenVersion }) => ({ transition, written: transition.version ?? seenVersion }));
}

/** The same after a poll: it has the rows that began or ended since the poll before, and those that are live. */
export function changedRowsAfter(
  known: ChangedRows,
  undoables: readonly Undoable[],
  { operations, failures }: Pick<Snapshot, 'operations' | 'failures'>,
  actions: readonly TrackedAction[],
  isFollowable: boolean,
): ChangedRows {
  const rows = undoables.flatMap(rowsOf);
  if (rows.length === 0) return known.size === 0 ? known : noChangedRows;
  const seen = Map.groupBy([...failures, ...operations], ({ id }) => id);
  const changed = new Map<string, ChangedRow>();
  for (const undone of rows) {
    const { id, from, version, identity } = undone.transition;
    const key = keyOf(undone);
    // Where one operation has the id, it may have been renamed.
    const named = { operationId: id, identity: isFollowable ? null : identity };
    const row = seen.get(id)?.find((operation) => isOf(named, operation));
    const before = known.get(key);
    if (row === undefined) {
      if (before !== undefined) changed.set(key, before);
      continue;
    }
    // Only a newer version shows that the row has changed: the poll may be older than the action.
    const isNewer = undone.written !== null && Number(row.version) > Number(undone.written);
    // For a pause or a resume, only the status decides. The undo of a pause that a worker has overwritten takes its mark away.
    const isDefied = version === null && actions.findLast((one) => isOf(one, row))?.result.kind === 'overwritten';
    if (isNewer && !isDefied && (version !== null || row.status !== from))
      changed.set(key, { status: row.status, why: whyChanged(row, from, actions) });
  }
  return changed;
}

function whyChanged(row: Operation, from: string, actions: readonly TrackedAction[]): string {
  const operator = actions.findLast((action) => isOf(action, row))?.by;
  if (operator !== undefined) return actedText(operator);
  return unchangedText({ kind: 'stale', actual: row.status, by: by(row.workerId) }, from);
}

/** Why none of the rows of an action can be changed back, as polls have seen them; null if one may be. */
export function whyNoneChangesBack(changedRows: ChangedRows, action: Undoable): string | null {
  const changed = rowsOf(action).map((row) => changedRows.get(keyOf(row)));
  const [first] = changed;
  if (first === undefined || changed.includes(undefined)) return null;
  if (changed.length === 1) return first.why;
  const statuses = Map.groupBy(changed, (row) => row?.status ?? '');
  const counts = [...statuses].map(([status, those]) => `${count(those.length)} ${status}`);
  return `all ${count(changed.length)} were changed since: ${counts.join(', ')}`;
}
