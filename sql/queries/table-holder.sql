-- The session whose lock on the table, or on a partition of it, does not allow changes of rows (manual, 13.3.1).
-- $1 text  the table's name
WITH RECURSIVE relations AS (
  SELECT pg_catalog.to_regclass($1::pg_catalog.text)::pg_catalog.oid AS oid
  UNION
  SELECT inhrelid FROM pg_catalog.pg_inherits JOIN relations ON inhparent OPERATOR(pg_catalog.=) relations.oid
)
-- A prepared transaction has no process.
SELECT coalesce(pg_locks.pid, 0) AS pid, pg_catalog.left(pg_stat_activity.application_name, 64) AS application_name
FROM pg_catalog.pg_locks
JOIN relations ON relation OPERATOR(pg_catalog.=) relations.oid
JOIN pg_catalog.pg_database ON pg_database.oid OPERATOR(pg_catalog.=) pg_locks.database
  AND datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
LEFT JOIN pg_catalog.pg_stat_activity ON pg_stat_activity.pid OPERATOR(pg_catalog.=) pg_locks.pid
WHERE locktype OPERATOR(pg_catalog.=) 'relation' AND granted
  AND mode OPERATOR(pg_catalog.=) ANY (ARRAY['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'])
  AND coalesce(pg_locks.pid, 0) OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
ORDER BY pg_locks.pid
LIMIT 1
