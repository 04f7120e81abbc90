import type { CountedKeys } from '../domain/range-count.ts';
import { mostAttempts } from '../domain/repeated-works.ts';

/**
 * The source queries of rows, as digests of 32 bits: two rows of a phase and table with one digest may be attempts of one work.
 * Several rows of one id range with one digest are found by the count of the range. The index finds rows in different id
 * ranges, and rows that polls read: it keeps the digests of all rows or, if there are too many, of a sample of them.
 */
export interface KeyIndex {
  /** The digests for which the count of an id range has to return rows. */
  readonly asked: () => KeysAsked;
  /** Whether it keeps a sample: then most attempts in different id ranges stay unknown, and totals say so (`hasUnknownAttempts`). */
  readonly isSample: () => boolean;
  /** Whether it knows each row that has this digest, but for those of counts in brief, and `isNewlyShared` answers for it. */
  readonly hasAll: (digest: number) => boolean;
  /** Adds rows with one digest. */
  put(group: GroupKeys, inRange: Keys, digest: number, rows: number): void;
  /** Removes a row. Returns false if the number of rows with its digest is not known any more. */
  take(group: GroupKeys, inRange: Keys, digest: number): boolean;
  /** Removes all rows of an id range. */
  clear(group: GroupKeys, inRange: Keys): void;
  /** Adds the rows of another id range, which is merged into this one. */
  join(group: GroupKeys, to: Keys, added: Keys): void;
  /** Takes the digests of an earlier run: first what its counts asked for, then those of each id range. */
  resume(asked: KeysAsked): void;
  /**
   * Whether rows with this digest have to be read: others have it that the ledger has not read yet. True once for each digest
   * of a phase and table.
   *
   * @param known how many of the rows with this digest were read
   */
  isNewlyShared(group: GroupKeys, digest: number, known: number): boolean;
  /**
   * All rows with this digest are known, and some of them are not in this id range: the counts of their ranges have to return
   * them too.
   */
  noteShared(group: GroupKeys, inRange: Keys, digest: number): void;
}

/** How many rows of one phase and table have a digest in one id range, maximum `manyRows`. */
export type Keys = Map<number, number>;

/** The digests of one phase and table, in all id ranges. */
export interface GroupKeys {
  readonly rows: Map<number, number>;
  /** Whether rows in different id ranges share a digest. */
  isShared: boolean;
  /** Whether more rows share a digest than are kept. */
  isCut: boolean;
}

export interface KeysAsked {
  /** Digests with one of these bits are not in the sample. */
  readonly mask: number;
  /** The digests that rows in several id ranges have, or rows that polls read. */
  readonly others: readonly number[];
}

/** A digest that this many rows have is not one of attempts of one work. */
const manyRows = mostAttempts + 1;

/** Maximum number of digests for which rows are read in several id ranges. */
const maxOthers = 5000;

/** Returns keys without a digest; the map is changed in place. */
export const emptyGroupKeys = (): GroupKeys => ({ rows: new Map(), isShared: false, isCut: false });

/**
 * @param maxKeys maximum number of digests; if there are more, half of the sample is dropped
 * @param everywhere the digests of all groups and id ranges
 */
export function createKeyIndex(maxKeys: number, everywhere: () => Iterable<Keys>): KeyIndex {
  let mask = 0;
  let size = 0;
  /** The digests of `KeysAsked.others`, and the groups whose rows with them were asked for; null: all groups, as an earlier run did. */
  let others = new Map<number, Set<GroupKeys> | null>();

  function change(group: GroupKeys, inRange: Keys, digest: number, rows: number): void {
    const before = inRange.get(digest) ?? 0;
    set(inRange, digest, rows);
    set(group.rows, digest, (group.rows.get(digest) ?? 0) + rows - before);
    size += Number(rows > 0) - Number(before > 0);
  }

  function thin(): void {
    while (size > maxKeys) {
      mask = 2 * mask + 1;
      size = 0;
      for (const keys of everywhere()) {
        for (const digest of keys.keys()) if ((digest & mask) !== 0) keys.delete(digest);
        size += keys.size;
      }
    }
  }

  /** Returns whether the counts have not returned the rows with this digest yet. */
  function share(group: GroupKeys, digest: number): boolean {
    group.isShared = true;
    const groups = others.get(digest);
    // Rows of another table may have the same query.
    if (groups === null || groups?.has(group)) return false;
    if (groups === undefined && others.size >= maxOthers) {
      group.isCut = true;
      return false;
    }
    others.set(digest, (groups ?? new Set()).add(group));
    return true;
  }

  return {
    asked: () => ({ mask, others: [...others.keys()] }),
    isSample: () => mask !== 0,
    hasAll: (digest) => mask === 0 && (others.size < maxOthers || others.has(digest)),
    put(group, inRange, digest, rows) {
      if ((digest & mask) !== 0) return;
      change(group, inRange, digest, Math.min(manyRows, (inRange.get(digest) ?? 0) + rows));
      thin();
    },
    take(group, inRange, digest) {
      const rows = inRange.get(digest) ?? 0;
      if (rows > 0) change(group, inRange, digest, rows - 1);
      return rows < manyRows;
    },
    clear(group, inRange) {
      for (const digest of [...inRange.keys()]) change(group, inRange, digest, 0);
    },
    join(group, to, added) {
      for (const [digest, rows] of added) {
        change(group, added, digest, 0);
        change(group, to, digest, Math.min(manyRows, (to.get(digest) ?? 0) + rows));
      }
    },
    resume(asked) {
      mask = asked.mask;
      others = new Map(asked.others.map((digest) => [digest, null]));
    },
    isNewlyShared(group, digest, known) {
      const rows = group.rows.get(digest) ?? 0;
      return rows > known && rows >= 2 && rows <= mostAttempts && share(group, digest);
    },
    noteShared(group, inRange, digest) {
      const rows = group.rows.get(digest) ?? 0;
      if (rows > (inRange.get(digest) ?? 0) && rows <= mostAttempts) share(group, digest);
    },
  };
}

/** Whether some rows may be attempts of one work that the ledger does not know. */
export function hasUnknownAttempts(group: GroupKeys, { mask }: Pick<KeysAsked, 'mask'>): boolean {
  return group.isCut || (group.isShared && mask !== 0);
}

/** The digests that the count of an id range found, and how many rows have each. */
export function* keysOf({ single, several }: CountedKeys): Generator<readonly [number, number]> {
  for (const digest of single) yield [digest, 1];
  yield* several;
}

function set(keys: Keys, digest: number, rows: number): void {
  if (rows > 0) keys.set(digest, rows);
  else keys.delete(digest);
}
