import { alongTheKey, type Read, readTogether } from '../database/bounds.ts';
import { type Connection, readSeconds } from '../database/connection.ts';
import { sqlFor } from '../database/sql.ts';
import type { Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { createCountingRest } from './counting-rest.ts';
import { decodeRange } from './decode-range.ts';
import { highestId, lowestId } from './id-range.ts';
import { createRangeTotals, type RangeTotals } from './range-totals.ts';
import { isTimeout } from './whole-count.ts';

/** The totals of a table, counted range by range, each range in a transaction of its own. */
export interface RangeCounter {
  /**
   * Takes the next step of a round: looks for a range, or counts it. After the last one the next round begins.
   *
   * @param takenAt the database's clock, not later than now
   * @returns how long to leave the database alone then
   * @throws {DatabaseError}
   */
  next(takenAt: number): Promise<{ readonly restSeconds: number; readonly state: 'counting' | 'whole' | 'too slow' }>;
  /** Those of the last round; before there is one, what is counted so far. */
  counted(): Pick<Snapshot, 'totals' | 'coverage' | 'unreadable'>;
  /** How long the last whole round took, without the rests, in seconds; null before there is one. */
  tookSeconds(): number | null;
}

/** How many rows a range has: at first, and at the least and at the most, by how long it takes. */
export interface RangeSizes {
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

export const usualSizes: RangeSizes = { first: 20_000, least: 50, most: 200_000 };

/** A range that takes longer is tried with fewer rows, and one of the fewest may take as long as any read. */
const rangeSeconds = 4;
/** One that takes less is followed by a larger one. */
const quickSeconds = 1;
/** How long to rest where not even the smallest range can be counted. */
const tooSlowRestSeconds = 60;

interface Round {
  readonly sum: RangeTotals;
  readonly startedAt: number;
  /** Ids up to this one are counted. */
  above: bigint;
  first: bigint | null;
  highest: bigint | null;
  hasNulls: boolean;
  /** The last id of the next range, where it is known; null where there is none. */
  reached: bigint | null | undefined;
  seconds: number;
}

/** The next ids above one, as many as fit into a range; null where there is none. @throws {DatabaseError} */
export async function readReach(
  connection: Connection,
  target: Target,
  {
    above,
    rows,
    withHighest = false,
  }: { readonly above: bigint; readonly rows: number; readonly withHighest?: boolean },
): Promise<{ readonly last: bigint; readonly highest: bigint | null } | null> {
  const text = sqlFor('reach', target.table, target);
  const read: Read = { text, values: [String(above), rows, withHighest], seconds: readSeconds, after: alongTheKey };
  const [[row] = []] = await readTogether(connection, target, [read]);
  if (typeof row?.last !== 'string') return null;
  return { last: BigInt(row.last), highest: typeof row.highest === 'string' ? BigInt(row.highest) : null };
}

export function createRangeCounter(
  connection: Connection,
  target: () => Target,
  sizes: RangeSizes = usualSizes,
): RangeCounter {
  const pace = createCountingRest();
  let rows = sizes.first;
  let round: Round | null = null;
  let done: { readonly sum: RangeTotals; readonly startedAt: number; readonly seconds: number } | null = null;
  let isTooSlow = false;
  /** Looking for rows without an id took too long: a note says that they are not known (database/null-ids). */
  let hasNoNulls = false;

  async function read(first: bigint, last: bigint, withNulls: boolean, seconds: number): Promise<number> {
    const text = sqlFor('range', target().table, target());
    const values = [String(first), String(last), null, null, null, 1, withNulls];
    const one: Read = { text, values, seconds, ...(withNulls ? {} : { after: alongTheKey }) };
    const [tagged = []] = await readTogether(connection, target(), [one]);
    const { counted } = decodeRange(tagged as unknown as Tagged[], null);
    round?.sum.add(counted);
    return counted.counts.reduce((all, { operations }) => all + operations, 0);
  }

  async function readNulls(current: Round): Promise<void> {
    current.hasNulls = true;
    if (hasNoNulls) return;
    try {
      const operations = await read(highestId, lowestId, true, readSeconds);
      const unreadable = [{ kind: 'rows' as const, operations, problem: 'id is NULL', status: null }];
      if (operations > 0) current.sum.add({ counts: [], rows: [], attempts: [], unreadable });
    } catch (error) {
      if (!isTimeout(error)) throw error;
      hasNoNulls = true;
    }
  }

  async function findReach(current: Round): Promise<void> {
    const withHighest = current.first === null;
    const reach = await readReach(connection, target(), { above: current.above, rows, withHighest });
    current.reached = reach?.last ?? null;
    if (reach === null || !withHighest) return;
    current.first = reach.last < 1n ? reach.last : 1n;
    current.highest = reach.highest;
  }

  async function readRange(current: Round, last: bigint): Promise<number> {
    const counted = await read(current.above + 1n, last, false, rows === sizes.least ? readSeconds : rangeSeconds);
    current.above = last;
    current.reached = last === highestId ? null : undefined;
    return counted;
  }

  /** One statement, so that polls need not wait for several. Resolves to how many rows it has counted. */
  async function step(current: Round): Promise<number> {
    if (!current.hasNulls) await readNulls(current);
    else if (current.reached === undefined) await findReach(current);
    else if (current.reached !== null) return readRange(current, current.reached);
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
        sum: createRangeTotals(),
        startedAt: takenAt,
        above: lowestId,
        first: null,
        highest: null,
        hasNulls: false,
        reached: undefined,
        seconds: 0,
      };
      const current = round;
      const startedMs = performance.now();
      const took = (): number => (performance.now() - startedMs) / 1000;
      const urgency = done === null ? 'hurried' : 'hinted';
      try {
        const counted = await step(current);
        if (counted > 0 || current.reached === null) isTooSlow = false;
        current.seconds += took();
        if (counted > 0 && took() < quickSeconds) rows = Math.min(sizes.most, rows * 2);
        const restSeconds = pace(took(), counted, urgency);
        if (current.reached !== null) return { restSeconds, state: 'counting' };
        done = current;
        round = null;
        return { restSeconds, state: 'whole' };
      } catch (error) {
        if (!isTimeout(error)) throw error;
        isTooSlow = rows === sizes.least;
        rows = Math.max(sizes.least, Math.floor(rows / 8));
        current.reached = undefined;
        if (isTooSlow) return { restSeconds: tooSlowRestSeconds, state: 'too slow' };
        return { restSeconds: pace(took(), 0, urgency), state: 'counting' };
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
