-- Records that ended in the last hour, by the intervals in which their batches ran: they fill the throughput line at start. And how
-- often a worker began a batch of another table after its last one had ended, and while that one was still running: of the 10,000
-- operations that began last, which an index on started_at has in this order.
-- Only plausible timestamps count: finite, in order, not in the future.
-- $1 float8  how many seconds to read back     $2 float8  length of an interval in seconds
-- $3 bigint  only ids above this, null for all     $4 bigint  maximum id, null for all
SELECT 'span' AS kind, pg_catalog.json_build_object(
    'table_name', pg_catalog.left(table_name, 200),
    'from', from_timestamp,
    'to', to_timestamp,
    'records', pg_catalog.sum(records_processed::bigint)) AS body
FROM (
  SELECT table_name, records_processed,
    pg_catalog.floor(pg_catalog.date_part('epoch', started_at::timestamp) OPERATOR(pg_catalog./) $2::pg_catalog.float8)
      OPERATOR(pg_catalog.*) $2::pg_catalog.float8 AS from_timestamp,
    pg_catalog.ceil(pg_catalog.date_part('epoch', completed_at::timestamp) OPERATOR(pg_catalog./) $2::pg_catalog.float8)
      OPERATOR(pg_catalog.*) $2::pg_catalog.float8 AS to_timestamp
  FROM migration_control
  WHERE
    -- include fragments/ended-lately.sql
    AND ($3::bigint IS NULL OR id OPERATOR(pg_catalog.>) $3::bigint)
    AND ($4::bigint IS NULL OR id OPERATOR(pg_catalog.<=) $4::bigint)
) AS batches
GROUP BY table_name, from_timestamp, to_timestamp
UNION ALL
SELECT 'changes of table', pg_catalog.json_build_object(
    'after', pg_catalog.count(*) FILTER (WHERE started_at OPERATOR(pg_catalog.>=) last_end),
    'during', pg_catalog.count(*) FILTER (WHERE started_at OPERATOR(pg_catalog.<) last_end))
FROM (
  SELECT table_name, started_at,
    pg_catalog.lag(table_name) OVER by_worker AS last_table,
    pg_catalog.lag(completed_at) OVER by_worker AS last_end
  FROM (
    SELECT phase, table_name, worker_id, records_processed, started_at, completed_at
    FROM migration_control
    WHERE started_at OPERATOR(pg_catalog.<=) localtimestamp
      AND ($3::bigint IS NULL OR id OPERATOR(pg_catalog.>) $3::bigint)
      AND ($4::bigint IS NULL OR id OPERATOR(pg_catalog.<=) $4::bigint)
    ORDER BY started_at DESC
    LIMIT 10000
  ) AS newest
  WHERE worker_id IS NOT NULL
    AND
    -- include fragments/ended-lately.sql
  WINDOW by_worker AS (PARTITION BY worker_id ORDER BY started_at, completed_at)
) AS ordered
WHERE table_name OPERATOR(pg_catalog.<>) last_table
