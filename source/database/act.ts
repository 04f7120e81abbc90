import { randomUUID } from 'node:crypto';
import type { AuditIntent, AuditLog, Intent, Operator } from '../domain/audit.ts';
import type { Outcome, Transition } from '../domain/transitions.ts';
import { checks, timeout } from './bounds.ts';
import type { Connection } from './connection.ts';
import { messageOf, sqlState, sqlStateOf } from './database-error.ts';
import type { Statement } from './literals.ts';
import { keptBy, lockedBy, outcomeOf, refusalOf } from './outcome.ts';
import { query } from './query.ts';
import type { Unsettled } from './settle.ts';
import { sqlFor } from './sql.ts';
import type { Target } from './target.ts';
import { atMost, blockerOf, type Holder, helpMs, tellWait, waitOf } from './waits.ts';

/** Where and by whom something is done. */
export interface ActContext {
  readonly connection: Connection;
  readonly target: Target;
  readonly operator: Operator;
  /** Where it is written down when the database has no audit table. */
  readonly log: AuditLog;
  /** The database's clock, in seconds as `Operation` has them, as far as it can be told; null where it cannot. */
  readonly clock: () => number | null;
  /** Looks at the table again: what this role may do with it now. */
  readonly inspect: () => Promise<Target>;
  /** Takes an action whose outcome is not known, to be looked up. */
  readonly onUnknown: (action: Unsettled) => void;
  /** The writes in progress, to each of which this adds itself for as long as it lasts. */
  readonly writing: Set<Writing>;
}

/** A write in progress. */
export interface Writing {
  /** Looks up who holds what it waits for, while it still waits: once it is cancelled nobody can tell. Never rejects. */
  readonly seeHolder: () => Promise<void>;
}

/** A write that takes longer than this is asked about: most take milliseconds, and a wait for the row ends after 2 s. */
const slowMs = 2200;

/**
 * Makes one transition: a compare-and-set on one row, and the row of the audit in the same statement where there is an audit
 * table (sql/queries/transition-audited.sql), else an intent in the local audit before it and its outcome after it. Resolves
 * within about 8 s, whatever the network does.
 *
 * @param onWaiting is told why a slow write has not ended
 * @throws {DatabaseError} before anything is done, where the local audit cannot be written
 */
export async function act(
  context: ActContext,
  transition: Transition,
  intent: Intent,
  onWaiting: (why: string) => void = () => {},
): Promise<Outcome> {
  const { target, operator, log } = context;
  const entry: AuditIntent = {
    key: randomUUID(),
    databaseRole: target.user,
    ...operator,
    action: intent.action,
    operationId: transition.id,
    fromStatus: transition.from,
    toStatus: transition.to,
    reason: intent.reason,
  };
  const seenVersion = intent.seenVersion ?? transition.version;
  if (target.audit === null) await log.begin({ ...entry, seenVersion });
  let holder: Holder | null = null;
  const writing: Writing = {
    async seeHolder() {
      holder = (await waitOf(context, entry.key).catch(() => null))?.holder ?? holder;
    },
  };
  context.writing.add(writing);
  const slow = setTimeout(() => void tellWait(context, entry.key, onWaiting), slowMs);
  const { outcome, isRecorded } = await attempt(context, {
    move: transition,
    entry,
    seenVersion,
    holder: () => holder,
  });
  clearTimeout(slow);
  context.writing.delete(writing);
  // Under row-level security, a row that this role sees no more may be in the table all the same: the target tells.
  const now = outcome.kind === 'gone' && !target.rowSecurity ? await atMost(context.inspect(), helpMs) : target;
  if (target.audit === null) {
    // What was done is done: that its outcome was not written must not hide it.
    const word = auditWord(outcome.kind, now ?? target);
    if (outcome.kind !== 'unknown')
      await log.end(entry.key, word, outcome.kind === 'applied' ? outcome.at : null).catch(() => {});
  } else if (!isRecorded && outcome.kind !== 'unsent' && outcome.kind !== 'unknown') {
    await atMost(note(context, entry, outcome.kind), helpMs);
  }
  return outcome;
}

/** What the local audit says of an outcome: the same as an audit table would. */
function auditWord(kind: Outcome['kind'], { rowSecurity }: Target): string {
  if (kind === 'gone' && rowSecurity) return 'gone or hidden';
  return kind === 'unsent' ? 'not sent' : kind;
}

interface Attempted {
  readonly outcome: Outcome;
  /** Whether the audit row was committed with it. */
  readonly isRecorded: boolean;
}

interface Attempt {
  readonly move: Transition;
  readonly entry: AuditIntent;
  readonly seenVersion: string | null;
  /** Who was seen to hold the row while it waited. */
  readonly holder: () => Holder | null;
}

async function attempt(context: ActContext, asked: Attempt, retries = 1): Promise<Attempted> {
  const { move, entry, seenVersion } = asked;
  const { connection, target, clock } = context;
  const now = clock();
  const validUntil = now === null ? null : now + connection.limits.validMs / 1000;
  const before = settings(context, entry.key);
  const statements = [...before, ...writing(target, move, entry, validUntil)];
  const answer = await connection.write(statements);
  const [lock, , moved, , , , after] = answer.results.slice(before.length).map(([row]) => row);
  switch (answer.kind) {
    case 'done':
      return { outcome: outcomeOf(moved, move, answer.isUnconfirmed), isRecorded: true };
    case 'unsent':
      return { outcome: { kind: 'unsent', reason: messageOf(answer.error) }, isRecorded: false };
    case 'lost':
      context.onUnknown({
        entry,
        transition: move,
        seenVersion,
        transaction: typeof lock?.transaction === 'string' ? lock.transaction : null,
        isPossible: lock === undefined || isAsSeen(lock, move),
        validUntil,
        lostMs: performance.now(),
      });
      return { outcome: { kind: 'unknown', reason: messageOf(answer.error) }, isRecorded: false };
    case 'failed': {
      // The last statement has failed on purpose.
      if (after?.kept === true) return { outcome: keptBy(after, move), isRecorded: false };
      if (retries > 0 && sqlStateOf(answer.error) === sqlState.serializationFailure)
        return attempt(context, asked, retries - 1);
      const blocker = async (): Promise<Holder | null> =>
        asked.holder() ?? (await atMost(blockerOf(context, move), helpMs));
      // Cancelled before it had the row, as we do when the operator leaves: whoever holds the row is the reason.
      if (lock === undefined && sqlStateOf(answer.error) === sqlState.queryCanceled) {
        const found = await blocker();
        if (found !== null) return { outcome: lockedBy(found), isRecorded: false };
      }
      const outcome = await refusalOf(answer.error, {
        target,
        inspect: () => context.inspect(),
        blocker,
        isRowLocked: lock !== undefined,
      });
      return { outcome, isRecorded: false };
    }
  }
}

/** Whether the row that lock.sql found is as the change needs it. */
function isAsSeen(lock: Record<string, unknown>, { from, version }: Transition): boolean {
  return lock.found === 1 && lock.status === from && (version === null || lock.version === version);
}

/**
 * What a write's message begins with. Under a higher isolation a row that changed while the action waited would be an error,
 * not news. The guard (sql/options/guard.sql) lets an operator pass.
 */
function settings({ target, operator }: ActContext, key: string): Statement[] {
  const name = operator.osUser.replace(/[^\w.@-]/g, '_') || 'migtop';
  return [
    // The key comes first: pg_stat_activity shows the beginning of a message.
    { text: `/* migtop action ${key} */ SET TRANSACTION ISOLATION LEVEL READ COMMITTED` },
    ...checks(target),
    { text: "SET LOCAL lock_timeout = '2s'" },
    timeout(5),
    { text: `SET LOCAL migtop.operator = '${name}'` },
  ];
}

/**
 * Gives each statement only what its predecessors have left of 7 s, and at most 5 s: all of the message has ended by then, and the
 * row is free again, also where this program is stopped or killed and cannot cancel it.
 */
const whatIsLeft: Statement = {
  text: `SELECT pg_catalog.set_config('statement_timeout',
  pg_catalog.concat(greatest(1, least(5000, 7000 OPERATOR(pg_catalog.-) pg_catalog.floor(1000 OPERATOR(pg_catalog.*)
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.statement_timestamp()))))), true)`,
};

/** The lock, the change, what the triggers have made of it, and what rolls all of it back where that is not what was asked. */
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
    change,
    whatIsLeft,
    // Triggers that wait for the commit run now, so that the next statement sees what they make of it.
    { text: 'SET CONSTRAINTS ALL IMMEDIATE' },
    whatIsLeft,
    query('after-triggers', target, transition),
    { text: sqlFor('confirm', target.table, target) },
  ];
}

/** Records in the audit table an action that changed nothing. A record that fails is no error, because no change is hidden. */
async function note({ connection, target }: ActContext, entry: AuditIntent, outcome: string): Promise<void> {
  const { table, identity } = target;
  const values = { ...entry, outcome, tableOid: identity.tableOid, table };
  await connection.write([...checks(target), timeout(5), query('audit-note', target, values)]);
}
