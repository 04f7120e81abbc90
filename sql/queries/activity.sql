-- The latest actions of operators, newest first, from the audit table (sql/options/audit.sql). `at` is in seconds since 1970
-- on the database's clock; texts are cut to the length that a list shows.
-- $1 int  maximum number of rows   $2 oid  the control table: two control tables of one schema share the audit table; rows of
--                                          version 1 do not name their table
-- Lines that end with `version 2` or `version 3` are left out for an audit table of an earlier version.
SELECT 'activity' AS kind, pg_catalog.json_build_object(
    'id', id,
    'action_key', action_key, -- version 2
    'operation_identity', pg_catalog.left(operation_identity, 200), -- version 3
    'at', pg_catalog.date_part('epoch', at::timestamp),
    'database_role', pg_catalog.left(database_role, 200),
    'os_user', pg_catalog.left(os_user, 200),
    'host', pg_catalog.left(host, 200),
    'client', pg_catalog.left(client, 200),
    'action', pg_catalog.left(action, 200),
    'operation_id', operation_id,
    'from_status', pg_catalog.left(from_status, 200),
    'to_status', pg_catalog.left(to_status, 200),
    'actual_status', pg_catalog.left(actual_status, 200),
    'reason', pg_catalog.left(reason, 400),
    'outcome', pg_catalog.left(outcome, 200)) AS body
FROM migtop_audit
WHERE table_oid IS NULL OR table_oid OPERATOR(pg_catalog.=) $2::pg_catalog.oid -- version 2
ORDER BY id DESC
LIMIT $1::int
