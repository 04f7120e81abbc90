import type { OpenRetries } from '../domain/open-retry.ts';
import { count } from './figures.ts';

/**
 * How many failures of a kind are being retried, and how many retries are paused, in words for a cell of its row and in fewer; none if nothing
 * is open.
 *
 * @param unresolved how many failures of the kind are unresolved
 */
export function retriedNotes(retries: OpenRetries | undefined, unresolved: number): readonly string[] {
  if (retries === undefined || retries.open === 0) return [];
  const { open, paused, mayBePaused } = retries;
  const number = (of: number): string => (of === unresolved ? 'all' : count(of));
  if (mayBePaused) return [`${number(open)} with an open retry`, `${number(open)} open`];
  if (paused === 0) return [`${number(open)} being retried`, `${number(open)} retrying`];
  const retry = open === 1 && unresolved > 1 ? 'retry' : 'retries';
  if (paused === open) return [`${number(open)} ${retry} paused`, `${number(open)} paused`];
  return [
    `${count(open - paused)} being retried, ${count(paused)} paused`,
    `${count(open - paused)} retrying, ${count(paused)} paused`,
  ];
}

/** A sentence about the retries of a kind that are open: `all 12 are being retried`, `2 of 12 are being retried, 10 retries are paused`; '' if nothing is open. */
export function retriedSentence(retries: OpenRetries | undefined, unresolved: number): string {
  if (retries === undefined || retries.open === 0) return '';
  const { open, paused, mayBePaused } = retries;
  const number = (of: number): string =>
    of === unresolved ? `all ${count(of)}` : `${count(of)} of ${count(unresolved)}`;
  if (mayBePaused)
    return unresolved === 1 ? 'its retry is open' : `${number(open)} ${open === 1 ? 'has' : 'have'} an open retry`;
  if (unresolved === 1) return paused === 0 ? 'it is being retried' : 'its retry is paused';
  if (paused === open)
    return `the ${open === 1 ? 'retry' : 'retries'} of ${number(open)} ${open === 1 ? 'is' : 'are'} paused`;
  const active = `${number(open - paused)} ${open - paused === 1 ? 'is' : 'are'} being retried`;
  return paused === 0 ? active : `${active}, ${count(paused)} ${paused === 1 ? 'retry is' : 'retries are'} paused`;
}
