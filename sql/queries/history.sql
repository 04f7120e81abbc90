-- Records that ended in the last hour, by the slices of time over which their batches ran: what fills the
-- throughput line at start. Only stamps that make sense count: finite, in order, not from the future.
-- $1 float8  seconds to look back     $2 float8  seconds a slice
SELECT 'span' AS kind, json_build_object(
    'table_name', left(table_name, 200),
    'from', floor(date_part('epoch', started_at::timestamp) / $2::float8) * $2::float8,
    'to', ceil(date_part('epoch', completed_at::timestamp) / $2::float8) * $2::float8,
    'records', sum(records_processed::bigint)) AS body
FROM migration_control
WHERE phase = 'execution'
  AND records_processed > 0
  AND completed_at > localtimestamp - make_interval(secs => $1::float8)
  AND completed_at <= localtimestamp
  AND started_at <= completed_at
  AND isfinite(started_at)
GROUP BY table_name,
         floor(date_part('epoch', started_at::timestamp) / $2::float8) * $2::float8,
         ceil(date_part('epoch', completed_at::timestamp) / $2::float8) * $2::float8
