-- The privileges of this role on the table and its schema, for the hint of an error.
-- $1 oid  the table
SELECT
  pg_catalog.quote_ident(current_user) AS role,
  pg_catalog.quote_ident(nspname) AS schema,
  pg_catalog.has_schema_privilege(relnamespace, 'USAGE') AS may_use,
  pg_catalog.has_table_privilege(pg_class.oid, 'SELECT') AS may_select
FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relnamespace
WHERE pg_class.oid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
