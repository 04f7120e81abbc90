-- The lock that an action waits for on the server, and the session that holds it: the action's session is found by the key at
-- the beginning of its message. Several may wait for the same row, each for the one before it: the holder is the one that waits
-- for no lock.
-- $1 text  the action's key
WITH RECURSIVE writing AS (
  SELECT pid, wait_event_type, wait_event
  FROM pg_catalog.pg_stat_activity
  WHERE state OPERATOR(pg_catalog.=) 'active'
    AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
    AND pg_catalog.strpos(query, $1::pg_catalog.text) OPERATOR(pg_catalog.>) 0
  LIMIT 1
),
waiting AS (
  SELECT pid FROM writing
  UNION
  SELECT blocking.pid
  FROM waiting CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(pid)) AS blocking (pid)
),
holders AS (
  SELECT pg_stat_activity.pid, pg_catalog.left(pg_stat_activity.application_name, 64) AS application_name
  FROM pg_catalog.pg_stat_activity
  JOIN waiting ON waiting.pid OPERATOR(pg_catalog.=) pg_stat_activity.pid
  WHERE (pg_stat_activity.wait_event_type OPERATOR(pg_catalog.=) 'Lock') IS NOT TRUE
  ORDER BY pg_stat_activity.pid
  LIMIT 1
)
SELECT wait_event_type, wait_event, holders.pid AS holder, holders.application_name
FROM writing
LEFT JOIN holders ON writing.wait_event_type OPERATOR(pg_catalog.=) 'Lock'
