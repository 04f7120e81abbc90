import activity from '../../sql/queries/activity.sql';
import auditNote from '../../sql/queries/audit-note.sql';
import blocker from '../../sql/queries/blocker.sql';
import changes from '../../sql/queries/changes.sql';
import detail from '../../sql/queries/detail.sql';
import elsewhere from '../../sql/queries/elsewhere.sql';
import history from '../../sql/queries/history.sql';
import inspect from '../../sql/queries/inspect.sql';
import move from '../../sql/queries/move.sql';
import moveAudited from '../../sql/queries/move-audited.sql';
import notes from '../../sql/queries/notes.sql';
import options from '../../sql/queries/options.sql';
import pageNewer from '../../sql/queries/page-newer.sql';
import pageOlder from '../../sql/queries/page-older.sql';
import probe from '../../sql/queries/probe.sql';
import range from '../../sql/queries/range.sql';
import snapshot from '../../sql/queries/snapshot.sql';
import system from '../../sql/queries/system.sql';
import throughput from '../../sql/queries/throughput.sql';

const files = {
  activity,
  'audit-note': auditNote,
  blocker,
  changes,
  detail,
  elsewhere,
  history,
  inspect,
  move,
  'move-audited': moveAudited,
  notes,
  options,
  'page-newer': pageNewer,
  'page-older': pageOlder,
  probe,
  range,
  snapshot,
  system,
  throughput,
};

export type QueryName = keyof typeof files;

/**
 * The text of sql/queries/NAME.sql for one table. The files name the table `migration_control`, so that each runs in
 * psql as it is; here that name becomes the table's own. All else in them is written in full, so that no object that
 * another role made in a schema of the search path is ever called.
 *
 * @param table the table's schema-qualified name, quoted by PostgreSQL (`quote_ident`)
 * @param options.audit the audit table's, for the queries that name `migtop_audit`
 * @param options.hasVersions false where its rows have no xmin: they have no version then, and each may be a new one
 */
export function sqlFor(
  name: QueryName,
  table: string,
  { audit, hasVersions }: { readonly audit?: string | null; readonly hasVersions?: boolean } = {},
): string {
  const names: Readonly<Record<string, string>> = {
    migration_control: table,
    migtop_audit: audit ?? 'migtop_audit',
    'pg_catalog.age(xmin)': hasVersions === false ? '0' : 'pg_catalog.age(xmin)',
    'xmin::pg_catalog.text': hasVersions === false ? 'NULL::pg_catalog.text' : 'xmin::pg_catalog.text',
  };
  return files[name]
    .replace(/^--.*\n/gm, '')
    .replace(
      /\b(?:migration_control|migtop_audit|xmin::pg_catalog\.text)\b|\bpg_catalog\.age\(xmin\)/g,
      (found) => names[found] ?? found,
    );
}
