import { cleanLine } from '../clean-text.ts';
import { lockHolder } from '../lock-holder.ts';
import { type Finding, many, mostRows, ofTables, roughly } from './finding.ts';
import { isOneOf, literal } from './mending.ts';

/** A session with a transaction that has been open for long. */
export interface OpenTransaction {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  readonly state: string;
  readonly query: string;
  readonly seconds: number;
  /** The processes that hold a lock it waits for; 0 is a prepared transaction. Empty if it waits for none, or if that is unknown. */
  readonly blockedBy: readonly number[];
}

/** Transactions and slots that prevent the removal of old row versions, as sql/queries/doctor/transactions.sql returns it. */
export interface Holding {
  readonly transactions: readonly OpenTransaction[];
  readonly prepared: readonly { readonly name: string; readonly user: string; readonly seconds: number }[];
  readonly slots: readonly string[];
}

/**
 * One finding for each transaction, prepared transaction and slot. Transactions that only wait for listed ones are rows of those
 * findings, at most `mostRows`; `rowCount` has all. `sql` is null for a transaction that itself waits for a lock.
 */
export function judgeTransactions({ transactions, prepared, slots }: Holding): readonly Finding[] {
  const common = { check: 'transactions', severity: 'warning', ...ofTables([]) } as const;
  const consequence = 'VACUUM cannot remove old row versions';
  const firstOf = firstBlockers(transactions);
  const known = new Set(transactions.map(({ pid }) => pid));
  // One that only waits ends by itself when those that it waits for have ended: these are the findings.
  const isExplained = (one: OpenTransaction): boolean =>
    one.blockedBy.length > 0 && firstOf(one).every((pid) => known.has(pid));
  return [
    ...transactions.flatMap((one): Finding[] => {
      if (isExplained(one)) return [];
      const waiting = transactions.filter((other) => isExplained(other) && firstOf(other).includes(one.pid));
      const rows = [
        { id: null, text: workOf(one) },
        ...waiting.map((other) => ({
          id: null,
          text: `the transaction of ${processOf(other)}, open for ${roughly(other.seconds)}, waits for it`,
        })),
      ];
      const isVictim = one.blockedBy.length > 0;
      return [
        {
          ...common,
          pid: one.pid,
          title: `a transaction of ${processOf(one)} has been open for ${roughly(one.seconds)}: ${consequence}`,
          rows: rows.slice(0, mostRows),
          rowCount: rows.length,
          sql: isVictim ? null : terminate(one),
          advice: isVictim
            ? `it waits for a lock of ${firstOf(one)
                .map((pid) => lockHolder(pid))
                .join(' and ')}: end that first`
            : 'ending it loses what it has not committed; ask its owner first',
        },
      ];
    }),
    ...prepared.map(
      (one): Finding => ({
        ...common,
        title: `the prepared transaction ${cleanLine(one.name)} of ${one.user} has been open for ${roughly(one.seconds)}: ${consequence}`,
        rows: [],
        rowCount: 0,
        sql: `ROLLBACK PREPARED ${literal(one.name)};`,
        advice: 'use COMMIT PREPARED instead if its transaction manager has decided to commit',
      }),
    ),
    ...slots.map(
      (name): Finding => ({
        ...common,
        title: `the replication slot ${name} is not in use and holds back old row versions: ${consequence}`,
        rows: [],
        rowCount: 0,
        sql: `SELECT pg_drop_replication_slot(${literal(name)});`,
        advice: 'a standby that uses it later has to be created again',
      }),
    ),
  ];
}

/** The state of the session and its query: `active: INSERT …`; `idle in transaction, last query: INSERT …`. */
function workOf({ state, query }: OpenTransaction): string {
  // Its transaction is open, also where the server shows the state of the moment between two messages.
  const isIdle = state.startsWith('idle');
  const shown = state === 'idle' ? 'idle in transaction' : state;
  return [shown, query].filter((word) => word !== '').join(isIdle ? ', last query: ' : ': ');
}

/** Only while it is in that transaction: the number may be another process's by now. */
function terminate({ pid, seconds }: OpenTransaction): string {
  return [
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity',
    `WHERE pid = ${pid} AND xact_start < clock_timestamp() - interval '${Math.floor(seconds)} seconds';`,
  ].join('\n');
}

function processOf({ pid, user, application }: OpenTransaction): string {
  const who = [user, application].filter((word) => word !== '').join(', ');
  return `process ${pid}${who === '' ? '' : ` (${who})`}`;
}

/** The processes that a transaction waits for in the end: those that wait for none themselves, as far as that is known. */
function firstBlockers(transactions: readonly OpenTransaction[]): (one: OpenTransaction) => readonly number[] {
  const byPid = new Map(transactions.map((one) => [one.pid, one]));
  return (one) => {
    const first = new Set<number>();
    const seen = new Set<number>();
    const open = [...one.blockedBy];
    for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
      if (seen.has(pid)) continue;
      seen.add(pid);
      const next = byPid.get(pid)?.blockedBy ?? [];
      if (next.length === 0) first.add(pid);
      else open.push(...next);
    }
    return [...first];
  };
}

/**
 * @param table the full name of the control table, quoted
 * @param since when the statistics were reset; null if never
 */
export function judgeDeleted(table: string, deleted: number, since: string | null): readonly Finding[] {
  if (deleted <= 0) return [];
  return [
    {
      check: 'deleted',
      severity: 'note',
      title: `${many(deleted, 'row was', 'rows were')} deleted from the table ${since === null ? 'since its statistics began' : `since ${since}`}`,
      ...ofTables([]),
      rows: [],
      rowCount: 0,
      sql: [
        'SELECT id + 1 AS first_missing, next - 1 AS last_missing',
        `FROM (SELECT id, lead(id) OVER (ORDER BY id) AS next FROM ${table}) AS ids`,
        'WHERE next > id + 1 ORDER BY id;',
      ].join('\n'),
      advice:
        'no SQL restores them, and totals no longer include them: the SQL lists the ids that are missing, also of INSERTs that were rolled back; the statistics also count deletions that were rolled back',
    },
  ];
}

/**
 * @param audit the full name of the audit table, quoted
 * @param missing operations of the audit that do not exist any more
 */
export function judgeMissing(
  audit: string,
  missing: readonly { readonly id: number; readonly action: string }[],
): readonly Finding[] {
  if (missing.length === 0) return [];
  return [
    {
      check: 'deleted',
      severity: 'warning',
      title: `${many(missing.length, 'operation')} on which an operator acted ${missing.length === 1 ? 'does' : 'do'} not exist any more`,
      ...ofTables([]),
      rows: missing.slice(0, mostRows).map(({ id, action }) => ({ id, text: `the audit has: ${action}` })),
      rowCount: missing.length,
      sql: [
        'SELECT operation_id, at, database_role, os_user, action,',
        '  from_status, to_status, outcome, reason',
        `FROM ${audit}`,
        `WHERE operation_${isOneOf(missing.slice(0, mostRows).map(({ id }) => id))}`,
        'ORDER BY operation_id, at;',
      ].join('\n'),
      advice:
        'no SQL restores them, the SQL shows what the audit knows of them: find out who deletes rows, because the totals no longer show all operations',
    },
  ];
}
