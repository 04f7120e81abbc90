import { batchOfOperation } from '../../source/domain/batch-tally.ts';
import { isFresh } from '../../source/domain/first-seen.ts';
import type { Operation, Status } from '../../source/domain/operation.ts';
import type { Count, CountedKeys, CountedRow } from '../../source/domain/range-count.ts';
import { byStart, placeOf } from '../../source/domain/start-order.ts';
import { evidenceOf, exactKeyOf, isGivenUp, isSideRow, rangeKeyOf } from '../../source/domain/works.ts';
import { localSeconds, type Zone } from '../../source/domain/zone.ts';
import {
  type Changes,
  type ChangesRequest,
  type CountingResult,
  type CountingWork,
  requestWith,
} from '../../source/polling/changes.ts';
import { emptyRange, highestId } from '../../source/polling/id-range.ts';
import type { Ledger } from '../../source/polling/ledger-interface.ts';
import type { KeysAsked } from '../../source/polling/range-keys.ts';
import { type KnownEvidence, noEvidence, type SampleLimits, usualSample } from '../../source/polling/samples.ts';
import type { Summed } from '../../source/polling/summed.ts';
import { historyOf } from './history.ts';

/** A table in memory with transactions: it answers a ledger as sql/queries/changes.sql, range.sql and probe.sql do. */
export interface FakeDatabase {
  readonly rows: ReadonlyMap<number, Operation>;
  now: number;
  /** The id of the next row, as from a sequence. */
  nextId(): number;
  begin(): Transaction;
  /** Empties the table and gives it new files. */
  truncate(): void;
  failOver(): void;
  /** The statistics of the table begin again at 0. */
  resetStatistics(): void;
  changes(request: ChangesRequest): Changes;
  /** The sums of the new rows that a poll asks for; null if it asks for none. */
  summed(request: ChangesRequest, keys: KeysAsked, evidence: KnownEvidence): Summed | null;
  /** Counts an id range. @param until the end of the hour of its history; null for the time of the first poll of any ledger */
  work(work: CountingWork, keys: KeysAsked, until?: number | null): CountingResult;
}

export interface Transaction {
  put(row: Operation): void;
  /** Changes a row as it is when the transaction ends. */
  change(id: number, change: (row: Operation) => Operation): void;
  remove(id: number): void;
  commit(): void;
}

export function fakeDatabase(
  options: { hasVersions?: boolean; startXid?: number; sample?: SampleLimits; zone?: Zone } = {},
): FakeDatabase {
  const { hasVersions = true, sample = usualSample, zone } = options;
  const rows = new Map<number, Operation>();
  const open = new Set<number>();
  let nextXid = options.startXid ?? 1000;
  let id = 0;
  let storage = 1;
  let server = 1;
  let inserted = 0;
  let resets = 0;
  let updated = 0;
  let deleted = 0;
  let firstPollAt: number | null = null;

  const versionOf = (xid: number): string | null => (hasVersions ? String(xid % 2 ** 32) : null);
  const written = (row: Operation, xid: number): Operation => ({
    ...row,
    version: versionOf(xid),
    identity: `${row.phase} ${row.tableName} ${row.operation}`,
    ...(row.sourceQuery === null ? {} : { queryDigest: digestOf(row.sourceQuery) }),
  });
  // PostgreSQL compares timestamps on the writers' clock: in the hour that exists twice they are not in the future.
  const isLater = (at: number, than: number): boolean => localSeconds(at, zone) > localSeconds(than, zone);
  const isSince = (row: Operation, since: number): boolean =>
    row.version === null || (Number(row.version) - since + 2 ** 32) % 2 ** 32 < 2 ** 31;

  const database: FakeDatabase = {
    rows,
    now: 1_000_000,
    nextId: () => ++id,
    begin() {
      const xid = nextXid++;
      open.add(xid);
      const steps: (() => void)[] = [];
      return {
        put: (row) =>
          steps.push(() => {
            inserted++;
            rows.set(row.id, written(row, xid));
          }),
        change: (target, change) =>
          steps.push(() => {
            const row = rows.get(target);
            if (row === undefined) return;
            updated++;
            rows.set(target, written(change(row), xid));
          }),
        remove: (target) =>
          steps.push(() => {
            if (rows.delete(target)) deleted++;
          }),
        commit() {
          for (const step of steps) step();
          open.delete(xid);
        },
      };
    },
    truncate() {
      rows.clear();
      storage++;
    },
    failOver() {
      server++;
    },
    resetStatistics() {
      resets++;
      [inserted, updated, deleted] = [0, 0, 0];
    },
    changes(request) {
      firstPollAt ??= database.now;
      const known = new Set(request.known);
      const [statuses, ids, watched] = [new Set(request.statuses), new Set(request.ids), new Set(request.watched)];
      const entire = new Set(request.entire);
      const counts = new Map(request.counted.map((status) => [status, 0]));
      const isCandidate = (row: Operation): boolean =>
        statuses.has(row.status) ||
        (request.above !== null && row.id > request.above) ||
        (request.startedAfter !== null && row.startedAt !== null && isLater(row.startedAt, request.startedAfter)) ||
        ids.has(row.id);
      const isSent = (row: Operation): boolean =>
        request.upTo === null ||
        row.id <= request.upTo ||
        ['running', 'paused', 'failed'].includes(row.status) ||
        (request.summed !== null && isSince(row, Math.min(nextXid, ...open)));
      const isChanged = (row: Operation): boolean =>
        entire.has(row.status) ||
        (request.since !== null && isSince(row, request.since) && !known.has(`${row.id} ${row.version}`));
      const found: Operation[] = [];
      const seen: Operation[] = [];
      let [highest, lowest, newest] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      // One pass: simulations poll thousands of rows thousands of times.
      for (const row of rows.values()) {
        highest = Math.max(highest, row.id);
        lowest = Math.min(lowest, row.id);
        if (row.startedAt !== null && !isLater(row.startedAt, database.now)) newest = Math.max(newest, row.startedAt);
        const count = counts.get(row.status);
        if (count !== undefined) counts.set(row.status, count + 1);
        if (watched.has(row.id)) seen.push(row);
        else if (isCandidate(row) && isSent(row) && isChanged(row)) found.push(row);
      }
      const changed = found
        .sort((a, b) => lastListed.indexOf(a.status) - lastListed.indexOf(b.status) || b.id - a.id)
        .slice(0, request.limit);
      return {
        takenAt: database.now,
        xmin: Math.min(nextXid, ...open),
        xmax: nextXid,
        takesWrites: true,
        server,
        storage: String(storage),
        inserted,
        updated,
        deleted,
        resets: String(resets),
        highestId: Number.isFinite(highest) ? BigInt(highest) : null,
        lowestId: Number.isFinite(lowest) ? BigInt(lowest) : null,
        newestStart: Number.isFinite(newest) ? newest : null,
        counts: Object.fromEntries(counts),
        operations: [...changed, ...seen],
        unreadable: [],
        sessions: [],
      };
    },
    summed(request, keys, evidence) {
      const { summed, upTo, watched } = request;
      if (summed === null || upTo === null) return null;
      const added = [...rows.values()].filter(({ id }) => id > upTo);
      const oldest = Math.min(nextXid, ...open);
      const ended = added.filter(
        (row) => row.status === 'completed' && !isSince(row, oldest) && !watched.includes(row.id),
      );
      const fresh = ended.filter((row) => isFresh(row, 'inserted', summed.since, database.now));
      const highest = Math.max(...rows.keys());
      const range = emptyRange(upTo + 1n, highestId, null);
      const work = { kind: 'range', range, limit: null, urgency: 'calm' } as const;
      const { counted } = database.work(work, keys) as CountingResult & { kind: 'range' };
      const late = [...rows.values()].filter(({ id }) => id > highest - summed.lateIds);
      return {
        counted: { ...counted, rows: rowsOf(added, sample, evidence) },
        history: historyOf(added, (firstPollAt ?? database.now) + 3600),
        gains: fresh.map(({ phase, tableName, workerId, recordsProcessed, startedAt, completedAt }) => ({
          phase,
          tableName,
          workerId,
          operations: 1,
          records: Math.max(0, recordsProcessed ?? 0),
          firstEnd: completedAt ?? 0,
          lastEnd: completedAt ?? 0,
          seconds: startedAt === null || completedAt === null ? null : completedAt - startedAt,
        })),
        lateIds: late.map(({ id }) => id),
        latePending: late.filter(({ status }) => status === 'pending').map(({ id }) => id),
      };
    },
    work(work, keys, until = null) {
      const all = [...rows.values()].sort((a, b) => b.id - a.id);
      if (work.kind === 'probe') {
        return {
          ...work,
          counts: work.ranges.map(
            ({ first, last }) =>
              all.filter((row) => row.status === work.status && row.id >= first && row.id <= last).length,
          ),
        };
      }
      const { range: slice, limit } = work;
      const range = all.filter((row) => row.id >= slice.first && row.id <= slice.last).slice(0, limit ?? undefined);
      const lowest = range.at(-1);
      return {
        kind: 'range',
        range: slice,
        counted: {
          counts: countsOf(range),
          ...(work.isBrief === true
            ? { rows: briefRowsOf(range), attempts: givenUpOf(range, all), keys: [], brief: { isShort: false } }
            : { rows: rowsOf(range, sample), attempts: attemptsOf(range, all, keys), keys: keysOf(range, keys) }),
          batches: range.flatMap((row) => batchOfOperation(row) ?? []),
          unreadable: [],
          reachedId: limit !== null && range.length >= limit && lowest !== undefined ? BigInt(lowest.id) : null,
        },
        // Gains include what ended after the first poll.
        history: slice.countedAt === null ? historyOf(range, until ?? firstPollAt ?? database.now) : [],
      };
    },
  };
  return database;
}

/** Adds a row in a separate transaction. */
export function insertRow(database: FakeDatabase, row: Operation): number {
  const transaction = database.begin();
  transaction.put(row);
  transaction.commit();
  return row.id;
}

/** Changes a row in a separate transaction. */
export function updateRow(database: FakeDatabase, id: number, fields: Partial<Operation>): void {
  const transaction = database.begin();
  transaction.change(id, (row) => ({ ...row, ...fields }));
  transaction.commit();
}

/** The statuses whose rows come last in the answer to a poll, which has a limit. */
const lastListed: readonly Status[] = ['paused', 'failed'];

/** One poll, sent again if the ledger begins again; with a count if there is work. */
export function step(ledger: Ledger, database: FakeDatabase, work: CountingWork | null = null): void {
  for (let attempt = 0; attempt < 3; attempt++) {
    const request = work === null ? ledger.request([]) : requestWith(work, ledger.request([]));
    const isTaken = ledger.take(
      database.changes(request),
      request,
      work === null ? undefined : database.work(work, ledger.keys(), ledger.historyUntil()),
      [],
      database.summed(request, ledger.keys(), ledger.evidence()),
    );
    if (isTaken || work !== null) return;
  }
  throw new Error('the ledger starts over and over');
}

/** Takes all steps of counting. @param change how to count, if not as the ledger says */
export function workOff(
  ledger: Ledger,
  database: FakeDatabase,
  change: (work: CountingWork) => CountingWork = (work) => work,
): number {
  for (let done = 0; done < 500; done++) {
    const work = ledger.work();
    if (work === null) return done;
    step(ledger, database, change(work));
  }
  throw new Error('the ledger never ends');
}

/** As sql/queries/range.sql: all rows of a small table, and the first rows of the others. */
function rowsOf(
  rows: readonly Operation[],
  limits: SampleLimits,
  { large, full, until }: KnownEvidence = noEvidence,
): CountedRow[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.phase, row.tableName]));
  return [...groups.values()].flatMap((group) => {
    const ordered = group.toSorted((a, b) => byStart(evidenceOf(a), evidenceOf(b)));
    const nth = new Map<string, number>();
    const [{ phase, tableName }] = group as [Operation];
    const isLarge = group.length > limits.fewRows || large.includes(`${phase} ${tableName}`);
    const sent = ordered.filter((row) => {
      if (!isLarge) return true;
      if ((row.recordsProcessed ?? 0) <= 0) return false;
      const kind = `${row.status === 'completed'} ${(row.totalRecords ?? 0) > 0} ${isSideRow(row)}`;
      const code = isSideRow(row) ? 15 : (row.totalRecords ?? 0) > 0 ? 13 : 12;
      const isFull = row.status === 'completed' && full.includes(`${phase} ${tableName} ${code}`);
      if (isFull && placeOf(row) > (until ?? 0)) return false;
      nth.set(kind, (nth.get(kind) ?? 0) + 1);
      return (nth.get(kind) ?? 0) <= (row.status === 'completed' ? limits.completed : limits.others);
    });
    return sent.map((row) => ({ phase: row.phase, tableName: row.tableName, row: evidenceOf(row) }));
  });
}

/** As sql/queries/range.sql: rows that were given up, rows with the query of one of them, and rows with one digest. */
function attemptsOf(rows: readonly Operation[], all: readonly Operation[], { others }: KeysAsked): CountedRow[] {
  const queries = new Set(all.map(evidenceOf).filter(isGivenUp).map(exactKeyOf));
  const alike = Map.groupBy(rows, keyOf);
  return rows
    .filter((operation) => {
      const row = evidenceOf(operation);
      const same = alike.get(keyOf(operation))?.length ?? 0;
      const isShared = same <= 16 && (same >= 2 || others.includes(operation.queryDigest ?? Number.NaN));
      const isOfQuery = exactKeyOf(row) !== null && queries.has(exactKeyOf(row));
      return isGivenUp(row) || row.mark?.repeats != null || isOfQuery || (operation.queryDigest != null && isShared);
    })
    .map((row) => ({ phase: row.phase, tableName: row.tableName, row: evidenceOf(row) }));
}

/** As sql/queries/range-brief.sql: the row with the lowest id of each kind. */
function briefRowsOf(rows: readonly Operation[]): CountedRow[] {
  const reported = rows.filter((row) => (row.recordsProcessed ?? 0) > 0);
  const kinds = Map.groupBy(reported, (row) =>
    JSON.stringify([row.phase, row.tableName, row.status, row.batchSize, (row.totalRecords ?? 0) > 0, isSideRow(row)]),
  );
  return [...kinds.values()].flatMap((kind) => {
    const row = kind.at(-1);
    return row === undefined ? [] : [{ phase: row.phase, tableName: row.tableName, row: evidenceOf(row) }];
  });
}

/** As sql/queries/range-brief.sql: only rows that were given up, and rows with the same record range as one of them. */
function givenUpOf(rows: readonly Operation[], all: readonly Operation[]): CountedRow[] {
  const ranges = new Set(all.map(evidenceOf).filter(isGivenUp).map(rangeKeyOf));
  return rows
    .map((row) => ({ phase: row.phase, tableName: row.tableName, row: evidenceOf(row) }))
    .filter(({ row }) => isGivenUp(row) || (rangeKeyOf(row) !== null && ranges.has(rangeKeyOf(row))));
}

const keyOf = (row: Operation): string => JSON.stringify([row.phase, row.tableName, row.queryDigest]);

function keysOf(rows: readonly Operation[], { mask }: KeysAsked): CountedKeys[] {
  const digested = rows.filter(({ queryDigest }) => queryDigest != null && (queryDigest & mask) === 0);
  return [...Map.groupBy(digested, (row) => JSON.stringify([row.phase, row.tableName])).values()].map((group) => {
    const [{ phase, tableName }] = group as [Operation];
    const alike = [...Map.groupBy(group, (row) => row.queryDigest ?? 0)];
    return {
      phase,
      tableName,
      single: alike.filter(([, same]) => same.length === 1).map(([digest]) => digest),
      several: alike
        .filter(([, same]) => same.length > 1)
        .map(([digest, same]) => [digest, Math.min(17, same.length)] as const),
      isCut: false,
    };
  });
}

function digestOf(query: string): number {
  let digest = 0;
  for (const character of query) digest = (Math.imul(digest, 31) + character.charCodeAt(0)) | 0;
  return digest;
}

function countsOf(rows: readonly Operation[]): Count[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.phase, row.tableName, row.status, isSideRow(row)]));
  return [...groups.values()].map((group) => {
    const [first] = group as [Operation];
    const timed = group.filter(
      (row) => row.status === 'completed' && row.startedAt !== null && (row.completedAt ?? 0) > row.startedAt,
    );
    const most = (of: readonly Operation[], value: (row: Operation) => number | null): number | null =>
      of.reduce<number | null>((found, row) => {
        const one = value(row);
        return one === null || (found !== null && found >= one) ? found : one;
      }, null);
    const counter = (row: Operation): number => Math.max(0, row.recordsProcessed ?? 0);
    const sum = (of: readonly Operation[], value: (row: Operation) => number): number =>
      of.reduce((all, row) => all + value(row), 0);
    const least = (of: readonly Operation[], value: (row: Operation) => number | null): number | null => {
      const negated = most(of, (row) => (value(row) === null ? null : -(value(row) ?? 0)));
      return negated === null ? null : -negated;
    };
    const named = group.filter((row) => (row.totalRecords ?? -1) >= 0);
    const sized = named.filter((row) => (row.totalRecords ?? 0) > 0);
    const evidence = sized.filter((row) => counter(row) > 0);
    const bare = group.filter((row) => counter(row) > 0 && !sized.includes(row));
    const outside = (row: Operation): boolean => !((row.batchSize ?? 0) > 0 && counter(row) <= (row.batchSize ?? 0));
    return {
      phase: first.phase,
      tableName: first.tableName,
      status: first.status as Status,
      isSide: isSideRow(first),
      operations: group.length,
      recordsProcessed: sum(group, counter),
      largestProcessed: most(group, (row) => row.recordsProcessed),
      totals: sum(named, (row) => row.totalRecords ?? 0),
      recordsWithoutTotal: sum(group, (row) => (named.includes(row) ? 0 : counter(row))),
      rowsWithTotal: named.length,
      works: sized.length,
      smallestTotal: least(sized, (row) => row.totalRecords),
      largestTotal: most(named, (row) => row.totalRecords),
      unitWorks: sized.filter((row) => row.totalRecords === row.batchSize).length,
      reachedWorks: sized.filter((row) => counter(row) >= (row.totalRecords ?? 0)).length,
      evidence: evidence.length,
      outside: evidence.filter(outside).length,
      bare: bare.length,
      bareOutside: bare.filter(outside).length,
      smallestEvidence: least(evidence, counter),
      largestEvidence: most(evidence, counter),
      evidenceRecords: sum(evidence, counter),
      smallestBare: least(bare, counter),
      largestBatch: most(group, (row) => row.batchSize),
      pendingSized: group.filter(isSizedPending).length,
      pendingSizes: sum(group.filter(isSizedPending), (row) => row.batchSize ?? 0),
      startedAt: least(group, (row) => row.startedAt),
      completedAt: most(group, (row) => row.completedAt),
      timedOperations: timed.length,
      timedRecords: sum(timed, counter),
      timedMicros: sum(timed, (row) => Math.floor(((row.completedAt ?? 0) - (row.startedAt ?? 0)) * 1_000_000 + 0.5)),
    };
  });
}

const isSizedPending = ({ status, batchSize }: Operation): boolean => status === 'pending' && (batchSize ?? 0) > 0;
