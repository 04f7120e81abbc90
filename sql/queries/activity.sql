-- What operators did last, newest first, where there is a migtop_audit (sql/options/audit.sql). `at` is in seconds since 1970
-- on the database's own clock, as all stamps are; texts are cut to what a list shows.
-- $1 int  how many
SELECT 'activity' AS kind, json_build_object(
    'id', id,
    'at', date_part('epoch', at::timestamp),
    'database_role', left(database_role, 200),
    'os_user', left(os_user, 200),
    'host', left(host, 200),
    'client', left(client, 200),
    'action', left(action, 200),
    'operation_id', operation_id,
    'from_status', left(from_status, 200),
    'to_status', left(to_status, 200),
    'actual_status', left(actual_status, 200),
    'reason', left(reason, 400),
    'outcome', left(outcome, 200)) AS body
FROM migtop_audit
ORDER BY id DESC
LIMIT $1::int
