import { addBatches, batchOfOperation, batchTallyOf, takeBatch } from '../domain/batch-tally.ts';
import { createMemo } from '../domain/memo.ts';
import { type Operation, statuses } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import { tableKey } from '../domain/rate-keys.ts';
import type { Total } from '../domain/snapshot.ts';
import { inOrderOfStart } from '../domain/start-order.ts';
import {
  addTally,
  emptyTally,
  hasOneTotal,
  mayShrink,
  operationsOf,
  type Tally,
  tallyOf,
  tallyOfCount,
  untouchedPending,
} from '../domain/tally.ts';
import { createEvidence } from '../domain/works.ts';
import type { Zone } from '../domain/zone.ts';
import { clearAttempts, givenUpIn, joinAttempts, putAttempt, putCounted, takeAttempt } from './attempts.ts';
import { createNeeds } from './brief-counts.ts';
import { totalsOfGroups } from './group-total.ts';
import {
  emptyGroup,
  emptyGroupInRange,
  type GivenUp,
  type GroupInRange,
  type MutableRange,
  type TableGroup,
} from './id-range.ts';
import { keepRanges, resumeRanges } from './keep-ranges.ts';
import type { KeptRanges } from './kept-ranges.ts';
import { knownEvidence } from './known-evidence.ts';
import type { LedgerLimits } from './ledger-limits.ts';
import { createMissingRows } from './missing-rows.ts';
import { createKeyIndex, type KeysAsked, keysOf } from './range-keys.ts';
import { joinSamples, type KnownEvidence, putRow, takeRow } from './samples.ts';

/** The sums of id ranges by phase and table, and the same sums of all ranges together. */
export interface RangeSums {
  /** The sums of all phases and tables, without extremes. */
  readonly grand: Tally;
  /** `IdRanges.add`, `remove` and `removePending`. */
  add(range: MutableRange, operation: Operation): void;
  remove(range: MutableRange, operation: Operation, becomes: Operation | null): void;
  removePending(range: MutableRange, operation: Operation, isGuess: boolean): boolean;
  /** `IdRanges.judgeShared` */
  judgeShared(): void;
  /**
   * Adds a count of a range, which has no sums.
   *
   * @param known the record ranges that the last count of the id range had as given up; null if the table was not counted
   */
  put(range: MutableRange, read: RangeCount, known: GivenUp | null): void;
  /** After a range was counted in full: of tables with few operations, the rows that it did not return cannot be read. */
  noteUnread(range: MutableRange): void;
  /** After a range was counted again: of a table that has few operations now, all ranges have to have all rows. */
  readFew(groups: Iterable<TableGroup>): void;
  /** Adds a count of rows that a range has in addition. */
  append(range: MutableRange, read: RangeCount): void;
  /** The evidence that a range has already. */
  evidence(range: MutableRange | undefined): KnownEvidence;
  /** Removes the sums of a range. Returns for each group the record ranges of the rows that were given up. */
  clear(range: MutableRange): GivenUp;
  /** Adds the sums of a range to those of its neighbour. */
  join(into: MutableRange, range: MutableRange): void;
  totals(): Total[];
  /** `IdRanges.readMissing` and `lacksRows` */
  readMissing(): void;
  lacksRows(): boolean;
  keys(): KeysAsked;
  /** The ranges, for a later run, and those of an earlier run. */
  keep(): KeptRanges;
  resume(kept: KeptRanges): MutableRange[];
}

/** @param ranges the id ranges that there are; `zone`: of the table's writers */
export function createRangeSums(
  limits: Pick<LedgerLimits, 'maxKeys' | 'sample'>,
  ranges: () => readonly MutableRange[],
  zone: () => Zone,
): RangeSums {
  const { sample: sampleLimits } = limits;
  const tableGroups = new Map<string, TableGroup>();
  const grand = emptyTally();
  // The row cache has the same object for each version of a row.
  const memo = createMemo();
  const asRead = createEvidence();
  const evidenceOf = (operation: Operation) => inOrderOfStart(asRead(operation), zone());
  const evidence = (operation: Operation) => memo(evidenceOf, operation);
  const tallied = (operation: Parameters<typeof tallyOf>[0]) => tallyOf(operation, zone());
  const batchIn = (operation: Operation) => batchOfOperation(operation, zone());
  const needsRows = createNeeds(sampleLimits);
  const keyIndex = createKeyIndex(limits.maxKeys, function* () {
    for (const group of tableGroups.values()) yield group.keys.rows;
    for (const range of ranges()) for (const { keys } of range.groups.values()) yield keys;
  });

  const missing = createMissingRows(ranges, keyIndex, sampleLimits.fewRows);
  const { guessAttempts, readShared, takeShared, readFew } = missing;

  function groupOf({ phase, tableName }: Pick<Operation, 'phase' | 'tableName'>): TableGroup {
    const key = tableKey(phase, tableName);
    const group = tableGroups.get(key) ?? emptyGroup(phase, tableName);
    tableGroups.set(key, group);
    return group;
  }

  const totalsByGroup = () => totalsOfGroups(tableGroups, ranges(), keyIndex.asked(), sampleLimits);

  /** The tables that need more than counts in brief, by what is counted. */
  function lacking(): TableGroup[] {
    return totalsByGroup().flatMap(([group, total]) => (needsRows(total) ? [group] : []));
  }

  function groupIn(range: MutableRange, group: TableGroup): GroupInRange {
    const inRange = range.groups.get(group) ?? emptyGroupInRange();
    range.groups.set(group, inRange);
    return inRange;
  }

  function change(group: TableGroup, tally: Tally, sign: 1 | -1): void {
    addTally(group.sum, tally, sign);
    addTally(grand, tally, sign);
    group.total = null;
  }

  function subtract(
    range: MutableRange,
    group: TableGroup,
    { tally, attempts, keys }: GroupInRange,
    taken: Tally,
  ): void {
    addTally(tally, taken, -1);
    change(group, taken, -1);
    if (operationsOf(tally) !== 0) return;
    // Sums that are left without operations were wrong: subtract them from the totals too.
    change(group, tally, -1);
    clearAttempts(attempts, group.attemptQueries);
    keyIndex.clear(group.keys, keys);
    range.groups.delete(group);
    group.hasOldExtremes = true;
  }

  /** `RangeSums.put`. */
  function put(range: MutableRange, read: RangeCount, known: GivenUp | null): void {
    const { counts, rows, attempts, keys, batches } = read;
    for (const count of counts) {
      const group = groupOf(count);
      const tally = tallyOfCount(count);
      addTally(groupIn(range, group).tally, tally, 1);
      change(group, tally, 1);
    }
    for (const counted of rows) {
      const group = groupOf(counted);
      const inRange = range.groups.get(group);
      if (inRange === undefined) continue;
      inRange.sample.set(counted.row.id, inOrderOfStart(counted.row, zone()));
      group.isMarked ||= counted.row.mark !== null;
      group.total = null;
    }
    for (const group of new Set(counts.map(groupOf)))
      joinSamples(groupIn(range, group).sample, new Map(), operationsOf(group.sum), sampleLimits);
    for (const [group, counted] of Map.groupBy(attempts, groupOf)) {
      const inRange = range.groups.get(group);
      if (inRange === undefined) continue;
      const isNew = putCounted(inRange.attempts, group.attemptQueries, counted, known?.get(group));
      // The first count of the table reads such rows in every id range.
      if (isNew && known !== null) guessAttempts(group, range, null);
    }
    for (const counted of keys) {
      const group = groupOf(counted);
      const inRange = range.groups.get(group);
      if (inRange === undefined) continue;
      group.keys.isCut ||= counted.isCut;
      for (const [digest, rows] of keysOf(counted)) {
        keyIndex.put(group.keys, inRange.keys, digest, rows);
        readShared(group, digest, rows, known === null);
      }
    }
    for (const counted of batches) {
      const inRange = range.groups.get(groupOf({ phase: 'execution', tableName: counted.tableName }));
      if (inRange !== undefined) addBatches(inRange.batches, counted.batchSize, batchTallyOf(counted));
    }
  }

  return {
    grand,
    add(range, operation) {
      const group = groupOf(operation);
      const [tally, inRange] = [tallied(operation), groupIn(range, group)];
      addTally(inRange.tally, tally, 1);
      change(group, tally, 1);
      const row = evidence(operation);
      const operations = { inRange: operationsOf(inRange.tally), inAll: operationsOf(group.sum) };
      putRow(inRange.sample, row, operations, sampleLimits);
      group.isMarked ||= row.mark !== null;
      const batch = batchIn(operation);
      if (batch !== null) addBatches(inRange.batches, batch.batchSize, batchTallyOf(batch));
      const digest = operation.queryDigest ?? null;
      if (digest !== null) keyIndex.put(group.keys, inRange.keys, digest, 1);
      const isShared = digest !== null && (group.keys.rows.get(digest) ?? 0) > 1;
      if (putAttempt(inRange.attempts, group.attemptQueries, row, isShared)) guessAttempts(group, null, digest);
      if (isShared) takeShared(group, inRange, digest, row);
    },
    remove(range, operation, becomes) {
      const group = groupOf(operation);
      const inRange = range.groups.get(group);
      const taken = tallied(operation);
      if (inRange === undefined || (inRange.tally[statuses.indexOf(operation.status)] ?? 0) < 1) {
        range.isStale = true;
        return;
      }
      const after = becomes !== null && groupOf(becomes) === group ? becomes : null;
      const row = evidence(operation);
      const rowAfter = after === null ? null : evidence(after);
      const kept = { tally: inRange.tally, inAll: operationsOf(group.sum) };
      if (!takeRow(inRange.sample, row, rowAfter, kept, sampleLimits)) range.isStale = true;
      if (!takeAttempt(inRange.attempts, group.attemptQueries, row)) range.isStale = true;
      const { queryDigest: digest } = operation;
      if (digest !== undefined && !keyIndex.take(group.keys, inRange.keys, digest) && after?.queryDigest !== digest)
        range.isStale = true;
      if (operationsOf(inRange.tally) > 1 && mayShrink(inRange.tally, taken, after === null ? null : tallied(after)))
        range.isStale = true;
      const batch = batchIn(operation);
      if (batch !== null && !takeBatch(inRange.batches, batch, after === null ? null : batchIn(after)))
        range.isStale ||= operationsOf(inRange.tally) > 1;
      subtract(range, group, inRange, taken);
      if (after === null) readFew(group);
    },
    removePending(range, operation, isGuess) {
      const group = groupOf(operation);
      const inRange = range.groups.get(group);
      if (inRange === undefined || (untouchedPending(inRange.tally) ?? 0) < 1) return false;
      const known = inRange.sample.get(operation.id);
      // The total of a row that is not kept is known only if all rows have the same.
      range.isGuessed ||= isGuess || (known === undefined && !hasOneTotal(inRange.tally, operation));
      const { totalRecords, batchSize } = known ?? operation;
      const pending = { ...operation, status: 'pending' as const, recordsProcessed: null, totalRecords, batchSize };
      const row = { ...pending, startedAt: null, completedAt: null };
      const pendingRow = evidence(row);
      const kept = { tally: inRange.tally, inAll: operationsOf(group.sum) };
      if (!takeRow(inRange.sample, pendingRow, evidence(operation), kept, sampleLimits)) return false;
      takeAttempt(inRange.attempts, group.attemptQueries, pendingRow);
      if (operation.queryDigest !== undefined) keyIndex.take(group.keys, inRange.keys, operation.queryDigest);
      subtract(range, group, inRange, tallied(row));
      return true;
    },
    judgeShared: missing.judgeShared,
    put,
    noteUnread(range) {
      for (const [group, inRange] of range.groups)
        if (operationsOf(group.sum) <= sampleLimits.fewRows)
          inRange.unread = Math.max(0, operationsOf(inRange.tally) - inRange.sample.size);
    },
    readFew(groups) {
      for (const group of groups) readFew(group);
    },
    append(range, read) {
      put(range, read, new Map([...range.groups].map(([group, { attempts }]) => [group, givenUpIn(attempts)])));
    },
    evidence: (range) => knownEvidence(range, tableGroups, sampleLimits),
    clear(range) {
      const givenUp: GivenUp = new Map();
      for (const [group, { tally, attempts, keys }] of range.groups) {
        change(group, tally, -1);
        givenUp.set(group, clearAttempts(attempts, group.attemptQueries));
        keyIndex.clear(group.keys, keys);
        group.hasOldExtremes = true;
      }
      range.groups = new Map();
      return givenUp;
    },
    join(into, range) {
      for (const [group, { tally, sample, attempts, keys, batches, unread }] of range.groups) {
        const to = groupIn(into, group);
        to.unread += unread;
        addTally(to.tally, tally, 1);
        joinAttempts(to.attempts, attempts);
        keyIndex.join(group.keys, to.keys, keys);
        for (const [batchSize, sums] of batches) addBatches(to.batches, batchSize, sums);
        joinSamples(to.sample, sample, operationsOf(group.sum), sampleLimits);
        group.total = null;
      }
    },
    totals: () => totalsByGroup().map(([, total]) => total),
    readMissing() {
      const brief = ranges().filter(({ isBrief }) => isBrief);
      if (brief.length === 0) return;
      for (const group of lacking()) for (const range of brief) if (range.groups.has(group)) range.isStale = true;
    },
    lacksRows: () => lacking().some(({ sum }) => operationsOf(sum) > sampleLimits.fewRows),
    keys: keyIndex.asked,
    keep: () => keepRanges(ranges(), [...tableGroups.values()], keyIndex.asked()),
    resume: (kept) => resumeRanges(kept, { groupOf, groupIn, change, keyIndex }),
  };
}
