import type { Urgency } from './counting-pace.ts';
import type { Operation, Status, Unreadable } from './operation.ts';
import { createSlices, lowestId, type RangeCount, type Slice } from './slices.ts';
import type { Coverage, HistorySpan, Session, Snapshot, StatusCounts, Total } from './snapshot.ts';

/** What the next poll asks the table for (sql/queries/changes.sql). */
export interface ChangesRequest {
  /** The transaction (xid) from which on a row may be news; null brings only what `entire` and `watched` name. */
  readonly since: number | null;
  readonly above: bigint | null;
  readonly startedAfter: number | null;
  readonly statuses: readonly Status[];
  readonly ids: readonly number[];
  /** Statuses of which every row is brought, changed or not: at the first poll, and where something was missed. */
  readonly entire: readonly Status[];
  /** Brought whether they changed or not. */
  readonly watched: readonly number[];
  readonly known: readonly string[];
  readonly limit: number;
  readonly counted: readonly Status[];
}

/** What it brought: one moment of the database. */
export interface Changes {
  readonly takenAt: number;
  /** The oldest transaction whose end this snapshot could not see, as PostgreSQL counts them for ever (txid). */
  readonly xmin: number;
  /** What tells one server, and one set of files, from another. */
  readonly server: number;
  readonly storage: string;
  /** Rows that were ever updated and deleted, as the statistics have it: late, and a hint only. */
  readonly updated: number;
  readonly deleted: number;
  readonly highestId: bigint | null;
  /** Asked for at the first poll only. */
  readonly lowestId: bigint | null;
  readonly newestStart: number | null;
  readonly counts: Partial<StatusCounts>;
  readonly operations: readonly Operation[];
  readonly unreadable: readonly Unreadable[];
  readonly sessions: readonly Session[];
}

/** What is done between two polls to make the totals whole, and to find what no poll can see. */
export type Work =
  /** Count a range of ids (sql/queries/range.sql). */
  | { readonly kind: 'range'; readonly slice: Slice; readonly limit: number | null; readonly urgency: Urgency }
  /** Count a status by ranges (sql/queries/probe.sql): somewhere the table holds another number than the ledger. */
  | { readonly kind: 'probe'; readonly status: Status; readonly slices: readonly Slice[] };

/** What came of it, in the same snapshot as the changes that it came with. */
export type Worked =
  | {
      readonly kind: 'range';
      readonly slice: Slice;
      readonly counted: RangeCount;
      readonly history: readonly HistorySpan[];
    }
  | {
      readonly kind: 'probe';
      readonly status: Status;
      readonly slices: readonly Slice[];
      readonly counts: readonly number[];
    };

/**
 * The totals of the table, kept true from the rows that change. Slices of the table are counted once; from then on
 * each poll brings the rows that were written since the one before, and what such a row was before is taken out of its
 * slice and what it is now is put in. Where it is not known what a row was, or a count says that something was missed,
 * the slice is counted again, in the same snapshot as a poll. So nothing is ever counted twice or not at all.
 */
export interface Ledger {
  request(watched: readonly number[]): ChangesRequest;
  /** Takes a poll in. False: another table or another server answered, or too much changed: ask again at once. */
  take(changes: Changes, request: ChangesRequest, worked?: Worked): boolean;
  /** What is to be done next between polls; null where nothing is. */
  work(): Work | null;
  /** The slice that is to be counted first. */
  top(): Slice;
  /** Whether a poll has been taken in since the ledger last started over. */
  isBegun(): boolean;
  /** Whether the live rows have to be read again, all of them. */
  isFullDue(): boolean;
  /** Whether all of the table has been counted. */
  isWhole(): boolean;
  /** All that is known now; what changed is told once. */
  snapshot(): Snapshot;
}

/** The statuses of which every row is shown, as long as they are not too many. */
const liveStatuses: readonly Status[] = ['running', 'paused', 'failed'];

/** A start may be committed so much later than its stamp. */
const lateSeconds = 5;
/** A slice that was counted less than this ago is not counted again without a reason. */
const restSeconds = 30;
/** So many updates of one row between two polls are a worker's that reports often. */
const usualUpdates = 50;

export interface LedgerLimits {
  /** Ids may be committed so far out of order. */
  readonly lateIds: number;
  /** Rows that one poll brings at most; where more than that changed, they are counted, not followed. */
  readonly mostChanges: number;
  /** Live and failed rows that are held and listed at most, each. */
  readonly listed: number;
  /** A status with more rows than this is neither counted nor, row by row, followed at each poll. */
  readonly mostFollowed: number;
  /** Rows of a slice. */
  readonly sliceRows: number;
  /** Tallies (slices by phases and tables) that are held at most. */
  readonly mostTallies: number;
}

const usualLimits: LedgerLimits = {
  lateIds: 512,
  mostChanges: 10_000,
  listed: 1000,
  mostFollowed: 20_000,
  sliceRows: 20_000,
  mostTallies: 20_000,
};

/** More live operations or failures than this are counted, not listed: no screen and no script reads further. */
export const listLimit = usualLimits.listed;

export function createLedger(limits: LedgerLimits = usualLimits): Ledger {
  const { mostChanges, listed, mostFollowed, sliceRows } = limits;
  const lateIds = BigInt(limits.lateIds);
  let slices = createSlices(limits.mostTallies);
  let last: Changes | null = null;
  let watermark = lowestId;
  /** Rows up to this id were there before we were. */
  let startMark = lowestId;
  let newestStart = Number.NEGATIVE_INFINITY;
  let held = new Map<number, Operation>();
  let unreadableRows: readonly Unreadable[] = [];
  let isFullDue = true;
  /** What the statuses counted, less what was held, when all of it had just been read: rows that cannot be. */
  const unheld = new Map<Status, number>();
  const probes = new Set<Status>();
  /** Slices counted before this are due: the statistics say that something was changed which no poll brought. */
  let hintAt = Number.NEGATIVE_INFINITY;
  let changesSinceHint = 0;
  /** The totals of a server that went away, until the next one is counted. */
  let carried: { totals: readonly Total[]; countedAt: number } | null = null;
  /** How far down the first count has come, and where it will end. */
  let reachedId: bigint | null = null;
  let bottomId: bigint | null = null;

  let changed = new Map<number, Operation>();
  let watchedRows: readonly Operation[] = [];
  let gained: Map<string, number> | null = null;
  let history: HistorySpan[] = [];

  const isComplete = (): boolean => slices.all().every((slice) => slice.countedAt !== null);
  const windowFloor = (): bigint => (watermark - lateIds > lowestId ? watermark - lateIds : lowestId);

  function isFew(status: Status): boolean {
    const counted = last?.counts[status];
    if (counted !== undefined) return counted <= mostFollowed;
    if (status === 'running' || status === 'paused') return true;
    if (status === 'failed' && last === null) return true;
    return isComplete() && slices.inStatus(status) <= mostFollowed;
  }

  function forget(keepTotals: boolean): void {
    if (keepTotals && isComplete()) {
      const countedAt = oldestCount() ?? 0;
      carried = { totals: slices.totals(), countedAt };
    } else if (!keepTotals) carried = null;
    slices = createSlices(limits.mostTallies);
    last = null;
    watermark = lowestId;
    newestStart = Number.NEGATIVE_INFINITY;
    held = new Map();
    isFullDue = true;
    unheld.clear();
    probes.clear();
    hintAt = Number.NEGATIVE_INFINITY;
    reachedId = null;
    gained = null;
  }

  function oldestCount(): number | null {
    let oldest: number | null = null;
    for (const { countedAt } of slices.all()) {
      if (countedAt === null) return null;
      oldest = oldest === null ? countedAt : Math.min(oldest, countedAt);
    }
    return oldest;
  }

  function isElsewhere(changes: Changes): 'no' | 'server' | 'table' {
    if (last === null) return 'no';
    if (changes.storage !== last.storage) return 'table';
    if ((changes.highestId ?? lowestId) < watermark - lateIds && watermark > lowestId) return 'table';
    if (changes.server !== last.server || changes.xmin < last.xmin || changes.takenAt < last.takenAt) return 'server';
    return 'no';
  }

  function take(changes: Changes, request: ChangesRequest, worked?: Worked): boolean {
    const elsewhere = isElsewhere(changes);
    if (elsewhere !== 'no') {
      forget(elsewhere === 'server');
      return false;
    }
    const isFirst = last === null;
    if (isFirst) {
      startMark = changes.highestId ?? lowestId;
      watermark = startMark;
      bottomId = changes.lowestId;
    }
    const fresh = worked?.kind === 'range' ? worked.slice : null;
    if (worked?.kind === 'range') {
      slices.count(worked.slice, worked.counted, changes.takenAt);
      history.push(...worked.history);
      if (worked.counted.reachedId !== null) reachedId = worked.counted.reachedId;
    }
    const before = { watermark, takenAt: last?.takenAt ?? null };
    if (!isFirst) gained ??= new Map();
    const isCut = changes.operations.length + changes.unreadable.length >= request.limit;
    if (isCut && !isFirst) overrun(changes);
    else {
      for (const operation of changes.operations) takeOne(operation, request, fresh, before);
      for (const { id } of changes.unreadable) if (id !== null && slices.at(id) !== fresh) stale(slices.at(id));
    }
    watchedRows = changes.operations.filter(({ id }) => request.watched.includes(id));
    const brought = new Set(changes.operations.map(({ id }) => id));
    for (const id of request.watched) if (!brought.has(id)) gone(id, fresh);
    advance(changes);
    if (request.entire.length > 0 && (isFirst || !isCut)) {
      for (const { id, status } of [...held.values()]) {
        if (request.entire.includes(status) && !brought.has(id) && !isCut) gone(id, fresh);
      }
      unreadableRows = changes.unreadable;
      isFullDue = false;
    }
    changesSinceHint += changes.operations.length;
    takeHints(changes);
    last = changes;
    check(changes, request, worked);
    prune(request.watched);
    slices.thin();
    return true;
  }

  /** Too many rows changed to follow them: what came above the watermark is counted, everything below again. */
  function overrun(changes: Changes): void {
    for (const slice of slices.all()) stale(slice);
    slices.cutAbove(watermark, null);
    hintAt = changes.takenAt;
    held = new Map();
    isFullDue = true;
  }

  function takeOne(
    operation: Operation,
    request: ChangesRequest,
    fresh: Slice | null,
    before: { watermark: bigint; takenAt: number | null },
  ): void {
    const known = held.get(operation.id);
    if (known !== undefined && isSame(known, operation)) return;
    // Queries do not change, and come only with the first sight of a row.
    held.set(operation.id, known === undefined ? operation : withQueries(operation, known));
    if (before.takenAt === null) return;
    // Brought with all of its status, and older than the last poll: it was added up long ago.
    if (
      known === undefined &&
      request.since !== null &&
      operation.version !== null &&
      !isSince(operation.version, request.since)
    )
      return;
    changed.set(operation.id, held.get(operation.id) ?? operation);
    const slice = slices.at(operation.id);
    if (known !== undefined) {
      gain(operation, (operation.recordsProcessed ?? 0) - (known.recordsProcessed ?? 0), known);
      if (slice.countedAt === null || slice === fresh) return;
      slices.remove(slice, known, operation);
      slices.add(slice, operation);
      return;
    }
    const floor = before.watermark - lateIds;
    const isNew = operation.id > before.watermark || (operation.id > startMark && operation.id > floor);
    // A row below the watermark that we never saw was pending, or it was run again.
    const isBegun =
      operation.status === 'skipped' ||
      (operation.status !== 'pending' && (operation.startedAt ?? 0) >= before.takenAt - lateSeconds);
    if (isNew || isBegun) gain(operation, operation.recordsProcessed ?? 0, null);
    if (slice.countedAt === null || slice === fresh) return;
    if (isNew || (isBegun && slices.removePending(slice, operation))) slices.add(slice, operation);
    else stale(slice);
  }

  function gain(operation: Operation, records: number, known: Operation | null): void {
    if (operation.phase !== 'execution' || records === 0 || gained === null) return;
    // A row that was loaded anew under the same id is other work.
    if (known !== null && known.identity !== operation.identity) return;
    gained.set(operation.tableName, (gained.get(operation.tableName) ?? 0) + records);
  }

  function gone(id: number, fresh: Slice | null): void {
    const known = held.get(id);
    if (known === undefined) return;
    held.delete(id);
    const slice = slices.at(id);
    if (slice.countedAt === null || slice === fresh) return;
    slices.remove(slice, known, null);
    // It may have become something else that no poll brings.
    stale(slice);
  }

  function stale(slice: Slice): void {
    if (slice.countedAt !== null) slices.markStale(slice);
  }

  function advance(changes: Changes): void {
    const highest = changes.highestId ?? lowestId;
    if (highest < watermark) for (const slice of slices.all()) if (slice.last > highest) stale(slice);
    watermark = highest;
    newestStart = Math.max(newestStart, changes.newestStart ?? newestStart);
    const top = slices.all().at(-1);
    if (top !== undefined && top.countedAt !== null && !top.isStale && sizeOf(top) > sliceRows)
      slices.cutAbove(watermark, changes.takenAt);
  }

  function sizeOf(slice: Slice): number {
    return watermark > slice.first ? Number(watermark - slice.first) : 0;
  }

  function takeHints(changes: Changes): void {
    if (last === null) return;
    const updated = changes.updated - last.updated;
    if (changes.deleted > last.deleted || updated > usualUpdates * changesSinceHint + usualUpdates)
      hintAt = changes.takenAt;
    if (updated !== 0) changesSinceHint = 0;
  }

  /** What every row of a status says against what is held and what was added up. */
  function check(changes: Changes, request: ChangesRequest, worked?: Worked): void {
    for (const status of liveStatuses) {
      const counted = changes.counts[status];
      if (counted === undefined) continue;
      const holding = [...held.values()].reduce((all, row) => all + (row.status === status ? 1 : 0), 0);
      const missing = counted - holding;
      if (request.entire.includes(status)) unheld.set(status, missing);
      else if (missing !== (unheld.get(status) ?? 0) && (missing < 0 || holding < listed)) isFullDue = true;
    }
    if (worked?.kind === 'probe') {
      probes.delete(worked.status);
      worked.slices.forEach((slice, index) => {
        if (slices.inStatus(worked.status, slice) !== worked.counts[index]) stale(slice);
      });
    }
    if (!isComplete() || slices.all().some(({ isStale }) => isStale)) return;
    for (const [status, counted] of Object.entries(changes.counts) as [Status, number][]) {
      if (slices.inStatus(status) !== counted) probes.add(status);
    }
  }

  /** Only what a poll may bring again, and what the lists show, is held. */
  function prune(watched: readonly number[]): void {
    const floor = windowFloor();
    const kept = new Map<number, Operation>();
    const shown = { live: 0, failed: 0 };
    for (const row of [...held.values()].sort(newestFirst)) {
      const isLive = row.status === 'running' || row.status === 'paused';
      const isShown = isLive ? shown.live++ < 5 * listed : row.status === 'failed' && shown.failed++ < listed;
      const isRecent = row.id > floor || (row.startedAt ?? Number.NEGATIVE_INFINITY) > newestStart - lateSeconds;
      if (isShown || isRecent || watched.includes(row.id)) kept.set(row.id, row);
    }
    held = kept;
  }

  function request(watched: readonly number[]): ChangesRequest {
    const counted = (['running', 'paused', 'failed', 'pending', 'skipped'] as const).filter(isFew);
    const statuses = liveStatuses.filter((status) => status !== 'failed' || isFew(status));
    if (last === null) {
      return {
        since: null,
        above: null,
        startedAfter: null,
        statuses: liveStatuses,
        ids: [],
        entire: liveStatuses,
        watched,
        known: [],
        limit: 2 * listed,
        counted,
      };
    }
    const since = last.xmin % 2 ** 32;
    const floor = windowFloor();
    const rows = [...held.values()];
    return {
      since,
      above: floor,
      startedAfter: Number.isFinite(newestStart) ? newestStart - lateSeconds : null,
      statuses,
      ids: rows.filter(({ id, status }) => status !== 'failed' && id <= floor).map(({ id }) => id),
      entire: isFullDue ? liveStatuses.filter((status) => (last?.counts[status] ?? 0) <= 2 * listed) : [],
      watched,
      known: rows.filter(({ version }) => isSince(version, since)).map(({ id, version }) => `${id} ${version}`),
      limit: mostChanges,
      counted,
    };
  }

  function work(): Work | null {
    if (last === null) return null;
    const all = slices.all();
    const uncounted = all.findLast(({ countedAt }) => countedAt === null);
    if (uncounted !== undefined) return { kind: 'range', slice: uncounted, limit: sliceRows, urgency: 'hurried' };
    const oldest = (of: readonly Slice[]): Slice | undefined =>
      of.reduce<Slice | undefined>(
        (a, b) => (a === undefined || (b.countedAt ?? 0) < (a.countedAt ?? 0) ? b : a),
        undefined,
      );
    const wrong = oldest(all.filter(({ isStale }) => isStale));
    if (wrong !== undefined) return { kind: 'range', slice: wrong, limit: null, urgency: 'hinted' };
    const [status] = probes;
    if (status !== undefined) return { kind: 'probe', status, slices: all };
    const next = oldest(all);
    if (next === undefined || next.countedAt === null) return null;
    const isHinted = next.countedAt < hintAt;
    if (!isHinted && last.takenAt - next.countedAt < restSeconds) return null;
    return { kind: 'range', slice: next, limit: null, urgency: isHinted ? 'hinted' : 'calm' };
  }

  function coverage(): Coverage {
    const countedAt = oldestCount();
    const isStale = slices.all().some((slice) => slice.isStale) || probes.size > 0;
    if (countedAt !== null) {
      carried = null;
      return { share: 1, countedAt, isStale };
    }
    return { share: shareCounted(), countedAt: carried?.countedAt ?? null, isStale };
  }

  function shareCounted(): number {
    if (reachedId === null || bottomId === null) return 0;
    return Math.max(0, Math.min(0.99, Number(watermark - reachedId) / (Number(watermark - bottomId) + 1)));
  }

  return {
    request,
    take,
    work,
    top: () => slices.at(watermark),
    isBegun: () => last !== null,
    isFullDue: () => isFullDue,
    isWhole: isComplete,
    snapshot() {
      if (last === null) throw new Error('The ledger was asked for what it holds before a poll was taken in.');
      const rows = [...held.values()].sort(newestFirst);
      const live = rows.filter(({ status }) => status === 'running' || status === 'paused').slice(0, listed);
      const shown = new Map(live.map((row) => [row.id, row]));
      for (const row of [...watchedRows, ...changed.values()]) {
        if (!shown.has(row.id)) shown.set(row.id, held.get(row.id) ?? row);
      }
      const covered = coverage();
      const snapshot: Snapshot = {
        takenAt: last.takenAt,
        totals: carried?.totals ?? slices.totals(),
        coverage: covered,
        counts: last.counts,
        operations: [...shown.values()],
        failures: rows
          .filter(({ status }) => status === 'failed')
          .sort(newestFailureFirst)
          .slice(0, listed),
        gained,
        history,
        sessions: last.sessions,
        unreadable: [...slices.unreadable(), ...unreadableRows],
      };
      changed = new Map();
      history = [];
      gained = gained === null ? null : new Map();
      return snapshot;
    },
  };
}

function newestFirst(a: Operation, b: Operation): number {
  return b.id - a.id;
}

function newestFailureFirst(a: Operation, b: Operation): number {
  return (b.completedAt ?? Number.NEGATIVE_INFINITY) - (a.completedAt ?? Number.NEGATIVE_INFINITY) || b.id - a.id;
}

/** Whether a row's transaction is not older than another, as PostgreSQL compares them: on a circle of 2^32. */
function isSince(version: string | null, since: number): boolean {
  return version !== null && (Number(version) - since + 2 ** 32) % 2 ** 32 < 2 ** 31;
}

/** The same version of a row; of a table without versions, the same row. */
function isSame(a: Operation, b: Operation): boolean {
  if (a.version !== null || b.version !== null) return a.version === b.version;
  return (
    a.status === b.status &&
    a.recordsProcessed === b.recordsProcessed &&
    a.totalRecords === b.totalRecords &&
    a.startedAt === b.startedAt &&
    a.completedAt === b.completedAt &&
    a.batchSize === b.batchSize &&
    a.workerId === b.workerId &&
    a.errorMessage === b.errorMessage &&
    a.identity === b.identity
  );
}

function withQueries(operation: Operation, known: Operation): Operation {
  if (known.identity !== operation.identity) return operation;
  return {
    ...operation,
    sourceQuery: operation.sourceQuery ?? known.sourceQuery,
    validationQuery: operation.validationQuery ?? known.validationQuery,
  };
}
