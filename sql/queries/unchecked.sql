-- Whether an object has the name of the audit table, if sql/queries/options.sql may not read the catalogs.
-- $1 oid  the table that is watched
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_class AS control
  JOIN pg_catalog.pg_class AS audit ON audit.relnamespace OPERATOR(pg_catalog.=) control.relnamespace
    AND audit.relname OPERATOR(pg_catalog.=) 'migtop_audit'
  WHERE control.oid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
) AS has_audit
