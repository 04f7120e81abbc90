-- The actions of operators on one operation, newest first, from the audit table.
-- $1 bigint  the id of the operation   $2 int  maximum number of rows   $3 oid  the control table; rows of version 1 do not name
--            their table   $4 int  how many rows of the audit table are searched at most, the newest ones: it has no index by operations
-- Lines that end with `version 2` or `version 3` are left out for an audit table of an earlier version.
-- include fragments/audit-entries.sql
FROM migtop_audit
WHERE operation_id OPERATOR(pg_catalog.=) $1::bigint
  AND id OPERATOR(pg_catalog.>) ((SELECT pg_catalog.max(id) FROM migtop_audit) OPERATOR(pg_catalog.-) $4::int)
  AND (table_oid IS NULL OR table_oid OPERATOR(pg_catalog.=) $3::pg_catalog.oid) -- version 2
ORDER BY id DESC
LIMIT $2::int
