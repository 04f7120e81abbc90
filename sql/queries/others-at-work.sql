-- How many other sessions of the server run a statement or have a transaction open, without those of migtop itself. A session
-- of this database whose state this role may not see counts too.
SELECT pg_catalog.count(*)::pg_catalog.int4 AS others
FROM pg_catalog.pg_stat_activity
WHERE (datname OPERATOR(pg_catalog.=) pg_catalog.current_database() OR state IS NOT NULL)
  AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
  AND coalesce(state, 'active') OPERATOR(pg_catalog.<>) 'idle'
  AND coalesce(backend_type, 'client backend') OPERATOR(pg_catalog.=) 'client backend'
  AND coalesce(application_name, '') OPERATOR(pg_catalog.<>) 'migtop'
