import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Connection, readSeconds } from '../database/connection.ts';
import { detailFrom, type OperationDetail, type TextPlace, textFrom, textValues } from '../database/detail.ts';
import type { Statement } from '../database/literals.ts';
import type { Loss } from '../database/losses.ts';
import type { NamedQuery, QueryValues } from '../database/parameters.ts';
import { namingPrivilege } from '../database/privileges.ts';
import type { ProductionGuard } from '../database/production-guard.ts';
import { query } from '../database/query.ts';
import { retryRefusals } from '../database/retry-many.ts';
import { readRunStarts } from '../database/runs.ts';
import { resolveSince } from '../database/scope.ts';
import type { Silence } from '../database/silence.ts';
import { kept, readTagged, type Tagged } from '../database/tagged-rows.ts';
import { inspectTarget, type Target } from '../database/target.ts';
import { decodeWatcher, mostWatchers } from '../database/watchers.ts';
import type { AcceptOutcome, SeenFailure } from '../domain/acceptance.ts';
import type { AuditEntry, AuditLog, Operator, TableIdentity } from '../domain/audit.ts';
import { batchThroughput } from '../domain/batch-throughput.ts';
import type { Change } from '../domain/bulk-actions.ts';
import type { Diagnosis } from '../domain/doctor/finding.ts';
import type { Validated } from '../domain/doctor/observed.ts';
import type { ResolvedFilter } from '../domain/filter/resolve.ts';
import type { LastActor } from '../domain/last-actors.ts';
import type { LongText } from '../domain/long-text.ts';
import type { Operation } from '../domain/operation.ts';
import { withPauses } from '../domain/resumes.ts';
import type { RunStart } from '../domain/runs.ts';
import { isInScope, type Since } from '../domain/since.ts';
import type { TableCosts } from '../domain/skip-costs.ts';
import type { BatchThroughput, Snapshot } from '../domain/snapshot.ts';
import type { Watcher } from '../domain/watcher.ts';
import { createAcceptances } from './acceptances.ts';
import { type Activity, createActivity, type ReportedActions } from './activity.ts';
import { completedBy } from './completed-by.ts';
import type { Patient, WorkDone } from './counting-rest.ts';
import { createDatabaseClock } from './database-clock.ts';
import type { ExamineLimits } from './doctor/examine.ts';
import { createEarlier } from './earlier-reads.ts';
import { createExport, type NextPage } from './export-pages.ts';
import type { LedgerStore } from './kept-ledger.ts';
import { createOwnKeys } from './own-keys.ts';
import { createPages, type PageRequest, readPassing } from './pages.ts';
import { readCounted, readReport } from './report.ts';
import { createSessionWatch } from './session-watch.ts';
import { readSkipCost, type SkipCost } from './skip-cost.ts';
import { readTableCosts } from './skip-costs.ts';
import { createWatch } from './watch.ts';
import { type WriteActions, writeActions } from './write-actions.ts';
import { inWritersZone, localStart } from './writers-zone.ts';

export type { OperationDetail } from '../database/detail.ts';
export type { PageRequest } from './pages.ts';

export interface TableReport extends ReportedActions {
  /** With the history of the last hour. */
  readonly snapshot: Snapshot;
  readonly throughput: readonly BatchThroughput[];
  /** Where the newest of several runs may have started. */
  readonly runStarts: readonly RunStart[];
}

/** The control table, for the rest of the program. Every method throws `DatabaseError` if the database fails. */
export interface ControlTable extends WriteActions {
  /** The target as of the last `inspect`. */
  readonly target: Target;
  /** Who acts in this session. */
  readonly operator: Operator;
  /** The lock of a production target; absent if nothing is configured. */
  readonly production?: ProductionGuard | undefined;
  /** Inspects the table again: another server may answer, privileges may have changed, or an option may have been installed. */
  inspect(): Promise<Target>;
  /**
   * Reads the live operations, the changes since the last poll, and the totals as far as they are counted.
   *
   * @param watched ids to read whether they are live or not
   */
  poll(watched: readonly number[]): Promise<Snapshot>;
  /**
   * Restricts all later reads to the operations since then, until the next call; null removes the restriction. The next poll
   * counts again. Do not call it while a poll is in progress.
   */
  restrict(since: Since | null): Promise<Target>;
  /**
   * Takes the next step of counting, between two polls. Resolves to null if there is none.
   *
   * @param isDue whether a count that can wait is due; by default it is
   */
  work(isDue?: (kind: Patient) => boolean): Promise<WorkDone | null>;
  /**
   * Counts what is not counted yet of a large table, at full speed, before `report`. Does nothing if `report` counts the table in
   * one statement.
   *
   * @param onSlow is called with the first poll, if counting takes a while
   */
  countAll(onSlow?: (snapshot: Snapshot) => void): Promise<void>;
  /** Reads the totals, the history and the performance analysis: of a small table in one snapshot, of a large one by `countAll`. */
  report(): Promise<TableReport>;
  /** Examines the control table itself: the part of `migtop doctor` that polls do not show. Never throws for one check. */
  examine(limits: ExamineLimits): Promise<Diagnosis>;
  /** The completed validations of some tables. */
  validated(tables: readonly string[]): Promise<readonly Validated[]>;
  /** Reads what a skip of an operation may cost. */
  skipCost(operation: Operation): Promise<SkipCost>;
  /** Why `retryMany` would refuse some of these operations, by their ids. */
  retryRefusals(changes: readonly Change[], signal?: AbortSignal): Promise<ReadonlyMap<number, string>>;
  /** Which operations have completed the work of these failed ones since, by the ids of these. */
  completedBy(failed: readonly number[], signal?: AbortSignal): Promise<ReadonlyMap<number, number>>;
  /** Reads what the tables of many operations show of the cost of their skip. */
  tableCosts(tables: readonly string[]): Promise<TableCosts>;
  /** Where the newest of several runs may have started (`newestRun`). Takes milliseconds on a table of any size. */
  runStarts(): Promise<readonly RunStart[]>;
  /**
   * Accepts failures, with a note, or takes that back; the operations are not changed.
   *
   * @throws {DatabaseError} if it cannot be written into the audit
   */
  accept(failures: readonly SeenFailure[], note: string, isAccepted: boolean): Promise<AcceptOutcome>;
  page(request: PageRequest): Promise<Operation[]>;
  /** The ids of those of some operations that pass a filter, by their whole texts. */
  passing(filter: ResolvedFilter, ids: readonly number[]): Promise<readonly number[]>;
  /** The operations that pass a filter, oldest first, with their whole texts (export-pages.ts). */
  exportPages(filter: ResolvedFilter): NextPage;
  /** Reads one operation with its texts, long ones only in part; null if there is none. `identity` chooses one of several with this id. */
  detail(id: number, identity?: string | null): Promise<OperationDetail | null>;
  /** Reads a section of a long text. Resolves to null if the operation does not exist any more. */
  text(id: number, field: LongText, place: TextPlace, identity?: string | null): Promise<ReturnType<typeof textFrom>>;
  /** The connections that were lost since this was asked last. */
  takeLosses(): readonly Loss[];
  /** Why a read has not been answered (`Connection.whyNoAnswer`). */
  whyNoAnswer(): Promise<Silence>;
  /** The last actions of operators, newest first (`Activity.read`). @param on operations whose newest change is read in any case */
  activity(on?: readonly number[]): Promise<readonly AuditEntry[]>;
  auditGaps: Activity['gaps'];
  /** Who else watches with migtop. */
  watchers(): Promise<readonly Watcher[]>;
  /** Who acted last on each operation, by the newest hundred thousand actions. */
  lastActors(): Promise<readonly LastActor[]>;
  /** The last actions on one operation, newest first, also those that `activity` no longer has. */
  actionsOn(id: number): Promise<readonly AuditEntry[]>;
  close(): Promise<void>;
}

/**
 * Finds the table and opens it.
 *
 * @param named the table as the user wrote it
 * @param auditing.logFor opens the local audit of one table
 * @param since where the watched operations begin; null for all operations
 * @param store where the totals are kept between runs; absent if they are not kept
 * @throws {DatabaseError} as `inspectTarget` does
 */
export async function openControlTable(
  connection: Connection,
  named: string,
  auditing: {
    readonly operator: Operator;
    readonly logFor: (table: TableIdentity) => AuditLog;
    readonly production?: ProductionGuard;
  },
  since: Since | null = null,
  store?: LedgerStore,
): Promise<ControlTable> {
  const { operator, logFor, production } = auditing;
  const whole = await inspectTarget(connection, named);
  production?.nameDatabase(whole.database);
  let scope = since === null ? null : await resolveSince(connection, whole, since);
  const restricted = ({ scope: _, ...found }: Target): Target => (scope === null ? found : { ...found, scope });
  let target = restricted(whole);
  let log = logFor(target.identity);
  const read = async (statement: Statement): Promise<Tagged[]> => {
    const [rows = []] = await readTagged(connection, target, [{ ...statement, seconds: readSeconds }]);
    return rows;
  };
  const run = <Name extends NamedQuery>(name: Name, values: QueryValues<Name>): Promise<Tagged[]> =>
    read(query(name, target, values));

  const inspect = async (): Promise<Target> => {
    target = restricted(await inspectTarget(connection, named, target));
    log = logFor(target.identity);
    return target;
  };

  const clock = createDatabaseClock();
  const acceptances = createAcceptances({ connection, target: () => target, log: () => log, operator });
  const watch = createWatch(connection, () => target, { acceptances, store });
  const sessions = createSessionWatch(
    connection,
    () => target,
    () => performance.now(),
  );

  const earlier = createEarlier(
    read,
    () => target,
    () => performance.now(),
  );
  const ownKeys = createOwnKeys();
  const activity = createActivity({ run, read, target: () => target, log: () => log, ownKeys });

  const writes = writeActions({
    connection,
    operator,
    target: () => target,
    log: () => log,
    inspect,
    clock: clock.now,
    ownKeys,
  });

  return {
    ...writes,
    get target() {
      return target;
    },
    operator,
    production,
    inspect,
    async poll(watched) {
      try {
        const askedMs = performance.now();
        const polled = inWritersZone(await watch.poll(watched), target);
        // The other reads take time.
        const isClockChanged = clock.read(polled.takenAt, askedMs);
        const timed = isClockChanged ? { ...polled, isClockChanged } : polled;
        const snapshot = await earlier(await sessions.withBackends(timed));
        // The caller computes with the snapshot for some milliseconds: a key that arrived meanwhile is taken first.
        await nextTurn();
        return withPauses(snapshot, activity.pauses());
      } catch (error) {
        throw await namingPrivilege(error, connection, target);
      }
    },
    async restrict(to) {
      const found = to === null ? null : await resolveSince(connection, target, to);
      await watch.restart(() => {
        scope = found;
        target = restricted(target);
      });
      return target;
    },
    work: (isDue) => watch.work(isDue),
    async countAll(onSlow = () => {}) {
      await watch.count(onSlow);
    },
    async report() {
      const done = await activity.read();
      const ids = done.map(({ operationId }) => operationId);
      const read = (await watch.count(() => {}))
        ? await readCounted(watch, ids)
        : await readReport(connection, target, ids, {}, acceptances);
      const snapshot = await earlier(await sessions.withBackends(inWritersZone(read.snapshot, target)));
      return {
        snapshot: withPauses(snapshot, activity.pauses()),
        throughput: batchThroughput(read.sums, snapshot.totals),
        activity: done,
        auditGaps: activity.gaps(),
        runStarts: await readRunStarts(connection, target),
      };
    },
    // Loaded when it is needed: no poll uses it.
    examine: async (limits) => (await import('./doctor/examine.ts')).examine(connection, target, limits),
    validated: async (tables) => (await import('./doctor/examine.ts')).readValidated(connection, target, tables),
    skipCost: (operation) => readSkipCost(connection, target, operation),
    retryRefusals: (changes, signal) => retryRefusals({ connection, target }, changes, signal),
    completedBy: (failed, signal) => completedBy({ connection, target }, failed, signal),
    tableCosts: (tables) => readTableCosts(connection, target, tables),
    async accept(failures, note, isAccepted) {
      const outcome = await acceptances.accept(failures, note, isAccepted);
      watch.readAccepted();
      return outcome;
    },
    runStarts: () => readRunStarts(connection, target),
    page: createPages(read, () => target),
    passing: (filter, ids) => readPassing(read, target, filter, ids),
    exportPages: (filter) => createExport(connection, () => target, filter),
    async detail(id, identity = null) {
      const detail = detailFrom(await run('detail', { id, identity }), id);
      const { zone } = target;
      const within = scope;
      if (detail === null) return null;
      const zoned = zone === undefined ? detail : { ...detail, zone };
      if (within === null) return zoned;
      return { ...zoned, attempts: detail.attempts.filter((attempt) => isInScope(within, localStart(attempt, zone))) };
    },
    text: async (id, field, place, identity = null) =>
      textFrom(await run('text', textValues(id, field, place, identity))),
    takeLosses: () => connection.takeLosses(),
    whyNoAnswer: () => connection.whyNoAnswer(),
    activity: activity.read,
    auditGaps: activity.gaps,
    actionsOn: activity.readOn,
    watchers: async () => kept((await run('watchers', { limit: mostWatchers })).map(({ body }) => decodeWatcher(body))),
    lastActors: activity.lastActors,
    async close() {
      await watch.keep();
      await connection.close();
    },
  };
}
