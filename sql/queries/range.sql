-- Counts a range of ids, from the last one downwards: what the totals are made of.
-- $1 bigint  the first id     $2 bigint  the last     $3 int  how many rows to count at most, null for all of them
-- $4 float8  brings beside it the records of batches that ended after this stamp, $5 float8 and until this one,
-- $6 float8  by slices of so many seconds: what fills the throughput line at start. Null for none.
WITH counted AS (
  SELECT id, phase, table_name, status, records_processed, total_records, batch_size, started_at, completed_at
  FROM migration_control
  WHERE id OPERATOR(pg_catalog.>=) $1::bigint AND id OPERATOR(pg_catalog.<=) $2::bigint
  ORDER BY id DESC
  LIMIT $3::int
)
SELECT 'count' AS kind, pg_catalog.json_build_array(
    pg_catalog.left(phase, 200),
    pg_catalog.left(table_name, 200),
    pg_catalog.left(status, 200),
    pg_catalog.count(*),
    pg_catalog.sum(records_processed::pg_catalog.float8),
    pg_catalog.max(records_processed),
    pg_catalog.max(total_records),
    pg_catalog.max(batch_size),
    pg_catalog.date_part('epoch', pg_catalog.min(started_at::timestamp) FILTER (WHERE pg_catalog.isfinite(started_at))),
    pg_catalog.date_part('epoch', pg_catalog.max(completed_at::timestamp) FILTER (WHERE pg_catalog.isfinite(completed_at))),
    pg_catalog.count(*) FILTER (WHERE timed),
    pg_catalog.sum(records_processed::pg_catalog.float8) FILTER (WHERE timed),
    pg_catalog.sum(pg_catalog.floor(
        (pg_catalog.date_part('epoch', completed_at::timestamp)
          OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', started_at::timestamp))
        OPERATOR(pg_catalog.*) 1000000 OPERATOR(pg_catalog.+) 0.5))
      FILTER (WHERE timed),
    pg_catalog.min(id)::pg_catalog.text) AS body
FROM (
  SELECT *, status OPERATOR(pg_catalog.=) 'completed' AND pg_catalog.isfinite(started_at) AND pg_catalog.isfinite(completed_at)
    AND completed_at OPERATOR(pg_catalog.>) started_at AS timed
  FROM counted
) operations
GROUP BY phase, table_name, status
UNION ALL
SELECT 'span', pg_catalog.json_build_array(table_name, from_stamp, to_stamp,
  pg_catalog.sum(records_processed::pg_catalog.float8))
FROM (
  SELECT pg_catalog.left(table_name, 200) AS table_name, records_processed,
    pg_catalog.floor(pg_catalog.date_part('epoch', started_at::timestamp) OPERATOR(pg_catalog./) $6::pg_catalog.float8)
      OPERATOR(pg_catalog.*) $6::pg_catalog.float8 AS from_stamp,
    pg_catalog.ceil(pg_catalog.date_part('epoch', completed_at::timestamp) OPERATOR(pg_catalog./) $6::pg_catalog.float8)
      OPERATOR(pg_catalog.*) $6::pg_catalog.float8 AS to_stamp
  FROM counted
  WHERE completed_at OPERATOR(pg_catalog.>) (timestamp 'epoch'
    OPERATOR(pg_catalog.+) ($4::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
    AND completed_at OPERATOR(pg_catalog.<=) (timestamp 'epoch'
      OPERATOR(pg_catalog.+) ($5::pg_catalog.float8 OPERATOR(pg_catalog.*) interval '1 second'))
    AND phase OPERATOR(pg_catalog.=) 'execution'
    AND records_processed OPERATOR(pg_catalog.>) 0
    AND started_at OPERATOR(pg_catalog.<=) completed_at
    AND pg_catalog.isfinite(started_at)
) batches
GROUP BY table_name, from_stamp, to_stamp
