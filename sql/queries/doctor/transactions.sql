-- Transactions that have been open for long: VACUUM cannot remove the old versions of rows that they may still see, and migtop
-- has to read rows again that changed since they began.
-- $1 float8  for at least how many seconds     $2 int  maximum number of rows
SELECT 'transaction' AS kind, pg_catalog.json_build_object(
    'pid', pid, 'user', pg_catalog.left(usename::pg_catalog.text, 64), 'application', pg_catalog.left(application_name, 64),
    'state', state, 'query', pg_catalog.left(query, 200),
    'seconds', pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) xact_start),
    'blocked_by', CASE WHEN wait_event_type OPERATOR(pg_catalog.=) 'Lock' THEN pg_catalog.pg_blocking_pids(pid) END) AS body
FROM (
  SELECT *
  FROM pg_catalog.pg_stat_activity
  WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
    AND xact_start OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp()
      OPERATOR(pg_catalog.-) ($1::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
    AND backend_type OPERATOR(pg_catalog.=) 'client backend'
  ORDER BY xact_start
  LIMIT $2::int
) AS sessions
UNION ALL
SELECT 'prepared', pg_catalog.json_build_object('name', pg_catalog.left(gid, 200), 'user', owner,
    'seconds', pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) prepared))
FROM pg_catalog.pg_prepared_xacts
WHERE database OPERATOR(pg_catalog.=) pg_catalog.current_database()
  AND prepared OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp()
    OPERATOR(pg_catalog.-) ($1::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
UNION ALL
SELECT 'slot', pg_catalog.json_build_object('name', slot_name)
FROM pg_catalog.pg_replication_slots
WHERE xmin IS NOT NULL AND NOT active
UNION ALL
-- Sessions of other roles whose transactions the server does not show.
SELECT 'hidden', pg_catalog.to_json(pg_catalog.count(*))
FROM pg_catalog.pg_stat_activity
WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND state IS NULL AND backend_type IS NULL
