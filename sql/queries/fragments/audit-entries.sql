-- The actions of operators as the Activity view needs them. `at` is in seconds since 1970 on the database's clock; texts are cut to
-- the length that a list shows.
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
