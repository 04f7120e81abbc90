import accept from '../../sql/queries/accept.sql';
import accepted from '../../sql/queries/accepted.sql';
import acted from '../../sql/queries/acted.sql';
import actionsOn from '../../sql/queries/actions-on.sql';
import activity from '../../sql/queries/activity.sql';
import activityBefore from '../../sql/queries/activity-before.sql';
import afterRetries from '../../sql/queries/after-retries.sql';
import afterTransitions from '../../sql/queries/after-transitions.sql';
import afterTriggers from '../../sql/queries/after-triggers.sql';
import attempts from '../../sql/queries/attempts.sql';
import auditNote from '../../sql/queries/audit-note.sql';
import backends from '../../sql/queries/backends.sql';
import blocker from '../../sql/queries/blocker.sql';
import bulkMembers from '../../sql/queries/bulk-members.sql';
import bulkOutcomes from '../../sql/queries/bulk-outcomes.sql';
import changes from '../../sql/queries/changes.sql';
import checks from '../../sql/queries/checks.sql';
import clock from '../../sql/queries/clock.sql';
import code from '../../sql/queries/code.sql';
import confirm from '../../sql/queries/confirm.sql';
import creation from '../../sql/queries/creation.sql';
import detail from '../../sql/queries/detail.sql';
import earlier from '../../sql/queries/earlier.sql';
import elsewhere from '../../sql/queries/elsewhere.sql';
import exportRows from '../../sql/queries/export.sql';
import failed from '../../sql/queries/failed.sql';
import fence from '../../sql/queries/fence.sql';
import tableFiles from '../../sql/queries/files.sql';
import foreignKeys from '../../sql/queries/foreign-keys.sql';
import givenUp from '../../sql/queries/given-up.sql';
import history from '../../sql/queries/history.sql';
import inspect from '../../sql/queries/inspect.sql';
import installed from '../../sql/queries/installed.sql';
import lastActors from '../../sql/queries/last-actors.sql';
import lastOn from '../../sql/queries/last-on.sql';
import laterAttempts from '../../sql/queries/later-attempts.sql';
import lock from '../../sql/queries/lock.sql';
import mayInsert from '../../sql/queries/may-insert.sql';
import notes from '../../sql/queries/notes.sql';
import obstacles from '../../sql/queries/obstacles.sql';
import options from '../../sql/queries/options.sql';
import othersAtWork from '../../sql/queries/others-at-work.sql';
import pageNewer from '../../sql/queries/page-newer.sql';
import pageOlder from '../../sql/queries/page-older.sql';
import passing from '../../sql/queries/passing.sql';
import privileges from '../../sql/queries/privileges.sql';
import probe from '../../sql/queries/probe.sql';
import range from '../../sql/queries/range.sql';
import rangeBrief from '../../sql/queries/range-brief.sql';
import reach from '../../sql/queries/reach.sql';
import readOnly from '../../sql/queries/read-only.sql';
import repeats from '../../sql/queries/repeats.sql';
import retries from '../../sql/queries/retries.sql';
import retriesAudited from '../../sql/queries/retries-audited.sql';
import retryCandidates from '../../sql/queries/retry-candidates.sql';
import retryLocks from '../../sql/queries/retry-locks.sql';
import runs from '../../sql/queries/runs.sql';
import sameTable from '../../sql/queries/same-table.sql';
import scan from '../../sql/queries/scan.sql';
import sessions from '../../sql/queries/sessions.sql';
import settle from '../../sql/queries/settle.sql';
import since from '../../sql/queries/since.sql';
import skipCost from '../../sql/queries/skip-cost.sql';
import snapshot from '../../sql/queries/snapshot.sql';
import statistics from '../../sql/queries/statistics.sql';
import summed from '../../sql/queries/summed.sql';
import tableHolder from '../../sql/queries/table-holder.sql';
import text from '../../sql/queries/text.sql';
import throughput from '../../sql/queries/throughput.sql';
import transition from '../../sql/queries/transition.sql';
import transitionAudited from '../../sql/queries/transition-audited.sql';
import transitions from '../../sql/queries/transitions.sql';
import transitionsAudited from '../../sql/queries/transitions-audited.sql';
import triggers from '../../sql/queries/triggers.sql';
import unchecked from '../../sql/queries/unchecked.sql';
import waiting from '../../sql/queries/waiting.sql';
import watchers from '../../sql/queries/watchers.sql';
import zone from '../../sql/queries/zone.sql';
import zoneEvidence from '../../sql/queries/zone-evidence.sql';
import { controlColumns } from '../domain/control-columns.ts';
import type { SinceScope } from '../domain/since.ts';
import { utc, type Zone } from '../domain/zone.ts';
import type { AuditVersion } from './audit-version.ts';
import { wholeNumber } from './counter-value.ts';
import { doctorFiles } from './doctor-sql.ts';
import { type Statistic, withoutStatistic } from './refused-statistics.ts';
import { batchQueries, rewriteQueries } from './rewrite-queries.ts';
import { instantOf, inZone, timestampOf } from './zoned-sql.ts';

const files = {
  ...rewriteQueries,
  ...batchQueries,
  accept,
  accepted,
  acted,
  'actions-on': actionsOn,
  activity,
  'activity-before': activityBefore,
  'after-retries': afterRetries,
  'after-transitions': afterTransitions,
  attempts,
  'after-triggers': afterTriggers,
  'audit-note': auditNote,
  backends,
  'bulk-members': bulkMembers,
  'bulk-outcomes': bulkOutcomes,
  blocker,
  changes,
  checks,
  clock,
  creation,
  export: exportRows,
  code,
  confirm,
  lock,
  settle,
  waiting,
  watchers,
  detail,
  earlier,
  elsewhere,
  'others-at-work': othersAtWork,
  failed,
  fence,
  files: tableFiles,
  'foreign-keys': foreignKeys,
  'given-up': givenUp,
  history,
  inspect,
  installed,
  'last-actors': lastActors,
  'last-on': lastOn,
  'later-attempts': laterAttempts,
  'may-insert': mayInsert,
  notes,
  obstacles,
  options,
  'page-newer': pageNewer,
  'page-older': pageOlder,
  passing,
  privileges,
  probe,
  range,
  'range-brief': rangeBrief,
  'read-only': readOnly,
  reach,
  repeats,
  retries,
  'retries-audited': retriesAudited,
  'retry-candidates': retryCandidates,
  'retry-locks': retryLocks,
  runs,
  'same-table': sameTable,
  scan,
  sessions,
  since,
  'skip-cost': skipCost,
  snapshot,
  statistics,
  summed,
  'table-holder': tableHolder,
  text,
  throughput,
  transition,
  'transition-audited': transitionAudited,
  transitions,
  'transitions-audited': transitionsAudited,
  triggers,
  unchecked,
  zone,
  'zone-evidence': zoneEvidence,
  ...doctorFiles,
};

export type QueryName = keyof typeof files;

interface SqlOptions {
  readonly audit?: string | null;
  readonly auditVersion?: AuditVersion;
  readonly hasVersions?: boolean;
  readonly looseCounters?: readonly string[];
  readonly scope?: SinceScope | undefined;
  readonly refused?: readonly Statistic[];
  readonly zone?: Zone | undefined;
  readonly zonedColumns?: readonly string[];
}

/**
 * The text of sql/queries/NAME.sql for one table. The files use the name `migration_control`, so that each runs in psql
 * unchanged; this function replaces it with the table's name. All other names in the files are schema-qualified, so that a
 * query never calls an object that another role created in a schema of the search path.
 *
 * @param table the table's schema-qualified name, quoted by PostgreSQL (`quote_ident`)
 * @param options.audit the audit table's name, which replaces `migtop_audit`
 * @param options.auditVersion the columns of later versions are left out
 * @param options.refused statistics that the server refuses: the query omits them
 * @param options.hasVersions false if the rows have no xmin: then they have no version, and each may be new
 * @param options.zone the time zone of the table's writers; UTC by default
 * @param options.zonedColumns the timestamp columns whose type includes a time zone
 * @param options.looseCounters the counters of a type that allows more than whole numbers (`asRead`)
 * @param options.scope the rows that the query may read
 */
export function sqlFor(
  name: QueryName,
  table: string,
  {
    audit,
    auditVersion,
    hasVersions,
    refused = [],
    looseCounters = [],
    zone,
    zonedColumns = [],
    scope,
  }: SqlOptions = {},
): string {
  const isItself = readingTheTableItself.includes(name) || name in rewriteQueries;
  const isWhole = (looseCounters.length === 0 && zonedColumns.length === 0 && scope === undefined) || isItself;
  const named: Readonly<Record<string, string>> = {
    migration_control: isWhole
      ? table
      : asRead(table, { looseCounters, zonedColumns, zone, scope, hasVersions: hasVersions !== false }),
    migtop_audit: audit ?? 'migtop_audit',
  };
  const adapted = inZone(files[name].replace(/^--.*\n/gm, ''), zone, isItself ? zonedColumns : [], name === 'since');
  const text = adapted.replace(later[auditVersion ?? 3], '');
  const given = refused
    .map((statistic) => withoutStatistic[statistic])
    .reduce((left, [what, nothing]) => left.replace(what, nothing), text);
  const fitting =
    hasVersions === false
      ? given
          .replace(/\bpg_catalog\.age\(xmin\)/g, '0')
          .replace(/\b(?:\w+\.)?xmin::pg_catalog\.text\b/g, 'NULL::pg_catalog.text')
      : given;
  return fitting.replace(/\b(?:migration_control|migtop_audit)\b/g, (found) => named[found] ?? found);
}

/** The lines of queries for later versions of the audit table than the one that is installed. */
const later: Readonly<Record<AuditVersion, RegExp>> = {
  1: /^.*-- version [23]\n/gm,
  2: /^.*-- version 3\n/gm,
  3: /^$/,
};

/** Queries that lock or change rows of the table, return values unchanged, or need an index on a column that a zone would convert. */
const readingTheTableItself: readonly QueryName[] = [
  'since',
  'same-table',
  'lock',
  'transition',
  'transition-audited',
  'transitions',
  'transitions-audited',
  'retries',
  'retries-audited',
  'retry-locks',
  'after-retries',
  'after-transitions',
  'after-triggers',
  'settle',
  'blocker',
  'code',
  'detail',
  'inspect',
  'may-insert',
  'notes',
];

/**
 * A subquery that replaces the table. It restricts the rows to those of `--since`. In numeric or float8 counters it replaces
 * NaN, infinity, fractions and numbers outside the range of bigint with NULL: each would make its table's sum unreadable, or
 * end the query with an error. It converts timestamps with a zone to the writers' zone. PostgreSQL flattens the subquery, so
 * the query still uses the table's indexes.
 */
function asRead(
  table: string,
  { looseCounters = [], zonedColumns = [], zone, scope, hasVersions }: SqlOptions,
): string {
  const read = controlColumns.map((name) => {
    if (looseCounters.includes(name)) return `${wholeNumber(name)} AS ${name}`;
    return zonedColumns.includes(name) ? `${timestampOf(name, zone)} AS ${name}` : name;
  });
  const where =
    scope === undefined ? '' : ` WHERE ${isWithin(scope, zonedColumns.includes('started_at') ? (zone ?? utc) : null)}`;
  return `(SELECT ${[...read, ...(hasVersions ? ['xmin'] : [])].join(', ')} FROM ${table}${where}) AS migration_control`;
}

/** @param zone the writers' zone if the type of started_at includes a zone; else null */
function isWithin({ firstId, startedAt }: SinceScope, zone: Zone | null): string {
  const byId = `id OPERATOR(pg_catalog.>=) (${BigInt(firstId)})::bigint`;
  if (startedAt === null) return byId;
  const local = `(timestamp 'epoch' OPERATOR(pg_catalog.+) ((${Number(startedAt)})::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))`;
  const timestamp = zone === null ? local : instantOf(local, zone);
  return `${byId} AND (started_at IS NULL OR started_at OPERATOR(pg_catalog.>=) ${timestamp})`;
}
