import { cleanLine } from '../domain/clean-text.ts';
import type { Move, Outcome } from '../domain/transitions.ts';
import { messageOf, sqlState, sqlStateOf } from './database-error.ts';
import type { Target } from './target.ts';

type Row = Record<string, unknown>;

/** The outcome of a change that was committed, from the row of sql/queries/move.sql. */
export function outcomeOf(row: Row | undefined, move: Move, isUnconfirmed: boolean): Outcome {
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
      return refused(`${Number(row.rows)} rows have id ${move.id} and are the same operation`);
    case 'hidden':
      return refused('a row-level security policy hides it from your updates');
    default:
      return { kind: 'gone' };
  }
}

/** The outcome where a trigger of the owner's made something else of the change, and all of it was rolled back. */
export function keptBy(row: Row | undefined, move: Move): Outcome {
  if (row?.status === null || row?.status === undefined) return refused('a trigger on the table deletes it');
  const status = cleanLine(String(row.status));
  return refused(`a trigger on the table ${status === move.from ? 'keeps' : 'makes'} it ${status}`);
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
  },
): Promise<Outcome> {
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

/** PostgreSQL has one code for a missing privilege and for a policy that refuses the new row; its words are translated. */
async function missingPrivilege(
  error: unknown,
  { target, inspect }: { readonly target: Target; readonly inspect: () => Promise<Target> },
): Promise<string> {
  const now = await inspect().catch(() => target);
  if (!now.mayUpdate) return 'no UPDATE privilege';
  if (now.audit === target.audit && now.rowSecurity)
    return `a row-level security policy refuses the change (${messageOf(error)})`;
  return messageOf(error);
}

function refused(reason: string): Outcome {
  return { kind: 'refused', reason };
}
