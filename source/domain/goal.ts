import type { Goal } from './choices.ts';
import type { Observation } from './observation.ts';
import { type StatusCounts, unreadableCount } from './operation.ts';
import { hasSameCounts, isIncomplete, openIn } from './progress.ts';
import { isCurrent } from './snapshot.ts';

export type GoalVerdict =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'reached' }
  /** Only an operator's action could still lead to the goal. */
  | { readonly kind: 'missed' };

/** How long nothing has changed and nothing was open, or nothing was running. */
export interface Rest {
  /** The counts by which a change is seen. */
  readonly counts: StatusCounts;
  /** The clock of the database when it was first seen so. */
  readonly since: number;
  readonly polls: number;
}

/** From this many unresolved failures on, not all of them may ever be known. */
const manyFailures = 100_000;

/** A rest counts from this many polls on: between two batches of a worker, no operation may be open for a moment. */
const restPolls = 2;
/** With fewer records than expected, it counts from this many seconds on: the worker may still begin its next batch. */
const unfinishedSeconds = 10;

/** The rest after one more poll; null if something is running. */
export function restAfter(before: Rest | null, { migration, snapshot }: Observation): Rest | null {
  const { statuses: counts } = migration;
  if (counts.running > 0) return null;
  const { takenAt } = snapshot;
  return before !== null && before.since <= takenAt && hasSameCounts(before.counts, counts)
    ? { ...before, polls: before.polls + 1 }
    : { counts, since: takenAt, polls: 1 };
}

/** Whether the migration is in a state. `rest` includes this observation. */
export function goalVerdict(goal: Goal, observation: Observation, rest: Rest | null): GoalVerdict {
  const { snapshot, migration, triage } = observation;
  if (goal === 'idle') return { kind: rest !== null && rest.polls >= restPolls ? 'reached' : 'waiting' };
  // Until all failures are known, resolved ones count as unresolved.
  const isKnown = triage.isWhole || triage.unresolved >= manyFailures;
  if (goal === 'failed' && isKnown && triage.unresolved > 0) return { kind: 'reached' };
  // An empty table has no migration yet.
  if (!isCurrent(snapshot)) return { kind: 'waiting' };
  if (!triage.isWhole || migration.operations === 0) return { kind: 'waiting' };
  if (rest === null || openIn(migration.statuses) > 0 || !isLongEnough(observation, rest)) return { kind: 'waiting' };
  if (goal === 'failed') return { kind: 'missed' };
  // A row that cannot be read may be open.
  const isDone = triage.unresolved === 0 && unreadableCount(snapshot.unreadable) === 0;
  return { kind: isDone ? 'reached' : 'missed' };
}

/** Whether the next polls may show that the migration is in the state: nothing is in its way, but it has to stay so for some polls. */
export function mayBeReached(goal: Goal, { snapshot, migration }: Observation, rest: Rest | null): boolean {
  if (rest === null) return false;
  if (goal === 'idle' || !isCurrent(snapshot)) return true;
  return migration.operations > 0 && openIn(migration.statuses) === 0;
}

function isLongEnough({ migration, snapshot }: Observation, { since, polls }: Rest): boolean {
  if (polls < restPolls) return false;
  const hasLess = isIncomplete(migration.percent);
  const isUnfinished = hasLess || unreadableCount(snapshot.unreadable) > 0;
  return !isUnfinished || snapshot.takenAt - since >= unfinishedSeconds;
}
