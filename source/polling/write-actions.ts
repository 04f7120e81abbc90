import { randomUUID } from 'node:crypto';
import { type ActContext, act, type Writing } from '../database/act.ts';
import { actMany, type ManyOptions } from '../database/act-many.ts';
import { addReason, addReasons, type LaterReason } from '../database/add-reason.ts';
import { bulkKeys } from '../database/bulk-keys.ts';
import type { Connection, Quiet } from '../database/connection.ts';
import { retryMany } from '../database/retry-many.ts';
import { rewriteMany } from '../database/rewrite-many.ts';
import type { Settled } from '../database/settle.ts';
import type { Target } from '../database/target.ts';
import { unsettledActions } from '../database/unsettled.ts';
import { resultWithin } from '../database/waits.ts';
import type { AuditLog, Intent, Operator } from '../domain/audit.ts';
import type { Change, RowOutcome } from '../domain/bulk-actions.ts';
import type { Outcome, Transition } from '../domain/transitions.ts';
import type { OwnKeys } from './own-keys.ts';

/** Maximum milliseconds that cancelling a write waits for the name of the session that holds its row. */
const seeHolderMs = 500;

/** The methods of a control table that change rows, or end what does. */
export interface WriteActions {
  /**
   * Makes one transition. Resolves within about 8 s, also if the network fails.
   *
   * @param onWaiting is called with the reason why a slow write has not ended
   */
  act(transition: Transition, intent: Intent, onWaiting?: (why: string) => void): Promise<Outcome>;
  /** Makes many transitions, in chunks (database/act-many.ts). Resolves to one outcome for each, in their order. */
  actMany(changes: readonly Change[], intent: Intent, options?: ManyOptions): Promise<readonly RowOutcome[]>;
  /** Retries failed or skipped operations by new pending ones, in chunks (database/retry-many.ts). */
  retryMany(changes: readonly Change[], intent: Intent, options?: ManyOptions): Promise<readonly RowOutcome[]>;
  /** Takes over operations, or changes their batch sizes (database/rewrite-many.ts): changes of one kind, in chunks. */
  rewriteMany(changes: readonly Change[], intent: Intent, options?: ManyOptions): Promise<readonly RowOutcome[]>;
  /** Records a reason for an earlier action. */
  addReason(later: LaterReason): Promise<void>;
  /** Records one reason for the earlier actions on many operations. Resolves to how many of them have it now. */
  addReasons(all: readonly LaterReason[], reason: string): Promise<number>;
  /** Looks up the actions whose outcome is unknown. Resolves to those whose outcome is known now. */
  settle(): Promise<readonly Settled[]>;
  /**
   * Ends all queries in progress on the server: cancels reads at once, writes after `graceMs`; closes the connection of those that
   * have not ended after another `limitMs`. Never throws.
   */
  quiesce(limits: Quiet): Promise<void>;
}

export interface WriteContext {
  readonly connection: Connection;
  readonly operator: Operator;
  readonly target: () => Target;
  readonly log: () => AuditLog;
  readonly inspect: () => Promise<Target>;
  /** The database's clock, estimated, in seconds; null if it is not known. */
  readonly clock: () => number | null;
  /** Learns the keys of the actions. */
  readonly ownKeys: OwnKeys;
}

/** Returns the actions of a control table: each writes with a compare-and-set statement and is recorded in the audit. */
export function writeActions(context: WriteContext): WriteActions {
  const { connection, operator, target, log, inspect, clock, ownKeys } = context;
  const writing = new Set<Writing>();
  const unsettled = unsettledActions(target().audit === null ? log() : null);
  const acting = (): ActContext => ({
    connection,
    target: target(),
    operator,
    clock,
    inspect,
    writing,
    log: unsettled.noting(log()),
    onUnknown: unsettled.add,
  });
  const withOwn = (intent: Intent, make: () => string): Intent => {
    const nextKey = intent.nextKey ?? make;
    return { ...intent, nextKey: () => ownKeys.add(nextKey()) };
  };
  /** The keys of all chunks of an action on many begin alike: so the audit shows that they belong together. */
  const ofOneBulk = (intent: Intent): Intent => withOwn(intent, bulkKeys());
  return {
    async act(transition, intent, onWaiting) {
      const outcome = await act(acting(), transition, withOwn(intent, randomUUID), onWaiting);
      unsettled.ended(outcome);
      return outcome;
    },
    async actMany(changes, intent, options) {
      const outcomes = await actMany(acting(), changes, ofOneBulk(intent), options);
      for (const { outcome } of outcomes) unsettled.ended(outcome);
      return outcomes;
    },
    async retryMany(changes, intent, options) {
      const outcomes = await retryMany(acting(), changes, ofOneBulk(intent), options);
      for (const { outcome } of outcomes) unsettled.ended(outcome);
      return outcomes;
    },
    async rewriteMany(changes, intent, options) {
      const outcomes = await rewriteMany(acting(), changes, ofOneBulk(intent), options);
      for (const { outcome } of outcomes) unsettled.ended(outcome);
      return outcomes;
    },
    addReason: (later) => addReason(acting(), later),
    addReasons: (all, reason) => addReasons(acting(), all, reason),
    settle: () => unsettled.settle({ connection, target: target(), log: log() }),
    quiesce: (limits) =>
      connection.settle(limits, async () => {
        await resultWithin(Promise.all([...writing].map(({ seeHolder }) => seeHolder())), seeHolderMs);
      }),
  };
}
