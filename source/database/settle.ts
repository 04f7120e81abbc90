import type { AuditIntent, AuditLog, OpenEntry } from '../domain/audit.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { isStatus } from '../domain/operation.ts';
import type { Transition } from '../domain/transitions.ts';
import { checks, timeout } from './bounds.ts';
import type { Connection, WriteLimits } from './connection.ts';
import { sqlState, sqlStateOf } from './database-error.ts';
import type { Statement } from './literals.ts';
import type { Answer } from './message.ts';
import { query } from './query.ts';
import type { Target } from './target.ts';

/** An action that was sent, and whose answer was lost. */
export interface Unsettled {
  readonly entry: AuditIntent;
  readonly transition: Transition;
  /** The version of the row before it; null where that is not known. */
  readonly seenVersion: string | null;
  /** The number of its transaction, where the server has told it before the answer was lost. */
  readonly transaction: string | null;
  /** False where the server has told, before the answer was lost, that the row is not as it has to be. */
  readonly isPossible: boolean;
  /** The moment on the database's clock after which it changes nothing any more, however late it arrives. */
  readonly validUntil: number | null;
  /** When the answer was lost, on this machine's monotonic clock. */
  readonly lostMs: number;
}

/** What was found out about an action whose answer was lost. */
export interface Settled {
  readonly action: Unsettled;
  /** `unclear`: others have changed the row since, and nothing tells whether the action was made before that. */
  readonly result: 'applied' | 'not applied' | 'unclear';
  /** The status that the row has now; null where it is no longer in the table. */
  readonly status: string | null;
  /** The version of the row now. */
  readonly version: string | null;
  /** The database's clock. */
  readonly at: number;
}

/** How long to wait for the row: an action that is still in progress holds it. */
const waitForRow = { text: "SET LOCAL lock_timeout = '500ms'" };

/** An action of a program that ended before it knew the outcome; null where its record is not one of ours. */
export function unsettledOf(entry: OpenEntry): Unsettled | null {
  const { operationId: id, fromStatus: from, toStatus: to, seenVersion = null } = entry;
  if (!isStatus(from) || !isStatus(to)) return null;
  return {
    entry,
    transition: { id, from, to, completedAt: 'keep', version: null, identity: null },
    seenVersion,
    transaction: null,
    isPossible: true,
    validUntil: null,
    // It may have been sent a moment ago.
    lostMs: performance.now(),
  };
}

/**
 * Looks up whether an action was made, on a connection that works: by its key in the audit table, by its transaction, else by
 * the version of the row. It waits for the row as the action did, so whatever was in progress has ended. Resolves to null where that is not over yet.
 *
 * @param written versions of rows that other actions of this program have made: they do not tell that this one was made
 */
export async function lookUp(
  { connection, target, log }: { readonly connection: Connection; readonly target: Target; readonly log: AuditLog },
  action: Unsettled,
  written: ReadonlySet<string> = new Set(),
): Promise<Settled | null> {
  const { transition: move, entry, transaction } = action;
  const ask = (number: string | null, fences: readonly Statement[]): Promise<Answer> =>
    connection.write([
      ...checks(target),
      waitForRow,
      timeout(3),
      query('lock', target, move),
      query('settle', target, { ...move, key: entry.key, transaction: number }),
      ...fences,
    ]);
  const fences = target.audit !== null && target.auditVersion === 2 ? [fence(target, entry)] : [];
  let answer = await ask(transaction, fences);
  // Another server than the one that it was sent to may not know the number.
  if (answer.kind === 'failed' && transaction !== null) answer = await ask(null, fences);
  // A role that may write the audit may not be allowed to read it.
  const isFenced = !isDenied(answer) && fences.length > 0;
  if (isDenied(answer)) answer = await ask(null, []);
  const recorded = isFenced ? answer.results.at(-1)?.[0] : undefined;
  const row = answer.results.at(isFenced ? -2 : -1)?.[0];
  if (answer.kind !== 'done' || row === undefined || row.is_running === true || row.transaction === 'in progress')
    return null;
  const status = row.status === null ? null : cleanLine(String(row.status));
  const version = row.version === null ? null : String(row.version);
  const at = Number(row.at);
  const found = {
    transaction: row.transaction,
    status,
    version,
    isByOther: version !== null && written.has(version),
    isOver: isOver(action, at, connection.limits),
  };
  const result = recordedResult(recorded) ?? resultOf(action, found);
  if (result === null) return null;
  if (target.audit === null) await log.end(entry.key, result, null).catch(() => {});
  return { action, result, status, version, at };
}

function isDenied(answer: Answer): boolean {
  return answer.kind === 'failed' && sqlStateOf(answer.error) === sqlState.insufficientPrivilege;
}

/** The row of sql/queries/fence.sql. */
function fence(target: Target, entry: AuditIntent): Statement {
  return query('fence', target, { ...entry, tableOid: target.identity.tableOid, table: target.table });
}

/** The audit has the action, or it can never be made any more; null where there is no such audit. */
function recordedResult(row: Readonly<Record<string, unknown>> | undefined): Settled['result'] | null {
  if (row === undefined) return null;
  return row.outcome === 'applied' ? 'applied' : 'not applied';
}

function resultOf(
  { transition: move, seenVersion, isPossible }: Unsettled,
  found: {
    readonly transaction: unknown;
    readonly status: string | null;
    readonly version: string | null;
    /** Whether another action has made that version. */
    readonly isByOther: boolean;
    readonly isOver: boolean;
  },
): Settled['result'] | null {
  if (!isPossible) return 'not applied';
  // The row was as it has to be, and a transaction that leaves it another way than asked is never committed.
  if (found.transaction === 'committed') return 'applied';
  if (found.transaction === 'aborted') return 'not applied';
  const isUntouched = seenVersion !== null && found.version === seenVersion;
  if (!isUntouched && !found.isByOther && found.status === move.to) return 'applied';
  if (!found.isOver) return null;
  return isUntouched ? 'not applied' : 'unclear';
}

/** Whether the message can arrive no more, or changes nothing if it does. */
function isOver({ validUntil, lostMs }: Unsettled, at: number, { onTheWayMs }: WriteLimits): boolean {
  const sinceMs = performance.now() - lostMs;
  return validUntil === null ? sinceMs > onTheWayMs : at > validUntil || sinceMs > onTheWayMs;
}
