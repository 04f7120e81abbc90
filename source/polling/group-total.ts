import { rowsOfWorks } from '../domain/attempt-sums.ts';
import type { Total } from '../domain/snapshot.ts';
import { firstExtreme, operationsOf, widen } from '../domain/tally.ts';
import { type EvidenceRow, worksOfRanges } from '../domain/works.ts';
import type { GroupInRange, MutableRange, TableGroup } from './id-range.ts';
import { hasUnknownAttempts, type KeysAsked } from './range-keys.ts';
import { sameIfEqual } from './same-data.ts';
import { attemptsOfWorks, type KeptRows, type SampleLimits, totalWithRows } from './samples.ts';

/** The total of a phase and table; null if it has no operations. It is made again only after a change. */
export function totalOfGroup(
  group: TableGroup,
  ranges: readonly MutableRange[],
  asked: Pick<KeysAsked, 'mask'>,
  limits: SampleLimits,
): Total | null {
  if (operationsOf(group.sum) === 0) return null;
  if (group.hasOldExtremes) refreshExtremes(group, ranges);
  group.total ??= sameIfEqual(group.lastTotal, totalWithRows(group, group.sum, keptOf(group, ranges, asked), limits));
  group.lastTotal = group.total;
  return group.total;
}

/** Takes the extremes of a group again from all ranges. */
function refreshExtremes(group: TableGroup, ranges: readonly MutableRange[]): void {
  group.hasOldExtremes = false;
  group.sum.fill(Number.NEGATIVE_INFINITY, firstExtreme);
  for (const range of ranges) {
    const tally = range.groups.get(group)?.tally;
    if (tally !== undefined) widen(group.sum, tally);
  }
}

const noRows: readonly EvidenceRow[] = [];

/** The attempts of works with several of them: the same array until one of them changes, so that its sums are kept too. */
function repeatedRows(group: TableGroup, attempts: () => readonly EvidenceRow[]): readonly EvidenceRow[] {
  const { all, several, repetitions, changes } = group.attemptRanges;
  if (all.size === 0 && !group.isMarked) return noRows;
  if (group.repeated?.changes !== changes) {
    // Without marks, the works are the record ranges.
    const rows = repetitions > 0 ? attemptsOfWorks(attempts()) : rowsOfWorks(worksOfRanges(several.values()));
    const before = group.repeated?.rows ?? noRows;
    const isSame = rows.length === before.length && rows.every((row, index) => row === before[index]);
    group.repeated = { changes, rows: isSame ? before : rows };
  }
  return group.repeated.rows;
}

function keptOf(group: TableGroup, ranges: readonly MutableRange[], asked: Pick<KeysAsked, 'mask'>): KeptRows {
  const each = (rowsOf: (inRange: GroupInRange) => Map<number, EvidenceRow>): EvidenceRow[] =>
    ranges.flatMap((range) => {
      const inRange = range.groups.get(group);
      return inRange === undefined ? [] : [...rowsOf(inRange).values()];
    });
  return {
    sample: () => each(({ sample }) => sample),
    attempts: () => repeatedRows(group, () => each(({ attempts }) => attempts)),
    mayBeMarked: group.isMarked,
    hasMoreAttempts: hasUnknownAttempts(group.keys, asked),
  };
}
