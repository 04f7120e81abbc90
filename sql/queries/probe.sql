-- Counts the operations of one status by ranges of ids: where the totals and the table disagree.
-- $1 text  the status     $2 bigint[]  the first id of each range but the lowest, in order
SELECT 'probe' AS kind, json_build_array(width_bucket(id::bigint, $2::bigint[]), count(*)) AS body
FROM migration_control
WHERE status = $1::text
GROUP BY width_bucket(id::bigint, $2::bigint[])
