import { randomUUID } from 'node:crypto';
import type { AuditIntent, AuditLog, Intent, Operator } from '../domain/audit.ts';
import type { Outcome, Transition } from '../domain/transitions.ts';
import { auditChecks, checks, lockTimeout, timeout } from './bounds.ts';
import type { Connection } from './connection.ts';
import { messageOf, sqlState, sqlStateOf } from './database-error.ts';
import type { Statement } from './literals.ts';
import { decodeOutcome, keptBy, lockedBy, refusalOf } from './outcome.ts';
import { query } from './query.ts';
import type { Unsettled } from './settle.ts';
import { sqlFor } from './sql.ts';
import type { Target } from './target.ts';
import { blockerOf, type Holder, helpMs, resultWithin, tableLockText, tellWait, waitOf } from './waits.ts';

/** The table and the operator of an action, and the functions that it needs. */
export interface ActContext {
  readonly connection: Connection;
  readonly target: Target;
  readonly operator: Operator;
  /** The local audit. It records the action if the database has no audit table. */
  readonly log: AuditLog;
  /** The database's clock, estimated, in seconds as in `Operation`; null if it is not known. */
  readonly clock: () => number | null;
  /** Inspects the table again: the privileges of this role may have changed. */
  readonly inspect: () => Promise<Target>;
  /** Receives an action whose outcome is not known, and looks it up later. */
  readonly onUnknown: (action: Unsettled) => void;
  /** The writes in progress. An action is in this set until it ends. */
  readonly writing: Set<Writing>;
}

/** A write in progress. */
export interface Writing {
  /** Reads which session blocks this write. This works only while the write waits, not after its cancellation. Never rejects. */
  readonly seeHolder: () => Promise<void>;
}

/** A write that takes longer than this reads why it waits. Most writes take milliseconds; a wait for the row ends after 2 s. */
const slowMs = 2200;

/**
 * Makes one transition: a compare-and-set on one row. With an audit table, the same statement writes the audit row
 * (sql/queries/transition-audited.sql). Without one, the local audit records the intent before the write and the outcome after
 * it. Resolves within about 8 s, also when the network fails.
 *
 * @param onWaiting is called with the reason why a slow write has not ended
 * @throws {DatabaseError} if the local audit cannot be written; nothing was changed then
 */
export async function act(
  context: ActContext,
  transition: Transition,
  intent: Intent,
  onWaiting: (why: string) => void = () => {},
): Promise<Outcome> {
  const { target, log } = context;
  const startedMs = performance.now();
  const entry = intentFor(context, transition, intent, intent.nextKey?.() ?? randomUUID());
  const seenVersion = intent.seenVersion ?? transition.version;
  if (target.audit === null) await log.begin({ ...entry, seenVersion });
  let holder: Holder | null = null;
  const writing: Writing = {
    async seeHolder() {
      holder = (await waitOf(context, entry.key).catch(() => null))?.holder ?? holder;
    },
  };
  context.writing.add(writing);
  const over = new AbortController();
  const slow = setTimeout(() => void tellWait(context, entry.key, onWaiting, over.signal), slowMs);
  const { outcome, isRecorded } = await attempt(context, {
    transition,
    entry,
    seenVersion,
    startedMs,
    holder: () => holder,
  });
  clearTimeout(slow);
  over.abort();
  context.writing.delete(writing);
  // Under row-level security, a row that this role no longer sees may still be in the table: the new inspection shows it.
  const now = outcome.kind === 'gone' && !target.rowSecurity ? await resultWithin(context.inspect(), helpMs) : target;
  if (target.audit === null) {
    // The change is committed: a failure to write its outcome must not hide it.
    const word = auditWord(outcome.kind, now ?? target);
    if (outcome.kind !== 'unknown')
      await log.end(entry.key, word, outcome.kind === 'applied' ? outcome.at : context.clock()).catch(() => {});
  } else if (!isRecorded && outcome.kind !== 'not sent' && outcome.kind !== 'unknown') {
    await resultWithin(note(context, entry, outcome.kind), helpMs);
  }
  return outcome;
}

/** The audit's record of an action before it is sent. */
export function intentFor(
  { target, operator }: ActContext,
  transition: Transition,
  { action, reason }: Intent,
  key: string,
): AuditIntent {
  return {
    key,
    databaseRole: target.user,
    ...operator,
    action,
    operationId: transition.id,
    identity: transition.identity,
    fromStatus: transition.from,
    toStatus: transition.to,
    reason,
  };
}

/** The outcome in the words of the local audit, which are those of the audit table. */
export function auditWord(kind: Outcome['kind'], { rowSecurity }: Target): string {
  if (kind === 'gone' && rowSecurity) return 'gone or hidden';
  return kind;
}

interface Attempted {
  readonly outcome: Outcome;
  /** Whether the audit row was committed with the change. */
  readonly isRecorded: boolean;
}

interface Attempt {
  readonly transition: Transition;
  readonly entry: AuditIntent;
  readonly seenVersion: string | null;
  /** When the action began, on this machine's monotonic clock. */
  readonly startedMs: number;
  /** The session that held the row while the write waited, if it was seen. */
  readonly holder: () => Holder | null;
}

async function attempt(context: ActContext, asked: Attempt, retries = 1): Promise<Attempted> {
  const { transition, entry, seenVersion, startedMs } = asked;
  const { connection, target } = context;
  const validUntil = validUntilOf(context);
  const before = settings(context, entry.key);
  const statements = [...before, ...writing(target, transition, entry, validUntil)];
  const answer = await connection.write(statements, startedMs);
  const [lock, , changed, , , , after] = answer.results.slice(before.length).map(([row]) => row);
  switch (answer.kind) {
    case 'done':
      return { outcome: decodeOutcome(changed, transition, answer.isUnconfirmed), isRecorded: true };
    case 'not sent':
      return { outcome: { kind: 'not sent', reason: messageOf(answer.error) }, isRecorded: false };
    case 'lost':
      context.onUnknown({
        entry,
        transition,
        seenVersion,
        transaction: typeof lock?.transaction === 'string' ? lock.transaction : null,
        isPossible: lock === undefined || isAsSeen(lock, transition),
        validUntil,
        lostMs: performance.now(),
      });
      return { outcome: { kind: 'unknown', reason: messageOf(answer.error) }, isRecorded: false };
    case 'failed': {
      // The last statement fails on purpose, to roll the change back.
      if (after?.kept === true) return { outcome: keptBy(after, transition), isRecorded: false };
      if (retries > 0 && sqlStateOf(answer.error) === sqlState.serializationFailure)
        return attempt(context, asked, retries - 1);
      const blocker = async (): Promise<Holder | null> =>
        asked.holder() ?? (await resultWithin(blockerOf(context, transition), helpMs));
      // Cancelled before it locked the row, for example because the operator quits: the session that holds the row is the reason.
      if (lock === undefined && sqlStateOf(answer.error) === sqlState.queryCanceled) {
        const found = await blocker();
        if (found !== null) return { outcome: lockedBy(found), isRecorded: false };
      }
      const outcome = await refusalOf(answer.error, {
        target,
        inspect: () => context.inspect(),
        blocker,
        tableLock: () => resultWithin(tableLockText(context), helpMs),
        isRowLocked: lock !== undefined,
      });
      return { outcome, isRecorded: false };
    }
  }
}

/** The time on the database's clock after which a message that is sent now changes nothing; null if the clock is not known. */
export function validUntilOf({ connection, clock }: ActContext): number | null {
  const now = clock();
  return now === null ? null : now + connection.limits.validMs / 1000;
}

/** Whether the row that lock.sql found has the expected status and version. */
function isAsSeen(lock: Record<string, unknown>, { from, version }: Transition): boolean {
  return lock.found === 1 && lock.status === from && (version === null || lock.version === version);
}

/**
 * The first statements of a write's message. Under a higher isolation level, a row that changed while the action waited would
 * be an error. `migtop.operator` makes the guard (sql/options/guard.sql) accept the change. Nothing is written to another table of the name.
 */
export function settings({ target, operator }: ActContext, key: string, lockTimeoutMs = 2000): Statement[] {
  const name = operator.osUser.replace(/[^\w.@-]/g, '_') || 'migtop';
  return [
    // The key comes first: pg_stat_activity shows the beginning of a message.
    { text: `/* migtop action ${key} */ SET TRANSACTION ISOLATION LEVEL READ COMMITTED` },
    timeout(5),
    ...checks(target),
    lockTimeout(lockTimeoutMs),
    { text: `SET LOCAL migtop.operator = '${name}'` },
    query('same-table', target, { table: target.table, tableOid: target.identity.tableOid }),
  ];
}

/**
 * Limits the next statement to the rest of 7 s for the whole message, and to a maximum of 5 s. So the message ends and the row
 * is unlocked within 7 s, also if this program is stopped or killed and cannot cancel it.
 */
export const whatIsLeft: Statement = {
  text: `SELECT pg_catalog.set_config('statement_timeout',
  pg_catalog.concat(greatest(1, least(5000, 7000 OPERATOR(pg_catalog.-) pg_catalog.floor(1000 OPERATOR(pg_catalog.*)
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.statement_timestamp()))))), true)`,
};

/** Locks the row, changes it, reads it after the triggers, and rolls everything back if a trigger altered the change. */
function writing(
  target: Target,
  transition: Transition,
  entry: AuditIntent,
  validUntil: number | null,
): readonly Statement[] {
  const values = { ...transition, validUntil, tableOid: target.identity.tableOid };
  const change: Statement =
    target.audit === null
      ? query('transition', target, values)
      : query('transition-audited', target, { ...entry, ...values, table: target.table });
  return [
    query('lock', target, transition),
    whatIsLeft,
    ...checkedChange(target, change, query('after-triggers', target, transition)),
  ];
}

/** A change, the reading of its rows after the triggers, and the number of the transaction. */
export function checkedChange(target: Target, change: Statement, check: Statement): readonly Statement[] {
  return [
    change,
    whatIsLeft,
    // Deferred triggers run now, so that the next statement sees their effect.
    { text: 'SET CONSTRAINTS ALL IMMEDIATE' },
    whatIsLeft,
    check,
    { text: sqlFor('confirm', target.table, target) },
  ];
}

/** Records in the audit table an action that changed nothing. A failure is ignored, because it hides no change. */
export async function note({ connection, target }: ActContext, entry: AuditIntent, outcome: string): Promise<void> {
  const { table, identity } = target;
  const values = { ...entry, identity: entry.identity ?? null, outcome, tableOid: identity.tableOid, table };
  await connection.write([...auditChecks(target), query('audit-note', target, values)]);
}
