import type { AuditEntry, AuditLog, Intent, Operator, TableIdentity } from '../domain/audit.ts';
import type { LongText } from '../domain/long-text.ts';
import type { Operation } from '../domain/operation.ts';
import { isInScope, type Since } from '../domain/since.ts';
import type { BatchThroughput, HistorySpan, Snapshot } from '../domain/snapshot.ts';
import type { Move, Outcome } from '../domain/transitions.ts';
import { nameShownAs } from '../domain/visible-name.ts';
import { act } from './act.ts';
import type { Connection, Query } from './connect.ts';
import { decodeAuditEntry, decodeOperation, decodeSpan, decodeThroughput } from './decode.ts';
import { detailFrom, type OperationDetail, type TextPlace, textFrom, textParameters } from './detail.ts';
import { namingPrivilege } from './privileges.ts';
import { resolveSince } from './scope.ts';
import { kept, readSnapshot, type Tagged } from './snapshot.ts';
import { type QueryName, sqlFor } from './sql.ts';
import { inspectTarget, type Target } from './target.ts';
import { createWatch, historySeconds, historySliceSeconds, type WorkDone } from './watch.ts';

export type { OperationDetail } from './detail.ts';

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

export interface Report {
  /** Of the last hour too: its history. */
  readonly snapshot: Snapshot;
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
  /**
   * What is live, what changed since the last poll, and the totals as far as they are counted.
   *
   * @param watched ids to bring whether they are live or not
   */
  poll(watched: readonly number[]): Promise<Snapshot>;
  /** Counts a part of the table between two polls, where one is due. Resolves to null where none is. */
  work(): Promise<WorkDone | null>;
  /** All of the table counted at once, the history and the performance analysis, all of one moment. */
  report(): Promise<Report>;
  page(request: PageRequest): Promise<Operation[]>;
  /** One operation with its texts, of long ones the beginning. Resolves to null where there is no such row. */
  detail(id: number): Promise<OperationDetail | null>;
  /** A stretch of a long text. Resolves to null where there is none any more. */
  text(id: number, field: LongText, place: TextPlace): Promise<ReturnType<typeof textFrom>>;
  act(move: Move, intent: Intent): Promise<Outcome>;
  /** What operators did last, newest first: from the audit table, else from the local audit. */
  activity(): Promise<readonly AuditEntry[]>;
  close(): Promise<void>;
}

/** How many pages without a row that can be read are skipped at most. */
const mostUnreadablePages = 20;

/** The Activity view shows this many actions. */
const activityLimit = 200;

const highestId = '9223372036854775807';
const lowestId = '-9223372036854775808';

/**
 * Finds the table and opens it.
 *
 * @param named the table as the user wrote it
 * @param auditing.logFor opens the local audit of one table
 * @param since from where on operations are watched; null for all of them
 * @throws {DatabaseError} as `inspectTarget` does
 */
export async function openControlTable(
  connection: Connection,
  named: string,
  auditing: { readonly operator: Operator; readonly logFor: (table: TableIdentity) => AuditLog },
  since: Since | null = null,
): Promise<ControlTable> {
  const { operator, logFor } = auditing;
  const whole = await inspectTarget(connection, named);
  const scoped = since === null ? {} : { scope: await resolveSince(connection, whole.table, since) };
  let target: Target = { ...whole, ...scoped };
  let log = logFor(target.identity);
  const run = (name: QueryName, values: unknown[], query: Query = connection.read): Promise<Tagged[]> =>
    query(sqlFor(name, target.table, target), values) as unknown as Promise<Tagged[]>;

  const watch = createWatch(connection, () => target);
  const history = async (query: Query): Promise<HistorySpan[]> =>
    kept((await run('history', [historySeconds, historySliceSeconds], query)).map((row) => decodeSpan(row.body)));

  const audited = async (): Promise<readonly AuditEntry[]> => {
    if (target.audit === null) return log.recent(activityLimit);
    const rows = await connection.read(sqlFor('activity', target.table, target), [
      activityLimit,
      ...(target.auditVersion === 1 ? [] : [target.identity.tableOid]),
    ]);
    return kept((rows as unknown as Tagged[]).map((row) => decodeAuditEntry(row.body)));
  };

  const activity = async (): Promise<readonly AuditEntry[]> => {
    const done = await audited();
    const { scope } = target;
    return scope === undefined ? done : done.filter(({ operationId }) => operationId >= Number(scope.firstId));
  };

  return {
    get target() {
      return target;
    },
    async inspect() {
      target = { ...(await inspectTarget(connection, named, target)), ...scoped };
      log = logFor(target.identity);
      return target;
    },
    async poll(watched) {
      try {
        return await watch.poll(watched);
      } catch (error) {
        throw await namingPrivilege(error, connection, target);
      }
    },
    work: () => watch.work(),
    async report() {
      const done = await activity();
      return connection.session(async (query) => {
        await query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
        try {
          const ids = done.map(({ operationId }) => operationId);
          const snapshot = await readSnapshot(query, target, null, ids);
          const throughput = kept((await run('throughput', [], query)).map((row) => decodeThroughput(row.body)));
          return { snapshot: { ...snapshot, history: await history(query) }, throughput, activity: done };
        } finally {
          await query('ROLLBACK').catch(() => {});
        }
      });
    },
    async page(request) {
      const { filter, limit } = request;
      const newer = request.direction === 'newer';
      const operations: Operation[] = [];
      let from = request.from ?? (newer ? lowestId : highestId);
      // Rows that cannot be read are in no list; where they fill a page, the next one is read, so that it is not the last.
      for (let pages = 0; pages < mostUnreadablePages && operations.length < limit; pages++) {
        const rows = await run(newer ? 'page-newer' : 'page-older', [
          from,
          filter.statuses,
          filter.phases,
          filter.workerId,
          filter.table === null ? null : containing(nameShownAs(filter.table)),
          filter.text === null ? null : containing(nameShownAs(filter.text)),
          limit,
        ]);
        operations.push(...kept(rows.map((row) => decodeOperation(row.body))));
        const last = (rows.at(-1)?.body as { id?: unknown } | undefined)?.id;
        if (rows.length < limit || typeof last !== 'number') break;
        from = newer ? last : last - 1;
      }
      const page = operations.slice(0, limit);
      return newer ? page.reverse() : page;
    },
    async detail(id) {
      const detail = detailFrom(await run('detail', [id]), id);
      const { scope } = target;
      if (detail === null || scope === undefined) return detail;
      return { ...detail, attempts: detail.attempts.filter((attempt) => isInScope(scope, attempt)) };
    },
    text: async (id, field, place) => textFrom(await run('text', textParameters(id, field, place))),
    act: (move, intent) => act({ connection, target, operator, log }, move, intent),
    activity,
    close: () => connection.close(),
  };
}

/** A LIKE pattern for a text anywhere in a column, its own wildcards taken literally. */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
