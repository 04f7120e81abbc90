import { failingAgain } from './failing-again.ts';
import { leftIn } from './left-in.ts';
import { isPausedIn } from './mostly-paused.ts';
import type { Observation } from './observation.ts';
import { openIn } from './progress.ts';
import { phaseRateAndEta } from './rate-and-eta.ts';
import { isCounting } from './snapshot.ts';
import { stallsOf, suspectedIn } from './stalled-operations.ts';
import type { TableSummary } from './summary.ts';
import { hasWork } from './table-eta.ts';
import type { RateAndEta } from './throughput-eta.ts';

/** Why there is no ETA. */
export type WhyNoEta =
  /** Nothing progresses: all that run have stalled, or nothing runs. */
  | 'standstill'
  /** All is paused, and only workers that overwrite the pause are at work. */
  | 'defied'
  | 'not counted'
  | 'counting unclear'
  | 'no total'
  /** How much is left of a table with open operations is not known: its total is missing, 0 or reached. */
  | 'table of unknown size'
  /** `--since` shows only a part of the operations that share a total: how many of its records are left is not known. */
  | 'in part'
  /** No report of a worker was seen yet, or too few. */
  | 'no report'
  /** The records of the totals are processed, and operations are open. */
  | 'total reached'
  /** All that run repeat work that has failed twice or more (domain/failing-again.ts). */
  | 'failing again'
  /** Most operations are paused, and the few at work show no end (domain/mostly-paused.ts). */
  | 'mostly paused';

/** The rate and the ETA of the current phase, as they are shown. */
export interface CurrentPace extends RateAndEta {
  /** Whether all is paused but operations whose workers overwrite that: then there is no ETA. */
  readonly isDefied?: boolean;
}

/** The figures that show whether anything is at work. The operations are null while the table is counted: the counts are those of a part. */
export interface StandstillFigures extends Pick<RateAndEta, 'recordsPerSecond'> {
  readonly running: number | null;
  readonly pending: number | null;
  readonly stalled: number;
}

/** Whether all running operations have stalled, or are suspected to. */
function haveAllStalled({ running, stalled }: Pick<StandstillFigures, 'running' | 'stalled'>): boolean {
  return running !== null && running > 0 && running <= stalled;
}

/** Whether nothing is at work. Between two operations of a worker none is running: only the rate shows that nothing follows. */
export function isStandstill({ recordsPerSecond, ...figures }: StandstillFigures): boolean {
  const { running, pending } = figures;
  return haveAllStalled(figures) || (running === 0 && (pending === 0 || (pending !== null && recordsPerSecond === 0)));
}

function operationsOf(observation: Observation): Omit<StandstillFigures, 'recordsPerSecond'> {
  const isKnown = !isCounting(observation.snapshot);
  const { running, pending } = observation.migration.statuses;
  return {
    running: isKnown ? running : null,
    pending: isKnown ? pending : null,
    stalled: stallsOf(observation).size,
  };
}

/** Whether operations are running and none progresses. */
export function isStandingStill(observation: Observation, pace: Pick<RateAndEta, 'recordsPerSecond'>): boolean {
  return isStandstill({ ...operationsOf(observation), recordsPerSecond: pace.recordsPerSecond });
}

/**
 * The rate and the ETA now. While all running operations have stalled, the rate is not that of the minute before: it is 0, and there is
 * no ETA. While a stall is only suspected, the rate is unknown. It is 0 too if nothing runs or waits, and what is left is paused or failed.
 */
export function withoutStalled<Pace extends RateAndEta>(observation: Observation, pace: Pace): Pace {
  if (hasEnded(observation, pace)) return { ...pace, recordsPerSecond: 0 };
  const figures = operationsOf(observation);
  // For as long as the rate covers, no worker has claimed what waits.
  if (figures.running === 0 && pace.recordsPerSecond === 0) return { ...pace, eta: null };
  if (!haveAllStalled(figures)) return pace;
  if (suspectedIn(stallsOf(observation)) === 0) return { ...pace, recordsPerSecond: 0, eta: null };
  return (pace.recordsPerSecond ?? 0) === 0 ? pace : { ...pace, recordsPerSecond: null };
}

/** Whether nothing is running or pending, and something is left. Rows that are written when they have ended are never seen running. */
function hasEnded(
  { migration, snapshot, throughput, triage }: Observation,
  { eta, recordsPerSecond }: RateAndEta,
): boolean {
  const { running, pending, paused } = migration.statuses;
  if (eta !== null || (recordsPerSecond ?? 0) === 0 || isCounting(snapshot) || running > 0 || pending > 0) return false;
  const unseenAt = throughput.phases.get(migration.currentPhase ?? 'execution')?.unseenAt ?? null;
  return unseenAt === null && (paused > 0 || triage.unresolved > 0);
}

/** The rate and the ETA of the current phase by the observation alone. */
export function currentPace(observation: Observation): CurrentPace {
  return withoutStalled(observation, phaseRateAndEta(observation));
}

/** Why there is no ETA although operations are open; null if there is one, and while the table is counted. */
export function whyWithoutEta(observation: Observation, pace: CurrentPace): WhyNoEta | null {
  if (pace.eta !== null || isCounting(observation.snapshot) || openIn(observation.migration.statuses) === 0)
    return null;
  return whyNoEta(observation, pace);
}

/** Returns why the migration has no ETA, the most important reason first. */
export function whyNoEta(observation: Observation, pace: CurrentPace): WhyNoEta {
  const { migration, snapshot, throughput, totals } = observation;
  const phase = migration.currentPhase ?? 'execution';
  if (pace.isDefied === true) return 'defied';
  if (isCounting(snapshot)) return 'not counted';
  if (isStandingStill(observation, pace)) return 'standstill';
  if (isPausedIn(observation, phase)) return 'mostly paused';
  if (isFailingAgain(observation)) return 'failing again';
  if (migration.isUnclear) return 'counting unclear';
  const tables = totals.get(phase)?.tables ?? [];
  if (tables.some(({ wholeTotal }) => wholeTotal !== null)) return 'in part';
  if (migration.totalRecords === null) return 'no total';
  const progressAt = throughput.phases.get(phase)?.progressAt ?? null;
  if (progressAt !== null && migration.recordsProcessed >= migration.totalRecords) return 'total reached';
  const isUnknown = (table: TableSummary) =>
    hasWork(observation, table, phase) && leftIn(observation, [table], phase) === null;
  return tables.some(isUnknown) ? 'table of unknown size' : 'no report';
}

function isFailingAgain(observation: Observation): boolean {
  const again = observation.memo(failingAgain, observation);
  if (again.size === 0) return false;
  const stalls = stallsOf(observation);
  const running = observation.snapshot.operations.filter(({ status }) => status === 'running');
  return running.every((operation) => again.has(operation.id) || stalls.of(operation) !== undefined);
}

/** Whether there is no ETA until somebody does something. */
export const needsSomebody = (why: WhyNoEta): boolean => why === 'standstill' || why === 'defied' || isNamedAlone(why);

/** Whether line 2 says why there is no ETA also without a deadline, although workers process records. */
export const isNamedAlone = (why: WhyNoEta): boolean => namedAlone.has(why);

const namedAlone: ReadonlySet<WhyNoEta> = new Set([
  'mostly paused',
  'failing again',
  'counting unclear',
  'table of unknown size',
]);
