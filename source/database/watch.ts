import type { Changes, ChangesRequest, Work, Worked } from '../domain/changes.ts';
import { createCountingPace, type Urgency } from '../domain/counting-pace.ts';
import { createLedger } from '../domain/ledger.ts';
import type { Status } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { HistorySpan, Snapshot } from '../domain/snapshot.ts';
import type { Connection, Query } from './connect.ts';
import { DatabaseError } from './database-error.ts';
import { decodeChanged, decodeNow, decodeProbe, decodeSession, decodeSpan, decodeStatusCount } from './decode.ts';
import { countColumns, decodeCount, decodeRow } from './decode-counts.ts';
import { kept, ofKind, readSnapshot, type Tagged } from './snapshot.ts';
import { type QueryName, sqlFor } from './sql.ts';
import type { Target } from './target.ts';

/** A table whose changes are followed, poll by poll. One thing at a time is asked of the database. */
export interface Watch {
  /**
   * What is live, what changed since the last poll, and the totals as far as they are counted.
   *
   * @param watched ids to bring whether they are live or not
   */
  poll(watched: readonly number[]): Promise<Snapshot>;
  /** Counts a part of the table, where one is due. Resolves to null where none is. */
  work(): Promise<WorkDone | null>;
}

export interface WorkDone {
  /** How long to leave the database alone before the next. */
  readonly restSeconds: number;
  /** The totals have just become whole. */
  readonly isWhole: boolean;
}

/** How far back the throughput of the whole migration is read from the table, and by slices of how many seconds. */
export const historySeconds = 3600;
export const historySliceSeconds = 10;

/** So much is counted with the first poll: a small table is whole at once, and a large one does not feel it. */
const firstRows = 5000;

/**
 * For the rest of the transaction. A range is read along its key, as far as it is wanted: without statistics PostgreSQL
 * takes the rest of the table for a few rows, and collects and sorts all of it for each piece.
 */
const alongTheKey = `SELECT pg_catalog.set_config(name, 'off', true)
FROM pg_catalog.unnest(ARRAY['enable_seqscan', 'enable_bitmapscan', 'enable_sort']) AS name`;

/** A poll that is answered by another server than the last one starts over; one that always is never gets anywhere. */
const mostAttempts = 3;

export function createWatch(connection: Connection, target: () => Target): Watch {
  const ledger = createLedger();
  const pace = createCountingPace();
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

  async function run(query: Query, name: QueryName, values: unknown[]): Promise<Tagged[]> {
    return (await query(sqlFor(name, target().table, target()), values)) as unknown as Tagged[];
  }

  async function readChanges(query: Query, request: ChangesRequest): Promise<Changes> {
    const { table, hasVersions } = target();
    const rows = await run(query, 'changes', [
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
    ]);
    return changesOf(rows, request);
  }

  async function readRange(query: Query, work: Work & { kind: 'range' }): Promise<Worked> {
    const { slice, limit } = work;
    const until = slice.countedAt === null ? historyUntil : null;
    const rows = await run(query, 'range', [
      slice.first,
      slice.last,
      limit,
      until === null ? null : until - historySeconds,
      until,
      historySliceSeconds,
    ]);
    return { kind: 'range', slice, ...rangeOf(rows, limit) };
  }

  async function readProbe(query: Query, work: Work & { kind: 'probe' }): Promise<Worked> {
    const rows = await run(query, 'probe', [work.status, work.slices.slice(1).map(({ first }) => first)]);
    const counts = new Map(ofKind(rows, 'probe').map(decodeProbe));
    return { ...work, counts: work.slices.map((_, index) => counts.get(index) ?? 0) };
  }

  /** Changes and a count, of one moment: two statements in a transaction that keeps its snapshot. */
  async function readBoth(request: ChangesRequest, workOf: (changes: Changes) => Work): Promise<[Changes, Worked]> {
    return connection.session(async (query) => {
      await query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      try {
        const changes = await readChanges(query, request);
        const work = workOf(changes);
        if (work.kind === 'probe') return [changes, await readProbe(query, work)];
        await query(alongTheKey);
        return [changes, await readRange(query, work)];
      } finally {
        await query('ROLLBACK').catch(() => {});
      }
    });
  }

  /** The first poll, of a table or of a server that is new to us. */
  async function begin(watched: readonly number[]): Promise<Snapshot> {
    const request = ledger.request(watched);
    const [changes, worked] = await readBoth(request, (found) => {
      historyUntil ??= found.takenAt;
      return { kind: 'range', slice: ledger.top(), limit: firstRows, urgency: 'hurried' };
    });
    ledger.take(changes, request, worked);
    return ledger.snapshot();
  }

  async function pollOnce(watched: readonly number[]): Promise<Snapshot> {
    if (!target().isFollowable) {
      const snapshot = await readSnapshot(connection.read, target(), counted, watched);
      counted = snapshot;
      return snapshot;
    }
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      if (!ledger.isBegun()) return begin(watched);
      const request = ledger.request(watched);
      const isTaken = ledger.take(await readChanges(connection.read, request), request);
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
    if (!ledger.isBegun() || !target().isFollowable) return null;
    const work = ledger.work();
    if (work === null) {
      isWhole = true;
      return null;
    }
    const request = ledger.request([]);
    const startedMs = performance.now();
    const [changes, worked] = await readBoth(request, () => work);
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

function rangeOf(
  rows: readonly Tagged[],
  limit: number | null,
): { counted: RangeCount; history: readonly HistorySpan[] } {
  const bodies = ofKind(rows, 'count');
  const decoded = bodies.map(decodeCount);
  let operations = 0;
  let reachedId: bigint | null = null;
  for (const body of bodies as (readonly unknown[])[]) {
    operations += Number(body[3]);
    const lowest = BigInt(String(body[countColumns.length]));
    if (reachedId === null || lowest < reachedId) reachedId = lowest;
  }
  return {
    counted: {
      counts: kept(decoded),
      rows: kept(ofKind(rows, 'evidence').map(decodeRow)),
      unreadable: decoded.flatMap((one, index) =>
        one.kind === 'ok'
          ? []
          : [{ ...one.unreadable, status: (bodies as (readonly unknown[])[])[index]?.[2] as Status }],
      ),
      reachedId: limit !== null && operations >= limit ? reachedId : null,
    },
    history: kept(ofKind(rows, 'span').map(decodeSpan)),
  };
}
