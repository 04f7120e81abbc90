import { cleanLine } from '../domain/clean-text.ts';
import type { Outcome, Transition } from '../domain/transitions.ts';
import { messageOf, routineOf, sqlState, sqlStateOf } from './database-error.ts';
import type { Target } from './target.ts';

type Row = Record<string, unknown>;

/** The outcome of a change that was committed, from the row of sql/queries/transition.sql. */
export function outcomeOf(row: Row | undefined, transition: Transition, isUnconfirmed: boolean): Outcome {
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
    case 'hidden':
      return refused('a row-level security policy hides it from your updates');
    default:
      return { kind: 'gone' };
  }
}

/** The outcome where a trigger of the owner's made something else of the change, and all of it was rolled back. */
export function keptBy(row: Row | undefined, transition: Transition): Outcome {
  if (row?.status === null || row?.status === undefined)
    return refused('a trigger on the table deletes it, or gives it another id or name');
  const status = cleanLine(String(row.status));
  return refused(`a trigger on the table ${status === transition.from ? 'keeps' : 'makes'} it ${status}`);
}

/** The outcome where another session holds the row. */
export function lockedBy(holder: { pid: number; application: string | null } | null): Outcome {
  return { kind: 'locked', ...(holder ?? { pid: null, application: null }) };
}

/** The outcome where the server answered with an error, and so changed nothing. */
export async function refusalOf(
  error: unknown,
  about: {
    readonly target: Target;
    /** Looks at the table again. */
    readonly inspect: () => Promise<Target>;
    readonly blocker: () => Promise<{ pid: number; application: string | null } | null>;
    /** Whether the row was locked by then: no other session can be what was in the way. */
    readonly isRowLocked: boolean;
  },
): Promise<Outcome> {
  if (about.isRowLocked) return refused(await whyRefused(error, about));
  switch (sqlStateOf(error)) {
    case sqlState.lockNotAvailable:
      return lockedBy(await about.blocker());
    case sqlState.queryCanceled:
      // By its own limit of time or by somebody's pg_cancel_backend: its words say which.
      return refused(`the server cancelled it (${messageOf(error)})`);
    case sqlState.readOnlyTransaction:
      return refused('the server is read-only');
    case sqlState.serializationFailure:
      return refused('another session moves its row to another partition at this moment');
    case sqlState.insufficientPrivilege:
      return refused(await missingPrivilege(error, about));
  }
  // A trigger or a constraint of the owner's said no: its own words are the reason.
  return refused(messageOf(error));
}

/**
 * Why a change was refused whose row was locked already: by a trigger or a constraint of the owner's, which may use any code
 * of PostgreSQL's, or by the audit table. Which function of the server reports it tells these apart, in every language.
 */
async function whyRefused(error: unknown, about: Parameters<typeof missingPrivilege>[1]): Promise<string> {
  const state = sqlStateOf(error);
  const routine = routineOf(error);
  if (state === sqlState.lockNotAvailable && routine === 'ProcessInterrupts')
    return `something else that it needs is locked (${messageOf(error)})`;
  // By its own limit of time or by somebody's pg_cancel_backend: its words say which.
  if (state === sqlState.queryCanceled) return `the server cancelled it (${messageOf(error)})`;
  if (state === sqlState.insufficientPrivilege) return missingPrivilege(error, about);
  // The words in quotation marks are ours (sql/queries/transition-audited.sql).
  return /the audit table has taken \d+ rows/.exec(messageOf(error))?.[0] ?? messageOf(error);
}

/** PostgreSQL has one code for a missing privilege and for a policy that refuses the new row; its words are translated. */
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
