import { addBatches } from '../domain/batch-tally.ts';
import { addTally, type Tally } from '../domain/tally.ts';
import { resumeAttempts } from './attempts.ts';
import { emptyRange, type GroupInRange, type MutableRange, type TableGroup } from './id-range.ts';
import type { KeptGroup, KeptGroupInRange, KeptRanges } from './kept-ranges.ts';
import type { KeyIndex, KeysAsked } from './range-keys.ts';

/** The id ranges for a later run. Their sums by table are not kept: they follow from the ranges. */
export function keepRanges(
  ranges: readonly MutableRange[],
  groups: readonly TableGroup[],
  keys: KeysAsked,
): KeptRanges {
  const places = new Map(groups.map((group, place) => [group, place]));
  return {
    groups: groups.map(({ phase, tableName, isMarked, keys: { isShared, isCut } }) => ({
      phase,
      tableName,
      isMarked,
      isShared,
      isCut,
    })),
    keys,
    ranges: ranges.map(({ groups: inRange, ...range }) => ({
      ...range,
      groups: [...inRange].map(([group, one]) => keptGroup(places.get(group) ?? 0, one)),
    })),
  };
}

/** The operations of a group in an id range. @param group the place of the group in `KeptRanges.groups` */
export function keptGroup(group: number, { tally, sample, attempts, keys, batches }: GroupInRange): KeptGroupInRange {
  return { group, tally, sample: [...sample.values()], attempts: [...attempts.values()], keys, batches };
}

/** The part of `createIdRanges` that adds rows to ranges. */
interface RangesUnderConstruction {
  groupOf(group: KeptGroup): TableGroup;
  groupIn(range: MutableRange, group: TableGroup): GroupInRange;
  change(group: TableGroup, tally: Tally, sign: 1): void;
  readonly keyIndex: KeyIndex;
}

/** The id ranges of an earlier run. */
export function resumeRanges(kept: KeptRanges, into: RangesUnderConstruction): MutableRange[] {
  const { groupOf, groupIn, change, keyIndex } = into;
  keyIndex.resume(kept.keys);
  const groups = kept.groups.map((one) => {
    const group = groupOf(one);
    group.isMarked = one.isMarked;
    group.keys.isShared = one.isShared;
    group.keys.isCut = one.isCut;
    return group;
  });
  return kept.ranges.map(({ groups: keptGroups, unreadable, isStale, isGuessed, isAdded, isBrief, ...place }) => {
    const range: MutableRange = {
      ...emptyRange(place.first, place.last, place.countedAt),
      isStale,
      isGuessed,
      isAdded,
      isBrief,
      unreadable,
    };
    for (const one of keptGroups) {
      const group = groups[one.group];
      if (group === undefined) continue;
      const inRange = groupIn(range, group);
      addTally(inRange.tally, one.tally, 1);
      change(group, one.tally, 1);
      for (const row of one.sample) inRange.sample.set(row.id, row);
      resumeAttempts(inRange.attempts, group.attemptQueries, one.attempts);
      for (const [digest, rows] of one.keys) keyIndex.put(group.keys, inRange.keys, digest, rows);
      for (const [batchSize, tally] of one.batches) addBatches(inRange.batches, batchSize, tally);
    }
    return range;
  });
}
