-- Further statistics of the server. migtop reads all of them at once, and each one separately if that fails: it does without
-- those that the server refuses or does not have.
SELECT 'system' AS name, (SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()) AS value
UNION ALL
SELECT 'sessions', (SELECT pg_catalog.count(*)::pg_catalog.text FROM pg_catalog.pg_stat_activity WHERE pid IS NULL)
UNION ALL
SELECT 'blockers', pg_catalog.pg_blocking_pids(pg_catalog.pg_backend_pid())::pg_catalog.text
UNION ALL
SELECT 'locks', (SELECT pg_catalog.count(*)::pg_catalog.text FROM pg_catalog.pg_locks WHERE pid IS NULL)
UNION ALL
SELECT 'start', pg_catalog.pg_postmaster_start_time()::pg_catalog.text
UNION ALL
SELECT 'inserted', pg_catalog.pg_stat_get_tuples_inserted(0::pg_catalog.oid)::pg_catalog.text
UNION ALL
SELECT 'updated', pg_catalog.pg_stat_get_tuples_updated(0::pg_catalog.oid)::pg_catalog.text
UNION ALL
SELECT 'deleted', pg_catalog.pg_stat_get_tuples_deleted(0::pg_catalog.oid)::pg_catalog.text
UNION ALL
SELECT 'resets', (SELECT pg_catalog.concat(pg_catalog.pg_stat_get_db_stat_reset_time(oid),
    pg_catalog.pg_stat_get_bgwriter_stat_reset_time())
  FROM pg_catalog.pg_database WHERE oid IS NULL)
UNION ALL
SELECT 'files', pg_catalog.pg_relation_filenode(0::pg_catalog.oid::pg_catalog.regclass)::pg_catalog.text
UNION ALL
SELECT 'commits', pg_catalog.txid_status(3::bigint)
UNION ALL
SELECT 'turns', 'may lock' AS value
WHERE pg_catalog.has_function_privilege('pg_catalog.pg_try_advisory_xact_lock(bigint)', 'EXECUTE')
UNION ALL
SELECT 'counts', pg_catalog.current_setting('track_counts')
