-- The failures that operators have accepted, and those that they no longer accept, oldest first, from the audit table.
-- $1 bigint  reads the rows above this id    $2 oid  the control table    $3 int  maximum number of rows
SELECT 'accepted' AS kind, pg_catalog.json_build_object(
    'audit_id', id,
    'operation_id', operation_id,
    'identity', operation_identity,
    'version', row_version,
    'action', action,
    'at', pg_catalog.date_part('epoch', at::timestamp),
    'os_user', pg_catalog.left(os_user, 200),
    'host', pg_catalog.left(host, 200),
    'database_role', pg_catalog.left(database_role, 200),
    'reason', pg_catalog.left(reason, 400)) AS body
FROM migtop_audit
WHERE action OPERATOR(pg_catalog.=) ANY (ARRAY['accept', 'unaccept']) AND outcome OPERATOR(pg_catalog.=) 'applied'
  AND (table_oid IS NULL OR table_oid OPERATOR(pg_catalog.=) $2::pg_catalog.oid)
  AND id OPERATOR(pg_catalog.>) $1::bigint
ORDER BY id
LIMIT $3::int
