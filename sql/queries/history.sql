-- Records that ended in the last hour, by the intervals in which their batches ran: they fill the throughput line at start.
-- Only plausible timestamps count: finite, in order, not in the future.
-- $1 float8  how many seconds to read back     $2 float8  length of an interval in seconds
-- $3 bigint  only ids above this, null for all     $4 bigint  maximum id, null for all
SELECT 'span' AS kind, pg_catalog.json_build_object(
    'table_name', pg_catalog.left(table_name, 200),
    'from', pg_catalog.floor(pg_catalog.date_part('epoch', started_at::timestamp) OPERATOR(pg_catalog./) $2::pg_catalog.float8)
      OPERATOR(pg_catalog.*) $2::pg_catalog.float8,
    'to', pg_catalog.ceil(pg_catalog.date_part('epoch', completed_at::timestamp) OPERATOR(pg_catalog./) $2::pg_catalog.float8)
      OPERATOR(pg_catalog.*) $2::pg_catalog.float8,
    'records', pg_catalog.sum(records_processed::bigint)) AS body
FROM migration_control
WHERE phase OPERATOR(pg_catalog.=) 'execution'
  AND records_processed OPERATOR(pg_catalog.>) 0
  AND completed_at OPERATOR(pg_catalog.>) (localtimestamp
    OPERATOR(pg_catalog.-) pg_catalog.make_interval(secs => $1::pg_catalog.float8))
  AND completed_at OPERATOR(pg_catalog.<=) localtimestamp
  AND started_at OPERATOR(pg_catalog.<=) completed_at
  AND pg_catalog.isfinite(started_at)
  AND ($3::bigint IS NULL OR id OPERATOR(pg_catalog.>) $3::bigint)
  AND ($4::bigint IS NULL OR id OPERATOR(pg_catalog.<=) $4::bigint)
GROUP BY table_name,
         pg_catalog.floor(pg_catalog.date_part('epoch', started_at::timestamp) OPERATOR(pg_catalog./) $2::pg_catalog.float8)
           OPERATOR(pg_catalog.*) $2::pg_catalog.float8,
         pg_catalog.ceil(pg_catalog.date_part('epoch', completed_at::timestamp) OPERATOR(pg_catalog./) $2::pg_catalog.float8)
           OPERATOR(pg_catalog.*) $2::pg_catalog.float8
