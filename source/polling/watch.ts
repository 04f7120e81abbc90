import { alongTheKey, type Read, readTogether } from '../database/bounds.ts';
import { type Connection, readSeconds } from '../database/connection.ts';
import { DatabaseError } from '../database/database-error.ts';
import { decodeSession, decodeStatusCount } from '../database/decode.ts';
import type { Expression } from '../database/literals.ts';
import { type QueryName, sqlFor } from '../database/sql.ts';
import { kept, ofKind, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Changes, ChangesRequest, CountingResult, CountingWork } from './changes.ts';
import { createCountingRest, type Urgency, type WorkDone } from './counting-rest.ts';
import { decodeChanged, decodeNow, decodeProbe } from './decode-changes.ts';
import { decodeRange } from './decode-range.ts';
import { createLedger } from './ledger.ts';
import { createUnfollowed, type Unfollowed } from './unfollowed.ts';
import { isTimeout } from './whole-count.ts';

/** A table whose changes are followed, poll by poll. One thing at a time is asked of the database. */
export interface Watch {
  /**
   * What is live, what changed since the last poll, and the totals as far as they are counted.
   *
   * @param watched ids to bring whether they are live or not
   */
  poll(watched: readonly number[]): Promise<Snapshot>;
  /** Calls `change`, which makes another target, between two polls; the next poll begins to count anew. */
  restart(change: () => void): Promise<void>;
  /** Counts a part of the table, where one is due. Resolves to null where none is. */
  work(): Promise<WorkDone | null>;
}

/** How far back the throughput of the whole migration is read from the table, and by slices of how many seconds. */
export const historySeconds = 3600;
export const historySliceSeconds = 10;

/** The moment of the transaction, and an hour before it, for the count that is read with the first changes. */
const now: Expression = { sql: "pg_catalog.date_part('epoch', LOCALTIMESTAMP)" };
const anHourAgo: Expression = { sql: `${now.sql} OPERATOR(pg_catalog.-) ${historySeconds}` };

/** How many of the seconds of a read a count may take that is read together with the changes. */
const countSeconds = 4;

/** So much is counted with the first poll: a small table is whole at once, and a large one does not feel it. */
const firstRows = 5000;

/** A poll that is answered by another server than the last one starts over; one that always is never gets anywhere. */
const mostAttempts = 3;

export function createWatch(connection: Connection, target: () => Target): Watch {
  const ledger = createLedger();
  const pace = createCountingRest();
  let unfollowed: Unfollowed | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let historyUntil: number | null = null;
  let isWhole = false;
  let counted: Snapshot | null = null;

  /** After whatever is under way. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work, work);
    turn = mine.catch(() => {});
    return mine;
  }

  function read(name: QueryName, values: readonly unknown[], seconds: number): Read {
    return { text: sqlFor(name, target().table, target()), values, seconds };
  }

  function changesRead(request: ChangesRequest, seconds: number): Read {
    const { table, hasVersions } = target();
    const values = [
      // Without versions every candidate may be news: no transaction is older than this one (PostgreSQL's xid 2).
      request.since === null ? null : hasVersions ? request.since : 2,
      request.above,
      request.startedAfter,
      request.statuses,
      request.ids,
      request.watched,
      request.known,
      request.limit,
      request.counted,
      table,
      request.entire,
    ];
    return read('changes', values, seconds);
  }

  async function readChanges(request: ChangesRequest): Promise<Changes> {
    const [rows = []] = await readTogether(connection, target(), [changesRead(request, readSeconds)]);
    return changesOf(rows as unknown as Tagged[], request);
  }

  function rangeRead({ range: slice, limit }: CountingWork & { kind: 'range' }): Read {
    const until = slice.countedAt !== null ? null : (historyUntil ?? now);
    const from = until === null ? null : typeof until === 'number' ? until - historySeconds : anHourAgo;
    const values = [slice.first, slice.last, limit, from, until, historySliceSeconds, false];
    return { ...read('range', values, countSeconds), after: alongTheKey };
  }

  function probeRead({ status, ranges: slices }: CountingWork & { kind: 'probe' }): Read {
    return read('probe', [status, slices.slice(1).map(({ first }) => first)], countSeconds);
  }

  /** Changes and a count, of one moment. */
  async function readBoth(request: ChangesRequest, work: CountingWork): Promise<[Changes, CountingResult]> {
    const [changed = [], counted = []] = (await readTogether(connection, target(), [
      changesRead(request, readSeconds - countSeconds),
      work.kind === 'probe' ? probeRead(work) : rangeRead(work),
    ])) as unknown as Tagged[][];
    const changes = changesOf(changed, request);
    if (work.kind === 'range')
      return [changes, { kind: 'range', range: work.range, ...decodeRange(counted, work.limit) }];
    const counts = new Map(ofKind(counted, 'probe').map(decodeProbe));
    return [changes, { ...work, counts: work.ranges.map((_, index) => counts.get(index) ?? 0) }];
  }

  /** The first poll, of a table or of a server that is new to us. */
  async function begin(watched: readonly number[]): Promise<Snapshot> {
    const request = ledger.request(watched);
    const work: CountingWork = { kind: 'range', range: ledger.top(), limit: firstRows, urgency: 'hurried' };
    const [changes, worked] = await readBoth(request, work);
    historyUntil ??= changes.takenAt;
    ledger.take(changes, request, worked);
    return ledger.snapshot();
  }

  async function pollOnce(watched: readonly number[]): Promise<Snapshot> {
    if (isUnfollowed()) return pollUnfollowed(watched);
    try {
      return await pollFollowed(watched);
    } catch (error) {
      if (!isTooSlow(error)) throw error;
      return pollUnfollowed(watched);
    }
  }

  function isUnfollowed(): boolean {
    const { isFollowable, hasVersions } = target();
    return !isFollowable || (unfollowed !== null && !hasVersions);
  }

  /** A view or a foreign table whose polls and counts take too long: its lists alone may not, nor smaller ranges. */
  function isTooSlow(error: unknown): boolean {
    return !target().hasVersions && isTimeout(error);
  }

  async function pollUnfollowed(watched: readonly number[]): Promise<Snapshot> {
    unfollowed ??= createUnfollowed(connection, target);
    counted = await unfollowed.poll(counted, watched);
    return counted;
  }

  async function pollFollowed(watched: readonly number[]): Promise<Snapshot> {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      if (!ledger.isBegun()) return begin(watched);
      const request = ledger.request(watched);
      const isTaken = ledger.take(await readChanges(request), request);
      // A row that is live no more and was not brought is shown to nobody.
      if (isTaken && (!ledger.isFullDue() || request.isFull)) return ledger.snapshot();
    }
    if (ledger.isBegun()) return ledger.snapshot();
    throw new DatabaseError(
      'failed',
      'Every poll was answered by another server. Name one server in the connection, not a balancer of several.',
    );
  }

  async function workOnce(): Promise<WorkDone | null> {
    if (isUnfollowed()) return unfollowed?.work() ?? null;
    if (!ledger.isBegun()) return null;
    try {
      return await countFollowed();
    } catch (error) {
      if (!isTooSlow(error)) throw error;
      unfollowed = createUnfollowed(connection, target);
      return { restSeconds: 0, isWhole: false };
    }
  }

  async function countFollowed(): Promise<WorkDone | null> {
    const work = ledger.work();
    if (work === null) {
      isWhole = true;
      return null;
    }
    const request = ledger.request([]);
    const startedMs = performance.now();
    const [changes, worked] = await readBoth(request, work);
    const tookSeconds = (performance.now() - startedMs) / 1000;
    ledger.take(changes, request, worked);
    const wasWhole = isWhole;
    isWhole = ledger.isWhole();
    const rows = worked.kind === 'range' ? worked.counted.counts.reduce((all, one) => all + one.operations, 0) : 0;
    const urgency: Urgency = work.kind === 'range' ? work.urgency : 'hinted';
    return { restSeconds: pace(tookSeconds, rows, urgency), isWhole: isWhole && !wasWhole };
  }

  return {
    poll: (watched) => alone(() => pollOnce(watched)),
    restart: (change) =>
      alone(async () => {
        change();
        ledger.restart();
        historyUntil = null;
        isWhole = false;
        counted = null;
        unfollowed = null;
      }),
    work: () => alone(workOnce),
  };
}

function changesOf(rows: readonly Tagged[], { counted }: ChangesRequest): Changes {
  const now = decodeNow(ofKind(rows, 'now')[0]);
  if (now.kind !== 'ok') {
    throw new DatabaseError('failed', `The database did not say what time it is: ${now.unreadable.problem}`);
  }
  const operations = ofKind(rows, 'row').map(decodeChanged);
  return {
    ...now.value,
    counts: Object.fromEntries([
      ...counted.map((status) => [status, 0] as const),
      ...ofKind(rows, 'status').flatMap((body) => decodeStatusCount(body)),
    ]),
    operations: kept(operations),
    unreadable: operations.flatMap((one) => (one.kind === 'unreadable' ? [one.unreadable] : [])),
    sessions: ofKind(rows, 'session').flatMap(decodeSession),
  };
}
