-- The newest change of status by an operator of each of some operations, newest first, from the audit table.
-- $1 bigint[]  the ids of the operations   $2 oid  the control table; rows of version 1 do not name their table
-- $3 int  how many rows of the audit table are searched at most, the newest ones: it has no index by operations
-- Lines that end with `version 2` or `version 3` are left out for an audit table of an earlier version.
-- include fragments/audit-entries.sql
FROM (
  SELECT DISTINCT ON (operation_id) *
  FROM migtop_audit
  WHERE operation_id OPERATOR(pg_catalog.=) ANY ($1::bigint[])
    AND (outcome OPERATOR(pg_catalog.=) 'applied' OR outcome OPERATOR(pg_catalog.=) 'moved')
    AND from_status OPERATOR(pg_catalog.<>) to_status
    AND id OPERATOR(pg_catalog.>) ((SELECT pg_catalog.max(id) FROM migtop_audit) OPERATOR(pg_catalog.-) $3::int)
    AND (table_oid IS NULL OR table_oid OPERATOR(pg_catalog.=) $2::pg_catalog.oid) -- version 2
  ORDER BY operation_id, id DESC
) AS newest
ORDER BY id DESC
