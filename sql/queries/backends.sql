-- Sessions that may show why operations stand still: those of workers, those that wait for a lock, and those that block them.
-- $1 text    regular expression for the application names of workers
-- $2 text    regular expression for the queries of workers, null for none
-- $3 int[]   process ids of sessions that workers have named before
-- $4 int     maximum number of sessions, apart from those that block them
-- Reads as many rows as there are sessions, and looks for the blocking sessions only of those that wait for a lock, or if the
-- server does not show this role what they do. Seconds are up to now; texts are cut to the length that is shown.
WITH RECURSIVE sessions AS (
  SELECT pid, wait_event_type, state
  FROM pg_catalog.pg_stat_activity
  WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
    AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
    AND (application_name OPERATOR(pg_catalog.~~) 'migtop run=%'
      OR application_name OPERATOR(pg_catalog.~*) $1::pg_catalog.text
      OR wait_event_type OPERATOR(pg_catalog.=) 'Lock'
      OR state OPERATOR(pg_catalog.<>) 'idle' AND query OPERATOR(pg_catalog.~*) $2::pg_catalog.text
      OR pid OPERATOR(pg_catalog.=) ANY ($3::integer[]))
  ORDER BY (wait_event_type OPERATOR(pg_catalog.=) 'Lock') IS TRUE DESC, xact_start, pid
  LIMIT $4::int
),
blocked (pid) AS (
  SELECT pid
  FROM sessions
  WHERE wait_event_type OPERATOR(pg_catalog.=) 'Lock' OR (wait_event_type IS NULL AND state IS NULL)
  UNION
  SELECT blocking.pid
  FROM blocked CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(pid)) AS blocking (pid)
),
wanted (pid) AS (
  SELECT pid FROM sessions
  UNION
  SELECT pid FROM blocked
)
SELECT 'backend' AS kind, pg_catalog.json_build_object(
    'pid', pid,
    'user', pg_catalog.left(usename::pg_catalog.text, 64),
    'application_name', pg_catalog.left(application_name, 64),
    'client', pg_catalog.host(client_addr),
    'state', state,
    'wait_event_type', wait_event_type,
    'wait_event', wait_event,
    'transaction_seconds', pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) xact_start),
    'state_seconds', pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) state_change),
    'query', pg_catalog.left(query, 400),
    'blocked_by', CASE WHEN pid OPERATOR(pg_catalog.=) ANY (SELECT pid FROM blocked)
      THEN pg_catalog.pg_blocking_pids(pid) END) AS body
FROM pg_catalog.pg_stat_activity
WHERE pid OPERATOR(pg_catalog.=) ANY (SELECT pid FROM wanted)
ORDER BY pid
LIMIT 400
