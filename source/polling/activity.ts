import { withActedRows } from '../database/acted-rows.ts';
import { decodeLastActor } from '../database/decode.ts';
import type { Statement } from '../database/literals.ts';
import type { NamedQuery, QueryValues } from '../database/parameters.ts';
import { sqlFor } from '../database/sql.ts';
import { kept, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import { type AuditEntry, type AuditGaps, type AuditLog, noGaps } from '../domain/audit.ts';
import { withLaterReasons, withOtherEntries } from '../domain/audit-notes.ts';
import { auditedResults, isOverwritingOpen } from '../domain/audited-results.ts';
import { bulkOf } from '../domain/bulk-key.ts';
import { type LastActor, lastActorsIn, pauseAllReason, withLocalActors } from '../domain/last-actors.ts';
import { type KnownPauses, noPauses, pausedAtIn, pausedByTable, pausesIn, resumesIn } from '../domain/resumes.ts';
import { isInScope, type SinceScope } from '../domain/since.ts';
import { localSeconds, type Zone } from '../domain/zone.ts';
import { activityLimit, createAuditReader, wholeRows } from './audited.ts';
import type { OwnKeys } from './own-keys.ts';
import { localStart } from './writers-zone.ts';

/** How many of the newest actions show who acted last on an operation. */
const actorsLimit = 100_000;

/** The actions of operators: from the audit table, else from the local audit. */
export interface Activity {
  /** The last actions, newest first, with the rows of their operations. @param on operations whose newest change is read in any case */
  read(on?: readonly number[]): Promise<readonly AuditEntry[]>;
  /** The last actions on one operation, newest first: `read` may have newer ones on others. */
  readOn(id: number): Promise<readonly AuditEntry[]>;
  /** The entries that the last `read` does not have; none with an audit table. */
  gaps(): AuditGaps;
  /** Who acted last on each operation, by the newest hundred thousand actions. */
  lastActors(): Promise<readonly LastActor[]>;
  /** The last resume of each operation, and when some were paused together, as of the last `read`. */
  pauses(): KnownPauses;
}

/** The last actions of operators, in a report. */
export interface ReportedActions {
  /** Newest first; the snapshot of the report has their rows. */
  readonly activity: readonly AuditEntry[];
  /** The entries that `activity` does not have; absent if none are missing. */
  readonly auditGaps?: AuditGaps;
}

/** Whether `--since` selects an action: one on an operation that it selects, or one since that time on an earlier operation. */
function isEntryInScope(scope: SinceScope, entry: AuditEntry, zone?: Zone): boolean {
  const { startedAt } = scope;
  if (isActedInScope(scope, entry, zone)) return true;
  return startedAt !== null && entry.at !== null && localSeconds(entry.at, zone) >= startedAt;
}

/** Whether `--since` selects the operation of an action. Of an operation that is not in the table any more, only its id is known. */
function isActedInScope(scope: SinceScope, { operationId: id, row }: AuditEntry, zone?: Zone): boolean {
  return isInScope(scope, localStart({ id, startedAt: row?.startedAt ?? null }, zone));
}

/** The actions that `--since` selects. An action on many operations is selected with all of them: else its result would be another one. */
function entriesInScope(scope: SinceScope, entries: readonly AuditEntry[], zone?: Zone): readonly AuditEntry[] {
  const selected = entries.filter((entry) => isEntryInScope(scope, entry, zone));
  const bulkActions = new Set(selected.map(({ key }) => bulkOf(key)));
  bulkActions.delete(null);
  if (bulkActions.size === 0) return selected;
  return entries.filter((entry) => bulkActions.has(bulkOf(entry.key)) || isEntryInScope(scope, entry, zone));
}

/** Returns what marks the operations that `--since` leaves out: an action since then may be on an earlier operation. */
function markedBy(scope: SinceScope, zone?: Zone): (entry: AuditEntry) => AuditEntry {
  return (entry) => {
    const { row } = entry;
    if (row == null || isActedInScope(scope, entry, zone)) return entry;
    return { ...entry, row: { ...row, isEarlier: true } };
  };
}

/**
 * The newest actions of the local audit, an action on many with all its rows. If the last one that was read is larger, only its newest
 * rows: its newest entry has the outcomes of all (`bulkOutcomes`), or says that they are not known.
 */
function newestActions(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const last = bulkOf(entries.at(-1)?.key ?? null);
  const cut = last !== null && entries.length >= activityLimit + wholeRows ? last : null;
  const actions = new Set<string | AuditEntry>();
  let isFirst = true;
  return entries.flatMap((entry, index): readonly AuditEntry[] => {
    const bulk = bulkOf(entry.key);
    const action = bulk ?? entry;
    if (actions.size >= activityLimit && !actions.has(action)) return [];
    actions.add(action);
    if (bulk === null || bulk !== cut) return [entry];
    const isNewest = isFirst;
    isFirst = false;
    if (isNewest && entry.bulkOutcomes === undefined) return [{ ...entry, isBulkPart: true }];
    return isNewest || index < activityLimit ? [entry] : [];
  });
}

/** Entries of earlier actions: the newest one of each action on many has the outcomes of all its entries. */
function withCounts(
  earlier: readonly AuditEntry[],
  all: readonly AuditEntry[],
  listed: ReadonlySet<string | null>,
): readonly AuditEntry[] {
  const known = new Set(listed);
  return earlier.map((entry) => {
    const bulk = bulkOf(entry.key);
    if (bulk === null || known.has(bulk)) return entry;
    known.add(bulk);
    const outcomes = Map.groupBy(
      all.filter(({ key }) => bulkOf(key) === bulk),
      ({ outcome }) => outcome,
    );
    return { ...entry, bulkOutcomes: new Map([...outcomes].map(([outcome, { length }]) => [outcome, length])) };
  });
}

/** Two reads of the same actions have the same newest one, and as many. */
const isSameList = (one: readonly AuditEntry[], other: readonly AuditEntry[]): boolean =>
  one.length === other.length && one[0]?.key === other[0]?.key;

/** The actions that operations no longer show, without a later one. */
function overwrittenIn(entries: readonly AuditEntry[]): readonly string[] {
  const rows = new Map(entries.map(({ operationId, row }) => [operationId, row]));
  return auditedResults(entries, (id) => rows.get(id)).flatMap((result, index) =>
    isOverwritingOpen(result) ? `${entries[index]?.operationId} ${entries[index]?.at}` : [],
  );
}

/**
 * Joins the entries of the audit table and of the local audit; `readOn` takes the table alone if there is one. With a table, a
 * local audit that cannot be read is ignored. `read` decodes sql/queries/acted.sql too, `lastActors` last-actors.sql.
 */
export function createActivity({
  run,
  read,
  target,
  log,
  ownKeys,
}: {
  readonly run: <Name extends NamedQuery>(name: Name, values: QueryValues<Name>) => Promise<Tagged[]>;
  readonly read: (statement: Statement) => Promise<Tagged[]>;
  readonly target: () => Target;
  readonly log: () => AuditLog;
  readonly ownKeys: OwnKeys;
}): Activity {
  const reader = createAuditReader();
  let pauses: KnownPauses = noPauses;
  let overwritten: ReadonlySet<string> = new Set();

  async function entries(on: readonly number[]): Promise<readonly AuditEntry[]> {
    const { audit, auditVersion, identity } = target();
    if (audit === null) return withLaterReasons(await recentLocally(on));
    const audited = await reader.read(run, identity.tableOid, auditVersion >= 2, on);
    // Actions from before the audit was installed are only in the local audit.
    const local = await log()
      .recent(activityLimit)
      .catch(() => []);
    return withLaterReasons(withOtherEntries(audited, local, Math.max(2 * activityLimit, audited.length)));
  }

  /** The last actions of the local audit, of an action on many all its rows, and those on these operations that are not among them. */
  async function recentLocally(on: readonly number[]): Promise<readonly AuditEntry[]> {
    const listed = newestActions(await log().recent(activityLimit + wholeRows));
    const missing = new Set(on);
    for (const { operationId } of listed) missing.delete(operationId);
    if (missing.size === 0) return listed;
    const all = await log().recent(actorsLimit);
    const others = all.filter(({ operationId }) => missing.has(operationId));
    return [...listed, ...withCounts(others, all, new Set(listed.map(({ key }) => bulkOf(key))))];
  }

  /** An action between the reading of the audit and of the rows would seem to be a worker that overwrites the one before it. */
  async function withLater(read: readonly AuditEntry[], on: readonly number[]): Promise<readonly AuditEntry[]> {
    const found = overwrittenIn(read);
    const isNew = found.some((one) => !overwritten.has(one));
    overwritten = new Set(found);
    if (!isNew) return read;
    const later = await entries(on);
    if (isSameList(read, later)) return read;
    const rows = new Map(read.map(({ operationId, row }) => [operationId, row]));
    return later.map((entry) => {
      const row = rows.get(entry.operationId);
      return row === undefined ? entry : { ...entry, row };
    });
  }

  return {
    async read(on = []) {
      const { scope, table, zone } = target();
      const text = sqlFor('acted', table, { ...target(), scope: undefined });
      const atRows = await withActedRows(await entries(on), (ids) => read({ text, values: [ids] }));
      const done = await withLater(atRows, on);
      const selected = scope === undefined ? done : entriesInScope(scope, done, zone).map(markedBy(scope, zone));
      const resumes = resumesIn(done);
      const own = scope === undefined ? resumes : new Map([...resumes].filter(([id]) => id >= Number(scope.firstId)));
      pauses = { resumes, pausedAt: pausedAtIn(done), together: pausesIn(done), ofCompleted: pausedByTable(done, own) };
      return selected;
    },
    async readOn(id) {
      const { audit, auditVersion, identity } = target();
      if (audit !== null) return withLaterReasons(await reader.readOn(run, identity.tableOid, id, auditVersion >= 2));
      return withLaterReasons(await log().recent(actorsLimit)).filter(({ operationId }) => operationId === id);
    },
    gaps: () => (target().audit === null ? (log().gaps?.() ?? noGaps) : noGaps),
    async lastActors() {
      const { audit, identity } = target();
      if (audit === null) return lastActorsIn(await log().recent(actorsLimit), ownKeys.has);
      const { tableOid } = identity;
      const values = { limit: actorsLimit, tableOid, pauseAllReason, ownKeys: ownKeys.starts() };
      const audited = kept((await run('last-actors', values)).map(({ body }) => decodeLastActor(body)));
      const local = await log()
        .recent(actorsLimit)
        .catch(() => []);
      return withLocalActors(audited, lastActorsIn(local, ownKeys.has));
    },
    pauses: () => pauses,
  };
}
