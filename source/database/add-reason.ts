import { randomUUID } from 'node:crypto';
import type { AuditIntent } from '../domain/audit.ts';
import { reasonNote } from '../domain/audit-notes.ts';
import type { Status } from '../domain/operation.ts';
import { type ActContext, note } from './act.ts';

/** A reason that is given after the action. */
export interface LaterReason {
  readonly operationId: number;
  /** `Operation.identity`; null if unknown. */
  readonly identity: string | null;
  /** The statuses of the action. */
  readonly from: Status;
  readonly to: Status;
  readonly reason: string;
}

/**
 * Adds a reason to an earlier action: to the audit table as a separate row, else to the local audit.
 *
 * @throws {DatabaseError} if it cannot be written
 */
export async function addReason(context: ActContext, later: LaterReason): Promise<void> {
  const { target, operator, log, clock } = context;
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
  if (target.audit !== null) return note(context, entry, reasonNote.outcome);
  await log.begin(entry);
  await log.end(entry.key, reasonNote.outcome, clock());
}
