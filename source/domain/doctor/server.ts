import { cleanLine } from '../clean-text.ts';
import { type Finding, many, mostRows, roughly } from './finding.ts';
import { literal } from './mending.ts';

/** A session with a transaction that has been open for long. */
export interface OpenTransaction {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  readonly state: string;
  readonly query: string;
  readonly seconds: number;
}

/** What holds back the removal of old row versions, as sql/queries/doctor/transactions.sql returns it. */
export interface Holding {
  readonly transactions: readonly OpenTransaction[];
  readonly prepared: readonly { readonly name: string; readonly user: string; readonly seconds: number }[];
  readonly slots: readonly string[];
}

export function judgeTransactions({ transactions, prepared, slots }: Holding): readonly Finding[] {
  const common = { check: 'transactions', severity: 'warning', tableName: null } as const;
  const consequence = 'VACUUM cannot remove old row versions';
  return [
    ...transactions.map((one): Finding => {
      const who = [one.user, one.application].filter((word) => word !== '').join(', ');
      return {
        ...common,
        title: `a transaction of process ${one.pid}${who === '' ? '' : ` (${who})`} has been open for ${roughly(one.seconds)}: ${consequence}`,
        rows: [{ id: null, text: [one.state, one.query].filter((word) => word !== '').join(': ') }],
        rowCount: 1,
        // Only while it is in that transaction: the number may be another process's by now.
        sql: `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid OPERATOR(pg_catalog.=) ${one.pid} AND xact_start OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) interval '${Math.floor(one.seconds)} seconds');`,
        advice: 'ending it loses what it has not committed; ask its owner first',
      };
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
        sql: `SELECT pg_catalog.pg_drop_replication_slot(${literal(name)});`,
        advice: 'a standby that uses it later has to be created again',
      }),
    ),
  ];
}

/** @param since when the statistics were reset; null if never */
export function judgeDeleted(deleted: number, since: string | null): readonly Finding[] {
  if (deleted <= 0) return [];
  return [
    {
      check: 'deleted',
      severity: 'note',
      title: `${many(deleted, 'row was', 'rows were')} deleted from the table ${since === null ? 'since its statistics began' : `since ${since}`}`,
      tableName: null,
      rows: [],
      rowCount: 0,
      sql: null,
      advice: 'totals no longer include them; the statistics also count deletions that were rolled back',
    },
  ];
}

/** @param missing operations of the audit that do not exist any more */
export function judgeMissing(missing: readonly { readonly id: number; readonly action: string }[]): readonly Finding[] {
  if (missing.length === 0) return [];
  return [
    {
      check: 'deleted',
      severity: 'warning',
      title: `${many(missing.length, 'operation')} on which an operator acted ${missing.length === 1 ? 'does' : 'do'} not exist any more`,
      tableName: null,
      rows: missing.slice(0, mostRows).map(({ id, action }) => ({ id, text: `the audit has: ${action}` })),
      rowCount: missing.length,
      sql: null,
      advice: 'find out who deletes rows: the totals and the audit no longer show all operations',
    },
  ];
}
