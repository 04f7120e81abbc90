-- The session that holds the lock on a row: the row's xmax is its transaction, if that is still in progress.
-- $1 bigint  id
-- $2 text    its digest of phase, table and operation (fragments/identity.sql), null for any operation with this id
SELECT pg_locks.pid, pg_catalog.left(pg_stat_activity.application_name, 64) AS application_name
FROM migration_control AS operation
JOIN pg_catalog.pg_locks ON locktype OPERATOR(pg_catalog.=) 'transactionid'
  AND transactionid::pg_catalog.text OPERATOR(pg_catalog.=) operation.xmax::pg_catalog.text AND granted
LEFT JOIN pg_catalog.pg_stat_activity ON pg_stat_activity.pid OPERATOR(pg_catalog.=) pg_locks.pid
WHERE operation.id OPERATOR(pg_catalog.=) $1::bigint
ORDER BY
  -- include fragments/identity.sql
  OPERATOR(pg_catalog.=) $2::pg_catalog.text DESC NULLS LAST
LIMIT 1
