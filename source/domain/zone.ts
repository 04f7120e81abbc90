/**
 * The time zone of the table's writers, since the columns have none. All times in the program are instants, in seconds since
 * 1970 in UTC; a zone converts them back to the timestamps of the table.
 */
export interface Zone {
  /** The name of the zone in PostgreSQL. */
  readonly name: string;
  /** How many seconds its clocks are ahead of UTC before the first change. */
  readonly offsetSeconds: number;
  /** The changes of its clocks, oldest first, with the offset from UTC after each. */
  readonly changes: readonly ZoneChange[];
}

export interface ZoneChange {
  readonly at: number;
  readonly offsetSeconds: number;
}

export const utc: Zone = { name: 'UTC', offsetSeconds: 0, changes: [] };

/** A zone without changes. */
export function fixedZone(offsetSeconds: number): Zone {
  if (offsetSeconds === 0) return utc;
  const minutes = Math.round(Math.abs(offsetSeconds) / 60);
  const hours = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const [sign, opposite] = offsetSeconds > 0 ? ['+', '-'] : ['-', '+'];
  // In POSIX zones the sign is the opposite one.
  return { name: `<${sign}${hours}>${opposite}${hours}`, offsetSeconds, changes: [] };
}

/** Whether a zone was found by the starts of the running operations (`fixedZone`): PostgreSQL names its own zones in another way. */
export const isFromStarts = ({ name }: Zone): boolean => /^<[+-]\d\d:\d\d>[+-]\d\d:\d\d$/.test(name);

/** Between these years migtop knows the changes of a zone's clocks: it expects the timestamps of a migration there. */
const firstYear = 2000;
const lastYear = 2050;
const monthSeconds = 30 * 86_400;

/**
 * A zone by its name.
 *
 * @param offsetNow how many seconds its clocks are ahead of UTC now, by PostgreSQL: for a zone that this machine does not know
 */
export function zoneOf(name: string, offsetNow: number): Zone {
  if (offsetNow === 0 && /^(?:Etc\/)?(?:UTC|GMT|UCT|Zulu|Universal|Greenwich)$/i.test(name)) return utc;
  const offsetAt = offsetsOf(name);
  if (offsetAt === null) return { name, offsetSeconds: offsetNow, changes: [] };
  const changes: ZoneChange[] = [];
  const first = Date.UTC(firstYear, 0) / 1000;
  const offsetSeconds = offsetAt(first);
  let offset = offsetSeconds;
  for (let from = first; from < Date.UTC(lastYear, 0) / 1000; from += monthSeconds) {
    const after = offsetAt(from + monthSeconds);
    if (after === offset) continue;
    changes.push({ at: changeBetween(offsetAt, from, from + monthSeconds), offsetSeconds: after });
    offset = after;
  }
  return { name, offsetSeconds, changes };
}

/** The minute of a change of a zone's clocks. */
function changeBetween(offsetAt: (at: number) => number, from: number, to: number): number {
  const before = offsetAt(from);
  let [low, high] = [from / 60, to / 60];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * 60) === before) low = middle;
    else high = middle;
  }
  return high * 60;
}

/** How far the clocks of a zone are ahead of UTC, by this machine's data; null if it does not know the zone. */
function offsetsOf(name: string): ((at: number) => number) | null {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    return (at) => {
      const text = format.formatToParts(at * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
      const [, sign, hours, minutes, seconds] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text) ?? [];
      const size = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
      return sign === '-' ? -size : size;
    };
  } catch {
    return null;
  }
}

/** An instant as the clocks of a zone show it: seconds since 1970-01-01 00:00 on these clocks. */
export function localSeconds(at: number, zone: Zone = utc): number {
  const change = zone.changes.findLast((one) => one.at <= at);
  return at + (change?.offsetSeconds ?? zone.offsetSeconds);
}

/** ISO 8601 without an offset, as the column has none; null for a timestamp that no calendar has. */
export function localTimestamp(timestamp: number | null, zone?: Zone): string | null {
  if (timestamp === null || !Number.isFinite(timestamp) || Math.abs(timestamp) > 8.64e12) return null;
  return new Date(localSeconds(timestamp, zone) * 1000).toISOString().replace('Z', '');
}

/**
 * Whether the timestamp of this instant may also mean another instant: in the hour that exists twice when clocks are set back.
 * PostgreSQL reads it as the later one.
 */
export function isTwofold(at: number, zone: Zone = utc): boolean {
  return twofoldSince(at, zone) !== null;
}

/** The beginning of the hour that exists twice (the second time), if this instant is in it; else null. */
export function twofoldSince(at: number, zone: Zone = utc): number | null {
  const change = zone.changes.find((one, index) => {
    const before = zone.changes[index - 1]?.offsetSeconds ?? zone.offsetSeconds;
    return before > one.offsetSeconds && at >= one.at && at < one.at + before - one.offsetSeconds;
  });
  return change?.at ?? null;
}

/**
 * The instant before `now` that a timestamp means; null if it may mean two. PostgreSQL reads one of the hour that exists twice as the
 * later instant: while that is still to come, it means the earlier one.
 */
export function instantBefore(at: number, now: number, zone: Zone = utc): number | null {
  const index = zone.changes.findLastIndex((change) => change.at <= at);
  const change = zone.changes[index];
  if (change === undefined) return at;
  const back = (zone.changes[index - 1]?.offsetSeconds ?? zone.offsetSeconds) - change.offsetSeconds;
  if (back <= 0 || at >= change.at + back) return at;
  return now < change.at || at > now + aheadSeconds ? at - back : null;
}

/** The instant before `now` that a timestamp means; of two, the later one. */
export function laterInstant(at: number | null, now: number, zone?: Zone): number | null {
  return at === null ? null : (instantBefore(at, now, zone) ?? at);
}

/** A timestamp may be this far ahead of the database's clock, in seconds, and still means "now". */
export const aheadSeconds = 2;

/** The hours that exist twice, oldest first, as the clocks of the zone show them (`localSeconds`). */
export function twofoldHours(zone: Zone): { readonly from: number; readonly to: number }[] {
  return zone.changes.flatMap(({ at, offsetSeconds }, index) => {
    const before = zone.changes[index - 1]?.offsetSeconds ?? zone.offsetSeconds;
    return before > offsetSeconds ? [{ from: at + offsetSeconds, to: at + before }] : [];
  });
}

/** No migration ran before or after these years: such timestamps are faults. In seconds, as the clocks of the table show them. */
const durationsFrom = Date.UTC(1900, 0) / 1000;
const durationsUntil = Date.UTC(2200, 0) / 1000;

/** Whether the time between two timestamps of a row is known and above 0 (also sql/queries/fragments/row-span.sql). */
export function isDuration(start: number, end: number, zone: Zone): boolean {
  if (!Number.isFinite(start) || !Number.isFinite(end) || end <= start) return false;
  if (localSeconds(start, zone) < durationsFrom || localSeconds(end, zone) >= durationsUntil) return false;
  return !isTwofold(start, zone) && !isTwofold(end, zone);
}
