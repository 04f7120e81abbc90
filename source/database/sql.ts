import activity from '../../sql/queries/activity.sql';
import auditNote from '../../sql/queries/audit-note.sql';
import blocker from '../../sql/queries/blocker.sql';
import detail from '../../sql/queries/detail.sql';
import elsewhere from '../../sql/queries/elsewhere.sql';
import history from '../../sql/queries/history.sql';
import inspect from '../../sql/queries/inspect.sql';
import move from '../../sql/queries/move.sql';
import moveAudited from '../../sql/queries/move-audited.sql';
import pageNewer from '../../sql/queries/page-newer.sql';
import pageOlder from '../../sql/queries/page-older.sql';
import poll from '../../sql/queries/poll.sql';
import throughput from '../../sql/queries/throughput.sql';

const files = {
  activity,
  'audit-note': auditNote,
  blocker,
  detail,
  elsewhere,
  history,
  inspect,
  move,
  'move-audited': moveAudited,
  'page-newer': pageNewer,
  'page-older': pageOlder,
  poll,
  throughput,
};

export type QueryName = keyof typeof files;

/**
 * The text of sql/queries/NAME.sql for one table. The files name the table `migration_control`, so that each runs in
 * psql as it is; here that name becomes the table's own.
 *
 * @param table the table's schema-qualified name, quoted by PostgreSQL (`quote_ident`)
 * @param audit the audit table's, for the queries that name `migtop_audit`
 */
export function sqlFor(name: QueryName, table: string, audit = 'migtop_audit'): string {
  const names: Readonly<Record<string, string>> = { migration_control: table, migtop_audit: audit };
  return files[name]
    .replace(/^--.*\n/gm, '')
    .replace(/\b(?:migration_control|migtop_audit)\b/g, (found) => names[found] ?? found);
}
