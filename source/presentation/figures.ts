import { secondsSince } from '../domain/operation.ts';
import { separated } from '../domain/separated.ts';
import type { Stall } from '../domain/stalls.ts';
import { isTwofold, localTimestamp, type Zone } from '../domain/zone.ts';

/** Shown for an unknown figure: a timestamp in the future, a NULL counter. */
export const unknown = '?';

const sizes: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };

/** A count with thousands separators; in a column narrower than that, shortened (`1.24M`); `?` if it is not a count. */
export function count(value: number | null, width = Number.POSITIVE_INFINITY): string {
  if (value === null || !Number.isFinite(value) || value < 0) return unknown;
  const full = separated(value);
  if (full.length <= width) return full;
  for (const [unit, size] of Object.entries(sizes)) {
    const scaled = value / size;
    if (scaled >= 999.5) continue;
    // Below one of the unit it would round to none.
    if (scaled < 0.9995) break;
    for (const decimals of [2, 1, 0]) {
      const text = `${scaled.toFixed(decimals)}${unit}`;
      if (text.length <= width) return text;
    }
  }
  return full;
}

/**
 * A part and its whole beside their percentage: in `width` columns each, in more where such short numbers would contradict the
 * percentage (`4.95M/5.00M` beside 99.0%, not `4.9M/5.0M`).
 */
export function countsBeside(
  part: number | null,
  whole: number,
  percentage: number | null,
  width: number,
): readonly [part: string, whole: string] {
  const shortest = [count(part, width), count(whole, width)] as const;
  for (let columns = width; columns <= longestCount; columns++) {
    const counts = [count(part, columns), count(whole, columns)] as const;
    if (isWith(counts, percentage)) return counts;
  }
  return shortest;
}

/** Above this width, all counts are in full. */
const longestCount = 24;

/** Whether two counts as they read agree with a percentage. */
function isWith([part, whole]: readonly [string, string], percentage: number | null): boolean {
  if (percentage === null) return true;
  if (part === whole) return percentage >= 100;
  return Math.abs((100 * shownValue(part)) / shownValue(whole) - percentage) < 0.5;
}

/** The value that a count shows. */
function shownValue(text: string): number {
  return Number.parseFloat(text.replaceAll(',', '')) * (sizes[text.at(-1) ?? ''] ?? 1);
}

/** Records a second: whole from ten on, one decimal below. */
export function rate(value: number | null, width = Number.POSITIVE_INFINITY): string {
  if (value === null || !Number.isFinite(value) || value < 0) return '–';
  return value > 0 && value < 9.95 ? value.toFixed(1) : count(Math.round(value), width);
}

/** A duration as `0.4s`, `41s`, `4m 05s`, `1h 22m`, `3d 4h`; `?` if unknown. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 0) return unknown;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${String(minutes).padStart(2, '0')}m`;
  return `${minutes}m ${String(whole % 60).padStart(2, '0')}s`;
}

/** A duration as short as it is clear: `40s`, `4m 05s`, `29m`, `1h 22m`. */
export function age(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 600 || seconds >= 3600)
    return seconds !== null && seconds >= 0 && seconds < 60 ? `${Math.round(seconds)}s` : duration(seconds);
  return `${Math.floor(seconds / 60)}m`;
}

/**
 * How long a batch usually takes: `, usual 40s`; nothing if unknown. It is an average, which changes a little with every batch that
 * ends: two digits do not show that.
 */
export function usualText(seconds: number | null): string {
  if (seconds === null) return '';
  const usual = Number(seconds.toPrecision(2));
  return `, usual ${(usual < 1 ? duration : age)(usual)}`;
}

/** How sure it is that an operation is stalled, and why: as the beginning of a text. */
export const stallWords: Readonly<Record<Stall['kind'], string>> = {
  blocked: 'stalled',
  still: 'stalled',
  'no session': 'perhaps dead',
  suspected: 'perhaps stalled',
};

/** Why an operation counts as stalled: `stalled 4m 10s`, or `perhaps stalled 29m, usual 40s` if that is uncertain. */
export function stallText({ kind, seconds, usualSeconds }: Stall): string {
  const since = `${stallWords[kind]} ${duration(seconds)}`;
  if (kind === 'blocked') return `${since}, waits for a lock`;
  return kind === 'no session' ? `${since}, its worker is not connected` : `${since}${usualText(usualSeconds)}`;
}

/** How many operations are stalled: `2 stalled`; where that is uncertain of one of them `2 stalled, 1 of them perhaps`. */
export function stalledText(stalled: number, suspected: number): string {
  if (suspected === 0) return `${count(stalled)} stalled`;
  return suspected === stalled
    ? `${count(stalled)} perhaps stalled`
    : `${count(stalled)} stalled, ${count(suspected)} of them perhaps`;
}

/** A percentage with one decimal; one that is not complete never reads 100. */
export function percent(value: number | null): string {
  if (value === null || !Number.isFinite(value) || value < 0) return unknown;
  if (value >= 999.95) return '>999%';
  return `${(value < 100 && value >= 99.95 ? 99.9 : value).toFixed(1)}%`;
}

/** Why it is unclear how a table counts, and the option that resolves it. */
export function unclearText(tableName: string, reasons: readonly string[]): string {
  const name = /^[\w.]+$/.test(tableName) ? tableName : 'TABLE';
  return `unclear how it counts, the lower figure is shown; ${reasons.join('; ')}. --counting ${name}=own|batch|cumulative settles it`;
}

/** A timestamp as in the table, to the second: `2024-01-15 10:21:07`; null for one that no calendar has. */
export function secondText(timestamp: number | null, zone?: Zone): string | null {
  return (
    localTimestamp(timestamp, zone)
      ?.replace('T', ' ')
      .replace(/\.\d+$/, '') ?? null
  );
}

/**
 * The minute of a timestamp in few columns: `11-26 10:21`; of another year its date alone: `2025-12-31`, `-004712-12-01`.
 *
 * @param timestamp in ISO 8601, or with a blank before the time; `takenAt` too, null if unknown
 */
export function minuteText(timestamp: string, takenAt: string | null): string {
  const [year, date = ''] = /^([+-]?\d+)-\d\d-\d\d/.exec(timestamp)?.toReversed() ?? [];
  if (takenAt !== null && !takenAt.startsWith(`${year}-`)) return date;
  return timestamp.slice('2026-'.length, '2026-11-26 10:21'.length);
}

/** A timestamp as in the table, without a zone, with its age; `?` for one that no calendar has. */
export function timestampText(timestamp: number | null, takenAt: number, zone?: Zone): string {
  if (timestamp === null) return '–';
  const text = secondText(timestamp, zone);
  if (text === null) return `${unknown} (${timestamp > 0 ? 'infinity' : '-infinity'})`;
  const ago = secondsSince(timestamp, takenAt, zone);
  if (ago === null && isTwofold(timestamp, zone)) return `${text} ${unknown} (within the hour that exists twice)`;
  return `${text} (${ago === null ? 'in the future' : `${duration(ago)} ago`})`;
}

/** How long ago it was: `3m 26s ago`; `–` without a timestamp, `?` if that is unknown. */
export function agoText(timestamp: number | null, takenAt: number, zone?: Zone): string {
  if (timestamp === null) return '–';
  const ago = secondsSince(timestamp, takenAt, zone);
  return ago === null ? unknown : `${duration(ago)} ago`;
}

export { localTimestamp };

/** The clock of the table's writers as `10:21:07`. */
export function clockText(takenAt: number, zone?: Zone): string {
  return localTimestamp(takenAt, zone)?.slice(11, 19) ?? unknown;
}

/** Why there are no totals, and the remedy. */
export const tooSlowText =
  'totals unknown: the database cannot count even a few rows in 9 s (an index on id helps, a view can be materialized)';
