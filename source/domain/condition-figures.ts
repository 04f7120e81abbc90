import { type Deadline, type DeadlineVerdict, deadlineVerdict, type LeftOut, leftOutOf } from './deadline.ts';
import { type EarlierCounts, hasEarlier } from './earlier.ts';
import { type CurrentPace, currentPace } from './no-eta.ts';
import type { Observation } from './observation.ts';
import { type OpenRetries, openRetriesOf } from './open-retry.ts';
import type { Status } from './operation.ts';
import { countedStallsOf } from './paused-stalls.ts';
import { isCounting } from './snapshot.ts';
import { suspectedIn } from './stalled-operations.ts';

export type CountName = Status | 'operations' | 'unresolved' | 'stalled';

/** The figures that conditions compare; null if unknown. */
export interface ConditionFigures {
  readonly counts: Readonly<Record<CountName, number | null>>;
  /** How many of the stalled operations are only suspected to be; absent if none. */
  readonly suspected?: number;
  /** The open retries of the unresolved failures; absent without one. */
  readonly retries?: OpenRetries;
  /** The percentage of the records of the current phase. */
  readonly percent: number | null;
  /** Whether it may be too low, as the counting of a table is unclear; absent if not. */
  readonly isUnclear?: true;
  /** Records a second in the current phase. */
  readonly recordsPerSecond: number | null;
  /** How many operations run, and how many of them have a rate, where that of the phase is not known; else absent. */
  readonly measured?: { readonly operations: number; readonly running: number };
  /** The latest end of the current phase by the ETA, in seconds from now. */
  readonly etaSeconds: number | null;
  /** How old the data is, in seconds. */
  readonly ageSeconds: number;
  /** Whether it is certain that the deadline will be missed; null without a deadline. */
  readonly isLate: boolean | null;
  /** The deadline, how many seconds are left, how the ETA compares with it, and the open work that the ETA leaves out; absent without one. */
  readonly due?: {
    readonly name: string;
    /** Negative after the deadline. */
    readonly leftSeconds: number;
    readonly verdict: DeadlineVerdict;
    readonly leftOut: LeftOut;
  };
  /** The operations before `--since` that are not done; absent without any. */
  readonly earlier?: EarlierCounts;
}

/**
 * The figures of an observation.
 *
 * @param pace the rate and the ETA, if they are known
 */
export function conditionFigures(
  observation: Observation,
  {
    ageSeconds,
    deadline,
    pace = currentPace(observation),
  }: { readonly ageSeconds: number; readonly deadline: Deadline | null; readonly pace?: CurrentPace },
): ConditionFigures {
  const { snapshot, migration, triage } = observation;
  const isKnown = !isCounting(snapshot);
  const { statuses } = migration;
  const count = (status: Status): number | null => (isKnown ? statuses[status] : (snapshot.counts[status] ?? null));
  const { recordsPerSecond, eta } = pace;
  const verdict = deadline === null ? null : deadlineVerdict(deadline, observation, pace);
  const stalls = countedStallsOf(observation);
  const suspected = suspectedIn(stalls);
  const retries = openRetriesOf(observation);
  return {
    counts: {
      operations: isKnown ? migration.operations : null,
      pending: count('pending'),
      running: count('running'),
      paused: count('paused'),
      completed: count('completed'),
      failed: count('failed'),
      skipped: count('skipped'),
      unresolved: triage.isWhole ? triage.unresolved : null,
      stalled: stalls.size,
    },
    ...(suspected > 0 && { suspected }),
    ...(retries.open > 0 && { retries }),
    percent: isKnown ? migration.percent : null,
    ...(migration.isUnclear && { isUnclear: true as const }),
    recordsPerSecond,
    // In whole seconds, as in JSON.
    etaSeconds: isKnown && eta !== null ? Math.ceil(eta.highSeconds) : null,
    ageSeconds,
    isLate: verdict === null ? null : isLate(verdict),
    ...(hasEarlier(snapshot.earlier) && { earlier: snapshot.earlier }),
    ...(deadline !== null &&
      verdict !== null && {
        due: {
          name: deadline.name,
          leftSeconds: deadline.at - snapshot.takenAt,
          verdict,
          leftOut: leftOutOf(observation),
        },
      }),
  };
}

/** Whether it is certain: an ETA whose earlier part is in time may still be met. */
function isLate(verdict: DeadlineVerdict): boolean {
  if (verdict.kind === 'late') return verdict.lowSeconds > 0;
  return verdict.kind === 'unknown' && verdict.leftSeconds < 0;
}
