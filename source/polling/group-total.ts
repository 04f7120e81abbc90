import { repeatedWorks } from '../domain/repeated-works.ts';
import type { Total } from '../domain/snapshot.ts';
import { operationsOf, widen } from '../domain/tally.ts';
import { firstExtreme } from '../domain/tally-places.ts';
import { type AttemptsByWork, type EvidenceRow, inOrderOfId } from '../domain/works.ts';
import { crowdsOfQueries, type RepeatedRows, worksOfQueries } from './attempts.ts';
import type { GroupInRange, MutableRange, TableGroup } from './id-range.ts';
import { hasUnknownAttempts, type KeysAsked } from './range-keys.ts';
import { sameIfEqual } from './same-data.ts';
import { type KeptRows, type SampleLimits, totalWithRows } from './samples.ts';
import { unreadableTables } from './unreadable-rows.ts';

/** The groups that have operations, with their totals. @param groups by `phase table` */
export function totalsOfGroups(
  groups: ReadonlyMap<string, TableGroup>,
  ranges: readonly MutableRange[],
  asked: Pick<KeysAsked, 'mask'>,
  limits: SampleLimits,
): [TableGroup, Total][] {
  const unreadable = unreadableTables(ranges);
  return [...groups].flatMap(([key, group]): [TableGroup, Total][] => {
    const total = totalOfGroup(group, ranges, asked, limits, unreadable.has(key));
    return total === null ? [] : [[group, total]];
  });
}

/** The total of a phase and table; null if it has no operations. It is made again only after a change. */
function totalOfGroup(
  group: TableGroup,
  ranges: readonly MutableRange[],
  asked: Pick<KeysAsked, 'mask'>,
  limits: SampleLimits,
  hasUnreadable: boolean,
): Total | null {
  if (operationsOf(group.sum) === 0) return null;
  if (group.hasUnreadable !== hasUnreadable) {
    group.hasUnreadable = hasUnreadable;
    group.total = null;
  }
  if (group.hasOldExtremes) refreshExtremes(group, ranges);
  if (group.total === null) {
    const total = totalWithRows(group, group.sum, keptOf(group, ranges, asked), limits);
    group.total = sameIfEqual(group.lastTotal, hasUnreadable ? { ...total, hasUnreadable } : total);
  }
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

const none: AttemptsByWork = [];

const noRepeated: Pick<RepeatedRows, 'attempts' | 'crowds'> = { attempts: none, crowds: none };

/** The attempts of works with several of them, and the crowds: the same arrays until one of them changes, so that their sums are kept too. */
function repeatedRows(group: TableGroup, attempts: () => readonly EvidenceRow[]): typeof noRepeated {
  const { all, repetitions, changes } = group.attemptQueries;
  if (all.size === 0 && !group.isMarked) return noRepeated;
  if (group.repeated?.changes !== changes) {
    // Without marks, the works are the record ranges.
    const latest = repetitions > 0 ? inOrderOfId(repeatedWorks(attempts())) : worksOfQueries(group.attemptQueries);
    const crowds = crowdsOfQueries(group.attemptQueries);
    const before = group.repeated ?? noRepeated;
    group.repeated = {
      changes,
      attempts: isSame(before.attempts, latest) ? before.attempts : latest,
      crowds: isSame(before.crowds, crowds) ? before.crowds : crowds,
    };
  }
  return group.repeated;
}

function isSame(before: AttemptsByWork, latest: AttemptsByWork): boolean {
  return (
    before.length === latest.length &&
    latest.every((work, index) => {
      const known = before[index] ?? [];
      return work === known || (work.length === known.length && work.every((row, at) => row === known[at]));
    })
  );
}

function keptOf(group: TableGroup, ranges: readonly MutableRange[], asked: Pick<KeysAsked, 'mask'>): KeptRows {
  const each = (rowsOf: (inRange: GroupInRange) => Map<number, EvidenceRow>): EvidenceRow[] =>
    ranges.flatMap((range) => {
      const inRange = range.groups.get(group);
      return inRange === undefined ? [] : [...rowsOf(inRange).values()];
    });
  const repeated = (): typeof noRepeated => repeatedRows(group, () => each(({ attempts }) => attempts));
  return {
    sample: () => each(({ sample }) => sample),
    attempts: () => repeated().attempts,
    crowds: () => repeated().crowds,
    mayBeMarked: group.isMarked,
    hasMoreAttempts: hasUnknownAttempts(group.keys, asked),
  };
}
