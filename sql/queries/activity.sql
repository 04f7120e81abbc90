-- The latest actions of operators, newest first, from the audit table (sql/options/audit.sql).
-- $1 int  maximum number of rows   $2 oid  the control table: two control tables of one schema share the audit table; rows of
--                                          version 1 do not name their table
-- Lines that end with `version 2` or `version 3` are left out for an audit table of an earlier version.
-- include fragments/audit-entries.sql
FROM migtop_audit
WHERE table_oid IS NULL OR table_oid OPERATOR(pg_catalog.=) $2::pg_catalog.oid -- version 2
ORDER BY id DESC
LIMIT $1::int
