import { operationsOf } from '../domain/tally.ts';
import { isParameterized } from '../domain/work-key.ts';
import { type EvidenceRow, exactKeyOf } from '../domain/works.ts';
import { attemptsWith } from './attempts.ts';
import type { GroupInRange, MutableRange, TableGroup } from './id-range.ts';
import { fewRanges } from './ledger-limits.ts';
import type { KeyIndex } from './range-keys.ts';

/** Finds the id ranges of which rows are needed that were not when they were counted: they are counted again. */
export interface MissingRows {
  /**
   * A record range was given up for the first time: id ranges may have rows of it.
   *
   * @param except an id range that has just been counted
   * @param digest of the source query of the row, if it is known: rows with it are found by `takeShared`, where all digests are known
   */
  guessAttempts(group: TableGroup, except: MutableRange | null, digest: number | null): void;
  /**
   * Rows with this digest may be attempts of one work: the count of their id ranges reads them.
   *
   * @param isFirst whether the first count of the table found it: then the totals are wrong until the id ranges are counted again
   */
  readShared(group: TableGroup, digest: number, known: number, isFirst: boolean): void;
  /** A poll has read a row of the id range with this digest, which others have too: `judgeShared` follows. */
  takeShared(group: TableGroup, inRange: GroupInRange, digest: number, row: EvidenceRow): void;
  /** All rows of the poll are taken. A row that failed may be taken after its retry, so only now is known which ones are missing. */
  judgeShared(): void;
  /** All rows of a phase and table are needed, because it has few operations now. */
  readFew(group: TableGroup): void;
}

/** @param fewRows `SampleLimits` */
export function createMissingRows(
  ranges: () => readonly MutableRange[],
  keyIndex: KeyIndex,
  fewRows: number,
): MissingRows {
  const taken: { group: TableGroup; inRange: GroupInRange; digest: number; query: string }[] = [];

  function guessAttempts(group: TableGroup, except: MutableRange | null, digest: number | null): void {
    if (operationsOf(group.sum) <= fewRows) return;
    const isIndexed = digest !== null && keyIndex.hasAll(digest);
    for (const range of ranges())
      if (range !== except && range.groups.has(group) && (range.isBrief || !isIndexed)) range.isGuessed = true;
  }

  function readShared(group: TableGroup, digest: number, known: number, isFirst: boolean): void {
    // If the index keeps a sample of the rows, a new count of the ranges would find few of the attempts.
    if (!keyIndex.isNewlyShared(group.keys, digest, known) || keyIndex.isSample()) return;
    const mark = isFirst || ranges().length <= fewRanges ? 'isStale' : 'isGuessed';
    for (const range of ranges()) if (range.groups.get(group)?.keys.has(digest) === true) range[mark] = true;
  }

  function takeShared(group: TableGroup, inRange: GroupInRange, digest: number, row: EvidenceRow): void {
    const query = exactKeyOf(row);
    if (query !== null && row.work !== null && !isParameterized(row.work))
      taken.push({ group, inRange, digest, query });
  }

  function judgeShared(): void {
    for (const { group, inRange, digest, query } of taken.splice(0)) {
      readShared(group, digest, Math.max(1, attemptsWith(group.attemptQueries, query)), false);
      keyIndex.noteShared(group.keys, inRange.keys, digest);
    }
  }

  function readFew(group: TableGroup): void {
    if (operationsOf(group.sum) > fewRows) return;
    for (const range of ranges()) {
      const inRange = range.groups.get(group);
      const isKept = inRange === undefined || inRange.sample.size + inRange.unread >= operationsOf(inRange.tally);
      if (!isKept) range.isStale ||= range.countedAt !== null;
    }
  }

  return { guessAttempts, readShared, takeShared, judgeShared, readFew };
}
