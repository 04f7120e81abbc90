import type { FindingsOfCheck } from './doctor/finding.ts';
import type { Observation } from './observation.ts';
import {
  endedAt,
  hasMoreFailed,
  isOpen,
  newOperations,
  type Operation,
  operationKey,
  type Phase,
} from './operation.ts';
import { type RemovedRows, removedRows } from './removed-rows.ts';
import { isCounting } from './snapshot.ts';
import { stallsOf } from './stalled-operations.ts';
import { overdueAfter, type Slow, type Stall } from './stalls.ts';
import { type Track, trackFor } from './tracks.ts';

/** Something that happened while the monitor watched, or in the hour before (domain/earlier-events.ts). */
export interface WatchedEvent {
  /** On the database's clock, in seconds. */
  readonly at: number;
  /** Tells it from every other event. */
  readonly key: string;
  readonly what: Happening;
}

/** `since`: only the operations since then were shown (`--since`, `S`): it is about these alone. */
interface Within {
  readonly since?: string;
}

export type Happening =
  /** `isOver`: its work has been completed since, or the failure was accepted. */
  | { readonly kind: 'failed'; readonly operation: Operation; readonly isOver?: boolean }
  | { readonly kind: 'stalled'; readonly operation: Operation; readonly stall: Stall }
  /** Half of the time has passed after which the operation counts as stalled, or a stall is suspected. */
  | { readonly kind: 'slow'; readonly operation: Operation; readonly slow: Slow; readonly isSuspected: boolean }
  /** An operation that was stalled has progressed; `others`: the ids of more that have, at about the same time. */
  | { readonly kind: 'moving again'; readonly operation: Operation; readonly others?: readonly number[] }
  /** An operation that was stalled was put back into the queue. */
  | { readonly kind: 'requeued'; readonly operation: Operation }
  /** A worker has begun such an operation; `isSame`: the one that had it, which ends no stall. */
  | { readonly kind: 'claimed'; readonly operation: Operation; readonly isSame: boolean }
  /** A failure whose work another operation has completed. */
  | { readonly kind: 'resolved'; readonly operation: Operation; readonly by: number }
  | ({ readonly kind: 'phase'; readonly phase: Phase; readonly state: 'begun' } & Within)
  /** `unresolved`: how many of its operations have failed unresolved, or failed at all while that is not known. */
  | ({ readonly kind: 'phase'; readonly phase: Phase; readonly state: 'done'; readonly unresolved: number } & Within)
  /** `unresolved`: how many of its operations have failed unresolved, or failed at all while that is not known. */
  | ({
      readonly kind: 'table done';
      readonly tableName: string;
      readonly outcome: string;
      readonly unresolved: number;
    } & Within)
  /** Operations were added that wait: the total `of` records, or the number of operations of a table without one, has risen. */
  | ({
      readonly kind: 'added';
      readonly phase: Phase;
      readonly tableName: string;
      readonly operations: number;
      readonly of: 'records' | 'operations';
      readonly from: number;
      readonly to: number;
    } & Within)
  /** Rows were deleted: the totals fall. */
  | ({ readonly kind: 'removed' } & RemovedRows & Within)
  /** Nothing is open any more; `unresolved` failures are left (0: the migration is done). */
  | ({ readonly kind: 'ended'; readonly unresolved: number } & Within)
  | { readonly kind: 'lost'; readonly problem: string }
  | { readonly kind: 'connected'; readonly afterSeconds: number }
  /** Another table, or a view of other rows, has the name now; `unmarked`: how many operations of the one before were marked. */
  | { readonly kind: 'replaced'; readonly unmarked: number }
  /** The totals are counted from the start, or the count is complete. */
  | { readonly kind: 'counting'; readonly state: 'again' | 'whole' }
  /**
   * A problem of the control table, as `migtop doctor` finds it; `isOld`: it was there when migtop looked first. `checkedAt`: when migtop
   * looked last, on the database's clock.
   */
  | {
      readonly kind: 'findings';
      readonly findings: FindingsOfCheck;
      readonly isOld: boolean;
      readonly checkedAt: number;
    };

/** How many events are kept. */
export const keptEvents = 1000;

/** The events with new ones, oldest first. */
export function withEvents(events: readonly WatchedEvent[], added: readonly WatchedEvent[]): readonly WatchedEvent[] {
  return added.length === 0 ? events : [...events, ...added].slice(-keptEvents);
}

/**
 * Returns the events between two polls, oldest first; not the ends of phases and tables, which need more polls (`endings.ts`).
 */
export function eventsBetween(before: Observation | null, latest: Observation): WatchedEvent[] {
  if (before === null) return [];
  const { takenAt } = latest.snapshot;
  const happened = [
    ...failures(before, latest),
    ...stalls(before, latest),
    ...resolutions(before, latest),
    ...phases(before, latest),
    ...counting(before, latest),
    ...removals(before, latest),
  ];
  return happened
    .map(({ at, what }, index): WatchedEvent => ({ at: at ?? takenAt, what, key: `event ${takenAt} ${index}` }))
    .sort((a, b) => a.at - b.at);
}

type Happened = { readonly at: number | null; readonly what: Happening };

/** Seconds by which the end of an operation may be before the poll that has not seen it yet. */
const lateSeconds = 5;

/**
 * The operations that have failed between two polls. One that failed long before is not among them, as after the undo of a skip, nor an older one
 * that a full list shows when newer ones are resolved: unless its row was inserted since, or the poll before has it as an open operation, where a clock
 * is wrong.
 */
export function newFailures(before: Observation, latest: Observation): readonly Operation[] {
  const added = newOperations(before.snapshot.failures, latest.snapshot.failures);
  if (added.length === 0) return added;
  const grew = hasMoreFailed(before.migration.statuses, latest.migration.statuses);
  const open = new Set(before.snapshot.operations.filter(({ status }) => isOpen(status)).map(operationKey));
  return added.filter((operation) => {
    const at = endedAt(operation);
    if (at === null) return grew;
    if (at >= before.snapshot.takenAt - lateSeconds) return true;
    const isInserted = latest.snapshot.gained?.has(operation.id) === true;
    return grew && (at > latest.snapshot.takenAt || isInserted || open.has(operationKey(operation)));
  });
}

function failures(before: Observation, latest: Observation): Happened[] {
  return newFailures(before, latest).map((operation) => {
    const at = endedAt(operation);
    // An older time is that of another clock, or of a start: it was not seen before this poll.
    const isNow = at !== null && at <= latest.snapshot.takenAt && at >= before.snapshot.takenAt - lateSeconds;
    return { at: isNow ? at : null, what: { kind: 'failed', operation } };
  });
}

function stalls(before: Observation, latest: Observation): Happened[] {
  const known = stallsOf(before);
  const now = stallsOf(latest);
  const begun = now.all
    // A pause does not end a stall: after the resume it is the same one.
    .filter(({ operation }) => known.of(operation) === undefined && !latest.proven.has(operationKey(operation)))
    .flatMap(({ operation, stall }): Happened[] => {
      const at = stalledSince(stall, latest.snapshot.takenAt);
      const firstSeenAt = trackFor(latest.tracks, operation)?.firstSeenAt ?? null;
      // It had stalled before it was first seen: only the counts that show that came later.
      if (at !== null && firstSeenAt !== null && at <= firstSeenAt) return [];
      return [{ at, what: { kind: 'stalled', operation, stall } }];
    });
  const rows = new Map(latest.snapshot.operations.map((operation) => [operationKey(operation), operation]));
  const stalled = new Map([...before.proven].map(([key, { operation }]) => [key, operation]));
  for (const { operation } of known.all) stalled.set(operationKey(operation), operation);
  const ended = [...stalled].flatMap(([key, operation]): Happened[] => {
    const row = rows.get(key);
    const track = trackFor(before.tracks, operation);
    if (row === undefined || track === undefined || !isOpen(row.status)) return [];
    const taken = takenBy(track, row);
    if (taken !== null) return [{ at: null, what: taken }];
    if (row.status === 'paused' || known.of(track.operation) === undefined || now.of(row) !== undefined) return [];
    // A pause and its undo end a stall too, or counts that arrive later.
    const progressAt = trackFor(latest.tracks, row)?.lastProgressAt ?? null;
    const hasProgressed = progressAt !== null && progressAt !== track.lastProgressAt;
    return hasProgressed ? [{ at: progressAt, what: { kind: 'moving again', operation: row } }] : [];
  });
  return [...begun, ...ended];
}

/** Whether an operation that had stalled was put back into the queue, or a worker has begun it again; null if neither. */
export function takenBy(
  { operation, lastWorkerId = null }: Track,
  row: Operation,
): Extract<Happening, { kind: 'requeued' | 'claimed' }> | null {
  if (row.status === 'pending') return operation.status === 'pending' ? null : { kind: 'requeued', operation: row };
  if (row.status !== 'running') return null;
  const isOther = row.workerId !== lastWorkerId;
  const isBegun = row.startedAt !== operation.startedAt && row.recordsProcessed === operation.recordsProcessed;
  if (!isOther && !isBegun) return null;
  return { kind: 'claimed', operation: row, isSame: !isOther && row.workerId !== null };
}

/** When an operation had been without progress for long enough to count as stalled; null if its time does not show that. */
function stalledSince({ kind, seconds, usualSeconds }: Stall, takenAt: number): number | null {
  return kind === 'still' || kind === 'suspected'
    ? Math.min(takenAt, takenAt - seconds + overdueAfter(usualSeconds))
    : null;
}

/** Failures that were unresolved at the poll before. */
function resolutions({ triage: known }: Observation, { triage, snapshot }: Observation): Happened[] {
  if (known === triage || !known.isWhole || !triage.isWhole) return [];
  return snapshot.failures.flatMap((operation): Happened[] => {
    const resolution = triage.of(operation.id)?.resolution;
    if (resolution?.kind !== 'resolved' || known.of(operation.id)?.resolution.kind !== 'unresolved') return [];
    return [{ at: null, what: { kind: 'resolved', operation, by: resolution.by } }];
  });
}

/** The phases that have begun; `endings.ts` has their end. */
function phases(before: Observation, latest: Observation): Happened[] {
  if (isCounting(before.snapshot) || isCounting(latest.snapshot)) return [];
  const known = new Map(before.phases.map(({ phase, operations }) => [phase, operations]));
  return latest.phases
    .filter(({ phase, operations }) => known.get(phase) === 0 && operations > 0)
    .map(({ phase }): Happened => ({ at: null, what: { kind: 'phase', phase, state: 'begun' } }));
}

/** Seconds after the end of a table or a phase in which its unresolved failures may still become known. */
const judgedSeconds = 5;

/**
 * The events, with the ends of tables and phases as they were: that a failure was resolved by then may be known only after some polls. Otherwise an event
 * stays what was true when it happened.
 */
export function withJudged(
  events: readonly WatchedEvent[],
  { snapshot, triage }: Observation,
): readonly WatchedEvent[] {
  if (!triage.isWhole) return events;
  const from = events.findLastIndex(({ at }) => at < snapshot.takenAt - judgedSeconds) + 1;
  const isLate = ({ what }: WatchedEvent): boolean => isEnd(what) && unresolvedOf(what, triage) < what.unresolved;
  if (!events.slice(from).some(isLate)) return events;
  return events.map((event, index) => {
    const { what } = event;
    if (index < from || !isEnd(what) || !isLate(event)) return event;
    return { ...event, what: { ...what, unresolved: unresolvedOf(what, triage) } };
  });
}

function removals(before: Observation, latest: Observation): Happened[] {
  const removed = removedRows(before, latest);
  return removed === null ? [] : [{ at: null, what: { kind: 'removed', ...removed } }];
}

type End = Extract<Happening, { kind: 'table done' } | { kind: 'phase'; state: 'done' }>;

const isEnd = (what: Happening): what is End =>
  what.kind === 'table done' || (what.kind === 'phase' && what.state === 'done');

const unresolvedOf = (end: End, triage: Observation['triage']): number =>
  end.kind === 'phase' ? triage.unresolvedIn(end.phase) : triage.unresolvedIn('execution', end.tableName);

function counting(before: Observation, latest: Observation): Happened[] {
  const [was, is] = [isCounting(before.snapshot), isCounting(latest.snapshot)];
  if (was === is) return [];
  return [{ at: null, what: { kind: 'counting', state: is ? 'again' : 'whole' } }];
}

/** The events of operations that `--since` or `S` selects: those about whole tables, phases and the migration say so. */
export function within<Event extends { readonly what: Happening }>(
  since: string | undefined,
  events: readonly Event[],
): readonly Event[] {
  if (since === undefined) return events;
  return events.map((event) => {
    const { kind } = event.what;
    const isOfAll =
      kind === 'phase' || kind === 'table done' || kind === 'added' || kind === 'removed' || kind === 'ended';
    return isOfAll ? { ...event, what: { ...event.what, since } } : event;
  });
}
