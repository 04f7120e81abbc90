import { type BatchTallies, batchTallyWidth } from '../domain/batch-tally.ts';
import { isPhase, isStatus, type Operation, type Phase, type Status, statuses } from '../domain/operation.ts';
import { tableKey } from '../domain/rate-keys.ts';
import type { HistorySpan } from '../domain/snapshot.ts';
import { emptyTally, type Tally } from '../domain/tally.ts';
import { tallyWidth } from '../domain/tally-places.ts';
import type { EvidenceRow } from '../domain/works.ts';
import {
  check,
  extended,
  finiteNumber,
  flag,
  ifFit,
  int32,
  list,
  name,
  natural,
  orNull,
  plain,
  shownLine,
  tuple,
  wholeNumber,
} from './checked-value.ts';
import { highestId, lowestId } from './id-range.ts';
import type { KeptHorizon, KeptLedger, KeptPoll } from './kept-ledger.ts';
import type { KeptGroup, KeptGroupInRange, KeptRange, KeptRanges } from './kept-ranges.ts';
import type { Keys } from './range-keys.ts';

/** Maximum lengths of lists, far above those of a ledger. */
const most = { groups: 100_000, ranges: 200_000, rows: 50_000, spans: 200_000, keys: 300_000, small: 20_000 } as const;

/**
 * Checks the JSON value of a kept ledger, which may be anything: types, bounds, texts that would be shown, and whether the id ranges
 * cover all ids. Returns null if something does not fit.
 */
export function readKept(body: unknown): KeptLedger | null {
  return ifFit(() => {
    const [last, horizon, drift, ranges, rows, history] = tuple(body, 6);
    const [hintAt, changesSinceHint] = tuple(drift, 2);
    const [until, spans] = tuple(history, 2);
    const kept: KeptLedger = {
      last: pollOf(last),
      horizon: horizonOf(horizon),
      drift: { hintAt: extended(hintAt), changesSinceHint: natural(changesSinceHint) },
      ranges: rangesOf(ranges),
      rows: list(rows, most.rows).map(rowOf),
      history: { until: finiteNumber(until), spans: list(spans, most.spans).map(spanOf) },
    };
    checkTimes(kept);
    return kept;
  });
}

/** Nothing in a ledger is later than its last poll: such a time would put off counts or leave out changes. */
function checkTimes({ last, horizon, drift, ranges, history }: KeptLedger): void {
  const times = [
    horizon.newestStart,
    horizon.first?.newestStart ?? Number.NEGATIVE_INFINITY,
    drift.hintAt,
    history.until,
    ...horizon.assigned.map(({ takenAt }) => takenAt),
    ...ranges.ranges.map(({ countedAt }) => countedAt ?? Number.NEGATIVE_INFINITY),
  ];
  check(times.every((time) => time <= last.takenAt));
  check(last.xmin <= last.xmax);
}

function pollOf(value: unknown): KeptPoll {
  const [takenAt, xmin, xmax, server, storage, inserted, updated, deleted, resets, ...places] = tuple(value, 12);
  const [highest, newestStart, counts] = places;
  const counted = tuple(counts, statuses.length).map((count) => orNull(count, natural));
  return {
    takenAt: finiteNumber(takenAt),
    xmin: natural(xmin),
    xmax: natural(xmax),
    server: finiteNumber(server),
    storage: plain(storage),
    inserted: wholeNumber(inserted),
    updated: wholeNumber(updated),
    deleted: wholeNumber(deleted),
    resets: plain(resets),
    highestId: orNull(highest, idOf),
    lowestId: null,
    // Only the next poll shows it.
    takesWrites: true,
    newestStart: orNull(newestStart, finiteNumber),
    counts: Object.fromEntries(
      statuses.flatMap((status, index) => (counted[index] == null ? [] : [[status, counted[index]]])),
    ),
  };
}

function horizonOf(value: unknown): KeptHorizon {
  const [top, bottom, firstTop, newestStart, first, assigned] = tuple(value, 6);
  return {
    top: idOf(top),
    bottom: idOf(bottom),
    firstTop: idOf(firstTop),
    newestStart: extended(newestStart),
    first: orNull(first, (pair) => {
      const [xmax, start] = tuple(pair, 2);
      return { xmax: natural(xmax), newestStart: extended(start) };
    }),
    assigned: list(assigned, most.small).map((pair) => {
      const [takenAt, xmax] = tuple(pair, 2);
      return { takenAt: finiteNumber(takenAt), xmax: natural(xmax) };
    }),
  };
}

function rangesOf(value: unknown): KeptRanges {
  const [groupList, keyList, rangeList] = tuple(value, 3);
  const groups = list(groupList, most.groups).map(groupOf);
  const [mask, others] = tuple(keyList, 2);
  const ranges = list(rangeList, most.ranges).map((range) => rangeOf(range, groups.length));
  check(ranges[0]?.first === lowestId && ranges.at(-1)?.last === highestId);
  ranges.forEach(({ first, last }, place) => {
    check(first <= last && (place === 0 || first === (ranges[place - 1]?.last ?? 0n) + 1n));
  });
  const keys = ranges.flatMap((range) => range.groups.map((group) => group.keys.size));
  check(keys.reduce((sum, size) => sum + size, 0) <= most.keys);
  check(new Set(groups.map(({ phase, tableName }) => tableKey(phase, tableName))).size === groups.length);
  return { groups, keys: { mask: int32(mask), others: list(others, most.small).map(int32) }, ranges };
}

function groupOf(value: unknown): KeptGroup {
  const [phase, tableName, isMarked, isShared, isCut] = tuple(value, 5);
  return {
    phase: phaseOf(phase),
    tableName: name(tableName),
    isMarked: flag(isMarked),
    isShared: flag(isShared),
    isCut: flag(isCut),
  };
}

function rangeOf(value: unknown, groups: number): KeptRange {
  const [first, last, counted, flags, unreadable, inRange] = tuple(value, 6);
  const [isStale, isGuessed, isAdded, isBrief] = tuple(flags, 4).map(flag);
  const countedAt = orNull(counted, finiteNumber);
  const kept = list(inRange, most.groups).map((group) => groupInRangeOf(group, groups));
  check(new Set(kept.map(({ group }) => group)).size === kept.length && (countedAt !== null || kept.length === 0));
  return {
    first: idOf(first),
    last: idOf(last),
    countedAt,
    isStale: isStale === true,
    isGuessed: isGuessed === true,
    isAdded: isAdded === true,
    isBrief: isBrief === true,
    unreadable: list(unreadable, most.small).map((one) => {
      const [operations, problem, status, place] = tuple(one, 4);
      const table = orNull(place, (at) => {
        const [phase, tableName] = tuple(at, 2);
        return { phase: phaseOf(phase), tableName: name(tableName) };
      });
      return {
        kind: 'rows' as const,
        operations: natural(operations),
        problem: shownLine(problem),
        status: orNull(status, plain),
        ...(table === null ? {} : { table }),
      };
    }),
    groups: kept,
  };
}

function groupInRangeOf(value: unknown, groups: number): KeptGroupInRange {
  const [group, tally, sample, attempts, keys, batches] = tuple(value, 6);
  const place = natural(group);
  check(place < groups);
  return {
    group: place,
    tally: tallyFrom(tally),
    sample: list(sample, most.small).map(evidenceFrom),
    attempts: list(attempts, most.small).map(evidenceFrom),
    keys: keysFrom(keys),
    batches: batchesFrom(batches),
  };
}

function tallyFrom(value: unknown): Tally {
  const tally = emptyTally();
  const numbers = list(value, 2 * tallyWidth);
  check(numbers.length % 2 === 0);
  for (let index = 0; index < numbers.length; index += 2) {
    const place = natural(numbers[index]);
    check(place < tallyWidth);
    tally[place] = extended(numbers[index + 1]);
  }
  return tally;
}

function batchesFrom(value: unknown): BatchTallies {
  const tallies: BatchTallies = new Map();
  for (const one of list(value, most.small)) {
    const [batchSize, ...sums] = tuple(one, batchTallyWidth + 1);
    tallies.set(orNull(batchSize, wholeNumber), Float64Array.from(sums.map(extended)));
  }
  return tallies;
}

function keysFrom(value: unknown): Keys {
  const numbers = list(value, 2 * most.keys);
  check(numbers.length % 2 === 0);
  const keys: Keys = new Map();
  for (let index = 0; index < numbers.length; index += 2) {
    const rows = natural(numbers[index + 1]);
    check(rows > 0);
    keys.set(int32(numbers[index]), rows);
  }
  return keys;
}

function evidenceFrom(value: unknown): EvidenceRow {
  const [id, status, recordsProcessed, totalRecords, batchSize, startedAt, completedAt, work, mark, place] = tuple(
    value,
    10,
  );
  const known = orNull(place, finiteNumber);
  return {
    id: wholeNumber(id),
    status: statusOf(status),
    recordsProcessed: orNull(recordsProcessed, wholeNumber),
    totalRecords: orNull(totalRecords, wholeNumber),
    batchSize: orNull(batchSize, wholeNumber),
    startedAt: orNull(startedAt, extended),
    completedAt: orNull(completedAt, extended),
    work: orNull(work, (key) => {
      const text = plain(key);
      check(/^(?:[rp]|q(?=.*@))[+-][0-9a-z]{1,14}(?::\d{1,9})?(?:~[0-9a-z]{1,14})?(?:@[0-9a-z]{1,14})?$/.test(text));
      return text;
    }),
    mark: orNull(mark, (fields) => {
      const [before, isPlaced, isOfOperation, repeats] = tuple(fields, 4);
      return {
        before: wholeNumber(before),
        isPlaced: flag(isPlaced),
        isOfOperation: flag(isOfOperation),
        repeats: orNull(repeats, wholeNumber),
      };
    }),
    ...(known === null ? {} : { place: known }),
  };
}

function rowOf(value: unknown): Operation {
  const fields = tuple(value, 12);
  const [id, phase, tableName, status, processed, total, started, completed, batch, version, identity, digest] = fields;
  const queryDigest = orNull(digest, wholeNumber);
  return {
    id: wholeNumber(id),
    phase: phaseOf(phase),
    tableName: name(tableName),
    operation: '',
    status: statusOf(status),
    recordsProcessed: orNull(processed, wholeNumber),
    totalRecords: orNull(total, wholeNumber),
    startedAt: orNull(started, extended),
    completedAt: orNull(completed, extended),
    errorMessage: null,
    batchSize: orNull(batch, wholeNumber),
    workerId: null,
    sourceQuery: null,
    validationQuery: null,
    version: orNull(version, (text) => {
      check(/^\d{1,10}$/.test(plain(text)));
      return plain(text);
    }),
    identity: shownLine(identity),
    ...(queryDigest === null ? {} : { queryDigest }),
  };
}

function spanOf(value: unknown): HistorySpan {
  const [tableName, from, to, records] = tuple(value, 4);
  return { tableName: name(tableName), from: finiteNumber(from), to: finiteNumber(to), records: finiteNumber(records) };
}

function idOf(value: unknown): bigint {
  const text = plain(value);
  check(/^-?\d{1,19}$/.test(text));
  const id = BigInt(text);
  check(id >= lowestId && id <= highestId);
  return id;
}

function phaseOf(value: unknown): Phase {
  check(isPhase(value));
  return value;
}

function statusOf(value: unknown): Status {
  const status = statuses[natural(value)];
  check(isStatus(status));
  return status;
}
