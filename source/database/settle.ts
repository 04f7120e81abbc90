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

/** An action that was sent and whose answer was lost. */
export interface Unsettled {
  readonly entry: AuditIntent;
  readonly transition: Transition;
  /** The version of the row before the action; null if it is not known. */
  readonly seenVersion: string | null;
  /** The key in the message's text, if it is not the key of the entry: one message may change many rows. */
  readonly messageKey?: string;
  /** The transaction ID of the action; null if the server did not send it before the answer was lost. */
  readonly transaction: string | null;
  /** False if the server reported, before the answer was lost, that the row has not the expected status or version. */
  readonly isPossible: boolean;
  /** The time on the database's clock after which the message changes nothing, even if it still arrives. */
  readonly validUntil: number | null;
  /** When the answer was lost, on this machine's monotonic clock. */
  readonly lostMs: number;
}

/** The result of looking up an action whose answer was lost. */
export interface Settled {
  readonly action: Unsettled;
  /** `unclear`: other sessions have changed the row since, and nothing shows whether the action was applied before that. */
  readonly result: 'applied' | 'not applied' | 'unclear';
  /** The current status of the row; null if the row is no longer in the table. */
  readonly status: string | null;
  /** The current version of the row. */
  readonly version: string | null;
  /** The database's clock. */
  readonly at: number;
}

/** Maximum wait for the row's lock: an action that is still in progress holds it. */
const waitForRow = { text: "SET LOCAL lock_timeout = '500ms'" };

/** The action of an open entry: its program ended before it knew the outcome. Null if the statuses of the entry are unknown. */
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
 * Looks up whether an action was applied, on a working connection: by its key in the audit table, by its transaction, else by
 * the version of the row. It waits for the row's lock, so that an action in progress ends first. Resolves to null while the
 * action may still be applied.
 *
 * @param written row versions that other actions of this program have written: they do not prove that this one was applied
 */
export async function settleAction(
  { connection, target, log }: { readonly connection: Connection; readonly target: Target; readonly log: AuditLog },
  action: Unsettled,
  written: ReadonlySet<string> = new Set(),
): Promise<Settled | null> {
  const { transition, entry, transaction } = action;
  const ask = (number: string | null, fences: readonly Statement[]): Promise<Answer> =>
    connection.write([
      timeout(3),
      ...checks(target),
      waitForRow,
      query('lock', target, transition),
      query('settle', target, { ...transition, key: messageKeyOf(action), transaction: number }),
      ...fences,
    ]);
  const fences = target.audit !== null && target.auditVersion >= 2 ? [fence(target, entry)] : [];
  let answer = await ask(transaction, fences);
  // A server other than the one that received the action may not know the transaction ID.
  if (answer.kind === 'failed' && transaction !== null) answer = await ask(null, fences);
  // A role that may write the audit table may lack the privilege to read it.
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

function messageKeyOf({ entry, messageKey }: Unsettled): string {
  return messageKey ?? entry.key.replace(/\/\d+$/, '');
}

function isDenied(answer: Answer): boolean {
  return answer.kind === 'failed' && sqlStateOf(answer.error) === sqlState.insufficientPrivilege;
}

/** The row of sql/queries/fence.sql. */
function fence(target: Target, entry: AuditIntent): Statement {
  const { identity = null } = entry;
  return query('fence', target, { ...entry, identity, tableOid: target.identity.tableOid, table: target.table });
}

/** The fence either found the action in the audit or prevents it permanently. Null if there was no fence. */
function recordedResult(row: Readonly<Record<string, unknown>> | undefined): Settled['result'] | null {
  if (row === undefined) return null;
  return row.outcome === 'applied' ? 'applied' : 'not applied';
}

function resultOf(
  { transition, seenVersion, isPossible, entry }: Unsettled,
  found: {
    readonly transaction: unknown;
    readonly status: string | null;
    readonly version: string | null;
    /** Whether another action of this program wrote that version. */
    readonly isByOther: boolean;
    readonly isOver: boolean;
  },
): Settled['result'] | null {
  if (!isPossible) return 'not applied';
  // The row had the expected status and version, and a transaction with another effect than requested never commits.
  if (found.transaction === 'committed') return 'applied';
  if (found.transaction === 'aborted') return 'not applied';
  // A retry adds a row, and leaves this one as it is.
  const isUntouched = entry.action !== 'retry' && seenVersion !== null && found.version === seenVersion;
  // A change of the batch size keeps the status.
  const isShown = transition.from !== transition.to && found.status === transition.to;
  if (!isUntouched && !found.isByOther && isShown) return 'applied';
  if (!found.isOver) return null;
  return isUntouched ? 'not applied' : 'unclear';
}

/** Whether the message can no longer arrive, or changes nothing if it arrives. */
function isOver({ validUntil, lostMs }: Unsettled, at: number, { onTheWayMs }: WriteLimits): boolean {
  const sinceMs = performance.now() - lostMs;
  return validUntil === null ? sinceMs > onTheWayMs : at > validUntil || sinceMs > onTheWayMs;
}
