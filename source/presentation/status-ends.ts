import { type Deadline, type DeadlineVerdict, deadlineVerdict, type LeftOut, leftOutOf } from '../domain/deadline.ts';
import type { Eta } from '../domain/eta.ts';
import type { CurrentPace } from '../domain/no-eta.ts';
import type { Observation } from '../domain/observation.ts';
import type { Zone } from '../domain/zone.ts';
import { localTimestamp } from './figures.ts';

export type EtaSeconds = { readonly low: number; readonly high: number };

/** Timestamps as in the table. */
export type EndsAt = { readonly low: string | null; readonly high: string | null };

/** A deadline, and how the ETA compares with it. */
export interface DeadlineDocument {
  readonly text: string;
  readonly at: string | null;
  /** Whether the whole range is before the deadline; null without an ETA, and if only its earlier part is. */
  readonly fits: boolean | null;
  /** `fits`: seconds to spare. `late`: by how many seconds. `unknown`: there is no ETA. `done`: nothing is open. */
  readonly verdict: DeadlineVerdict;
  /** The open work that the verdict leaves out, as `summary.notIncluded`. */
  readonly notIncluded: LeftOut;
}

/** The two ends of an ETA as local timestamps of the writers' zone; null without an ETA. */
export function endsAt(eta: Eta | null, takenAt: number, zone: Zone | undefined): EndsAt | null {
  if (eta === null) return null;
  const at = (seconds: number): string | null => localTimestamp(Math.round(takenAt + seconds), zone);
  return { low: at(eta.lowSeconds), high: at(eta.highSeconds) };
}

/** An ETA in whole seconds, no shorter than it is; null without one. */
export function etaSeconds(eta: Eta | null): EtaSeconds | null {
  return eta === null ? null : { low: Math.floor(eta.lowSeconds), high: Math.ceil(eta.highSeconds) };
}

/** The verdict on a deadline, in seconds, and the operations that it leaves out. */
export function deadlineDocument(
  deadline: Deadline,
  observation: Observation,
  pace: CurrentPace,
  zone: Zone | undefined,
): DeadlineDocument {
  const verdict = deadlineVerdict(deadline, observation, pace);
  return {
    text: deadline.text,
    at: localTimestamp(deadline.at, zone),
    fits: fits(verdict),
    verdict: rounded(verdict),
    notIncluded: leftOutOf(observation),
  };
}

function fits(verdict: DeadlineVerdict): boolean | null {
  switch (verdict.kind) {
    case 'done':
    case 'fits':
      return true;
    case 'late':
      return verdict.lowSeconds > 0 ? false : null;
    case 'unknown':
      return verdict.leftSeconds < 0 ? false : null;
  }
}

function rounded(verdict: DeadlineVerdict): DeadlineVerdict {
  switch (verdict.kind) {
    case 'done':
      return verdict;
    case 'fits':
      return { ...verdict, spareSeconds: Math.floor(verdict.spareSeconds) };
    case 'late':
      return {
        ...verdict,
        lowSeconds: Math.floor(verdict.lowSeconds),
        highSeconds: Math.ceil(verdict.highSeconds),
      };
    case 'unknown':
      return { ...verdict, leftSeconds: Math.round(verdict.leftSeconds) };
  }
}
