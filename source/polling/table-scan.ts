import type { Read } from '../database/bounds.ts';
import type { Connection } from '../database/connection.ts';
import type { Statement } from '../database/literals.ts';
import { query } from '../database/query.ts';
import { ofKind, readTagged, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { RangeResult } from './counting-beside.ts';
import { changesRead, historyAsked } from './counting-reads.ts';
import { decodeChanges } from './decode-changes.ts';
import { decodeRange } from './decode-range.ts';
import { type IdRange, lowestId } from './id-range.ts';
import type { Ledger } from './ledger-interface.ts';

/**
 * Counts a large table for the first time, for `migtop status`: in one parallel scan (sql/queries/scan.sql), in the snapshot of a poll.
 * PostgreSQL uses as many parallel processes as its settings allow. The scan counts all id ranges in brief (brief-counts.ts).
 *
 * First it counts the highest blocks of ids in the same way. They show whether their rows have so few different counters that there is
 * little to keep of each block, and whether the scan can end within its time limit. Otherwise the rest is counted in id ranges.
 */
export interface TableScan {
  /** Counts all ids below those that are counted. Resolves to false if not all could be counted; those that were stay counted. */
  count(): Promise<boolean>;
}

export interface ScanLimits {
  /** A block has at least 2 to the power of this many ids, and more if there would be more than `mostBlocks`. */
  readonly leastBits: number;
  /**
   * A scan is tried if it would take at least this many seconds with three processes, by the time of the first blocks. That time
   * is mostly the begin of the statement: a scan of ten million rows took 9 s where this is above 15 s.
   */
  readonly likelySeconds: number;
}

const usualLimits: ScanLimits = { leastBits: 16, likelySeconds: 45 };
const usualProcesses = 3;
const mostBlocks = 400;

/**
 * Maximum number of rows of a table that is counted in this way, and the maximum seconds of the scan, and of the poll before it. The
 * scan may take longer than other reads: ranges would take twice as long.
 */
const mostRows = 20_000_000;
const scanSeconds = 20;
const pollSeconds = 1;

/** A block is small if it has less than this share of its rows as groups. */
const fewGroups = 1 / 16;

/** Before this version, PostgreSQL sorts all rows if it expects many groups. */
const oldestServer = 130_000;

/** Groups are added up in a hash table: PostgreSQL expects far more of them than there are, and would sort the rows. */
const hashed: Statement = {
  text: `SELECT pg_catalog.set_config(name, 'off', true)
FROM pg_catalog.unnest(ARRAY['enable_sort', 'enable_incremental_sort']) AS name
WHERE pg_catalog.current_setting(name, true) IS NOT NULL`,
};

interface GivenUp {
  /** The digests of the source queries with a range, and those of the others. */
  readonly digests: readonly number[];
  readonly otherDigests: readonly number[];
  readonly isAny: boolean;
  /** Whether all operations that were given up were read. */
  readonly isWhole: boolean;
}

export interface Block {
  /** How many groups of rows with the same counters it has. */
  readonly groups: number;
  readonly rows: number;
  readonly counted: RangeCount;
  readonly history: RangeResult['history'];
}

const noRows: RangeCount = {
  counts: [],
  rows: [],
  attempts: [],
  keys: [],
  batches: [],
  unreadable: [],
  brief: { isShort: false },
  reachedId: null,
};

/** Creates the count of a large table by one scan, instead of range by range. It is tried only if it is likely to be fast. */
export function createTableScan(
  connection: Connection,
  target: () => Target,
  ledger: Ledger,
  now: () => number,
  { leastBits, likelySeconds }: ScanLimits = usualLimits,
): TableScan {
  /** The lowest range, if it is the only one that was never counted. */
  function uncounted(): IdRange | null {
    const [lowest, ...others] = ledger.ranges().all();
    if (lowest === undefined || lowest.countedAt !== null) return null;
    return others.length > 0 && others.every(({ countedAt }) => countedAt !== null) ? lowest : null;
  }

  function isPossible(): boolean {
    const { serverVersion, estimatedRows = 0 } = target();
    // Without statistics PostgreSQL could not tell the whole table from a part of it.
    if (serverVersion < oldestServer || estimatedRows <= 0 || estimatedRows > mostRows) return false;
    return estimatedRows * 4 > ledger.ids() && !ledger.ranges().lacksRows() && ledger.request([]).summed === null;
  }

  async function read(bits: number, first: bigint, last: bigint): Promise<Map<bigint, Block> | null> {
    const [asked = []] = await readTagged(connection, target(), [{ ...query('given-up', target(), {}), seconds: 4 }]);
    const givenUp = decodeGivenUp(asked);
    if (givenUp === null || !givenUp.isWhole) return null;
    const { isAny, digests, otherDigests } = givenUp;
    const values = {
      bits,
      first,
      last,
      hasGivenUp: isAny,
      digests,
      otherDigests,
      ...historyAsked(ledger.historyUntil()),
    };
    const scan: Read = { ...query('scan', target(), values), seconds: scanSeconds, after: hashed };
    const request = ledger.request([]);
    const reads = [changesRead(target(), request, pollSeconds), scan];
    const [changed = [], rows = []] = await readTagged(connection, target(), reads);
    const changes = decodeChanges(changed, request);
    // An operation was given up since: attempts at its work are missing.
    if (!hasSame(givenUp, decodeGivenUp(rows))) return null;
    const blocks = decodeBlocks(rows);
    if (!ledger.take(changes, request, undefined, resultsOf(blocks, BigInt(bits), first))) return null;
    return blocks;
  }

  /** Cuts the lowest range into the blocks; the lowest block has all ids below it, if those were asked for. */
  function resultsOf(blocks: ReadonlyMap<bigint, Block>, bits: bigint, first: bigint): RangeResult[] {
    const lowest = [...blocks.keys()].reduce((low, block) => (block < low ? block : low), ledger.top().first >> bits);
    const isAll = first === lowestId;
    const ranges = new Map(ledger.ranges().cutAtBlocks(bits, isAll ? (lowest + 1n) << bits : first));
    const rest = ledger.ranges().all()[0];
    if (isAll && rest !== undefined) ranges.set(lowest, rest);
    return [...ranges].map(([block, range]) => {
      const { counted = noRows, history = [] } = blocks.get(block) ?? {};
      return { kind: 'range', range, counted, history };
    });
  }

  return {
    async count() {
      const range = uncounted();
      if (range === null || !isPossible()) return false;
      let bits = leastBits;
      while (ledger.ids() / 2 ** bits > mostBlocks) bits++;
      const first = ((range.last >> BigInt(bits)) - 1n) << BigInt(bits);
      const startedMs = now();
      const blocks = await read(bits, first, range.last);
      const seconds = (now() - startedMs) / 1000;
      if (blocks === null || uncounted() === null || !isPossible()) return false;
      const counted = [...blocks.values()].reduce((sum, { rows }) => sum + rows, 0);
      const groups = [...blocks.values()].reduce((sum, one) => sum + one.groups, 0);
      if (counted === 0 || groups > counted * fewGroups) return false;
      const expected = ((seconds / counted) * (target().estimatedRows ?? 0)) / usualProcesses;
      return expected <= likelySeconds && (await read(bits, lowestId, first - 1n)) !== null;
    },
  };
}

function hasSame(before: GivenUp, after: GivenUp | null): boolean {
  if (after === null || before.isAny !== after.isAny || !after.isWhole) return false;
  const known = new Set([...before.digests, ...before.otherDigests]);
  return [...after.digests, ...after.otherDigests].every((digest) => known.has(digest));
}

/** The operations that were given up (sql/queries/given-up.sql). */
export function decodeGivenUp(rows: readonly Tagged[]): GivenUp | null {
  const [body] = ofKind(rows, 'given up');
  if (!Array.isArray(body)) return null;
  const [digests, others, isAny, isWhole] = body as unknown[];
  const known = (from: unknown): number[] => (Array.isArray(from) ? from.filter(Number.isInteger) : []);
  return { digests: known(digests), otherDigests: known(others), isAny: isAny === true, isWhole: isWhole === true };
}

/** The blocks of a scan. */
export function decodeBlocks(rows: readonly Tagged[]): Map<bigint, Block> {
  return new Map(ofKind(rows, 'block').flatMap(decodeBlock));
}

/** Decodes a block (sql/queries/scan.sql); the block of rows without an id is left out. */
function decodeBlock(body: unknown): [bigint, Block][] {
  if (!Array.isArray(body)) return [];
  const [block, groups, counted] = body as unknown[];
  if (typeof block !== 'string' || !/^-?\d+$/.test(block) || !Array.isArray(counted)) return [];
  const rows = counted.filter(Array.isArray).map(([kind, of]: unknown[]) => ({ kind: String(kind), body: of }));
  const decoded = decodeRange(rows, null);
  const operations = decoded.counted.counts.reduce((sum, one) => sum + one.operations, 0);
  return [[BigInt(block), { ...decoded, groups: Number(groups), rows: operations }]];
}
