/** Returns the time; null if it is missing or infinite (`infinity` in the table). */
export function finiteTime(time: number | null): number | null {
  return time !== null && Number.isFinite(time) ? time : null;
}
