import { parseUntil } from '../domain/deadline.ts';
import { lockHolder } from '../domain/lock-holder.ts';
import { isStandstill } from '../domain/no-eta.ts';
import type { OpenRetries } from '../domain/open-retry.ts';
import { shortestSample } from './condition-text.ts';
import { endClockOf, endTextOf } from './end-clock.ts';
import { deadlineText, leftText, standstillTexts } from './ends.ts';
import { duration, stallText } from './figures.ts';
import { outcomeWords } from './outcome-words.ts';
import { unresolvedNote } from './retried-text.ts';
import type { StatusDocument } from './status-document.ts';
import type { EndsAt, EtaSeconds } from './status-ends.ts';
import type { RetryFigures } from './status-summary.ts';

/** When work will be done, by the clock of the table: `~1m` if that is soon; '' without an ETA. */
export function endIn(document: StatusDocument, eta: EtaSeconds | null, ends: EndsAt | null): string {
  return endBy(endTextOf, document, eta, ends);
}

/** The end of an ETA for a column, whose cells are all times. */
export function endCellIn(document: StatusDocument, eta: EtaSeconds | null, ends: EndsAt | null): string {
  return endBy(endClockOf, document, eta, ends);
}

function endBy(
  textOf: typeof endTextOf,
  { takenAt }: StatusDocument,
  eta: EtaSeconds | null,
  ends: EndsAt | null,
): string {
  if (eta === null || ends === null || ends.low === null || ends.high === null) return '';
  const local = { now: localSecondsOf(takenAt), low: localSecondsOf(ends.low), high: localSecondsOf(ends.high) };
  return textOf({ lowSeconds: eta.low, highSeconds: eta.high }, local);
}

/** `06:00: may be late: up to 40 m`; '' without a deadline, and when everything is done. */
export function deadlineIn({ deadline, summary, takenAt }: StatusDocument): string {
  if (deadline === null || deadline.verdict.kind === 'done' || summary.operations === null) return '';
  return `${deadlineName(deadline, takenAt)}: ${deadlineText(deadline.verdict, summary.notIncluded)}`;
}

/** As the monitor calls it: a duration by the time at which it ends, since the report may be read later; with its day if that is not today. */
function deadlineName({ text, at }: NonNullable<StatusDocument['deadline']>, takenAt: string): string {
  const [day = '', time = ''] = (at ?? '').split('T');
  const until = parseUntil(text);
  if (time === '' || until === null || until.kind === 'at') return text;
  const clock = time.slice(0, 'HH:MM'.length);
  return takenAt.startsWith(`${day}T`) ? clock : `${day} ${clock}`;
}

/** The open retries of failures, as the document has them. */
export function retriesIn(
  { summary, workers }: StatusDocument,
  { beingRetried, pausedRetries }: RetryFigures,
): OpenRetries {
  const [open, paused] = [beingRetried ?? 0, pausedRetries ?? 0];
  const isCut = (summary.paused ?? 0) > workers.filter(({ status }) => status === 'paused').length;
  return { open, paused, mayBePaused: isCut && paused < open };
}

/**
 * `nothing progresses: 2 stalled, 39 unresolved and 11 pending left`; '' while something does, and when nothing is left. If none is running
 * between two looks, a worker may be about to begin the next operation: `no operation is running: 11 pending left`.
 */
export function standstillIn(document: StatusDocument): string {
  const { summary } = document;
  const { running, pending, notIncluded, unresolved } = summary;
  const failures = unresolved === null ? null : unresolvedNote(unresolved, retriesIn(document, summary));
  if (running === null || pending === null) return '';
  // Those of them that are paused do not run.
  if (isStandstill({ ...summary, stalled: notIncluded.stalled }))
    return standstillTexts(notIncluded, { running, pending }, failures)[0] ?? '';
  const left = running === 0 ? leftText(notIncluded, pending, failures) : '';
  return left === '' ? '' : `no operation is running: ${left}`;
}

function localSecondsOf(timestamp: string): number {
  return Date.parse(`${timestamp}Z`) / 1000;
}

/** Why an operation counts as stalled, with the session that it waits for. */
export function stallIn({ status, notStopped, stall, waitsFor, session }: StatusDocument['workers'][number]): string {
  const [first] = waitsFor;
  if (notStopped) return 'keeps working although paused';
  if (status === 'paused' && session !== null)
    return first === undefined ? 'paused; its statement still runs' : `paused; still waits for ${blockerOf(first)}`;
  if (stall === null) return '';
  if (stall.kind !== 'blocked' || first === undefined) return stallText(stall);
  return `stalled ${duration(stall.seconds)}, waits for ${blockerOf(first)}`;
}

/** How long a sample is at most that is advised, in seconds. */
const longestSample = 600;

/** How long a sample is advised, in seconds: an operation that may be stalled has to be watched for longer than its batch takes. */
export function advisedSample(document: Pick<StatusDocument, 'workers'>): number {
  const usual = Math.max(0, ...suspectedIn(document).map(({ stall }) => stall?.usualSeconds ?? 0));
  return Math.min(longestSample, Math.max(shortestSample, Math.ceil(usual / 30) * 30 + 30));
}

/** The operations that may be stalled. No sample shows more of a paused one. */
function suspectedIn({ workers }: Pick<StatusDocument, 'workers'>): StatusDocument['workers'] {
  return workers.filter(({ status, stall }) => status === 'running' && stall?.kind === 'suspected');
}

/** Why it is not known whether operations are stalled, and how long to watch them; none if it is known. */
export function suspicionLines(document: StatusDocument): readonly string[] {
  if (suspectedIn(document).length === 0) return [];
  const seconds = advisedSample(document);
  return [`perhaps stalled: slower than usual, but not watched for long enough to be sure (--sample ${seconds})`];
}

function blockerOf(blocker: StatusDocument['workers'][number]['waitsFor'][number]): string {
  const { pid, application, user, operationId } = blocker;
  const name = operationId === null ? (application ?? user ?? '') : `of operation ${operationId}`;
  return lockHolder(pid, name);
}

/** How a table ended, if it has. */
export function outcomeIn(table: StatusDocument['tables'][number]): string {
  return outcomeWords(table);
}
