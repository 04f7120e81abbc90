import type { Observation } from '../domain/observation.ts';
import { type OpenRetries, openRetriesOf } from '../domain/open-retry.ts';
import { count } from './figures.ts';

/**
 * How many of some unresolved failures are retried now, and how many retries are paused: `11 retrying`, `all retrying`, `9 retrying, 2
 * paused`; in fewer words too where there are some, and in the fewest. None if no retry is open.
 *
 * @param unresolved how many failures they are
 */
export function retriedNotes(retries: OpenRetries | undefined, unresolved: number): readonly string[] {
  if (retries === undefined || retries.open === 0) return [];
  const { open, paused, mayBePaused } = retries;
  const number = (of: number): string => (of === unresolved ? 'all' : count(of));
  if (mayBePaused) return [`${number(open)} with an open retry`, `${number(open)} open`];
  if (paused === 0) return [`${number(open)} retrying`];
  const retry = open === 1 && unresolved > 1 ? 'retry' : 'retries';
  if (paused === open) return [`${number(open)} ${retry} paused`, `${number(open)} paused`];
  const both = `${count(open - paused)} retrying, ${count(paused)} paused`;
  return [both, both, `${number(open)} open`];
}

/** The same behind a number of unresolved failures: ` (11 retrying)`; '' if no retry is open. */
export function retriedInBrackets(retries: OpenRetries | undefined, unresolved: number): string {
  const [note] = retriedNotes(retries, unresolved);
  return note === undefined ? '' : ` (${note})`;
}

/** `39 unresolved (11 retrying)`; '' if none is unresolved. */
export function unresolvedNote(unresolved: number, retries: OpenRetries | undefined): string {
  return unresolved === 0 ? '' : `${count(unresolved)} unresolved${retriedInBrackets(retries, unresolved)}`;
}

/** The unresolved failures of an observation, in the words of line 3; null while it is not known which are. */
export function unresolvedNoteOf(observation: Observation): string | null {
  const { triage } = observation;
  return triage.isWhole ? unresolvedNote(triage.unresolved, openRetriesOf(observation)) : null;
}

/** The failures of a table, a check or the end of a wait: `39 unresolved (11 retrying) of 63 failed`. */
export function unresolvedOfFailed(unresolved: number, retries: OpenRetries | undefined, failed: number): string {
  return `${count(unresolved)} unresolved${retriedInBrackets(retries, unresolved)} of ${count(failed)} failed`;
}

/** A sentence about the retries of a kind that are open: `all 12 are retrying`, `2 of 12 are retrying, 10 retries are paused`; '' if nothing is open. */
export function retriedSentence(retries: OpenRetries | undefined, unresolved: number): string {
  if (retries === undefined || retries.open === 0) return '';
  const { open, paused, mayBePaused } = retries;
  const number = (of: number): string =>
    of === unresolved ? `all ${count(of)}` : `${count(of)} of ${count(unresolved)}`;
  if (mayBePaused)
    return unresolved === 1 ? 'its retry is open' : `${number(open)} ${open === 1 ? 'has' : 'have'} an open retry`;
  if (unresolved === 1) return paused === 0 ? 'it is retrying' : 'its retry is paused';
  if (paused === open)
    return `the ${open === 1 ? 'retry' : 'retries'} of ${number(open)} ${open === 1 ? 'is' : 'are'} paused`;
  const active = `${number(open - paused)} ${open - paused === 1 ? 'is' : 'are'} retrying`;
  return paused === 0 ? active : `${active}, ${count(paused)} ${paused === 1 ? 'retry is' : 'retries are'} paused`;
}
