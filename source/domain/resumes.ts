import type { AuditEntry } from './audit.ts';
import { isPauseOfAll } from './last-actors.ts';

/** A time in which nothing was running, on the database's clock. */
export interface Pause {
  readonly from: number;
  readonly to: number;
}

/** When an operation was resumed last, on the database's clock, and for how many seconds it was paused before, as far as known. */
export interface Resume {
  readonly at: number;
  readonly pausedSeconds: number;
}

/**
 * The last resume of each operation that was not paused or started again since, by id. `activity` has the newest first. Between two
 * pauses without a resume, others have resumed the operation at an unknown time: it counts as paused until then.
 */
export function resumesIn(
  activity: readonly Pick<AuditEntry, 'at' | 'operationId' | 'fromStatus' | 'toStatus' | 'outcome'>[],
): ReadonlyMap<number, Resume> {
  const resumes = new Map<number, Resume>();
  const pausedAt = new Map<number, number>();
  for (const { at, operationId: id, fromStatus, toStatus, outcome } of activity.toReversed()) {
    // A change of the batch size leaves the status as it is.
    if (outcome !== 'applied' || at === null || fromStatus === toStatus) continue;
    const paused = pausedAt.get(id);
    if (toStatus === 'paused') pausedAt.set(id, paused ?? at);
    else pausedAt.delete(id);
    if (fromStatus === 'paused' && toStatus === 'running') {
      const before = resumes.get(id)?.pausedSeconds ?? 0;
      resumes.set(id, { at, pausedSeconds: before + (paused === undefined ? 0 : Math.max(0, at - paused)) });
    } else if (toStatus !== 'paused') resumes.delete(id);
  }
  return resumes;
}

/**
 * When each running operation was paused that, by its last action, is paused now, by id: the first time, if no resume between several is
 * known. One that was pending had not begun. `activity` has the newest first.
 */
export function pausedAtIn(
  activity: readonly Pick<AuditEntry, 'at' | 'operationId' | 'fromStatus' | 'toStatus' | 'outcome'>[],
): ReadonlyMap<number, number> {
  const paused = new Map<number, number>();
  for (const { at, operationId: id, fromStatus, toStatus, outcome } of activity.toReversed()) {
    if (outcome !== 'applied' || at === null || fromStatus === toStatus) continue;
    if (toStatus !== 'paused' || fromStatus !== 'running') paused.delete(id);
    else if (!paused.has(id)) paused.set(id, at);
  }
  return paused;
}

/**
 * For how many seconds the completed operations of each table were paused, as far as known, by `phase table`: their timestamps include
 * that time. `activity` has the newest first.
 */
export function pausedByTable(
  activity: readonly Pick<AuditEntry, 'operationId' | 'row'>[],
  resumes: ReadonlyMap<number, Resume>,
): ReadonlyMap<string, number> {
  const paused = new Map<string, number>();
  const rows = new Map(activity.map(({ operationId, row }) => [operationId, row]));
  for (const [id, { pausedSeconds }] of resumes) {
    const { status, phase, tableName } = rows.get(id) ?? {};
    if (status !== 'completed') continue;
    const key = `${phase} ${tableName}`;
    paused.set(key, (paused.get(key) ?? 0) + pausedSeconds);
  }
  return paused;
}

/** A time in which operators had paused all operations (`P`), or running ones of one table. */
export interface TablePause extends Pause {
  /** Null: all tables. */
  readonly tableName: string | null;
}

type PauseEntry = Pick<
  AuditEntry,
  'at' | 'action' | 'operationId' | 'reason' | 'fromStatus' | 'toStatus' | 'outcome' | 'row'
>;

/** The operations of a table that are paused, and when the last of them was. */
interface OpenPause {
  readonly from: number;
  readonly ids: ReadonlySet<number>;
}

/**
 * When operations were paused together, oldest first: those of a table, of which one was running, from the last pause until the first
 * resume; and all operations, from a pause of all until the first resume. `activity` has the newest first.
 */
export function pausesIn(activity: readonly PauseEntry[]): readonly TablePause[] {
  const pauses: TablePause[] = [];
  const open = new Map<string | null, OpenPause>();
  const end = (tableName: string | null, at: number): void => {
    const { from = at } = open.get(tableName) ?? {};
    if (at > from) pauses.push({ tableName, from, to: at });
    open.delete(tableName);
  };
  for (const entry of activity.toReversed()) {
    const { at, operationId: id, fromStatus, toStatus, outcome, row } = entry;
    if (outcome !== 'applied' || at === null) continue;
    const table = row?.phase === 'execution' ? row.tableName : undefined;
    const ids = table === undefined ? undefined : open.get(table)?.ids;
    if (isPauseOfAll(entry) && !open.has(null)) open.set(null, { from: at, ids: new Set() });
    if (toStatus === 'paused' && fromStatus === 'running' && table !== undefined)
      open.set(table, { from: at, ids: new Set([...(ids ?? []), id]) });
    if (fromStatus !== 'paused' || (toStatus !== 'running' && toStatus !== 'pending')) continue;
    end(null, at);
    if (table !== undefined && ids?.has(id) === true) end(table, at);
  }
  return pauses;
}

/** The pauses that the actions of operators show. */
export interface KnownPauses {
  readonly resumes: ReadonlyMap<number, Resume>;
  readonly pausedAt: ReadonlyMap<number, number>;
  readonly together: readonly TablePause[];
  readonly ofCompleted: ReadonlyMap<string, number>;
}

export const noPauses: KnownPauses = { resumes: new Map(), pausedAt: new Map(), together: [], ofCompleted: new Map() };

/** A snapshot with the pauses that were known when it was taken. */
export function withPauses<
  Taken extends {
    readonly resumes?: ReadonlyMap<number, Resume>;
    readonly pausedAt?: ReadonlyMap<number, number>;
    readonly pauses?: readonly TablePause[];
    readonly pausedSeconds?: ReadonlyMap<string, number>;
  },
>(snapshot: Taken, { resumes, pausedAt, together, ofCompleted }: KnownPauses): Taken {
  if (resumes.size === 0 && pausedAt.size === 0 && together.length === 0) return snapshot;
  return {
    ...snapshot,
    ...(resumes.size > 0 && { resumes }),
    ...(pausedAt.size > 0 && { pausedAt }),
    ...(together.length > 0 && { pauses: together }),
    ...(ofCompleted.size > 0 && { pausedSeconds: ofCompleted }),
  };
}
