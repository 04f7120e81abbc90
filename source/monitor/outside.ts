import { matches } from '../domain/filter/matches.ts';
import type { Observation } from '../domain/observation.ts';
import { isLive, type Operation, operationKey } from '../domain/operation.ts';
import { isOf } from '../domain/tracked-actions.ts';
import { tracksWithId } from '../domain/tracks.ts';
import type { ListRow } from '../presentation/rows.ts';
import { resolvedFilter } from './filter-facts.ts';
import type { MonitorState } from './state.ts';

/** Whether a row has left the filter, and is listed only because the cursor is on it. */
export function isOutside(row: ListRow): boolean {
  return (row.kind === 'operation' || row.kind === 'table') && row.isOutside === true;
}

/** The key of an operation's row, in a list without repeated ids. */
export function keyIn({ target }: Pick<MonitorState, 'target'>, operation: Operation): string {
  return target.isFollowable ? String(operation.id) : operationKey(operation);
}

/**
 * The page of Operations with the operation under the cursor, if that has left the filter since the page was read before: the key that
 * takes the operator's own change back acts on it. An operation of which nothing newer is known is not kept.
 *
 * @param held the row under the cursor, as the list had it before
 */
export function withHeld(
  state: MonitorState,
  observation: Observation,
  page: readonly Operation[],
  held: ListRow | undefined,
): readonly Operation[] {
  if (held?.kind !== 'operation' || state.filter === '' || state.page?.filter !== state.filter) return page;
  if (page.some((one) => keyIn(state, one) === held.key)) return page;
  const changed = newestOf(state, observation, held.operation);
  const filter = resolvedFilter(state);
  // The page has all rows that pass the filter: this one was deleted.
  if (changed === null || filter === null || matches(filter, changed)) return page;
  return page.toSpliced(state.cursors.operations.index, 0, changed);
}

/**
 * An operation as the polls or the operator's own action left it; null if neither knows it, or its row is gone: each poll reads those that are
 * running or paused.
 */
function newestOf(state: MonitorState, { tracks, snapshot }: Observation, operation: Operation): Operation | null {
  const key = keyIn(state, operation);
  const isSame = (one: Operation): boolean => keyIn(state, one) === key;
  const track = tracksWithId(tracks, operation.id).find((one) => isSame(one.operation));
  const isUnread = track !== undefined && isLive(track.operation.status) && track.seenAt < snapshot.takenAt;
  const polled = isUnread ? undefined : (track?.operation ?? snapshot.failures.find(isSame));
  if (polled !== undefined) return polled;
  const action = state.trackedActions.findLast((one) => one.by === undefined && isOf(one, operation));
  if (action === undefined || action.result.kind === 'gone') return null;
  return { ...operation, status: action.to, version: action.version };
}
