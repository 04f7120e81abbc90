-- Counts a range of ids, from the last one downwards: what the totals are made of.
-- $1 bigint  the first id     $2 bigint  the last     $3 int  how many rows to count at most, null for all of them
-- $4 float8  brings beside it the records of batches that ended after this stamp, $5 float8 and until this one,
-- $6 float8  by slices of so many seconds: what fills the throughput line at start. Null for none.
WITH counted AS (
  SELECT id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at
  FROM migration_control
  WHERE id BETWEEN $1::bigint AND $2::bigint
  ORDER BY id DESC
  LIMIT $3::int
)
SELECT 'count' AS kind, json_build_array(
    left(phase, 200),
    left(table_name, 200),
    left(status, 200),
    count(*),
    sum(records_processed::float8),
    max(records_processed),
    max(total_records),
    max(batch_size),
    date_part('epoch', min(started_at::timestamp) FILTER (WHERE isfinite(started_at))),
    date_part('epoch', max(completed_at::timestamp) FILTER (WHERE isfinite(completed_at))),
    count(*) FILTER (WHERE timed),
    sum(records_processed::float8) FILTER (WHERE timed),
    sum(floor((date_part('epoch', completed_at::timestamp) - date_part('epoch', started_at::timestamp)) * 1000000 + 0.5))
      FILTER (WHERE timed),
    min(id)::text) AS body
FROM (
  SELECT *, status = 'completed' AND isfinite(started_at) AND isfinite(completed_at) AND completed_at > started_at AS timed
  FROM counted
) operations
GROUP BY phase, table_name, status
UNION ALL
SELECT 'span', json_build_array(table_name, from_stamp, to_stamp, sum(records_processed::float8))
FROM (
  SELECT left(table_name, 200) AS table_name, records_processed,
    floor(date_part('epoch', started_at::timestamp) / $6::float8) * $6::float8 AS from_stamp,
    ceil(date_part('epoch', completed_at::timestamp) / $6::float8) * $6::float8 AS to_stamp
  FROM counted
  WHERE completed_at > timestamp 'epoch' + $4::float8 * interval '1 second'
    AND completed_at <= timestamp 'epoch' + $5::float8 * interval '1 second'
    AND phase = 'execution'
    AND records_processed > 0
    AND started_at <= completed_at
    AND isfinite(started_at)
) batches
GROUP BY table_name, from_stamp, to_stamp
