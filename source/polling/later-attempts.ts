import { attempt, type Decoded, identifier, integer, line, named, optional } from '../database/decode.ts';

/**
 * Looks for attempts of the same work as failed operations in the whole table, if it has more failures than the counts of id ranges
 * compare (range.sql): once, in parts, from the newest id down, by digests of the source queries. Attempts that begin or end
 * later are read by the polls.
 */
export interface LaterAttempts {
  /** A failed operation of which other attempts have to be found. The search for it begins after the one in progress. */
  add(digest: number | null): void;
  /** The next read; null if there is nothing to find. */
  next(): LaterReading | null;
  /** @param isFailure whether the operation with this id has failed */
  take(part: Part, isFailure: (id: number) => boolean): void;
  /** The operations of the last `found` were read. */
  takeFound(): void;
  /** A part took too long: the next ones are smaller. Returns false if they cannot be. */
  makeSmaller(): boolean;
  isDone(): boolean;
  /**
   * The share of the table that was read, 0 to 0.99 in steps of 1 %; null if there is nothing to find.
   *
   * @param operations how many operations the table has
   */
  share(operations: number): number | null;
}

export type LaterReading =
  | { readonly kind: 'part'; readonly part: PartRequest }
  /** Operations that may be attempts at the work of a failed one. */
  | { readonly kind: 'found'; readonly ids: readonly number[] };

export interface PartRequest {
  /** The highest id to read; null: from the newest one on. */
  readonly highest: number | null;
  readonly limit: number;
  /** The digests: each sets two bits. */
  readonly bits: string;
  readonly mask: number;
}

export interface Part {
  readonly found: readonly LikelyAttempt[];
  /** The lowest id that was read; null at the end of the table. */
  readonly lowest: number | null;
}

export interface LikelyAttempt {
  readonly id: number;
  readonly digest: number | null;
  /** The operation that migtop/worker marked as repeated by this one. */
  readonly repeats: number | null;
}

/** How many operations are read at a time; fewer if that takes too long. */
const mostRead = 50_000;
const fewestRead = 500;

/** How many operations that were found are read at a time. */
const foundRead = 2000;

/** Two bits in about eight for each digest: of the other rows, up to 5 in 100 are returned too. */
const bitsPerDigest = 8;
const fewestBits = 2 ** 13;
const mostBits = 2 ** 20;

interface Search {
  readonly digests: ReadonlySet<number>;
  readonly bits: string;
  readonly mask: number;
  highest: number | null;
  operationsRead: number;
}

/**
 * Asks for at most `mostRead` operations in a part, and for at most `foundRead` of the found ones at a time. `makeSmaller`
 * quarters the parts, down to `fewestRead`.
 */
export function createLaterAttempts(): LaterAttempts {
  let waiting: Set<number> | null = null;
  let search: Search | null = null;
  let found: readonly number[] = [];
  let limit = mostRead;

  const isDone = (): boolean => search === null && waiting === null && found.length === 0;

  return {
    add(digest) {
      waiting ??= new Set();
      if (digest !== null) waiting.add(digest);
    },
    next() {
      if (found.length > 0) return { kind: 'found', ids: found.slice(0, foundRead) };
      if (search === null && waiting !== null) {
        search = { digests: waiting, ...bitsOf(waiting), highest: null, operationsRead: 0 };
        waiting = null;
      }
      if (search === null) return null;
      const { highest, bits, mask } = search;
      return { kind: 'part', part: { highest, limit, bits, mask } };
    },
    take(part, isFailure) {
      if (search === null) return;
      const { digests } = search;
      search.operationsRead += limit;
      if (part.lowest === null) search = null;
      else search.highest = part.lowest - 1;
      found = part.found
        .filter(
          ({ digest, repeats }) => (digest !== null && digests.has(digest)) || (repeats !== null && isFailure(repeats)),
        )
        .map(({ id }) => id);
    },
    takeFound() {
      found = found.slice(foundRead);
    },
    makeSmaller() {
      if (limit === fewestRead) return false;
      limit = Math.max(fewestRead, Math.floor(limit / 4));
      return true;
    },
    isDone,
    share(operations) {
      if (isDone()) return null;
      if (search === null) return waiting === null ? 0.99 : 0;
      return Math.min(0.99, Math.floor((100 * search.operationsRead) / Math.max(1, operations)) / 100);
    },
  };
}

/** Each digest sets the bits that its lower and its upper part name. */
function bitsOf(digests: ReadonlySet<number>): { readonly bits: string; readonly mask: number } {
  let count = fewestBits;
  while (count < mostBits && count < digests.size * bitsPerDigest) count *= 2;
  const bytes = new Uint8Array(count / 8);
  const mask = count - 1;
  for (const digest of digests) {
    for (const bit of [digest & mask, (digest >> 12) & mask])
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return { bits: Buffer.from(bytes).toString('base64'), mask };
}

/** Decodes a row that may be an attempt at the work of a failure; its texts are not read. */
export function decodeFound(body: unknown): Decoded<LikelyAttempt> {
  return attempt(named(body, ['id', 'digest', 'repeats']), (row) => {
    const repeats = Number(optional(row, 'repeats', line) ?? Number.NaN);
    return {
      id: identifier(row, 'id'),
      digest: optional(row, 'digest', integer),
      repeats: Number.isSafeInteger(repeats) ? repeats : null,
    };
  });
}

/** The lowest id of a part; null if the part is not full: then it is the last one. */
export function decodeLowest(body: unknown, limit: number): number | null {
  const [lowest, rows]: readonly unknown[] = Array.isArray(body) ? body : [];
  return Number(rows) >= limit && typeof lowest === 'number' && Number.isSafeInteger(lowest) ? lowest : null;
}
