import type { AuditEntry, AuditLog, Intent, Operator } from '../domain/audit.ts';
import type { Operation } from '../domain/operation.ts';
import type { BatchThroughput, HistorySpan, Snapshot } from '../domain/snapshot.ts';
import type { Move, Outcome } from '../domain/transitions.ts';
import { act } from './act.ts';
import type { Connection, Query } from './connect.ts';
import { DatabaseError } from './database-error.ts';
import {
  type Decoded,
  decodeAuditEntry,
  decodeClock,
  decodeOperation,
  decodeSession,
  decodeSpan,
  decodeThroughput,
  decodeTotal,
} from './decode.ts';
import { type QueryName, sqlFor } from './sql.ts';
import { inspectTarget, type Target } from './target.ts';

/** What a poll needs to know of the one before it. */
export interface PollRequest {
  /** The ids that were running or paused then. */
  readonly liveIds: readonly number[];
  /** How far back an operation may have started that was not seen yet, in seconds. */
  readonly lookBackSeconds: number;
}

/** Which operations a page shows; every part that is null lets all pass. */
export interface OperationFilter {
  readonly statuses: readonly string[] | null;
  readonly phases: readonly string[] | null;
  readonly workerId: number | null;
  /** A part of the table's name. */
  readonly table: string | null;
  /** A part of the table's name, the operation or the error. */
  readonly text: string | null;
}

export type PageRequest =
  /** From this id downwards, newest first; null starts at the newest. */
  | {
      readonly direction: 'older';
      readonly from: number | null;
      readonly filter: OperationFilter;
      readonly limit: number;
    }
  /** Above this id, and brought newest first all the same; null starts at the oldest. */
  | {
      readonly direction: 'newer';
      readonly from: number | null;
      readonly filter: OperationFilter;
      readonly limit: number;
    };

/** One operation with its texts in full, and the other attempts at the same work, newest first. */
export interface OperationDetail {
  readonly takenAt: number;
  readonly operation: Operation;
  readonly attempts: readonly Operation[];
}

export interface Report {
  readonly snapshot: Snapshot;
  readonly history: readonly HistorySpan[];
  readonly throughput: readonly BatchThroughput[];
  /** What operators did last; the snapshot holds the rows that it was done to. */
  readonly activity: readonly AuditEntry[];
}

/** The table as the rest of the program sees it. Every method throws `DatabaseError` where the database is lost. */
export interface ControlTable {
  /** As the last look found it. */
  readonly target: Target;
  /** Looks again: another server may answer now, with other privileges, or an option has been installed. */
  inspect(): Promise<Target>;
  poll(request: PollRequest): Promise<Snapshot>;
  /** What the batches of the last hour moved, to fill the throughput line from the first frame. */
  history(): Promise<HistorySpan[]>;
  /** The poll, the history and the performance analysis, all of one moment. */
  report(): Promise<Report>;
  page(request: PageRequest): Promise<Operation[]>;
  detail(id: number): Promise<OperationDetail | null>;
  act(move: Move, intent: Intent): Promise<Outcome>;
  /** What operators did last, newest first: from the audit table, else from the local audit. */
  activity(): Promise<readonly AuditEntry[]>;
  close(): Promise<void>;
}

/** More live operations or failures than this are counted, not listed: no screen and no script reads further. */
export const listLimit = 1000;

/** The Activity view shows this many actions. */
const activityLimit = 200;

export const historySeconds = 3600;
export const historySliceSeconds = 10;

const highestId = '9223372036854775807';
const lowestId = '-9223372036854775808';

/**
 * Finds the table and opens it.
 *
 * @param named the table as the user wrote it
 * @throws {DatabaseError} as `inspectTarget` does
 */
export async function openControlTable(
  connection: Connection,
  named: string,
  auditing: { readonly operator: Operator; readonly log: AuditLog },
): Promise<ControlTable> {
  let target = await inspectTarget(connection, named);
  const run = (name: QueryName, values: unknown[], query: Query = connection.read): Promise<Tagged[]> =>
    query(sqlFor(name, target.table), values) as unknown as Promise<Tagged[]>;

  const history = async (query?: Query): Promise<HistorySpan[]> =>
    kept((await run('history', [historySeconds, historySliceSeconds], query)).map((row) => decodeSpan(row.body)));

  const activity = async (): Promise<readonly AuditEntry[]> => {
    if (target.audit === null) return auditing.log.recent(activityLimit);
    const rows = await connection.read(sqlFor('activity', target.table, target.audit), [activityLimit]);
    return kept((rows as unknown as Tagged[]).map((row) => decodeAuditEntry(row.body)));
  };

  return {
    get target() {
      return target;
    },
    async inspect() {
      target = await inspectTarget(connection, named);
      return target;
    },
    async poll(request) {
      return snapshotOf(await run('poll', [request.liveIds, request.lookBackSeconds, listLimit]));
    },
    history: () => history(),
    async report() {
      const done = await activity();
      return connection.session(async (query) => {
        await query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
        try {
          const snapshot = snapshotOf(
            await run('poll', [done.map(({ operationId }) => operationId), 0, listLimit], query),
          );
          const throughput = kept((await run('throughput', [], query)).map((row) => decodeThroughput(row.body)));
          return { snapshot, history: await history(query), throughput, activity: done };
        } finally {
          await query('ROLLBACK').catch(() => {});
        }
      });
    },
    async page(request) {
      const { filter } = request;
      const newer = request.direction === 'newer';
      const rows = await run(newer ? 'page-newer' : 'page-older', [
        request.from ?? (newer ? lowestId : highestId),
        filter.statuses,
        filter.phases,
        filter.workerId,
        filter.table === null ? null : containing(filter.table),
        filter.text === null ? null : containing(filter.text),
        request.limit,
      ]);
      const operations = kept(rows.map((row) => decodeOperation(row.body)));
      return newer ? operations.reverse() : operations;
    },
    async detail(id) {
      const rows = await run('detail', [id]);
      const [operation] = kept(ofKind(rows, 'operation').map((body) => decodeOperation(body, 'full')));
      if (operation === undefined) return null;
      return {
        takenAt: clockOf(rows),
        operation,
        attempts: kept(ofKind(rows, 'attempt').map((body) => decodeOperation(body))),
      };
    },
    act: (move, intent) => act({ connection, target, ...auditing }, move, intent),
    activity,
    close: () => connection.close(),
  };
}

/** The shape in which the queries bring everything: what a row is, and the row as JSON. */
interface Tagged {
  readonly kind: string;
  readonly body: unknown;
}

function snapshotOf(rows: readonly Tagged[]): Snapshot {
  const totals = ofKind(rows, 'total').map(decodeTotal);
  const operations = ofKind(rows, 'live').map((body) => decodeOperation(body));
  const failures = ofKind(rows, 'failure').map((body) => decodeOperation(body));
  return {
    takenAt: clockOf(rows),
    totals: kept(totals),
    operations: kept(operations),
    failures: kept(failures),
    sessions: ofKind(rows, 'session').flatMap(decodeSession),
    // The totals count every row: a row that cannot be read is in a total that cannot, or is named by its id.
    unreadable: [...totals, ...operations, ...failures].flatMap((decoded) =>
      decoded.kind === 'unreadable' ? [decoded.unreadable] : [],
    ),
  };
}

function clockOf(rows: readonly Tagged[]): number {
  const clock = decodeClock(ofKind(rows, 'clock')[0]);
  if (clock.kind === 'ok') return clock.value;
  throw new DatabaseError('failed', `The database did not say what time it is: ${clock.unreadable.problem}`);
}

function ofKind(rows: readonly Tagged[], kind: string): unknown[] {
  return rows.filter((row) => row.kind === kind).map((row) => row.body);
}

function kept<T>(decoded: readonly Decoded<T>[]): T[] {
  return decoded.flatMap((one) => (one.kind === 'ok' ? [one.value] : []));
}

/** A LIKE pattern for a text anywhere in a column, its own wildcards taken literally. */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
