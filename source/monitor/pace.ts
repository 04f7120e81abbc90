import { isOnlyDefied } from '../domain/defied.ts';
import { type Eta, isVague } from '../domain/eta.ts';
import { type CurrentPace, currentPace, withoutStalled } from '../domain/no-eta.ts';
import type { Observation } from '../domain/observation.ts';
import { type Peaks, peaksAfter } from '../domain/peaks.ts';
import { phaseRateAndEta } from '../domain/rate-and-eta.ts';
import { peakRate } from '../domain/rate-history.ts';
import { rateWindowSeconds, sliceSeconds } from '../domain/throughput.ts';
import { decidedActions } from './decided-actions.ts';
import { heldEta, keptEta } from './kept-eta.ts';
import { isSameWork } from './same-work.ts';
import { type MonitorState, shown } from './state.ts';
import { steadyEta } from './steady-eta.ts';

/**
 * The state with the rate and the ETA of what it shows: each frame shows them several times, and each key draws a frame. While all is
 * paused but operations that defy it, there is no ETA.
 */
export function withPace(state: MonitorState): MonitorState {
  const observation = shown(state);
  if (observation === null) return state;
  // A poll that was compared before the state took it has its pace already.
  const pace = state.pace?.of === observation ? state.pace : paceAfter(state.pace, observation, state.peaksOfAll);
  const { activity } = state;
  const isDefied = isOnlyDefied(observation, activity ?? [], decidedActions(state));
  if (isDefied) return pace.isDefied === true ? state : { ...state, pace: { ...pace, eta: null, isDefied } };
  return pace === state.pace ? state : { ...state, pace };
}

/**
 * The rate and the ETA of an observation, after those that were shown before it.
 *
 * @param peaksOfAll the highest rates until then, if none of these operations was shown yet
 */
export function paceAfter(
  before: MonitorState['pace'],
  observation: Observation,
  peaksOfAll: Peaks | null = null,
): NonNullable<MonitorState['pace']> {
  const { takenAt } = observation.snapshot;
  const kept = keptEta(before?.computed, observation);
  const found = phaseRateAndEta(observation, kept);
  const isNew = kept === null && found.eta !== null;
  const isFirstGuess = found.eta !== null && isGuess(observation, found.eta);
  const last = before !== null && isSameWork(before.of, observation) ? before : null;
  const etaSince = last?.eta == null ? takenAt : (last.etaSince ?? takenAt);
  // That of new work too: what is left may be known better at the next poll.
  const isGuessed = isFirstGuess || (found.eta !== null && isVague(found.eta) && takenAt - etaSince < guessSeconds);
  const computed = isNew ? { of: observation, eta: found.eta, isGuess: isGuessed } : before?.computed;
  const now = found.eta ?? heldEta(computed, observation);
  const shownBefore = last && { takenAt: last.of.snapshot.takenAt, eta: last.eta, since: etaSince };
  const eta = now && !isFirstGuess ? steadyEta(shownBefore, takenAt, now) : null;
  const current = withoutStalled(observation, { ...found, eta });
  const { watchedSince } = observation.throughput.migration;
  const known = before === null ? (peaksOfAll ?? undefined) : before.peaks;
  const peaks = peaksAfter(known, { watchedSince, takenAt, recordsPerSecond: executionRate(observation, current) });
  return {
    of: observation,
    ...current,
    etaSince: current.eta && etaSince,
    peaks,
    ...(computed !== undefined && { computed }),
  };
}

/** For how many seconds a vague ETA is not shown: until then the first rates of all tables are known, which tell more. */
const guessSeconds = 10;

/** Whether an ETA tells nothing yet: it is vague, and in a moment there will be a better one. */
function isGuess({ snapshot, throughput }: Observation, eta: Eta): boolean {
  return isVague(eta) && snapshot.takenAt - throughput.migration.watchedSince < guessSeconds;
}

/** The rate and the ETA of the current phase of what is shown. */
export function paceOf(state: MonitorState, observation: Observation): CurrentPace {
  return state.pace?.of === observation ? state.pace : currentPace(observation);
}

/** The seconds that the rate covers, if these are clearly fewer than the minute that it is to cover; null if not, or without a rate. */
export function briefSeconds(state: MonitorState, observation: Observation): number | null {
  const { recordsPerSecond, rateSeconds } = paceOf(state, observation);
  const { throughput, migration, snapshot } = observation;
  if ((recordsPerSecond ?? 0) === 0) return null;
  const watchedSince = throughput.phases.get(migration.currentPhase ?? 'execution')?.watchedSince ?? snapshot.takenAt;
  const seconds = rateSeconds ?? snapshot.takenAt - watchedSince;
  return seconds < rateWindowSeconds - sliceSeconds ? seconds : null;
}

/** The chart of the last hour is of the execution: a validation counts records in a moment. */
function executionRate({ migration }: Observation, { recordsPerSecond }: CurrentPace): number | null {
  return (migration.currentPhase ?? 'execution') === 'execution' ? recordsPerSecond : null;
}

/**
 * The highest rate of a minute of the execution in the last hour, never below one that was shown beside it. In the first minute the rates are too
 * uncertain, and a peak that follows them falls: then it is the one from before, as before `S`, and null if the rate is above that.
 */
export function hourlyPeak(state: MonitorState, observation: Observation): number | null {
  const { migration } = observation.throughput;
  const { takenAt } = observation.snapshot;
  const shownBefore = state.pace?.peaks.rates[0]?.recordsPerSecond ?? null;
  const now = executionRate(observation, paceOf(state, observation)) ?? 0;
  if (takenAt - migration.watchedSince < rateWindowSeconds) return (shownBefore ?? 0) < now ? null : shownBefore;
  return Math.max(now, shownBefore ?? 0, peakRate(migration, takenAt, 3600) ?? 0);
}
