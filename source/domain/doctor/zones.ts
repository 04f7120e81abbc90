import { isFromStarts, type Zone } from '../zone.ts';
import { type Finding, many, mostRows, ofTables } from './finding.ts';
import { type Start, zoneShift } from './zone-shift.ts';

interface Jump {
  /** In seconds, without what is not of the zones. */
  readonly step: number;
  readonly before: Start;
  readonly start: Start;
}

/** Zones differ by quarters of an hour; smaller jumps are clocks that differ. */
const stepSeconds = 900;
/** By how much a jump may differ from that: operations do not start all at the same moment. */
const toleranceSeconds = 90;
/** Zones differ by 26 hours at most. */
const mostSeconds = 26 * 3600;
/** How many times the starts have to differ by the same time, in both directions. */
const leastJumps = 3;

/**
 * Finds writers in different time zones: in the order of their ids, which are given in the order of time, the starts jump forth
 * and back by the same multiple of an hour. A change of the clocks, or a pause of the migration, is one jump.
 *
 * @param table the full name of the control table, quoted
 * @param starts in the order of their ids
 */
export function judgeZones(table: string, starts: readonly Start[]): readonly Finding[] {
  const jumps = starts.slice(1).flatMap((start, index): readonly Jump[] => {
    const before = starts[index];
    const seconds = before === undefined ? 0 : start.at - before.at;
    const step = Math.round(seconds / stepSeconds) * stepSeconds;
    const isJump = step !== 0 && Math.abs(step) <= mostSeconds && Math.abs(seconds - step) <= toleranceSeconds;
    return isJump && before !== undefined ? [{ step, before, start }] : [];
  });
  const bySize = Map.groupBy(jumps, ({ step }) => Math.abs(step));
  return [...bySize].flatMap(([size, found]): Finding[] => {
    const [back, forth] = [found.filter(({ step }) => step < 0), found.filter(({ step }) => step > 0)];
    if (back.length < leastJumps || forth.length < leastJumps) return [];
    const ahead = workersIn([...back.map(({ before }) => before), ...forth.map(({ start }) => start)]);
    const behind = workersIn([...back.map(({ start }) => start), ...forth.map(({ before }) => before)]);
    // A worker writes in one zone: if one is on both sides, the starts are in no order.
    if (ahead.some((id) => behind.includes(id))) return [];
    const hours = Number((size / 3600).toFixed(2));
    const shift = shiftOf(table, starts, found, { ahead, behind }, size);
    return [
      {
        check: 'zones',
        severity: 'warning',
        title: `workers write timestamps in different time zones: in the order of the ids, starts differ by ${many(hours, 'hour')} again and again`,
        ...ofTables(found.flatMap(({ before, start }) => [before.tableName, start.tableName])),
        rows: back.slice(0, mostRows).map(({ before, start }) => ({
          id: start.id,
          text: `${start.tableName}: starts ${hours} h before operation ${before.id}`,
        })),
        rowCount: back.length,
        sql: shift?.sql ?? null,
        advice: `set the same TimeZone for all workers first (ALTER ROLE … SET TimeZone = 'UTC'); ahead: ${named(ahead)}; behind: ${named(behind)}. ${shift?.advice ?? 'No SQL moves their timestamps: it is not sure which operations are in which zone'}`,
      },
    ];
  });
}

/**
 * Finds starts in the future that are right in another time zone: migtop takes all timestamps of the table as those of that zone,
 * which may be the zone of one worker only.
 */
export function judgeFutureZone(zone: Zone | undefined): readonly Finding[] {
  if (zone === undefined || !isFromStarts(zone)) return [];
  const hours = many(Number((zone.offsetSeconds / 3600).toFixed(2)), 'hour');
  return [
    {
      check: 'zones',
      severity: 'warning',
      title: `all running operations start in the future, unless their workers write timestamps ${hours} ahead of UTC`,
      ...ofTables([]),
      rows: [],
      rowCount: 0,
      sql: null,
      advice:
        "no SQL mends it, because only the owner of the workers knows their zone: migtop takes all timestamps of the table as those of that zone; if only some workers write so, set the same TimeZone for all of them (ALTER ROLE … SET TimeZone = 'UTC')",
    },
  ];
}

/**
 * The SQL that moves the smaller part of the starts into the zone of the others; null if it is not sure which they are.
 *
 * @param jumps between the two zones
 */
function shiftOf(
  table: string,
  starts: readonly Start[],
  jumps: readonly Jump[],
  { ahead, behind }: { readonly ahead: readonly number[]; readonly behind: readonly number[] },
  seconds: number,
): { readonly sql: string; readonly advice: string } | null {
  // Between two jumps, all starts are in the same zone.
  const isAheadFrom = new Map(jumps.map(({ step, start }) => [start, step > 0]));
  let isAhead = (jumps[0]?.step ?? 0) < 0;
  const placed = starts.map((start) => {
    isAhead = isAheadFrom.get(start) ?? isAhead;
    return { start, isAhead };
  });
  const sideOf = (which: boolean) => placed.filter((one) => one.isAhead === which).map(({ start }) => start);
  const [highs, lows] = [sideOf(true), sideOf(false)];
  const isOfAhead = highs.length < lows.length;
  const [moved, others, workers] = isOfAhead ? [highs, lows, ahead] : [lows, highs, behind];
  const ofWorkers = (start: Start): boolean => start.workerId !== null && workers.includes(start.workerId);
  // A worker that changed its zone, or operations without a worker.
  if (!moved.every(ofWorkers) || others.some(ofWorkers)) return null;
  const [first, last] = [starts[0], starts.at(-1)];
  if (first === undefined || last === undefined) return null;
  const sql = zoneShift(table, { starts: moved, workers }, isOfAhead ? -seconds : seconds, {
    from: first.id,
    to: last.id,
  });
  if (sql === null) return null;
  return {
    sql,
    advice: `The SQL moves the timestamps of ${named(workers)} from operation ${moved[0]?.id} on into the zone of the others, and changes nothing if it does not help or was run before: find out first which zone is right, and correct older operations yourself`,
  };
}

function workersIn(starts: readonly Start[]): readonly number[] {
  return [...new Set(starts.map(({ workerId }) => workerId))].filter((id) => id !== null);
}

function named(ids: readonly number[]): string {
  return ids.length === 0 ? 'unknown workers' : `worker ${ids.slice(0, 8).join(', ')}`;
}
