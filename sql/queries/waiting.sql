-- What an action waits for on the server: the session is known by the key that its message begins with.
-- $1 text  the action's key
SELECT wait_event_type, wait_event
FROM pg_catalog.pg_stat_activity
WHERE state OPERATOR(pg_catalog.=) 'active'
  AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
  AND pg_catalog.strpos(query, $1::pg_catalog.text) OPERATOR(pg_catalog.>) 0
LIMIT 1
