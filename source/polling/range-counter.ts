import { alongTheKey, type Read, readTogether } from '../database/bounds.ts';
import { type Connection, readSeconds } from '../database/connection.ts';
import { query } from '../database/query.ts';
import { readTagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { createCountingRest } from './counting-rest.ts';
import { decodeInSlices } from './decode-range.ts';
import { highestId, lowestId } from './id-range.ts';
import { createRangeTotals, type RangeTotals } from './range-totals.ts';
import { noEvidence } from './samples.ts';
import { isTimeout } from './whole-count.ts';

/** Counts the totals of a table range by range, each range in a separate transaction. */
export interface RangeCounter {
  /**
   * Takes the next step of a round: finds the end of the next range, or counts the range. After the last range a new round begins.
   *
   * @param takenAt the database's clock, not later than now
   * @returns how many seconds to wait before the next step
   * @throws {DatabaseError}
   */
  next(takenAt: number): Promise<{ readonly restSeconds: number; readonly state: 'counting' | 'whole' | 'too slow' }>;
  /** The totals of the last complete round; before it, of the ranges that are counted. */
  counted(): Pick<Snapshot, 'totals' | 'coverage' | 'unreadable'>;
  /** How many seconds the last complete round took, without the rests; null before there is one. */
  tookSeconds(): number | null;
}

/** How many rows a range has: at first, and the minimum and maximum to which its duration adjusts that. */
export interface RangeSizes {
  readonly first: number;
  readonly min: number;
  readonly max: number;
}

export const usualSizes: RangeSizes = { first: 20_000, min: 50, max: 200_000 };

/** Maximum seconds for a range; after that it is tried with fewer rows. A range of the minimum size may take `readSeconds`. */
const rangeSeconds = 4;
/** After a range that takes less than this, in seconds, the next one has more rows. */
const quickSeconds = 1;
/** How many seconds to rest if not even the smallest range can be counted. */
const tooSlowRestSeconds = 60;

interface Round {
  readonly sum: RangeTotals;
  readonly startedAt: number;
  /** Ids up to this one are counted. */
  above: bigint;
  first: bigint | null;
  highest: bigint | null;
  hasNulls: boolean;
  /** The last id of the next range; undefined until it is looked up, null after the last range. */
  rangeEnd: bigint | null | undefined;
  seconds: number;
}

/** The last id of the range that has `rows` rows above an id; null if there is no row. @throws {DatabaseError} */
export async function readRangeEnd(
  connection: Connection,
  target: Target,
  {
    above,
    rows,
    withHighest = false,
  }: { readonly above: bigint; readonly rows: number; readonly withHighest?: boolean },
): Promise<{ readonly last: bigint; readonly highest: bigint | null } | null> {
  const statement = query('reach', target, { above: String(above), rows, withHighest });
  const read: Read = { ...statement, seconds: readSeconds, after: alongTheKey };
  const [[row] = []] = await readTogether(connection, target, [read]);
  if (typeof row?.last !== 'string') return null;
  return { last: BigInt(row.last), highest: typeof row.highest === 'string' ? BigInt(row.highest) : null };
}

/**
 * Doubles the rows of a range after a quick count and divides them by 8 after a timeout, between `sizes.min` and
 * `sizes.max`. A timeout never rejects: the range is tried again after a rest.
 */
export function createRangeCounter(
  connection: Connection,
  target: () => Target,
  sizes: RangeSizes = usualSizes,
): RangeCounter {
  const rest = createCountingRest();
  let rows = sizes.first;
  let round: Round | null = null;
  let done: { readonly sum: RangeTotals; readonly startedAt: number; readonly seconds: number } | null = null;
  let isTooSlow = false;
  /** Whether reading rows without an id took too long: a note says that they are not known (sql/queries/checks/null-ids.sql). */
  let skipsNulls = false;

  async function read(first: bigint, last: bigint, withNulls: boolean, seconds: number): Promise<number> {
    const statement = query('range', target(), {
      first: String(first),
      last: String(last),
      limit: null,
      endedAfter: null,
      endedUntil: null,
      spanSeconds: 1,
      turnKey: null,
      withNulls,
      // No digests: only attempts in one range are found.
      digestMask: -1,
      digests: [],
      ...noEvidence,
    });
    const one: Read = { ...statement, seconds, ...(withNulls ? {} : { after: alongTheKey }) };
    const [tagged = []] = await readTagged(connection, target(), [one]);
    const { counted } = await decodeInSlices(tagged, null);
    round?.sum.add(counted);
    return counted.counts.reduce((all, { operations }) => all + operations, 0);
  }

  async function readNulls(current: Round): Promise<void> {
    current.hasNulls = true;
    if (skipsNulls) return;
    try {
      const operations = await read(highestId, lowestId, true, readSeconds);
      const unreadable = [{ kind: 'rows' as const, operations, problem: 'id is NULL', status: null }];
      if (operations > 0) current.sum.add({ counts: [], rows: [], attempts: [], keys: [], unreadable });
    } catch (error) {
      if (!isTimeout(error)) throw error;
      skipsNulls = true;
    }
  }

  async function findRangeEnd(current: Round): Promise<void> {
    const withHighest = current.first === null;
    const end = await readRangeEnd(connection, target(), { above: current.above, rows, withHighest });
    current.rangeEnd = end?.last ?? null;
    if (end === null || !withHighest) return;
    current.first = end.last < 1n ? end.last : 1n;
    current.highest = end.highest;
  }

  async function readRange(current: Round, last: bigint): Promise<number> {
    const counted = await read(current.above + 1n, last, false, rows === sizes.min ? readSeconds : rangeSeconds);
    current.above = last;
    current.rangeEnd = last === highestId ? null : undefined;
    return counted;
  }

  /** Sends one statement, so that polls do not wait for several. Resolves to how many rows it counted. */
  async function step(current: Round): Promise<number> {
    if (!current.hasNulls) await readNulls(current);
    else if (current.rangeEnd === undefined) await findRangeEnd(current);
    else if (current.rangeEnd !== null) return readRange(current, current.rangeEnd);
    return 0;
  }

  function coverageOfRound(): number {
    const { first, highest, above } = round ?? {};
    if (first == null || highest == null || above === undefined || highest < first) return 0;
    return Math.min(0.99, Number(above - first + 1n) / Number(highest - first + 1n));
  }

  return {
    async next(takenAt) {
      round ??= {
        sum: createRangeTotals(target().zone),
        startedAt: takenAt,
        above: lowestId,
        first: null,
        highest: null,
        hasNulls: false,
        rangeEnd: undefined,
        seconds: 0,
      };
      const current = round;
      const startedMs = performance.now();
      const took = (): number => (performance.now() - startedMs) / 1000;
      const urgency = done === null ? 'hurried' : 'hinted';
      try {
        const counted = await step(current);
        if (counted > 0 || current.rangeEnd === null) isTooSlow = false;
        current.seconds += took();
        if (counted > 0 && took() < quickSeconds) rows = Math.min(sizes.max, rows * 2);
        const restSeconds = rest.after(took(), counted, urgency);
        if (current.rangeEnd !== null) return { restSeconds, state: 'counting' };
        done = current;
        round = null;
        return { restSeconds, state: 'whole' };
      } catch (error) {
        if (!isTimeout(error)) throw error;
        isTooSlow = rows === sizes.min;
        rows = Math.max(sizes.min, Math.floor(rows / 8));
        current.rangeEnd = undefined;
        if (isTooSlow) return { restSeconds: tooSlowRestSeconds, state: 'too slow' };
        return { restSeconds: rest.after(took(), 0, urgency), state: 'counting' };
      }
    },
    counted() {
      const sum = done?.sum ?? round?.sum;
      const coverage = {
        share: done !== null && round === null ? 1 : coverageOfRound(),
        countedAt: done?.startedAt ?? null,
        isStale: false,
        ...(isTooSlow ? { isTooSlow } : {}),
      };
      return { totals: sum?.totals() ?? [], unreadable: sum?.unreadable() ?? [], coverage };
    },
    tookSeconds: () => done?.seconds ?? null,
  };
}
