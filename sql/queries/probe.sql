-- Counts the operations of one status by id ranges, to find where the totals and the table differ.
-- $1 text  the status     $2 bigint[]  the first id of each range except the lowest, in order
SELECT 'probe' AS kind, pg_catalog.json_build_array(pg_catalog.width_bucket(id::bigint, $2::bigint[]),
  pg_catalog.count(*)) AS body
FROM migration_control
WHERE status OPERATOR(pg_catalog.=) $1::pg_catalog.text
GROUP BY pg_catalog.width_bucket(id::bigint, $2::bigint[])
