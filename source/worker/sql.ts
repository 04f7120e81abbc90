import checkpoint from '../../sql/queries/worker/checkpoint.sql';
import claim from '../../sql/queries/worker/claim.sql';
import enter from '../../sql/queries/worker/enter.sql';
import finish from '../../sql/queries/worker/finish.sql';
import incomplete from '../../sql/queries/worker/incomplete.sql';
import join from '../../sql/queries/worker/join.sql';
import lineage from '../../sql/queries/worker/lineage.sql';
import mark from '../../sql/queries/worker/mark.sql';
import operations from '../../sql/queries/worker/operations.sql';
import pauseCheck from '../../sql/queries/worker/pause-check.sql';
import release from '../../sql/queries/worker/release.sql';
import report from '../../sql/queries/worker/report.sql';
import resolve from '../../sql/queries/worker/resolve.sql';
import retry from '../../sql/queries/worker/retry.sql';
import start from '../../sql/queries/worker/start.sql';
import status from '../../sql/queries/worker/status.sql';
import takeOver from '../../sql/queries/worker/take-over.sql';
import withdraw from '../../sql/queries/worker/withdraw.sql';

const files = {
  checkpoint,
  claim,
  enter,
  finish,
  incomplete,
  join,
  lineage,
  'pause-check': pauseCheck,
  mark,
  operations,
  release,
  report,
  resolve,
  retry,
  start,
  status,
  'take-over': takeOver,
  withdraw,
};

export type StatementName = keyof typeof files;

/**
 * The text of sql/queries/worker/NAME.sql for one table. The files name the table `migration_control`, so that each can be run
 * in psql; this function replaces that name, and removes the comment lines at the start of a line.
 *
 * @param table the table's schema-qualified name, quoted by PostgreSQL (`quote_ident`)
 */
export function statementFor(name: StatementName, table: string): string {
  return files[name].replace(/^--.*\n/gm, '').replace(/\bmigration_control\b/g, () => table);
}
