import type { CountingChange } from '../domain/counting-changes.ts';
import { createKinds, errorOrNone } from '../domain/failure-kind.ts';
import type { Observation } from '../domain/observation.ts';
import { unreadableRows } from '../domain/operation.ts';
import { removedRows } from '../domain/removed-rows.ts';
import { stallsOf } from '../domain/stalled-operations.ts';
import { standingStillOf } from '../domain/standing-still.ts';
import { newFailures, type WatchedEvent } from '../domain/watched-events.ts';
import { addedText, removedText, replacedText } from '../presentation/event-text.ts';
import { count, duration } from '../presentation/figures.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { standingText } from '../presentation/standing-text.ts';
import type { Toast } from '../presentation/toast.ts';
import { type MonitorState, toastMs } from './state.ts';

/**
 * The toast for a poll: a failure, a stall, removed rows, a reconnection; null for none of them.
 *
 * @param grown the events of the operations that were added: rows that were removed in the same poll are told with them
 */
export function eventToast(
  state: MonitorState,
  latest: Observation,
  atMs: number,
  grown: readonly WatchedEvent[] = [],
): Toast | null {
  const before = state.latest;
  const strange = unreadable(before, latest, atMs);
  if (before === null || strange !== null) return strange;
  return (
    failed(before, latest, atMs) ??
    stalled(before, latest, atMs) ??
    withAdded(removed(before, latest, atMs, state.toast), grown) ??
    connectedAgain(state, atMs)
  );
}

/** Returns a message if the newest poll has more kinds of unreadable rows than the one before; else null. */
export function unreadable(before: Observation | null, latest: Observation, atMs: number): Toast | null {
  const strange = unreadableRows(latest.snapshot.unreadable);
  if (strange.length <= unreadableRows(before?.snapshot.unreadable ?? []).length) return null;
  const rows = strange.reduce((sum, { operations }) => sum + operations, 0);
  const more = strange.length > 1 ? ', and more' : '';
  return { tone: 'bad', text: `unreadable and not listed: ${count(rows)}: ${strange[0]?.problem}${more}`, atMs };
}

const urgent = { own: true, isUrgent: true } as const;

/** The message that another table has the name of the watched one; null if none has. */
export function replacedToast(events: readonly WatchedEvent[], atMs: number): Toast | null {
  const [what] = events.flatMap((event) => (event.what.kind === 'replaced' ? [event.what] : []));
  if (what === undefined) return null;
  return { tone: 'bad', text: replacedText(what.unmarked), atMs, ...(what.unmarked > 0 && urgent) };
}

function failed(before: Observation, latest: Observation, atMs: number): Toast | null {
  const fresh = newFailures(before, latest);
  const [first] = fresh;
  if (first === undefined) return null;
  const kindOf = createKinds();
  const kinds = new Set(fresh.map(({ errorMessage }) => kindOf(errorMessage).kind)).size;
  const among = kinds > 1 ? ` (${count(kinds)} kinds)` : '';
  const others = fresh.length > 1 ? ` and ${count(fresh.length - 1)} more${among}` : '';
  const why = errorOrNone(first.errorMessage);
  return {
    tone: 'bad',
    text: `failed: ${operationLabel(first)}${others}: ${why}`,
    brief: `failed: operation ${first.id}${others}: ${why}`,
    atMs,
  };
}

function stalled(before: Observation, latest: Observation, atMs: number): Toast | null {
  const known = stallsOf(before);
  const fresh = stallsOf(latest).all.find(({ operation }) => known.of(operation) === undefined);
  if (fresh === undefined) return null;
  const { operation } = fresh;
  const why = standingText({ ...fresh, standing: standingStillOf(latest, operation) });
  return {
    tone: 'bad',
    text: `${why}: ${operationLabel(operation)}`,
    brief: `operation ${operation.id} ${why}`,
    isStall: true,
    atMs,
  };
}

/** Rows that were deleted: the totals fall. A minimum, since others may have been inserted between the two polls. */
export function removed(
  before: Observation,
  latest: Observation,
  atMs: number,
  shown: Toast | null = null,
): Toast | null {
  const fewer = removedRows(before, latest);
  if (fewer === null) return null;
  // The toast that is still shown is continued.
  const rows = fewer.rows + (shown?.removed ?? 0);
  const added = (fewer.added ?? 0) + (shown?.addedBeside ?? 0);
  const text = removedText({ rows, tableNames: [], added });
  return { tone: 'info', text, atMs, removed: rows, ...(added > 0 && { addedBeside: added }) };
}

/** The time is that without data: migtop notices a dead connection some seconds after its last answer. */
export function connectedAgain({ connection, receivedAtMs, toast }: MonitorState, atMs: number): Toast | null {
  // The header shows the reconnection; only the toast shows that a write may have failed.
  if (connection.kind !== 'lost' || toast?.unsettled) return null;
  const seconds = Math.round((atMs - receivedAtMs) / 1000);
  return { tone: 'good', text: `connected again after ${seconds < 60 ? `${seconds}s` : duration(seconds)}`, atMs };
}

/** The toast for tables that are counted in another way from now on. */
export function countingToast(changes: readonly CountingChange[], atMs: number): Toast | null {
  const [first] = changes;
  if (first === undefined) return null;
  const others = changes.length > 1 ? `, and ${changes.length - 1} more` : '';
  return { tone: 'info', text: `${first.tableName} now counts ${first.to} instead of ${first.from}${others}`, atMs };
}

/** The toast for tables to which operations were added: the percentage falls. */
export function addedToast(events: readonly WatchedEvent[], atMs: number): Toast | null {
  const [first, ...more] = addedLines(events);
  if (first === undefined) return null;
  const others =
    more.length === 0
      ? ''
      : `; ${more.length === 1 ? '1 more table' : `${count(more.length)} more tables`} got some too`;
  return { tone: 'info', text: `${first}${others}`, atMs };
}

/** The message about removed rows, with the operations that the same poll found to be added. */
function withAdded(fewer: Toast | null, grown: readonly WatchedEvent[]): Toast | null {
  const added = fewer === null ? null : addedToast(grown, fewer.atMs);
  return fewer === null || added === null ? fewer : { ...fewer, text: `${fewer.text}; ${added.text}` };
}

/** A line for each table to which operations were added. */
export function addedLines(events: readonly WatchedEvent[]): readonly string[] {
  return events.flatMap(({ what }) => (what.kind === 'added' ? [`${what.tableName}: ${addedText(what)}`] : []));
}

/** The result of the operator's own key stays until its time is over: only the result of an action replaces it earlier. */
export function nextToast(
  { toast }: MonitorState,
  ofActions: Toast | null,
  ofOthers: Toast | null,
  atMs: number,
): Toast | null {
  const isOwn = toast?.own === true && atMs - toast.atMs <= toastMs;
  // The message that an action held must not hide why a key was refused, or the result of a later key.
  const isHeld = ofActions?.tone === 'good';
  const isRefusal = toast?.tone === 'bad' && toast.isResult !== true;
  // One that has held gives way to the next one that has.
  const isOther = toast?.operationId !== ofActions?.operationId && !(toast?.tone === 'good' && toast.isResult === true);
  if (isOwn && isHeld && (isRefusal || isOther)) return toast;
  const isUrgent = ofOthers?.isUrgent === true && toast?.unsettled !== true;
  return ofActions ?? (isOwn && !isUrgent ? toast : (ofOthers ?? toast));
}
