-- Who else watches with migtop: the sessions of other roles or from other addresses on this database, one row each, newest
-- first. Sessions of workers that use migtop/worker have other names (`migtop run=...`).
-- $1 int  maximum number of rows
SELECT 'watcher' AS kind, pg_catalog.json_build_object(
    'user', pg_catalog.left(usename::pg_catalog.text, 200),
    'client', pg_catalog.host(client_addr),
    'connected_at', pg_catalog.date_part('epoch', pg_catalog.min(backend_start)::timestamp)) AS body
FROM pg_catalog.pg_stat_activity
WHERE application_name OPERATOR(pg_catalog.=) 'migtop'
  AND datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
  AND (usename OPERATOR(pg_catalog.<>) session_user
    OR COALESCE(pg_catalog.host(client_addr), '')
      OPERATOR(pg_catalog.<>) COALESCE(pg_catalog.host(pg_catalog.inet_client_addr()), ''))
GROUP BY usename, client_addr
ORDER BY pg_catalog.min(backend_start) DESC
LIMIT $1::int
