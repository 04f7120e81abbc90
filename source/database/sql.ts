import blocker from '../../sql/queries/blocker.sql';
import detail from '../../sql/queries/detail.sql';
import elsewhere from '../../sql/queries/elsewhere.sql';
import history from '../../sql/queries/history.sql';
import inspect from '../../sql/queries/inspect.sql';
import move from '../../sql/queries/move.sql';
import pageNewer from '../../sql/queries/page-newer.sql';
import pageOlder from '../../sql/queries/page-older.sql';
import poll from '../../sql/queries/poll.sql';
import throughput from '../../sql/queries/throughput.sql';

const files = {
  blocker,
  detail,
  elsewhere,
  history,
  inspect,
  move,
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
 */
export function sqlFor(name: QueryName, table: string): string {
  return files[name].replace(/^--.*\n/gm, '').replace(/\bmigration_control\b/g, () => table);
}
