-- The sessions of workers that use migtop/worker, which names them: where each is, and which sessions block it.
SELECT 'session' AS kind, pg_catalog.json_build_object(
    'application_name', pg_catalog.left(application_name, 64),
    'pid', pid,
    -- Some servers show neither for the sessions of other roles.
    'blocked_by', CASE WHEN wait_event_type OPERATOR(pg_catalog.=) 'Lock' OR (wait_event_type IS NULL AND state IS NULL)
      THEN pg_catalog.pg_blocking_pids(pid) END) AS body
FROM pg_catalog.pg_stat_activity
WHERE application_name OPERATOR(pg_catalog.~~) 'migtop run=%'
  AND datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
