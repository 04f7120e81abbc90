import type { EvidenceRow } from './works.ts';
import { twofoldSince, type Zone } from './zone.ts';

/**
 * In order of start; a completed row without a start is ordered by its end, and another one without a start is first. Rows of the hour
 * that exists twice when clocks are set back (`inOrderOfStart`) are in order of id: their timestamps do not say which of the two hours.
 */
export function byStart(a: EvidenceRow, b: EvidenceRow): number {
  const earlier = placeOf(a);
  const later = placeOf(b);
  return earlier === later ? a.id - b.id : earlier - later;
}

type Timed = Pick<EvidenceRow, 'status' | 'startedAt' | 'completedAt' | 'place'>;

/**
 * Seconds since 1970 to sort by: the start, else the end of a completed row, else the lowest safe integer. Infinite times
 * count as missing.
 */
export function placeOf({ status, startedAt, completedAt, place }: Timed): number {
  if (place !== undefined) return place;
  if (startedAt !== null && Number.isFinite(startedAt)) return startedAt;
  const isTimed = status === 'completed' && completedAt !== null && Number.isFinite(completedAt);
  return isTimed ? completedAt : Number.MIN_SAFE_INTEGER;
}

/** A row with its place in the order of start: all of the hour that exists twice are at its beginning. As in `database/zoned-sql.ts`. */
export function inOrderOfStart(row: EvidenceRow, zone: Zone): EvidenceRow {
  const { place: _, ...timed } = row;
  const since = zone.changes.length === 0 ? null : twofoldSince(placeOf(timed), zone);
  if (since === null) return row.place === undefined ? row : timed;
  return { ...timed, place: since };
}
