import { cleanLine } from '../domain/clean-text.ts';
import type { Outcome, Transition } from '../domain/transitions.ts';
import { messageOf, routineOf, sqlState, sqlStateOf } from './database-error.ts';
import type { Target } from './target.ts';

type Row = Record<string, unknown>;

/** The outcome of a change that was committed, from the row of sql/queries/transition.sql. */
export function decodeOutcome(row: Row | undefined, transition: Transition, isUnconfirmed: boolean): Outcome {
  const status = cleanLine(String(row?.status ?? ''));
  switch (row?.outcome) {
    case 'applied':
      return {
        kind: 'applied',
        version: String(row.version),
        hadCompletedAt: row.had_completed_at === true,
        at: Number(row.at),
        isUnconfirmed,
      };
    case 'stale':
      return { kind: 'stale', actual: status };
    case 'changed':
      return { kind: 'changed', now: cleanLine(String(row.other)) };
    case 'repeated':
      return refused(`${Number(row.rows)} rows have id ${transition.id} and are the same operation`);
    case 'late':
      return refused('the database was too slow: its time ran out before the change. Try again');
    case 'hidden':
      return refused('a row-level security policy hides it from your updates');
    default:
      return { kind: 'gone' };
  }
}

/** The outcome if a trigger of the table altered the change and everything was rolled back. */
export function keptBy(row: Row | undefined, transition: Transition): Outcome {
  if (row?.status === null || row?.status === undefined)
    return refused('a trigger on the table deletes it, or gives it another id or name');
  const status = cleanLine(String(row.status));
  return refused(`a trigger on the table ${status === transition.from ? 'keeps' : 'makes'} it ${status}`);
}

/** The outcome if another session holds the row. */
export function lockedBy(holder: { pid: number; application: string | null } | null): Outcome {
  return { kind: 'locked', ...(holder ?? { pid: null, application: null }) };
}

/** The refusal of an action on an operation of a table that was renamed or dropped. */
export const anotherTable = 'another table has the name now: its operations are not those that you saw';

/** Whether sql/queries/same-table.sql failed. It contains these words, so they are not translated. */
export function isOfAnotherTable(error: unknown): boolean {
  return /the table was created again 0/.test(messageOf(error));
}

/** The outcome if the server answered with an error and so changed nothing. */
export async function refusalOf(
  error: unknown,
  about: {
    readonly target: Target;
    /** Inspects the table again. */
    readonly inspect: () => Promise<Target>;
    readonly blocker: () => Promise<{ pid: number; application: string | null } | null>;
    /** Why no row of the table can be changed: another session holds a lock on it; null if none does. Never rejects. */
    readonly tableLock: () => Promise<string | null>;
    /** Whether the action had locked the row: then no other session held it. */
    readonly isRowLocked: boolean;
  },
): Promise<Outcome> {
  if (isOfAnotherTable(error)) return refused(anotherTable);
  if (about.isRowLocked) return refused(await whyRefused(error, about));
  switch (sqlStateOf(error)) {
    case sqlState.lockNotAvailable: {
      const ofTable = await about.tableLock();
      return ofTable === null ? lockedBy(await about.blocker()) : refused(ofTable);
    }
    case sqlState.queryCanceled:
      // By its statement_timeout or by another session's pg_cancel_backend: the message says which.
      return refused(`the server cancelled it (${messageOf(error)})`);
    case sqlState.readOnlyTransaction:
      return refused((await about.inspect().catch(() => null))?.readOnly ?? 'the server is read-only');
    case sqlState.serializationFailure:
      return refused('another session is moving its row to another partition');
    case sqlState.insufficientPrivilege:
      return refused(await missingPrivilege(error, about));
  }
  // A trigger or a constraint of the table refused the change: its message is the reason.
  return refused(messageOf(error));
}

/**
 * Why a change was refused after its row was locked: by a trigger or a constraint of the table, which may use any SQLSTATE, or
 * by the audit table. The server function that reports the error distinguishes them in every language.
 */
async function whyRefused(error: unknown, about: Parameters<typeof refusalOf>[1]): Promise<string> {
  const state = sqlStateOf(error);
  const routine = routineOf(error);
  const ofTable = state === sqlState.lockNotAvailable ? await about.tableLock() : null;
  if (ofTable !== null) return ofTable;
  if (state === sqlState.lockNotAvailable && routine === 'ProcessInterrupts')
    return `another object that it needs is locked (${messageOf(error)})`;
  // By its statement_timeout or by another session's pg_cancel_backend: the message says which.
  if (state === sqlState.queryCanceled) return `the server cancelled it (${messageOf(error)})`;
  if (state === sqlState.insufficientPrivilege) return missingPrivilege(error, about);
  if (state === sqlState.undefinedTable) {
    const gone = whyAuditGone(about.target, await about.inspect().catch(() => null));
    if (gone !== null) return gone;
  }
  // sql/queries/transition-audited.sql contains these words, so they are not translated.
  return /the audit table has taken \d+ rows/.exec(messageOf(error))?.[0] ?? messageOf(error);
}

/** The reason if the audit table was dropped since the table was inspected; null if it was not. @param now a new inspection */
export function whyAuditGone(target: Target, now: Target | null): string | null {
  if (target.audit === null || now === null || now.audit !== null) return null;
  return `the audit table ${target.audit} was dropped. Try again: this machine records the action then`;
}

/** PostgreSQL has one SQLSTATE for a missing privilege and for a policy that refuses the new row, and translates the message. */
async function missingPrivilege(
  error: unknown,
  { target, inspect }: { readonly target: Target; readonly inspect: () => Promise<Target> },
): Promise<string> {
  const now = await inspect().catch(() => target);
  if (!now.mayUpdate) return 'no UPDATE privilege';
  if (now.rowSecurity && routineOf(error) === 'ExecWithCheckOptions')
    return `a row-level security policy refuses the change (${messageOf(error)})`;
  return messageOf(error);
}

function refused(reason: string): Outcome {
  return { kind: 'refused', reason };
}
