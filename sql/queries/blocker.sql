-- Who holds the lock on a row: the transaction that its xmax names, if that still runs.
-- $1 bigint  id
SELECT pg_locks.pid, left(pg_stat_activity.application_name, 64) AS application_name
FROM migration_control AS operation
JOIN pg_locks ON locktype = 'transactionid' AND transactionid::text = operation.xmax::text AND granted
LEFT JOIN pg_stat_activity ON pg_stat_activity.pid = pg_locks.pid
WHERE operation.id = $1::bigint
LIMIT 1
