/** Server statistics that the queries use if this role may read them (sql/queries/statistics.sql). */
export type Statistic =
  | 'sessions'
  | 'blockers'
  | 'locks'
  | 'start'
  | 'inserted'
  | 'updated'
  | 'deleted'
  | 'resets'
  | 'files'
  | 'commits'
  | 'turns';

/** The replacement for each refused statistic: NULL, or a relation without rows. */
export const withoutStatistic: Readonly<Record<Statistic, readonly [RegExp, string]>> = {
  sessions: [
    /\bpg_catalog\.pg_stat_activity\b/g,
    `(SELECT NULL::pg_catalog.oid AS datid, NULL::pg_catalog.name AS datname, NULL::integer AS pid,
      NULL::pg_catalog.text AS application_name, NULL::pg_catalog.text AS wait_event_type, NULL::pg_catalog.text AS wait_event,
      NULL::pg_catalog.text AS state, NULL::pg_catalog.text AS query, NULL::timestamptz AS xact_start WHERE false)
      AS pg_stat_activity`,
  ],
  blockers: [/\bpg_catalog\.pg_blocking_pids\(pid\)/g, 'NULL::integer[]'],
  locks: [
    /\bpg_catalog\.pg_locks\b/g,
    `(SELECT NULL::integer AS pid, NULL::pg_catalog.text AS locktype, NULL::pg_catalog.xid AS transactionid, false AS granted
      WHERE false) AS pg_locks`,
  ],
  start: [/\bpg_catalog\.pg_postmaster_start_time\(\)/g, 'NULL::timestamptz'],
  inserted: [/\bpg_catalog\.pg_stat_get_tuples_inserted\(oid\)/g, 'NULL::bigint'],
  updated: [/\bpg_catalog\.pg_stat_get_tuples_updated\(oid\)/g, 'NULL::bigint'],
  deleted: [/\bpg_catalog\.pg_stat_get_tuples_deleted\(oid\)/g, 'NULL::bigint'],
  resets: [
    /\(SELECT pg_catalog\.concat\(\(pg_catalog\.date_part\('epoch', pg_catalog\.pg_stat_get_db_[^;]*?current_database\(\)\)/g,
    'NULL::pg_catalog.text',
  ],
  files: [/\bpg_catalog\.pg_relation_filenode\(oid\)/g, 'NULL::pg_catalog.oid'],
  turns: [/\bpg_catalog\.pg_try_advisory_xact_lock\([^()]*\)/g, 'true'],
  commits: [/\bpg_catalog\.txid_status\([^()]*\)/g, 'NULL::pg_catalog.text'],
};
