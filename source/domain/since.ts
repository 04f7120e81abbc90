import { isTwofold, localSeconds, twofoldHours, utc, type Zone } from './zone.ts';

/** The start of the watched operations: an id, a duration before now, a timestamp, or a time of the day. */
export type Since = { readonly text: string } & (
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'ago'; readonly seconds: number }
  /** On the clock of the table, like all its timestamps. */
  | { readonly kind: 'at'; readonly seconds: number }
  /** The last time of day, on the clock of the database. */
  | { readonly kind: 'clock'; readonly secondsOfDay: number }
);

/** The forms that `parseSince` accepts, for messages. */
export const sinceForms =
  'an id (4711), a duration (2h, 1d12h), a time (22:00) or a timestamp as in the table (2026-11-25 22:00)';

/** The forms of a restriction in short. */
export const sinceHint = 'an id, 2h, 22:00 or 2026-11-25 22:00';

/** The forms of a restriction, with the day before as the example. @param local now, on the clock of the table's writers */
export function sinceHintAt(local: number): string {
  return sinceHint.replace(/\d{4}-\d\d-\d\d/, new Date((local - daySeconds) * 1000).toISOString().slice(0, 10));
}

/** The operations that `--since` selects for every figure, list and report. */
export interface SinceScope {
  /** As the operator wrote it. */
  readonly text: string;
  /** The lowest id. */
  readonly firstId: string;
  /** Operations that started earlier are left out; pending ones are not. Null: only the id decides. */
  readonly startedAt: number | null;
}

/** Whether `--since` selects an operation, by the same rule as in the queries. */
export function isInScope(
  { firstId, startedAt }: SinceScope,
  operation: { readonly id: number; readonly startedAt: number | null },
): boolean {
  if (operation.id < Number(firstId)) return false;
  return startedAt === null || operation.startedAt === null || operation.startedAt >= startedAt;
}

const unitSeconds: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 };
const daySeconds = 86_400;

/** Reads `4711`, `2h`, `1d12h`, `22:00`, `2026-11-25` or `2026-11-25 22:00:30`; null for anything else. */
export function parseSince(given: string): Since | null {
  const text = given.trim();
  if (/^\d{1,18}$/.test(text)) return { text, kind: 'id', id: text };
  if (/^(?:\d{1,6}[wdhms])+$/.test(text)) {
    const seconds = [...text.matchAll(/(\d+)([wdhms])/g)].reduce(
      (sum, [, count, unit]) => sum + Number(count) * (unitSeconds[unit ?? ''] ?? 0),
      0,
    );
    return { text, kind: 'ago', seconds };
  }
  const [all, date, time] = /^(?:(\d{4}-\d\d-\d\d)[T ]?)?(\d\d:\d\d(?::\d\d)?)?$/.exec(text) ?? [];
  if (!all) return null;
  const secondsOfDay = time === undefined ? 0 : secondsOf(time);
  if (secondsOfDay === null) return null;
  if (date === undefined) return { text, kind: 'clock', secondsOfDay };
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // JavaScript reads the 30th of February as the 2nd of March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return null;
  return { text, kind: 'at', seconds: midnight / 1000 + secondsOfDay };
}

/** Why `parseSince` does not read a text, in few words. The text is not repeated: it may be a password that an option got. */
export function sinceProblem(given: string): string {
  const text = given.trim();
  const isPart = (whole: string): boolean => parseSince(`${text}${whole.slice(text.length)}`) !== null;
  if (isPart('00:00') || isPart('0000-01-01 00:00')) return 'not complete';
  if (/^\d{1,2}:/.test(text)) return 'no such time of the day (two digits each)';
  if (/^\d{4}-/.test(text)) return 'no such date and time';
  if (/^\d+$/.test(text)) return 'no such id';
  return /^\d/.test(text) ? 'no such duration (units: w d h m s)' : 'neither a time nor a duration';
}

/** A time of the writers' clocks in a form that `parseSince` accepts, rounded down to the minute: `2026-11-25 22:00`. */
export function sinceText(seconds: number): string {
  return new Date(Math.floor(seconds / 60) * 60_000).toISOString().slice(0, 16).replace('T', ' ');
}

/**
 * The timestamp, in seconds on the clock of the table's writers; null for an id. A duration is one of instants, also across a change of
 * the clocks. If it ends in the first of the hours that have the same timestamps, it is the beginning of that hour: an operation of the
 * second one may have any of them.
 *
 * @param now the instant
 * @param zone that of the table's writers
 */
export function sinceTimestamp(since: Since, now: number, zone?: Zone): number | null {
  switch (since.kind) {
    case 'id':
      return null;
    case 'ago': {
      const instant = now - since.seconds;
      const at = localSeconds(instant, zone);
      if (isTwofold(instant, zone)) return at;
      return twofoldHours(zone ?? utc).find(({ from, to }) => from <= at && at < to)?.from ?? at;
    }
    case 'at':
      return since.seconds;
    case 'clock': {
      const local = localSeconds(now, zone);
      const today = Math.floor(local / daySeconds) * daySeconds + since.secondsOfDay;
      return today > local ? today - daySeconds : today;
    }
  }
}

function secondsOf(time: string): number | null {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return hours < 24 && minutes < 60 && seconds < 60 ? hours * 3600 + minutes * 60 + seconds : null;
}
