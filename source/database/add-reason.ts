import { randomUUID } from 'node:crypto';
import type { AuditIntent } from '../domain/audit.ts';
import { reasonNote } from '../domain/audit-notes.ts';
import type { ActContext } from './act.ts';
import { auditChecks } from './bounds.ts';
import { bulkKeys } from './bulk-keys.ts';
import { query } from './query.ts';

/** A reason that is given after the action. */
export interface LaterReason {
  readonly operationId: number;
  /** `Operation.identity`; null if unknown. */
  readonly identity: string | null;
  /** The statuses of the action. */
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/**
 * Adds a reason to an earlier action: to the audit table as a separate row, else to the local audit.
 *
 * @throws {DatabaseError} if it cannot be written
 */
export async function addReason(context: ActContext, later: LaterReason): Promise<void> {
  const { target, operator, log, clock } = context;
  if (target.audit !== null) {
    await addReasons(context, [later], later.reason);
    return;
  }
  const entry: AuditIntent = {
    key: randomUUID(),
    databaseRole: target.user,
    ...operator,
    action: reasonNote.action,
    operationId: later.operationId,
    identity: later.identity,
    fromStatus: later.from,
    toStatus: later.to,
    reason: later.reason,
  };
  await log.begin(entry);
  await log.end(entry.key, reasonNote.outcome, clock());
}

/** How many reasons one message writes. */
const chunkRows = 500;

/**
 * Adds one reason to the earlier actions on many operations.
 *
 * @returns to how many of them it was added: the rest was not written
 * @throws {DatabaseError} if none could be written
 */
export async function addReasons(context: ActContext, all: readonly LaterReason[], reason: string): Promise<number> {
  const { target, operator, log, clock, connection } = context;
  const { action, outcome } = reasonNote;
  let written = 0;
  const nextKey = bulkKeys();
  for (let first = 0; first < all.length; first += chunkRows) {
    const chunk = all.slice(first, first + chunkRows);
    try {
      if (target.audit === null) {
        const key = nextKey();
        const rows = chunk.map(({ operationId, from, to }) => ({
          operationId,
          fromStatus: from,
          toStatus: to,
          seenVersion: null,
        }));
        await log.beginMany({ key, databaseRole: target.user, ...operator, action, reason, rows });
        await log.endMany(
          key,
          chunk.map(() => outcome),
          clock(),
        );
      } else {
        const values = {
          ...operator,
          action,
          outcome,
          reason,
          ids: chunk.map(({ operationId }) => operationId),
          froms: chunk.map(({ from }) => from),
          tos: chunk.map(({ to }) => to),
          identities: chunk.map(({ identity }) => identity),
          keys: chunk.map(nextKey),
          tableOid: target.identity.tableOid,
          table: target.table,
        };
        const answer = await connection.write([...auditChecks(target), query('audit-notes', target, values)]);
        if (answer.kind !== 'done') throw answer.error;
      }
    } catch (error) {
      if (written === 0) throw error;
      return written;
    }
    written += chunk.length;
  }
  return written;
}
