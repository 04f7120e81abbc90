import { type Eta, isVague } from '../domain/eta.ts';
import { localSeconds, utc, type Zone } from '../domain/zone.ts';

const daySeconds = 86_400;

/** An end that is nearer than this many seconds is shown as a duration. */
const nearSeconds = 90;

/** An end that is further away than this many seconds is shown with its day; on another day also one from `nextDaySeconds` on. */
const farSeconds = 20 * 3600;
const nextDaySeconds = 12 * 3600;

/** Clocks are set back by more than this, in seconds. */
const setBackSeconds = 600;

/** Ranges of at least this many seconds are rounded outwards to this many minutes. */
const steps = [
  { seconds: 6 * 3600, minutes: 30 },
  { seconds: 2 * 3600, minutes: 15 },
  { seconds: 1800, minutes: 5 },
  { seconds: 0, minutes: 1 },
] as const;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Now and the two ends of an ETA, as the clock of the table's writers shows them (`localSeconds`). */
export interface EndsOnClock {
  readonly now: number;
  readonly low: number;
  readonly high: number;
}

/**
 * When work will be done, on the clock of the table's writers: `00:05–00:12`, `~1m` for a near end, `28 Nov 03:00–09:00` for a
 * far one, `by 15:30` for a vague range: that it may be over in a minute says nothing; '' without an ETA.
 */
export function endText(eta: Eta | null, takenAt: number, zone: Zone = utc): string {
  return eta === null ? '' : endTextOf(eta, onClock(eta, takenAt, zone));
}

/** `endText` by the times on the clock. */
export function endTextOf(eta: Eta, ends: EndsOnClock): string {
  if (eta.highSeconds < nearSeconds) return `~${nearText((eta.lowSeconds + eta.highSeconds) / 2)}`;
  return endClockOf(eta, ends);
}

/** When an ETA ends, as a clock time also if it is near: a column of ends has one form. */
export function endClock(eta: Eta | null, takenAt: number, zone: Zone = utc): string {
  return eta === null ? '' : endClockOf(eta, onClock(eta, takenAt, zone));
}

/** `endClock` by the times on the clock. If the clocks are set back before the end, a time of day may mean two hours: it is `in 4–13 m`. */
export function endClockOf(eta: Eta, ends: EndsOnClock): string {
  const { lowSeconds, highSeconds } = eta;
  if (ends.high - ends.now < highSeconds - setBackSeconds && highSeconds < farSeconds)
    return `in ${lateText(isVague(eta) ? 0 : Math.max(0, lowSeconds), highSeconds)}`;
  const step = 60 * (steps.find(({ seconds }) => highSeconds - lowSeconds >= seconds)?.minutes ?? 1);
  // Rounded outwards, but not to a time that is over.
  const now = Math.floor(ends.now / 60) * 60;
  const low = Math.max(now, Math.floor(ends.low / step) * step);
  const high = Math.ceil(ends.high / step) * step;
  const isNextDay = highSeconds >= nextDaySeconds && dayOf(high) !== dayOf(now);
  if (isVague(eta)) return `by ${isNextDay || highSeconds >= farSeconds ? `${dayOf(high)} ` : ''}${clockOf(high)}`;
  if (highSeconds < farSeconds && !isNextDay) return low === high ? clockOf(low) : `${clockOf(low)}–${clockOf(high)}`;
  const [first, last] = [dayOf(low), dayOf(high)];
  if (first !== last) return `${first}–${last}`;
  const [from, to] = [Math.floor(low / 3600), Math.ceil(high / 3600)].map((hour) => clockOf(hour * 3600));
  return `${first} ${from}–${to === '00:00' ? '24:00' : to}`;
}

function onClock({ lowSeconds, highSeconds }: Eta, takenAt: number, zone: Zone): EndsOnClock {
  const at = (seconds: number): number => localSeconds(takenAt + seconds, zone);
  return { now: at(0), low: at(lowSeconds), high: at(highSeconds) };
}

function nearText(seconds: number): string {
  return seconds < 55 ? `${Math.max(1, Math.round(seconds / 5) * 5 || Math.ceil(seconds))}s` : '1m';
}

function clockOf(local: number): string {
  return new Date(local * 1000).toISOString().slice(11, 16);
}

function dayOf(local: number): string {
  const date = new Date(Math.floor(local / daySeconds) * daySeconds * 1000);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
}

/** How late or how soon, rounded outwards: `20–40 m`. */
export function lateText(low: number, high: number): string {
  const [unit, size] = high >= 3 * 3600 ? ['h', 3600] : high >= 90 ? ['m', 60] : ['s', 1];
  const to = Math.max(1, Math.ceil(high / size));
  const from = low === high ? to : Math.floor(low / size);
  return from === to ? `${to} ${unit}` : `${from}–${to} ${unit}`;
}
