import type { DeadlineVerdict, LeftOut } from '../domain/deadline.ts';
import type { Eta } from '../domain/eta.ts';
import type { Zone } from '../domain/zone.ts';
import { endClock, endText, lateText } from './end-clock.ts';
import { age, count, duration, stalledText } from './figures.ts';
import { noEtaShort, noEtaText, nothingProgresses } from './no-eta-text.ts';
import type { Tone } from './theme.ts';

/** The width of an end with its day and times, and from which width of a list on a column has that width. */
export const wideEndColumns = 18;
export const wideEndsFrom = 120;

/** The clock for a column: where it has no room for the days and times of a far end, the days, else the day and a month. */
export function endCell(eta: Eta | null, takenAt: number, zone: Zone | undefined, width: number): string {
  const text = endClock(eta, takenAt, zone);
  if (text.length <= width) return text;
  const days = text.replace(/ \d\d:\d\d(–\d\d:\d\d)?$/, '');
  // `28 Nov–29 Nov` is `28–29 Nov`, `30 Nov–1 Dec` is `30 Nov–Dec`: the column keeps its width.
  const isOneMonth = days.replace(/^(\d+) (\w+)–(\d+) \2$/, '$1–$3 $2');
  return isOneMonth.length <= width ? isOneMonth : isOneMonth.replace(/–\d+ /, '–');
}

/** When all of it will be done: `done 00:05–00:12`, `done by 15:30`, `done in ~1m`; '' without an ETA. */
export function doneText(eta: Eta | null, takenAt: number, zone?: Zone): string {
  const text = endText(eta, takenAt, zone);
  if (text === '') return '';
  return text.startsWith('~') ? `done in ${text}` : `done ${text}`;
}

/** The end with only the days if it is far: `done 28–29 Nov`. */
export function doneTextOfDays(eta: Eta | null, takenAt: number, zone?: Zone): string {
  if (endText(eta, takenAt, zone).startsWith('~')) return doneText(eta, takenAt, zone);
  return `done ${endCell(eta, takenAt, zone, '00:05–00:12'.length)}`;
}

/** The end with the table that alone makes it so late: `done by 15:30, cases last`. */
export function doneTextWithTable(eta: Eta | null, takenAt: number, zone?: Zone): string {
  return `${doneText(eta, takenAt, zone)}${lastTableText(eta?.lastTable)}`;
}

/** `, cases last`; '' if no table alone makes the end so late. */
export function lastTableText(table: string | null | undefined): string {
  return table == null ? '' : `, ${table} last`;
}

/**
 * The verdict on a deadline as text, with what its ETA leaves out: `late by 20–40 m, even without 39 unresolved`, or `may be late: up to 40 m`
 * if the earliest end fits. Where all of it fits, what is left out is first: `without 2 stalled and 39 unresolved: fits, 1h 20m to spare`.
 */
export function deadlineText(verdict: DeadlineVerdict, leftOut: LeftOut): string {
  const words = verdictText(verdict);
  const [whole] = leftOutTexts(leftOut);
  if (whole === undefined || !namesLeftOut(verdict)) return words;
  return verdict.kind === 'fits' ? `${whole}: ${words}` : `${words}, even ${whole}`;
}

/** A verdict after the name of the deadline: `deadline 06:00:` and `late by 20–40 m`, `deadline 06:00` and `in 1h 20m, no ETA: …`. */
export function deadlineNamed(verdict: string, name: string): readonly [string, string] {
  return verdict.startsWith('deadline ') ? [`deadline ${name}`, verdict.slice(9)] : [`deadline ${name}:`, verdict];
}

/**
 * The verdict on a deadline, from the longest to the shortest text. `fits` always has a part about the operations that the ETA
 * leaves out; with them, `late` is still true.
 */
export function deadlineTexts(verdict: DeadlineVerdict, leftOut: LeftOut): readonly string[] {
  const whole = deadlineText(verdict, leftOut);
  // Where not all of the reason has room, the title of the view has it.
  if (verdict.kind === 'unknown' && verdict.leftSeconds >= 0) {
    const short = noEtaShort(verdict.why);
    return [whole, `${deadlineInText(verdict.leftSeconds)}, ${short}`, short];
  }
  if (!namesLeftOut(verdict)) return [whole];
  const words = verdictText(verdict);
  const [, inShort] = leftOutTexts(leftOut);
  if (verdict.kind === 'late')
    return [
      ...[whole, inShort === undefined ? words : `${words}, even ${inShort}`, words],
      ...(verdict.lastTable === undefined ? [] : [verdictText({ ...verdict, lastTable: undefined })]),
      ...(isCertain(verdict) ? [] : [mayBeLate]),
    ];
  if (inShort === undefined) return [words, 'fits'];
  return [whole, `${inShort}: ${words}`, `${inShort}: fits`, fitsInPart];
}

const numberLeftOut = ({ stalled, paused, unresolved }: LeftOut): number => stalled + paused + unresolved;

/** Whether an ETA leaves nothing out. */
export function isNothing(leftOut: LeftOut): boolean {
  return numberLeftOut(leftOut) === 0 && leftOut.phases.length === 0;
}

/** Whether the verdict is by an ETA, and so says what that leaves out. */
export function namesLeftOut({ kind }: DeadlineVerdict): boolean {
  return kind === 'fits' || kind === 'late';
}

function verdictText(verdict: DeadlineVerdict): string {
  switch (verdict.kind) {
    case 'done':
      return 'done';
    case 'fits':
      return `fits, ${spareText(verdict.spareSeconds)} to spare`;
    case 'late':
      return `${
        isCertain(verdict)
          ? `late by ${lateText(verdict.lowSeconds, verdict.highSeconds)}`
          : `${mayBeLate}: up to ${lateText(verdict.highSeconds, verdict.highSeconds)}`
      }${verdict.lastTable === undefined ? '' : ` (${verdict.lastTable})`}`;
    case 'unknown':
      return verdict.leftSeconds < 0
        ? `deadline passed ${age(-verdict.leftSeconds)} ago`
        : `${deadlineInText(verdict.leftSeconds)}, ${noEtaText(verdict.why)}`;
  }
}
const deadlineInText = (leftSeconds: number): string => `deadline in ${spareText(leftSeconds)}`;

/** Whole minutes are precise enough from one minute on. */
function spareText(seconds: number): string {
  return seconds >= 60 && seconds < 3600 ? `${Math.floor(seconds / 60)}m` : duration(seconds);
}

/** The verdict without the room to say what the ETA leaves out. */
export const fitsInPart = 'fits in part';

const mayBeLate = 'may be late';

/** Whether even the earliest end is after the deadline. */
const isCertain = ({ lowSeconds }: Extract<DeadlineVerdict, { kind: 'late' }>): boolean => lowSeconds > 0;

/**
 * The open work that an ETA leaves out, from the longest to the shortest text, everywhere in these words: `without 2 stalled, 39 unresolved and
 * the validation`, `without 41 operations and the validation`, `not all`; none if it leaves nothing out.
 */
export function leftOutTexts(leftOut: LeftOut): readonly string[] {
  if (isNothing(leftOut)) return [];
  const operations = numberLeftOut(leftOut);
  const number = operations === 0 ? [] : [`${upTo(leftOut)}${operationsText(operations)}`];
  const without = (parts: readonly string[]): string => `without ${listed([...parts, ...phasesLeftOut(leftOut)])}`;
  return [without(operationsLeftOut(leftOut)), without(number), 'not all'];
}

/**
 * Why a migration does not finish, where nothing is at work, from the longest to the shortest text: `nothing progresses: 2 stalled, 39
 * unresolved and 11 pending left`; none while something is, and when nothing is left.
 *
 * @param unresolved the unresolved failures in the words of line 3, also those that are retried; null if these are not known
 */
export function standstillTexts(
  leftOut: LeftOut,
  { running, pending }: { readonly running: number; readonly pending: number },
  unresolved: string | null = null,
): readonly string[] {
  const operations = numberLeftOut(leftOut) + pending;
  if (running > leftOut.stalled || operations === 0) return [];
  const none = leftOut.isSuspected ? `perhaps ${nothingProgresses}` : nothingProgresses;
  const left = `${none}: ${leftText(leftOut, pending, unresolved)}`;
  return [
    ...(pending > 0
      ? [`${left}; no worker claims ${pending < operations ? 'the pending ones' : pending === 1 ? 'it' : 'them'}`]
      : []),
    // Line 3 has the numbers of the others; that nobody claims is only here.
    ...(pending > 0 && pending < operations
      ? [`${none}: ${upTo(leftOut)}${count(operations)} left; no worker claims the ${count(pending)} pending`]
      : []),
    left,
    `${none}: ${upTo(leftOut)}${operationsText(operations)} left`,
    running === 0 && pending === 0 && leftOut.paused > 0 ? 'all paused' : none,
  ];
}

/** The operations left in a migration in which nothing is at work: `39 unresolved and 11 pending left`; '' if nothing is. */
export function leftText(leftOut: LeftOut, pending: number, unresolved: string | null = null): string {
  const parts = [...operationsLeftOut(leftOut, unresolved), ...(pending > 0 ? [`${count(pending)} pending`] : [])];
  return parts.length === 0 ? '' : `${listed(parts)} left`;
}

/**
 * The operations left in a migration in which nothing is at work, with a deadline, from the longest to the shortest text:
 * `nothing progresses: 53 operations left, deadline 06:00 in 1h 20m`, `nothing progresses, deadline in 1h 20m`.
 */
export function standstillWithDeadline(texts: readonly string[], name: string, leftSeconds: number): readonly string[] {
  const left = spareText(Math.abs(leftSeconds));
  const due = (named: string): string =>
    leftSeconds < 0 ? `deadline${named} passed ${left} ago` : `deadline${named} in ${left}`;
  const last = texts.at(-1) ?? '';
  return [...texts.map((one) => `${one}, ${due(` ${name}`)}`), `${last}, ${due('')}`, last];
}

function operationsLeftOut(leftOut: LeftOut, all: string | null = null): string[] {
  const { stalled, paused, unresolved, isSuspected } = leftOut;
  const failures = all ?? (unresolved > 0 ? `${upTo(leftOut)}${count(unresolved)} unresolved` : '');
  return [
    ...(stalled > 0 ? [stalledText(stalled, isSuspected ? stalled : 0)] : []),
    ...(paused > 0 ? [`${count(paused)} paused`] : []),
    ...(failures === '' ? [] : [failures]),
  ];
}

function phasesLeftOut({ phases }: Pick<LeftOut, 'phases'>): string[] {
  return phases.map((phase) => `the ${phase}`);
}

/** While some of the failed operations may be resolved, their number is the highest possible one. */
const upTo = ({ mayBeResolved }: LeftOut): string => (mayBeResolved === true ? 'up to ' : '');

function operationsText(operations: number): string {
  return `${count(operations)} ${operations === 1 ? 'operation' : 'operations'}`;
}

function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

/** Red if the deadline will be missed, yellow if it may be, green only if nothing is left out. */
export function deadlineTone(verdict: DeadlineVerdict, leftOut: LeftOut): Tone {
  if (verdict.kind === 'late' && !isCertain(verdict)) return 'warn';
  const isLate = verdict.kind === 'late' || (verdict.kind === 'unknown' && verdict.leftSeconds < 0);
  return isLate ? 'bad' : verdict.kind === 'fits' && isNothing(leftOut) ? 'good' : 'plain';
}
