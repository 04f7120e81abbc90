import { withActedRows } from '../database/acted-rows.ts';
import { decodeLastActor } from '../database/decode.ts';
import type { Statement } from '../database/literals.ts';
import type { NamedQuery, QueryValues } from '../database/parameters.ts';
import { sqlFor } from '../database/sql.ts';
import { kept, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { AuditEntry, AuditLog } from '../domain/audit.ts';
import { withLaterReasons, withOtherEntries } from '../domain/audit-notes.ts';
import { bulkOf } from '../domain/bulk-key.ts';
import { type LastActor, lastActorsIn, pauseAllReason, withLocalActors } from '../domain/last-actors.ts';
import { type KnownPauses, noPauses, pausedAtIn, pausedByTable, pausesIn, resumesIn } from '../domain/resumes.ts';
import type { SinceScope } from '../domain/since.ts';
import { localSeconds, type Zone } from '../domain/zone.ts';
import { activityLimit, createAuditReader, wholeRows } from './audited.ts';
import type { OwnKeys } from './own-keys.ts';

/** How many of the newest actions show who acted last on an operation. */
const actorsLimit = 100_000;

/** The actions of operators: from the audit table, else from the local audit. */
export interface Activity {
  /** The last actions, newest first, with the rows of their operations. @param on operations whose newest change is read in any case */
  read(on?: readonly number[]): Promise<readonly AuditEntry[]>;
  /** The last actions on one operation, newest first: `read` may have newer ones on others. */
  readOn(id: number): Promise<readonly AuditEntry[]>;
  /** Who acted last on each operation, by the newest hundred thousand actions. */
  lastActors(): Promise<readonly LastActor[]>;
  /** The last resume of each operation, and when some were paused together, as of the last `read`. */
  pauses(): KnownPauses;
}

/** Whether `--since` selects an action: one on an operation that it selects, or one since that time on an earlier operation. */
function isEntryInScope({ firstId, startedAt }: SinceScope, { operationId, at }: AuditEntry, zone?: Zone): boolean {
  if (operationId >= Number(firstId)) return true;
  return startedAt !== null && at !== null && localSeconds(at, zone) >= startedAt;
}

/** The actions that `--since` selects. An action on many operations is selected with all of them: else its result would be another one. */
function entriesInScope(scope: SinceScope, entries: readonly AuditEntry[], zone?: Zone): readonly AuditEntry[] {
  const selected = entries.filter((entry) => isEntryInScope(scope, entry, zone));
  const bulkActions = new Set(selected.map(({ key }) => bulkOf(key)));
  bulkActions.delete(null);
  if (bulkActions.size === 0) return selected;
  return entries.filter((entry) => bulkActions.has(bulkOf(entry.key)) || isEntryInScope(scope, entry, zone));
}

/** The newest entries, with all rows of the action on many in which they end; without the other rows if these are too many. */
function withWholeBulk(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const oldest = bulkOf(entries[activityLimit - 1]?.key ?? null);
  const isCut = entries.length >= activityLimit + wholeRows && bulkOf(entries.at(-1)?.key ?? null) === oldest;
  return entries.filter(
    ({ key }, index) => index < activityLimit || (oldest !== null && !isCut && bulkOf(key) === oldest),
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
    const listed = withWholeBulk(await log().recent(activityLimit + wholeRows));
    const missing = new Set(on);
    for (const { operationId } of listed) missing.delete(operationId);
    if (missing.size === 0) return listed;
    const others = (await log().recent(actorsLimit)).filter(({ operationId }) => missing.has(operationId));
    return [...listed, ...others];
  }

  return {
    async read(on = []) {
      const { scope, table, zone } = target();
      const text = sqlFor('acted', table, { ...target(), scope: undefined });
      const done = await withActedRows(await entries(on), (ids) => read({ text, values: [ids] }));
      const selected = scope === undefined ? done : entriesInScope(scope, done, zone);
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
