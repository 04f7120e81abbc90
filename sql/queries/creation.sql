-- The schema in which `migtop init` creates the table, and the privileges of this role there, for the hint of an error.
SELECT
  pg_catalog.current_database() AS database,
  pg_catalog.quote_ident(current_user) AS role,
  pg_catalog.quote_ident(nspname) AS schema,
  pg_catalog.has_schema_privilege(pg_namespace.oid, 'CREATE') AS may_create,
  (SELECT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(relowner)) FROM pg_catalog.pg_class
   WHERE relnamespace OPERATOR(pg_catalog.=) pg_namespace.oid AND relname OPERATOR(pg_catalog.=) 'migration_control'
  ) AS owner
FROM pg_catalog.pg_namespace
WHERE nspname OPERATOR(pg_catalog.=) pg_catalog.current_schema()
